"""`python -m controller.adapters.local DIRECTORY`: a supervisor as a process of its own.

Why: the platform must live apart from the controller, as a cluster does.
Never here: anything but the start.
"""

import sys
from pathlib import Path

from controller.adapters.local.supervisor import supervise

if __name__ == "__main__":
    supervise(Path(sys.argv[1]))
