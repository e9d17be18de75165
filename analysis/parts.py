"""Which inputs each kind of metric reads, and how patiently.

Why: a rollout and a past are read alike.
Never here: what is done with what was read.
"""

from collections.abc import Mapping

from analysis import increments
from analysis.increments import Cursors, Patience, Reading
from analysis.question import Comparison, Kind, Question
from analysis.samples import Part, Window

PARTS: Mapping[Kind, tuple[Part, ...]] = {
    Kind.RATIO: (Part.BAD, Part.TOTAL),
    Kind.RATE: (Part.COUNT,),
    Kind.HISTOGRAM: (Part.BUCKETS,),
    Kind.GAUGE: (Part.VALUE,),
}

NEWCOMER_INTERVALS = 0.5
"""A series that first shows so much later than its pod's other series stood at zero before."""


def read(
    comparison: Comparison, question: Question, cursors: Cursors, window: Window
) -> tuple[Cursors, tuple[Reading, ...]]:
    """What each pod showed of one metric in the window, and how far it is read now."""
    patience = Patience(
        comparison.warm_up_seconds, NEWCOMER_INTERVALS * comparison.interval_seconds
    )
    return increments.read(cursors, window, question.name, PARTS[question.kind], patience)
