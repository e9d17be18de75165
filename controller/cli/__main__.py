"""`python -m controller.cli`, for where the console script is not installed.

Why: tests and containers name the interpreter, not a script.
Never here: anything but the call.
"""

from controller.cli import main

if __name__ == "__main__":
    main()
