"""Laws of realworld, on synthetic files of the format that it reads."""
