from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from scipy.special import ndtr
from scipy.stats import mannwhitneyu

from analysis.question import Direction
from benchmarks.rollbench.interface import Answer
from benchmarks.rollbench.mann_whitney import (
    Samples,
    estimate,
    lower_limit,
    normal_score,
    upper_limit,
)
from benchmarks.rollbench.rules.kayenta import (
    CONFIDENCE,
    FAILED,
    NO_DATA,
    PASSED,
    RULES,
    SHARE_OF_ESTIMATE,
    judged,
    scores,
    without_outliers,
)
from tests.benchmarks.rollbench.hand_made import ERRORS, steady, study, verdicts

(KAYENTA,) = RULES
NAN = float("nan")
LEVELS = some.lists(
    some.sampled_from([0.0, 1e-5, 1e-4, 2e-4, 5e-4, 1e-3, 0.1, 1.0, 7.0, 50.0]),
    min_size=2,
    max_size=20,
)
SMALL = some.lists(some.integers(0, 6), min_size=2, max_size=12)


def samples(candidate: Sequence[float], baseline: Sequence[float]) -> Samples:
    return Samples(np.array([candidate], dtype=float), np.array([baseline], dtype=float))


def verdict(
    candidate: Sequence[float], baseline: Sequence[float], worse: Direction = Direction.HIGHER
) -> int:
    pair = samples(candidate, baseline)
    return int(judged(pair.candidate, pair.baseline, worse)[0])


def test_published_interval() -> None:
    """Kayenta's own test: 10..40 against 1..4 is 6 to 39, estimate 22.5."""
    pair = samples([10, 20, 30, 40], [1, 2, 3, 4])
    assert lower_limit(pair, 0.95)[0] == pytest.approx(6.0, abs=1e-6)
    assert upper_limit(pair, 0.95)[0] == pytest.approx(39.0, abs=1e-6)
    assert estimate(pair)[0] == pytest.approx(22.5, abs=1e-6)


def test_published_solver_noise() -> None:
    """Seven of ten at 100 against ones: the figures that a user of Kayenta published, noise and all."""
    pair = samples([100.0] * 7 + [1.0] * 3, [1.0] * 10)
    assert lower_limit(pair, 0.98)[0] == pytest.approx(6.825022991538781e-5, rel=1e-9)
    assert upper_limit(pair, 0.98)[0] == 99.0
    assert estimate(pair)[0] == pytest.approx(98.99992904170193, rel=1e-12)
    assert verdict([100.0] * 7 + [1.0] * 3, [1.0] * 10) == PASSED


def test_eight_of_ten_fail() -> None:
    """One more at 100 and the same user's canary fails."""
    assert verdict([100.0] * 8 + [1.0] * 2, [1.0] * 10) == FAILED


def test_published_high() -> None:
    """20 and more against 1 to 3 is High."""
    assert verdict([20, 22, 21, 25, 30], [1, 2.2, 1.1, 2.5, 3]) == FAILED


def test_sparse_errors_pass() -> None:
    """0 1 2 1 0 0 against zeros passes, which a user reported as a defect."""
    assert verdict([0, 1, 2, 1, 0, 0], [0] * 6) == PASSED


def test_half_of_the_points_in_error_pass() -> None:
    """Fifteen erring points of thirty against thirty clean ones pass."""
    assert verdict([1] * 15 + [0] * 15, [0] * 30) == PASSED


def test_verdict_depends_on_the_unit() -> None:
    """Some of 200 pairs are judged otherwise as a share (0.005) than in percent."""
    draw = np.random.default_rng(3)
    baseline, candidate = draw.normal(0.5, 0.15, (200, 20)), draw.normal(0.62, 0.15, (200, 20))

    def judged_in(unit: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.int8]]":
        return judged(unit * candidate, unit * baseline, Direction.HIGHER)

    assert (judged_in(0.01) != judged_in(1.0)).any()


def test_direction_is_allowed_or_not() -> None:
    """Less of what may not grow passes; less of what may not shrink fails."""
    assert verdict([1, 2.2, 1.1, 2.5, 3], [20, 22, 21, 25, 30]) == PASSED
    assert verdict([1, 2.2, 1.1, 2.5, 3], [20, 22, 21, 25, 30], Direction.LOWER) == FAILED


