"""Which pods' labels are permuted.

Why: the permutation test compares fixed groups of pods at every look; a group that changes
between looks would change the question.
Never here: scores.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from analysis.permutation import rejectable
from analysis.samples import Arm

FEWEST_PODS = 2
"""A side of one pod is never permuted: no single pod convicts a release."""
USUAL_PODS = 4
"""With so many pods a side the panel need not wait for a rollout that brings more."""
SETTLED_WINDOWS, LONG_SETTLED_WINDOWS = 2, 8
"""The panel is fixed when no pod has joined, and none is known to come, for so many windows; for
the longer time with fewer pods than usual, which may be the first of a rollout."""
MOST_PATIENT_WINDOWS = 8
"""A panel of the usual size waits no longer than this for pods still to come."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The pods that showed something after their warm-up, by arm; `fixed` once chosen.

    `settled` counts windows without a newcomer, `ready` windows with the usual pods.
    """

    arms: Mapping[str, Arm] = field(default_factory=dict)
    settled: int = 0
    ready: int = 0
    fixed: bool = False

    def pods(self, arm: Arm) -> tuple[str, ...]:
        """The pods of one arm in the order of their names."""
        return tuple(sorted(pod for pod, side in self.arms.items() if side is arm))


def enough(baseline: int, candidates: int, level: float) -> bool:
    """Whether so many pods can be labelled in so many ways that one may be rejected at `level`."""
    few = min(baseline, candidates) < FEWEST_PODS
    return not few and rejectable(baseline, candidates, level) > 0


def meet(panel: Panel, active: Mapping[str, Arm], known: Collection[str], level: float) -> Panel:
    """The panel after a window in which the pods of `active` showed something; `known` are all
    pods of that window, those that still warm up among them; `level` is the permutation's error.

    Which pods come when does not depend on what they show, so waiting for them costs no error.
    """
    if panel.fixed:
        return panel
    arms = {**panel.arms, **active}
    usual = all(sum(side is arm for side in arms.values()) >= USUAL_PODS for arm in Arm)
    still = len(arms) == len(panel.arms) and all(pod in arms for pod in known)
    grown = replace(
        panel,
        arms=arms,
        settled=panel.settled + 1 if still else 0,
        ready=panel.ready + 1 if usual else 0,
    )
    quiet = SETTLED_WINDOWS if usual else LONG_SETTLED_WINDOWS
    waited = grown.settled >= quiet or grown.ready >= MOST_PATIENT_WINDOWS
    old, new = (len(grown.pods(arm)) for arm in (Arm.BASELINE, Arm.CANDIDATE))
    return replace(grown, fixed=waited and enough(old, new, level))
