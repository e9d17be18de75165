"""What a freeze window of the policy holds back.

Why: before a weekend people want no new version, and nothing left alone with a bad one: so what protects goes
on, and what would change more does not.
Never here: when a window is open (policies.freeze), a person's freeze of everything (freeze).
"""

from controller.engine.change import Change
from controller.engine.record import Act
from controller.engine.sight import Sight
from policies.freeze.windows import Allowance, Frozen, frozen_at


def frozen(sight: Sight) -> tuple[Frozen, ...]:
    """The windows that are open for the workload now, the strictest first."""
    policy = sight.policy
    return frozen_at(policy.freeze, sight.now) if policy is not None and policy.freeze else ()


def told(sight: Sight) -> tuple[str, ...]:
    """The same in one sentence each."""
    policy = sight.policy
    return tuple(one.told(policy.name) for one in frozen(sight)) if policy is not None else ()


def held_back(sight: Sight, change: Change) -> bool:
    """Whether an open window stands against the change: a strict one against all, any other against
    letting a held rollout go. Builds that are next know of it already."""
    windows = frozen(sight)
    lets_go = change.decision.act is Act.PROMOTE and change.paused is False
    return bool(windows) and (windows[0].allows is Allowance.NOTHING or lets_go)
