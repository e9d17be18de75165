"""Which inputs each kind of metric reads, and how patiently.

Why: a rollout and a past are read alike.
Never here: what is done with what was read.
"""

from collections.abc import Mapping
from dataclasses import replace

from analysis import increments
from analysis.counts import LEAST_EXPOSURE
from analysis.increments import Cursors, Patience, Reading
from analysis.question import Comparison, Kind, Question
from analysis.samples import Part, Window

PARTS: Mapping[Kind, tuple[Part, ...]] = {
    Kind.RATIO: (Part.BAD, Part.TOTAL),
    Kind.RATE: (Part.COUNT,),
    Kind.HISTOGRAM: (Part.BUCKETS,),
    Kind.GAUGE: (Part.VALUE,),
    Kind.COST: (Part.COUNT, Part.TOTAL),
    Kind.SLOPE: (Part.VALUE,),
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
    cursors, readings = increments.read(
        cursors, window, question.name, PARTS[question.kind], patience
    )
    if question.kind is Kind.COST:
        readings = tuple(_with_cost(reading) for reading in readings)
    return cursors, readings


def _with_cost(reading: Reading) -> Reading:
    """What a request cost in this window becomes the pod's value; none where it had no request."""
    spent, served = (_sum(reading, part) for part in PARTS[Kind.COST])
    if spent is None or served is None or served <= LEAST_EXPOSURE:
        return replace(reading, values=())
    values = (spent / served,)
    return replace(reading, values=values)


def _sum(reading: Reading, part: Part) -> float | None:
    return reading.increments.get(part, {}).get(None)
