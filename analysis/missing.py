"""Whether a metric is silent, and of whom.

Why: no data is an answer of its own, neither good nor bad; it names what is missing so that
someone can repair it.
Never here: verdicts of what was measured.
"""

from analysis.counted import Counted
from analysis.evidence import Evidence, MetricEvidence
from analysis.question import Kind
from analysis.samples import Arm, Part
from analysis.strata import UNLABELLED

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
    return _unlabelled(metric) or _fallen_silent(metric, evidence)


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
