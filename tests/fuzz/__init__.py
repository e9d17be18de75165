"""Whatever bytes come in from outside: readers refuse them by their own errors, and in time."""
