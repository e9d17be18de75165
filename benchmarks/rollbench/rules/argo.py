"""Argo Rollouts' analysis with the templates of its documentation.

Why: it is one of the two controllers that people run.
Never here: anything Argo Rollouts does not do.

Source: argo-rollouts, docs/features/analysis.md. success-rate >= 0.95 of irate, that is of the two
newest scrapes: each minute, five times, with the default failureLimit of 0 (analysis as a step);
or every five minutes with failureLimit 3 until the rollout is over (analysis in the background).
A metric fails when more than failureLimit of its measurements did; one without requests (NaN) is
not a success and so failed. 0.99 in place of 0.95 is what people change first. Other metrics have
no template there.
"""

from analysis.question import Kind
from benchmarks.rollbench.arms import LatestArms
from benchmarks.rollbench.checks import Checks, not_within

COUNT = 5
NEVER = 10**9


def step(success: float) -> Checks:
    """Analysis as a step: five measurements, none of which may fail."""
    fails = {Kind.RATIO: not_within(1.0 - success)}
    name = f"Argo, {success:.0%}, step"
    return Checks(name, LatestArms, fails, 60.0, 1, COUNT, together=False)


def background(success: float) -> Checks:
    """Analysis in the background: three measurements may fail."""
    fails = {Kind.RATIO: not_within(1.0 - success)}
    name = f"Argo, {success:.0%}, background"
    return Checks(name, LatestArms, fails, 300.0, 4, NEVER, together=False)


DOCUMENTED = (step(0.95), background(0.95))
RULES = (*DOCUMENTED, step(0.99))
