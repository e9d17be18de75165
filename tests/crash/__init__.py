"""The controller dies, anywhere."""
