"""Laws of the permutation of pods."""

from itertools import combinations

import numpy as np
import pytest

from analysis.permutation import Rejected, Scores, labellings, look, rejectable, standardised

LOOKS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.6, 1.0)


def _fires(paths: np.ndarray, candidates: tuple[int, ...], level: float) -> bool:
    """Whether the labelling `candidates` is rejected at any of the looks (looks, metrics, pods)."""
    pods = paths.shape[2]
    order = [pod for pod in range(pods) if pod not in candidates] + list(candidates)
    rejected = Rejected()
    for path, elapsed in zip(paths, LOOKS, strict=True):
        standard = standardised([Scores(values[order], 0.01) for values in path])
        rejected = look(rejected, standard, pods - len(candidates), level, elapsed)
    return rejected.fired


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("level", [0.04, 0.1])
def test_among_all_labellings_no_more_are_rejected_than_promised(level: float, seed: int) -> None:
    """Exactness, by trying every labelling of the same pods as the true one: autocorrelated
    scores, three metrics, seven looks."""
    draw = np.random.default_rng(seed)
    paths = draw.standard_normal((len(LOOKS), 3, 8)).cumsum(axis=0)
    every = list(combinations(range(8), 4))
    fired = sum(_fires(paths, candidates, level) for candidates in every)
    assert fired <= level * len(every)


def test_ties_never_roll_back() -> None:
    """Pods that all scored the same say nothing, whoever is named first."""
    paths = np.zeros((len(LOOKS), 1, 10))
    assert not _fires(paths, (5, 6, 7, 8, 9), 0.05)
    assert not _fires(paths, (0, 1, 2, 3, 4), 0.05)


def test_clearly_separated_pods_are_seen_at_the_first_look() -> None:
    """A clear labelling need not wait for its share of the error."""
    scores = np.array([[0.0, 0.1, -0.1, 0.05, 0.0, 3.0, 3.1, 2.9, 3.05, 3.0]])
    standard = standardised([Scores(scores[0], 0.0)])
    assert look(Rejected(), standard, 5, 0.008, 0.001).fired


def test_harm_that_begins_late_is_still_seen_soon() -> None:
    """Error spent early on chance leaves enough for what comes after."""
    draw = np.random.default_rng(2)
    early = standardised([Scores(draw.standard_normal(10), 0.0)])
    rejected = Rejected()
    for number in range(8):
        rejected = look(rejected, early, 5, 0.008, 0.01 * (number + 1))
    late = standardised([Scores(np.array([0.0] * 5 + [3.0] * 5) + 0.1 * early[0], 0.0)])
    assert look(rejected, late, 5, 0.008, 0.1).fired


def test_what_so_few_pods_cannot_show_is_known_beforehand() -> None:
    """4+4 pods have 70 labellings, too few at 1 %; 5+5 have 252."""
    assert (labellings(4, 4, 0.008), rejectable(4, 4, 0.008)) == (70, 0)
    assert (labellings(5, 5, 0.008), rejectable(5, 5, 0.008)) == (252, 2)
    assert rejectable(20, 20, 0.0008) >= 20


def test_chance_noise_keeps_rare_events_from_looking_clear() -> None:
    """Five events that fell on one side must not outshine a shift of thousands."""
    rare = Scores(np.log(np.array([0.5] * 5 + [1.5] * 5)), noise=2.0)
    shifted = Scores(np.array([0.0] * 5 + [0.3] * 5), noise=0.001)
    standard = standardised([rare, shifted])
    assert standard[0, -5:].sum() < standard[1, -5:].sum()


def test_a_pod_without_a_score_speaks_for_no_side() -> None:
    """It gets the mean of the others."""
    standard = standardised([Scores(np.array([1.0, np.nan, 3.0, 2.0]), 0.0)])
    assert standard[0, 1] == 0.0
