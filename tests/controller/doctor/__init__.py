"""Installations that are well, and that are not."""
