"""Laws of the bounds, and of Healthy which rests on them."""

import numpy as np
import pytest

from analysis import counted
from analysis.bounds import dispersion
from analysis.counted import Counted
from analysis.counts import Counts
from analysis.effect import interval as interval_of
from analysis.error_budget import BOUND_ERROR
from analysis.interval import Interval
from analysis.look import Look
from analysis.pod_model import ASSUMED
from analysis.question import Direction, Kind, Question, Tolerance
from analysis.tally import Sums, Tally
from benchmarks.false_rollbacks import limits

RELATIVE = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.25))
ABSOLUTE = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.005, absolute=True))
SUCCESS = Question("success", Kind.RATIO, Direction.LOWER, Tolerance(0.01))
THROUGHPUT = Question("throughput", Kind.RATE, Direction.LOWER, Tolerance(0.1))


def _grown(question: Question, rates: np.ndarray, seed: int, windows: int = 40) -> list[Counted]:
    """The evidence after each window; `rates` (pods,), the second half of them the candidate."""
    draw = np.random.default_rng(seed)
    pods = len(rates)
    found = [counted.begin()]
    for _ in range(windows):
        counts = Counts(
            tuple(f"{pod:02d}" for pod in range(pods)),
            np.arange(pods) >= pods // 2,
            draw.poisson(300 * rates).astype(float)[:, np.newaxis],
            np.full(pods, 300.0),
        )
        found.append(counted.add_counts(found[-1], question, [counts]))
    return found[1:]


def _interval(counted: Counted, question: Question) -> Interval | None:
    return interval_of(counted, question, ASSUMED, Look(counted.windows / 120, 120))


CASES = [
    (RELATIVE, 0.02, 0.03, 0.5),
    (ABSOLUTE, 0.004, 0.008, 0.004),
    (SUCCESS, 0.02, 0.03, 0.97 / 0.98 - 1.0),
    (THROUGHPUT, 0.1, 0.08, -0.2),
]


@pytest.mark.parametrize(("question", "before", "after", "effect"), CASES)
def test_bounds_hold_at_all_looks_together(
    question: Question, before: float, after: float, effect: float
) -> None:
    """Neither bound is passed, at any window, more often than said."""
    runs, wrong = 60, np.zeros(2, dtype=int)
    for seed in range(runs):
        looks = _grown(question, np.array([before] * 4 + [after] * 4), seed)
        found = [_interval(look, question) for look in looks]
        intervals = [interval for interval in found if interval is not None]
        wrong += [
            any(interval.low > effect + 1e-9 for interval in intervals),
            any(interval.high < effect - 1e-9 for interval in intervals),
        ]
    for times in wrong:
        assert limits(int(times), runs)[0] <= BOUND_ERROR


@pytest.mark.parametrize("spread", [0.14, 0.45])
def test_differing_pods_do_not_make_certainty(spread: float) -> None:
    """With pods that differ, the bounds on their versions still hold however much traffic."""
    runs, wrong = 60, 0
    for seed in range(runs):
        effects = np.random.default_rng(seed + 999).gamma(spread**-2, spread**2, 8)
        interval = _interval(_grown(RELATIVE, 0.05 * effects, seed)[-1], RELATIVE)
        assert interval is not None
        wrong += not interval.low <= 0.0 <= interval.high
    assert limits(wrong, runs)[0] <= 2 * BOUND_ERROR


def test_more_traffic_narrows_the_bounds() -> None:
    """Where pods are alike the interval closes in on the truth."""
    looks = _grown(RELATIVE, np.full(8, 0.02), 3, windows=120)
    widths = []
    for look in (looks[10], looks[40], looks[-1]):
        interval = _interval(look, RELATIVE)
        assert interval is not None
        widths.append(interval.high - interval.low)
    assert widths == sorted(widths, reverse=True)


def test_nothing_is_excluded_without_events() -> None:
    """No error on either side says nothing about their ratio, but bounds their difference."""
    relative = _interval(_grown(RELATIVE, np.zeros(8), 1)[-1], RELATIVE)
    absolute = _interval(_grown(ABSOLUTE, np.zeros(8), 1)[-1], ABSOLUTE)
    assert relative is not None
    assert absolute is not None
    assert (relative.low, relative.high) == (-np.inf, np.inf)
    assert -0.005 < absolute.low < 0.0 < absolute.high < 0.005


def _tally(events: list[float], own: list[float]) -> Tally:
    columns = [np.array(values)[:, np.newaxis] for values in (events, own)]
    pods = len(events)
    labels = np.arange(pods) >= pods // 2
    names = tuple("abcdefgh"[:pods])
    return Tally(names, labels, Sums(np.ones(pods), columns[0], columns[1], columns[1]))


def test_dispersion_is_at_least_one_and_grows_with_the_pods_spread() -> None:
    """Pods that agree better than chance do not add certainty."""
    assert dispersion(_tally([100.0] * 8, [100.0] * 8), 0) == 1.0
    assert dispersion(_tally([50.0, 150.0] * 4, [100.0] * 8), 0) > 30.0


def test_few_pods_are_assumed_to_differ() -> None:
    """One pod a side cannot measure a spread, so the assumed one counts."""
    assert dispersion(_tally([100.0] * 2, [100.0] * 2), 0) == pytest.approx(1 + 0.45**2 * 100)
