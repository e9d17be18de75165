"""From checked rows to freeze windows.

Why: past this point nobody needs to know what the file looked like.
Never here: checks (a row that comes here is complete), defaults.
"""

from policies.freeze import grammar
from policies.freeze.windows import FreezeWindow
from policies.tables import Row


def build_window(row: Row) -> FreezeWindow:
    """The window of a complete row."""
    zone = row[grammar.TIME_ZONE]
    return FreezeWindow(
        begin=row[grammar.BEGIN],
        end=row[grammar.END],
        zone=zone.rules,
        zone_name=zone.name,
        allows=row[grammar.ALLOW],
        reason=row[grammar.REASON],
    )
