import math

import numpy as np
import pytest

from analysis.question import Direction
from benchmarks.realworld import rollctl
from benchmarks.realworld.corpus import stretch
from benchmarks.realworld.interface import Answer, Floats, Harm, Recorded, Release, Sort
from benchmarks.realworld.rollctl import ROLLCTL
from tests.benchmarks.realworld.files import recorded

NOISE = np.random.default_rng(5)
MINUTES = 16


def steady(level: float) -> list[float]:
    """A quarter of an hour around a level."""
    return [float(level * math.exp(0.05 * one)) for one in NOISE.standard_normal(MINUTES)]


def decided(*series: Recorded) -> Answer:
    """What is said of a release of these series."""
    return ROLLCTL.decide(Release(series))


def test_a_harm_that_stays_is_rolled_back() -> None:
    """Four times the latency from beginning to end."""
    assert decided(recorded(steady(0.2), steady(0.8))) is Answer.ROLLBACK


def test_a_tolerated_harm_is_not() -> None:
    """Half as much latency again is within what somebody on call would sleep through."""
    assert decided(recorded(steady(0.2), steady(0.3))) is not Answer.ROLLBACK


def test_errors_where_there_were_none_are_rolled_back() -> None:
    """A tenth of the requests failing is a harm though nothing is relative to zero."""
    shown = recorded([0.0] * MINUTES, steady(0.1), Sort.ERROR_RATIO)
    assert decided(shown) is Answer.ROLLBACK


def test_hardly_any_errors_are_tolerated() -> None:
    """One in five hundred is less than the percentage point that is granted."""
    shown = recorded([0.0] * MINUTES, [0.002] * MINUTES, Sort.ERROR_RATIO)
    assert decided(shown) is not Answer.ROLLBACK


def test_a_single_old_pod_says_nothing_of_how_pods_differ() -> None:
    """One replica against one is never rolled back for its level alone."""
    shown = recorded(steady(1.0), steady(4.0), Sort.GAUGE, pods=(1, 1))
    assert decided(shown) is Answer.INCONCLUSIVE


def test_nothing_recorded_is_no_data() -> None:
    """A release without telemetry is neither good nor bad."""
    assert decided() is Answer.NO_DATA
    assert decided(recorded(steady(1.0), [])) is Answer.NO_DATA


def test_one_bad_metric_among_good_ones_decides() -> None:
    """All metrics are asked together."""
    well = recorded(steady(1.0), steady(1.0), Sort.GAUGE)
    assert decided(well, recorded(steady(0.2), steady(0.8)), well) is Answer.ROLLBACK


@pytest.mark.parametrize("level", [0.5, 2.0])
def test_either_way_is_asked_both_ways(level: float) -> None:
    """A number that should stay as it is may neither fall nor rise."""
    shown = recorded(steady(1.0), steady(level), Sort.GAUGE, Harm.EITHER)
    asked = list(rollctl.questions(0, shown, 0.0))
    assert [one.question.worse for one in asked] == [Direction.HIGHER, Direction.LOWER]
    assert decided(shown) is Answer.ROLLBACK


def test_memory_is_granted_less_than_other_numbers() -> None:
    """New pods are younger, so more memory than the old ones have is told sooner."""
    by_name = [recorded([1.0], [1.0], Sort.GAUGE, metric=m) for m in ("pod_memory", "pod_cpu")]
    memory, processor = (rollctl.tolerance(one).amount for one in by_name)
    assert memory < processor


def test_samples_fall_into_the_window_of_their_time() -> None:
    """A gap stays a gap, what was before the first window is left out."""
    samples = stretch([-60.0, 0.0, 60.0, 180.0], [9.0, 1.0, 2.0, 3.0])
    found = rollctl.placed(samples, 0.0, 60.0)
    assert same(found, [1.0, 2.0, math.nan, 3.0])


def test_an_older_arm_is_spread_over_the_newer_ones_windows() -> None:
    """Arms that never shared time meet window by window, by medians of the older one."""
    later = stretch([9_000.0, 9_060.0], [5.0, 6.0])
    shown = recorded([1.0, 2.0, 3.0, 7.0, 8.0, 9.0], [], candidate=later)
    old, new = rollctl.rows(shown, 9_000.0)
    assert same(old, [2.0, 8.0])
    assert same(new, [5.0, 6.0])


def test_the_past_is_the_old_versions_own() -> None:
    """Neither the candidate's samples nor a single pod's are taken for what is usual."""
    before = (stretch([0.0], [3.0]), stretch([60.0], [4.0]))
    known = rollctl.known_past(recorded([1.0, 2.0], [5.0, 6.0], day_before=before))
    assert [past.tolist() for past in known] == [[1.0, 2.0], [3.0, 4.0]]
    assert rollctl.known_past(recorded([1.0, 2.0], [5.0, 6.0], pods=(1, 1))) == ()


def same(found: Floats, wanted: list[float]) -> bool:
    """Equal, with NaN equal to NaN."""
    return bool(np.array_equal(found, np.array(wanted), equal_nan=True))
