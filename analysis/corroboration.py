"""Whether harm still shows when any one of the candidate's pods is left out.

Why: the unit of inference is the pod. One pod on a bad node, or one pod's burst of some minutes,
is no release gone bad, however many requests it spoils.
Never here: the promise about false rollbacks, which this caution only makes easier to keep.
"""

import numpy as np

from analysis.counted import Counted, granted
from analysis.framing import Null, candidate_is_harmed
from analysis.pod_model import LEAST_SPREAD, Belief
from analysis.question import Kind, Question
from analysis.score import effective, score, sides, under
from analysis.tally import Mask, Sums, totals

NEEDED = 2.5
"""Standard deviations that the other pods must show by themselves beyond the bare tolerance."""

ALIKE = Belief(np.array(LEAST_SPREAD), np.ones(1), np.zeros(1))


def corroborated(counted: Counted, question: Question, null: Null, column: int) -> bool:
    """Whether each set of all candidate pods but one speaks against `null`, by the sums over
    all windows; a lone pod has nobody to ask and is believed."""
    candidate = counted.tally.candidate
    rows = np.flatnonzero(candidate)
    if len(rows) < 2:
        return True
    return all(_speaks(counted, question, null, column, candidate, row) for row in rows)


def _speaks(
    counted: Counted, question: Question, null: Null, column: int, candidate: Mask, left: np.intp
) -> bool:
    kept = np.arange(len(candidate)) != left
    sums, part = counted.tally.sums, slice(column, column + 1)
    fewer = Sums(
        sums.exposure[kept],
        sums.events[kept, part],
        sums.expected[kept, part],
        sums.own[kept, part],
    )
    harmed = candidate[kept] == candidate_is_harmed(question)
    one, other = totals(fewer, harmed), totals(fewer, ~harmed)
    if one.exposure[0] <= 0 or other.exposure[0] <= 0:
        return False
    pods = effective(fewer.exposure[harmed]), effective(fewer.exposure[~harmed])
    plain = sides(one, other, pods, granted(question), question.kind is not Kind.RATE)
    at = min(column, null.ratio.size - 1)
    here = Null(null.ratio[at : at + 1], null.offset[:1])
    found = score(under(plain, here, one.exposure), ALIKE)
    return float(found.z[0]) >= NEEDED
