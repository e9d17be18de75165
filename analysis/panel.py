"""Which pods' labels are permuted.

Why: the permutation test compares fixed groups of pods at every look; a group that changes
between looks would change the question.
Never here: scores, error levels.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from analysis.samples import Arm

FEWEST_PODS = 4
SETTLED_WINDOWS = 2
"""The panel is fixed when no pod has joined, and none is known to come, for so many windows."""
MOST_PATIENT_WINDOWS = 8
"""A panel that could be fixed waits no longer than this for pods still to come."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The pods that showed something after their warm-up, by arm; `fixed` once chosen.

    `settled` counts windows without a newcomer, `ready` windows with enough pods.
    """

    arms: Mapping[str, Arm] = field(default_factory=dict)
    settled: int = 0
    ready: int = 0
    fixed: bool = False

    def pods(self, arm: Arm) -> tuple[str, ...]:
        """The pods of one arm in the order of their names."""
        return tuple(sorted(pod for pod, side in self.arms.items() if side is arm))


def meet(panel: Panel, active: Mapping[str, Arm], known: Collection[str]) -> Panel:
    """The panel after a window in which the pods of `active` showed something; `known` are all
    pods of that window, those that still warm up among them."""
    if panel.fixed:
        return panel
    arms = {**panel.arms, **active}
    enough = all(sum(side is arm for side in arms.values()) >= FEWEST_PODS for arm in Arm)
    still = len(arms) == len(panel.arms) and all(pod in arms for pod in known)
    grown = replace(
        panel,
        arms=arms,
        settled=panel.settled + 1 if still else 0,
        ready=panel.ready + 1 if enough else 0,
    )
    waited = grown.settled >= SETTLED_WINDOWS or grown.ready >= MOST_PATIENT_WINDOWS
    return replace(grown, fixed=enough and waited)
