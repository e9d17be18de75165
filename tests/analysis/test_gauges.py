"""Laws of levels."""

import math

import numpy as np
import pytest

from analysis.gauges import MOST_MEDIANS, Levels, add, scores, student_interval, summaries
from analysis.increments import Reading
from analysis.pod_model import ASSUMED
from analysis.question import Direction, Kind, Question, Tolerance
from analysis.samples import Arm, Part, Pod

MEMORY = Question("memory", Kind.GAUGE, Direction.HIGHER, Tolerance(0.1))
FREE = Question("free", Kind.GAUGE, Direction.LOWER, Tolerance(0.1))
OLD, NEW = Pod("old", Arm.BASELINE, 0.0), Pod("new", Arm.CANDIDATE, 0.0)


def _reading(pod: Pod, *values: float) -> Reading:
    return Reading(pod, frozenset({Part.VALUE}), {}, 15.0, values)


def test_a_pod_is_summed_up_by_the_median_of_its_windows() -> None:
    """One mad sample, or one mad window, does not move a pod."""
    levels = Levels()
    for values in ((1.0, 2.0, 900.0), (3.0,), (700.0,), (2.5, 2.5)):
        levels = add(levels, MEMORY, ASSUMED, (_reading(OLD, *values),))
    assert summaries(levels) == {"old": 2.75}


def test_memory_is_bounded_and_the_median_stays() -> None:
    """A long rollout does not grow without end."""
    levels = Levels()
    for value in np.random.default_rng(1).permutation(5_000):
        levels = add(levels, MEMORY, ASSUMED, (_reading(OLD, float(value)),))
    assert len(levels.medians["old"]) <= MOST_MEDIANS
    assert summaries(levels)["old"] == pytest.approx(2_500, rel=0.1)


def test_looks_are_at_doubling_windows() -> None:
    """Between looks the interval stands still, so that few looks share the error."""
    levels, seen = Levels(), []
    others = [Pod(f"{arm.value}-2", arm, 0.0) for arm in Arm]
    for number in range(1, 9):
        readings = tuple(
            _reading(pod, 10.0 + number + place) for place, pod in enumerate((OLD, NEW, *others))
        )
        levels = add(levels, MEMORY, ASSUMED, readings)
        seen.append(levels.interval)
    assert seen[0] != seen[1] != seen[3]
    assert seen[1] == seen[2]
    assert seen[3] == seen[4] == seen[5] == seen[6]


@pytest.mark.parametrize("pods", [2, 5])
def test_the_interval_of_students_holds(pods: int) -> None:
    """Each bound fails about as often as said."""
    draw, runs, wrong = np.random.default_rng(4), 4_000, 0
    for _ in range(runs):
        old, new = draw.lognormal(0.0, 0.3, pods), draw.lognormal(0.2, 0.3, pods)
        interval = student_interval(old, new, 0.05)
        assert interval is not None
        wrong += interval.high < math.expm1(0.2)
    assert wrong / runs == pytest.approx(0.05, abs=0.015)


def test_one_pod_a_side_has_no_interval() -> None:
    """A single pod does not show how much pods differ."""
    assert student_interval(np.ones(1), np.ones(4), 0.05) is None


def test_the_tolerated_change_is_granted_to_the_candidate() -> None:
    """A level higher (or, where lower is worse, lower) by just the tolerance scores the same."""
    for question, level in ((MEMORY, 110.0), (FREE, 90.0)):
        levels = add(Levels(), MEMORY, ASSUMED, (_reading(OLD, 100.0), _reading(NEW, level)))
        values = scores(levels, question, ("old", "new", "gone")).values
        assert values[0] == pytest.approx(values[1])
        assert math.isnan(values[2])
