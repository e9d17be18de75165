"""What reading somebody else's JSON may raise.

Why: nesting without end raises something else than every other mistake, and must not crash us.
Never here: what is read.
"""

import msgspec

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
