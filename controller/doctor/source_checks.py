"""Whether the source of metrics answers, and by what clock.

Why: a source that cannot be asked leaves every rollout without data.
Never here: what it has of any workload.
"""

from collections.abc import Callable, Iterator

from analysis.samples import Part
from controller.doctor.clocks import compared
from controller.doctor.finding import Finding, bad, good
from controller.ports.metrics import ClockedSource, PodReference, SampleRequest, Unanswered
from policies.selector import Selector

SOURCE, CLOCK = "metrics source", "metrics clock"
RANGE_SECONDS = 60.0
NOBODY = frozenset({PodReference("rollctl-doctor", "nobody")})


def source(asked: ClockedSource, clock: Callable[[], float]) -> Iterator[Finding]:
    """One small question, whose answer is nothing, and the time that it came with."""
    until = clock() - RANGE_SECONDS
    probe = SampleRequest(Selector("up"), Part.VALUE, until - RANGE_SECONDS, until, NOBODY)
    (answer,) = asked.read([probe])
    if isinstance(answer, Unanswered):
        mend = "check --prometheus and --prometheus-config (docs/metrics.md)"
        yield bad(SOURCE, answer.message, mend)
    else:
        yield good(SOURCE, f"{asked.describe()} answers")
    if asked.server_time is not None or not isinstance(answer, Unanswered):
        yield compared(CLOCK, "the metrics source", asked.server_time, clock())
