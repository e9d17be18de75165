"""The table of `rollctl status`.

Why: one line a workload, to be read and to be cut by other tools.
Never here: colours, details of one workload.
"""

from collections.abc import Sequence

from controller.show.seen import Seen
from controller.show.text import NONE, age, cell, columns, image_list

HEAD = ("NAMESPACE", "NAME", "TARGET", "IMAGE", "VERDICT", "PHASE", "AGE")
WIDE = ("NEXT", "REASON")


def table(all_seen: Sequence[Seen], now: float, *, wide: bool, head: bool) -> list[str]:
    """The lines; NAME is the policy's, AGE since the last rollout was seen."""
    rows = [_row(one, now, wide=wide) for one in all_seen]
    titles = [HEAD + (WIDE if wide else ())] if head else []
    return columns([*titles, *rows])


def _row(one: Seen, now: float, *, wide: bool) -> tuple[str, ...]:
    rollout = one.rollout
    row = (
        one.workload.key.namespace,
        rollout.policy if rollout else NONE,
        one.target,
        image_list(one.workload.images),
        one.verdict or NONE,
        one.phase,
        age(now - rollout.started_at) if rollout else NONE,
    )
    more = (one.outlook(now).next, rollout.reason if rollout else NONE) if wide else ()
    return tuple(map(cell, (*row, *more)))
