"""Flagger's builtin checks with the numbers of its documentation.

Why: it is one of the two controllers that people run.
Never here: anything Flagger does not do.

Source: docs.flagger.app, "How it works" and "Metrics Analysis", pkg/controller/scheduler.go:
every minute the last minute's request-success-rate must be at least 99 % and request-duration (p99)
at most 500 ms; a check without values fails; failed checks add up over the whole analysis and roll
back at the threshold; the analysis promotes when the weight has reached its maximum, one step for
each check that passed (50 by 5 with threshold 10 in "How it works", 50 by 10 with threshold 5 in
the tutorials). That Flagger acts on the threshold only at its next beat is not held against it.
Other metrics have no builtin check.
"""

from analysis.question import Kind
from benchmarks.rollbench.checks import Checks, LastMinute, not_within

BAD_SHARE, SLOWEST_SECONDS = 0.01, 0.5
BUILTIN = {Kind.RATIO: not_within(BAD_SHARE), Kind.HISTOGRAM: not_within(SLOWEST_SECONDS)}


def flagger(threshold: int, steps: int) -> Checks:
    """`steps` checks must pass before `threshold` of them failed."""
    name = f"Flagger, threshold {threshold}"
    return Checks(name, LastMinute, BUILTIN, 60.0, threshold, steps, together=True)


RULES = (flagger(5, 5), flagger(10, 10))
