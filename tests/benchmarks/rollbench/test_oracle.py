import numpy as np
import pytest

from benchmarks.rollbench.interface import Answer
from benchmarks.rollbench.rules.conditional import RULES as CONDITIONAL
from benchmarks.rollbench.rules.oracle import RULES
from tests.benchmarks.rollbench.hand_made import ERRORS, ratio, study, verdicts

(ORACLE,) = RULES
RUNS, LOOKS = 2000, 60


def released(times: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Releases with 1,500 requests a window and arm, of which 0.5 % are bad, `times` so many of
    the candidate's."""
    draw = np.random.default_rng(11)
    total = draw.poisson(1500.0, (RUNS, LOOKS, 2)).astype(float)
    return ratio(draw.poisson(total * 0.005 * np.array([1.0, times])).astype(float), total)


@pytest.mark.parametrize("promise", [0.01, 0.05])
def test_error_is_within_the_promise(promise: float) -> None:
    """Where pods do not differ the oracle errs no more often than promised, but does err."""
    asked = study(ERRORS, looks=LOOKS, runs=RUNS, promise=promise)
    found = verdicts(ORACLE, asked, errors=released(1.0))
    share = np.mean([answer is Answer.ROLLBACK for answer, _ in found])
    assert 0.0 < share < promise + 2.0 * np.sqrt(promise / RUNS)


def test_nobody_is_faster() -> None:
    """Harm is seen in about the time that the design found for it, and sooner than without knowing it."""
    asked = study(ERRORS, looks=LOOKS, runs=RUNS, ratio=2.0)
    values = released(2.0)
    oracle = np.mean([seconds for _, seconds in verdicts(ORACLE, asked, errors=values)])
    knows_less = np.mean([seconds for _, seconds in verdicts(CONDITIONAL[0], asked, errors=values)])
    assert oracle == pytest.approx(49.5, rel=0.05)
    assert oracle < knows_less
