"""Laws of the permutation of pods."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.framing import Null
from analysis.permutation import Rejected, Scores, labellings, look, rejectable, spent, standardised
from analysis.pod_scores import scores_of
from analysis.tally import window
from benchmarks.false_rollbacks import limits
from tests.analysis.worlds import ERRORS

RUNS, LEVEL = 500, 0.04
ERRORS_A_LOOK, REQUESTS_A_LOOK, LOOKS_A_ROLLOUT = 6.0, 1_200.0, 30
CLEAN = np.zeros(())
LOOKS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.6, 1.0)


def _fires(paths: np.ndarray, candidates: tuple[int, ...], level: float) -> bool:
    """Whether the labelling `candidates` is rejected at any of the looks (looks, metrics, pods)."""
    pods = paths.shape[2]
    order = [pod for pod in range(pods) if pod not in candidates] + list(candidates)
    rejected = Rejected()
    for path, elapsed in zip(paths, LOOKS, strict=True):
        standard = standardised([Scores(values[order], np.array(0.01)) for values in path])
        rejected = look(rejected, standard, pods - len(candidates), level, spent(elapsed))
    return bool(rejected.fired)


@pytest.mark.parametrize(("pods", "candidates"), [(8, 4), (10, 5), (10, 2), (13, 3), (9, 3)])
@pytest.mark.parametrize("level", [0.04, 0.1])
def test_among_all_labellings_just_so_many_are_rejected_as_promised(
    pods: int, candidates: int, level: float
) -> None:
    """Exactness, by trying every labelling of the same pods as the true one: autocorrelated
    scores, three metrics, seven looks. What may be rejected is, so no error is left over."""
    draw = np.random.default_rng(pods)
    paths = draw.standard_normal((len(LOOKS), 3, pods)).cumsum(axis=0)
    every = list(combinations(range(pods), candidates))
    fired = sum(_fires(paths, chosen, level) for chosen in every)
    assert fired == int(level * len(every) + 1e-9)


@pytest.mark.parametrize("pods", [(8, 2), (10, 3), (4, 4), (5, 5)])
@pytest.mark.parametrize("spread", [0.0, 0.45, 1.4])
def test_equal_releases_are_rolled_back_no_more_often_than_promised(
    pods: tuple[int, int], spread: float
) -> None:
    """Errors of pods that differ by any amount, equal and unequal sides, thirty looks: the exact
    lower limit of the rate lies under the level."""
    fired = int(_rollouts(pods, spread, 1.0, RUNS).sum())
    assert limits(fired, RUNS)[0] <= LEVEL


@pytest.mark.parametrize(("pods", "least"), [((8, 2), 0.7), ((10, 3), 0.9)])
def test_worse_releases_are_seen_by_unequal_sides(pods: tuple[int, int], least: float) -> None:
    """Four times the errors on pods that differ by 45 %: two new pods show it mostly, though 45
    labellings leave one to reject, so that both must be the worst of all ten."""
    assert float(_rollouts(pods, 0.45, 4.0, RUNS).mean()) > least


def _rollouts(pods: tuple[int, int], spread: float, ratio: float, runs: int) -> NDArray[np.bool_]:
    """Which of many rollouts fire by the permutation of pods."""
    draw = np.random.default_rng([sum(pods), round(100 * spread), round(ratio)])
    new = np.arange(sum(pods)) >= pods[0]
    factors = draw.gamma(spread**-2, spread**2, (runs, sum(pods))) if spread else 1.0
    mean = ERRORS_A_LOOK * factors * np.where(new, ratio, 1.0) * np.ones((runs, sum(pods)))
    exposure, sums, rejected = np.full(mean.shape, REQUESTS_A_LOOK), None, Rejected()
    for look_number in range(1, LOOKS_A_ROLLOUT + 1):
        events = draw.poisson(mean)[..., np.newaxis].astype(float)
        more = window(events, exposure, new, Null(np.full(1, 1.1), np.zeros(1)))
        sums = more if sums is None else sums + more
        (scores,) = scores_of(sums, np.zeros(0), new, ERRORS, np.arange(sum(pods)))
        elapsed = look_number / LOOKS_A_ROLLOUT
        rejected = look(rejected, standardised([scores]), pods[0], LEVEL, spent(elapsed))
    return rejected.fired


def test_ties_never_roll_back() -> None:
    """Pods that all scored the same say nothing, whoever is named first."""
    paths = np.zeros((len(LOOKS), 1, 10))
    assert not _fires(paths, (5, 6, 7, 8, 9), 0.05)
    assert not _fires(paths, (0, 1, 2, 3, 4), 0.05)


def test_clearly_separated_pods_are_seen_at_the_first_look() -> None:
    """A clear labelling need not wait for its share of the error."""
    scores = np.array([[0.0, 0.1, -0.1, 0.05, 0.0, 3.0, 3.1, 2.9, 3.05, 3.0]])
    standard = standardised([Scores(scores[0], CLEAN)])
    assert look(Rejected(), standard, 5, 0.008, spent(0.001)).fired


def test_harm_that_begins_late_is_still_seen_soon() -> None:
    """Error spent early on chance leaves enough for what comes after."""
    draw = np.random.default_rng(2)
    early = standardised([Scores(draw.standard_normal(10), CLEAN)])
    rejected = Rejected()
    for number in range(8):
        rejected = look(rejected, early, 5, 0.008, spent(0.01 * (number + 1)))
    late = standardised([Scores(np.array([0.0] * 5 + [3.0] * 5) + 0.1 * early[0], CLEAN)])
    assert look(rejected, late, 5, 0.008, spent(0.1)).fired


def test_many_rollouts_are_looked_at_as_each_alone() -> None:
    """Leading axes change nothing."""
    draw = np.random.default_rng(7)
    paths = draw.standard_normal((len(LOOKS), 40, 2, 10)).cumsum(axis=0)
    together, alone = Rejected(), [Rejected()] * 40
    for path, elapsed in zip(paths, LOOKS, strict=True):
        many = standardised([Scores(path[:, metric], np.zeros(40)) for metric in range(2)])
        together = look(together, many, 8, 0.1, spent(elapsed))
        alone = [look(one, many[run], 8, 0.1, spent(elapsed)) for run, one in enumerate(alone)]
    assert together.fired.tolist() == [bool(one.fired) for one in alone]
    assert together.fired.any()


def test_what_so_few_pods_cannot_show_is_known_beforehand() -> None:
    """4+4 pods have 70 labellings, too few at 1 %; 5+5 have 252."""
    assert (labellings(4, 4, 0.008), rejectable(4, 4, 0.008)) == (70, 0)
    assert (labellings(5, 5, 0.008), rejectable(5, 5, 0.008)) == (252, 2)
    assert rejectable(20, 20, 0.0008) >= 20


def test_chance_noise_keeps_rare_events_from_looking_clear() -> None:
    """Five events that fell on one side must not outshine a shift of thousands."""
    rare = Scores(np.log(np.array([0.5] * 5 + [1.5] * 5)), noise=np.array(2.0))
    shifted = Scores(np.array([0.0] * 5 + [0.3] * 5), noise=np.array(0.001))
    standard = standardised([rare, shifted])
    assert standard[0, -5:].sum() < standard[1, -5:].sum()


def test_a_pod_without_a_score_speaks_for_no_side() -> None:
    """It gets the mean of the others."""
    standard = standardised([Scores(np.array([1.0, np.nan, 3.0, 2.0]), CLEAN)])
    assert standard[0, 1] == 0.0
