"""Doubts about a policy's freeze windows.

Why: windows that leave no time, or that keep a bad release up, are rarely meant.
Never here: mistakes (shapes, checks), today's date.
"""

from collections.abc import Iterator

from policies.freeze.windows import Allowance, leave_no_time
from policies.model import Policy

Finding = tuple[str, str, str, str]


def doubts(policy: Policy) -> Iterator[Finding]:
    """Path, what is doubtful, why, and what to write instead."""
    if leave_no_time(policy.freeze):
        rule = "then no build is ever rolled out, and no held rollout ever let go"
        yield "spec.freeze", "the windows leave no time", rule, "write shorter ones"
    for index, window in enumerate(policy.freeze):
        if window.allows is Allowance.NOTHING:
            rule = "a release that people roll out in it, and that is worse, stays until the window ends"
            path = f"spec.freeze[{index}].allow"
            yield path, "a window without rollbacks", rule, "write allow: rollbacks"
