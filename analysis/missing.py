"""Whether a metric is silent, and of whom.

Why: no data is an answer of its own, neither good nor bad; it names what is missing so that
someone can repair it.
Never here: verdicts of what was measured.
"""

import math
from collections.abc import Sequence

from analysis.counted import Counted
from analysis.evidence import Evidence, MetricEvidence
from analysis.question import Kind
from analysis.samples import Arm, Part
from analysis.strata import UNLABELLED

MOST_EDGES = 5
SILENT_INTERVALS = 4.0
SILENT_SECONDS = 180.0
"""A candidate without samples for the longer of the two has fallen silent."""

_NEEDED = {
    Kind.RATIO: Part.TOTAL,
    Kind.RATE: Part.COUNT,
    Kind.HISTOGRAM: Part.BUCKETS,
    Kind.GAUGE: Part.VALUE,
    Kind.COST: Part.COUNT,
    Kind.SLOPE: Part.VALUE,
}


def missing(metric: MetricEvidence, evidence: Evidence) -> str:
    """What is not there, "" when nothing is missing."""
    sighting, needed = metric.sighting, _NEEDED[metric.question.kind]
    if sighting.blind:
        return f"the source did not answer: {sighting.blind}"
    absent = [arm.value for arm in Arm if (arm, needed) not in sighting.sampled]
    if absent:
        pods = " nor of the ".join(absent)
        return f"no samples of the {pods}; does the metric exist under this name for its pods?"
    if _bad_never_seen(metric):
        return "no series of the bad events; does the metric exist under this name?"
    return _unlabelled(metric) or _unlike(metric) or _fallen_silent(metric, evidence)


def _unlike(metric: MetricEvidence) -> str:
    """That a histogram's buckets cannot be compared."""
    body = metric.body
    if not isinstance(body, Counted) or not (body.layouts.baseline and body.layouts.candidate):
        return ""
    old, new = body.layouts.baseline, body.layouts.candidate
    if math.inf not in old or math.inf not in new:
        arm = Arm.BASELINE if math.inf not in old else Arm.CANDIDATE
        return f'no bucket le="+Inf" of the {arm.value}, so its requests cannot be counted'
    if body.layouts.common:
        return ""
    return (
        "the two versions have no bucket edge in common, so no quantile can be compared: the"
        f" baseline has {_listed(old)}, the candidate {_listed(new)}; was the unit changed?"
    )


def _listed(edges: Sequence[float]) -> str:
    finite = [f"{edge:g}" for edge in edges if edge < math.inf]
    told = ", ".join(finite[:MOST_EDGES])
    return told + (f" and {len(finite) - MOST_EDGES} more" if len(finite) > MOST_EDGES else "")


def _unlabelled(metric: MetricEvidence) -> str:
    """That series lack the labels to compare within: what they count belongs nowhere."""
    body, labels = metric.body, ", ".join(metric.question.strata)
    if not labels or not isinstance(body, Counted):
        return ""
    if body.strata == (UNLABELLED,):
        return f"no series has the label {labels} to stratify by; was it renamed?"
    if UNLABELLED in {stratum for (_, stratum), events in body.owed.items() if events > 0}:
        return f"the bad events have no label {labels} to stratify by, the requests do"
    return ""


def _bad_never_seen(metric: MetricEvidence) -> bool:
    question = metric.question
    if question.kind is not Kind.RATIO or question.absent_is_zero:
        return False
    return not any((arm, Part.BAD) in metric.sighting.sampled for arm in Arm)


def _fallen_silent(metric: MetricEvidence, evidence: Evidence) -> str:
    """The baseline may end with its pods; a candidate that is still compared may not."""
    silence = evidence.folded_until - metric.sighting.latest[Arm.CANDIDATE]
    patience = max(SILENT_INTERVALS * evidence.comparison.interval_seconds, SILENT_SECONDS)
    if silence <= patience:
        return ""
    return f"no samples of the candidate for {silence:.0f} s; do its pods still run?"