def test_constant_arms_are_compared() -> None:
    """Two constants that differ are told apart, equal ones pass."""
    assert verdict([2.0] * 5, [1.0] * 5) == FAILED
    assert verdict([1.0] * 5, [1.0] * 5) == PASSED


def test_lost_points_are_left_out() -> None:
    """A point without value changes nothing, no value at all is no data."""
    full = samples([20, 22, 21, 25, 30], [1, 2.2, 1.1, 2.5, 3])
    holed = samples([20, NAN, 22, 21, 25, 30], [1, 2.2, 1.1, 2.5, 3, NAN])
    assert lower_limit(holed, 0.95) == lower_limit(full, 0.95)
    assert verdict([NAN, NAN], [1.0, 2.0]) == NO_DATA


@given(SMALL, SMALL)
def test_score_is_that_of_scipy(candidate: list[int], baseline: list[int]) -> None:
    """The normal score with ties and continuity has scipy's two-sided p."""
    if len(set(candidate + baseline)) == 1:
        return
    score = float(normal_score(np.zeros(1), samples(candidate, baseline))[0])
    expected = mannwhitneyu(candidate, baseline, method="asymptotic")
    deviate = float(expected.statistic) - len(candidate) * len(baseline) / 2
    assert np.sign(score) in {0.0, np.sign(deviate)}
    assert 2.0 * float(ndtr(-abs(score))) == pytest.approx(float(expected.pvalue), abs=1e-9)


@given(SMALL, SMALL)
def test_rows_do_not_meet(candidate: list[int], baseline: list[int]) -> None:
    """A pair is judged the same alone and beside others."""
    width = max(len(candidate), len(baseline))
    padded = [
        [*values, *[NAN] * (width - len(values))] for values in (candidate, baseline, [9] * width)
    ]
    ours, others, nines = (np.array(row, dtype=float) for row in padded)
    together = judged(np.stack([nines, ours]), np.stack([others, others]), Direction.HIGHER)
    assert together[1] == verdict(candidate, baseline)


@given(LEVELS, LEVELS)
@example([0.0001, 0.0001], [0.0, 0.00001])
def test_short_cuts_change_no_verdict(candidate: list[float], baseline: list[float]) -> None:
    """What is judged without the solver is what the solver's interval and estimate say."""
    pair = samples(candidate, baseline)
    if len(set(candidate)) == len(set(baseline)) == 1:
        return
    limit = SHARE_OF_ESTIMATE * np.abs(estimate(pair))
    mean, other = np.mean(candidate), np.mean(baseline)
    high = lower_limit(pair, CONFIDENCE)[0] > limit[0] and (mean >= other or other == 0)
    assert verdict(candidate, baseline) == (FAILED if high else PASSED)


def test_outliers_go_only_from_long_series() -> None:
    """Of a hundred points the one far out is left out, of fifty none is."""
    long = np.concatenate([np.linspace(0, 1, 119), [50.0]])[np.newaxis]
    assert np.isnan(without_outliers(long)).sum() == 1
    assert not np.isnan(without_outliers(long[:, 70:])).any()


def test_score_counts_what_passed() -> None:
    """One failed metric of twenty is 95, of three 67; half without data is nothing."""
    classes = np.full((20, 1), PASSED, dtype=np.int8)
    classes[0] = FAILED
    assert scores(classes)[0] == pytest.approx(95.0)
    assert scores(classes[:3])[0] == pytest.approx(200 / 3)
    classes[1:11] = NO_DATA
    assert scores(classes)[0] == 0.0


def test_speaks_first_after_five_minutes() -> None:
    """Twice the errors are rolled back at minute five, a warm-up later where there is one."""
    worse = steady((1.0, 2.0), looks=60)
    assert verdicts(KAYENTA, study(ERRORS, looks=60), errors=worse) == [(Answer.ROLLBACK, 300.0)]
    warm = study(ERRORS, looks=60, warm_up_seconds=180.0)
    assert verdicts(KAYENTA, warm, errors=worse) == [(Answer.ROLLBACK, 480.0)]


def test_promotes_at_the_end() -> None:
    """Equal arms are watched to the end and promoted."""
    same = steady((1.0, 1.0), looks=60)
    assert verdicts(KAYENTA, study(ERRORS, looks=60), errors=same) == [(Answer.PROMOTE, 900.0)]
