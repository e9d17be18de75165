"""Laws of the panel of pods."""

from math import comb

import pytest

from analysis.panel import (
    LONG_SETTLED_WINDOWS,
    MOST_PATIENT_WINDOWS,
    SETTLED_WINDOWS,
    Panel,
    enough,
    meet,
)
from analysis.samples import Arm

LEVEL = 0.04


def _pods(baseline: int, candidate: int) -> dict[str, Arm]:
    old = {f"old-{n}": Arm.BASELINE for n in range(baseline)}
    return old | {f"new-{n}": Arm.CANDIDATE for n in range(candidate)}


def _fixed_after(baseline: int, candidate: int, level: float) -> int | None:
    """How many windows with these pods it takes, None if thirty are not enough."""
    panel, group = Panel(), _pods(baseline, candidate)
    for window in range(1, 31):
        panel = meet(panel, group, group, level)
        if panel.fixed:
            return window
    return None


def test_a_panel_is_fixed_once_its_pods_have_settled() -> None:
    """A pod that comes later does not change the question."""
    panel = Panel()
    for _ in range(3):
        panel = meet(panel, _pods(5, 5), _pods(5, 5), LEVEL)
    assert panel.fixed
    assert meet(panel, _pods(5, 6), _pods(5, 6), LEVEL) == panel


def test_a_panel_waits_for_pods_that_warm_up_but_not_for_ever() -> None:
    """Pods that are known and have shown nothing yet are waited for, within limits."""
    panel = Panel()
    for window in range(MOST_PATIENT_WINDOWS):
        assert not panel.fixed, window
        panel = meet(panel, _pods(5, 4), _pods(5, 5), LEVEL)
    assert panel.fixed
    assert len(panel.pods(Arm.CANDIDATE)) == 4


@pytest.mark.parametrize("pods", [(4, 4), (5, 5), (8, 2), (10, 3), (3, 3), (5, 2), (30, 1)])
@pytest.mark.parametrize("level", [0.04, 0.008, 0.0])
def test_pods_make_a_panel_where_one_of_their_labellings_may_be_rejected(
    pods: tuple[int, int], level: float
) -> None:
    """Not a number of pods counts but of labellings: one in 1 / level; a single pod never
    convicts, so it makes none; nor do any where a past leaves no error to permutation."""
    ways = comb(sum(pods), min(pods))
    assert enough(*pods, level) is (ways * level >= 1 and min(pods) > 1)
    assert (_fixed_after(*pods, level) is not None) is enough(*pods, level)


def test_pods_that_cannot_show_anything_yet_are_not_fixed() -> None:
    """4+4 pods at 1 % wait for a fifth on each side, however long that takes."""
    panel = Panel()
    for _ in range(30):
        panel = meet(panel, _pods(4, 4), _pods(4, 4), 0.008)
    for _ in range(1 + SETTLED_WINDOWS):
        panel = meet(panel, _pods(5, 5), _pods(5, 5), 0.008)
    assert panel.fixed
    assert len(panel.arms) == 10


def test_the_first_pods_of_a_rollout_are_not_taken_for_all() -> None:
    """Two new pods beside eight old ones stay a panel of their own only if no more come for long."""
    panel, group = Panel(), _pods(8, 2)
    for _ in range(LONG_SETTLED_WINDOWS):
        panel = meet(panel, group, group, LEVEL)
    assert not panel.fixed
    assert len(meet(panel, _pods(8, 3), _pods(8, 4), LEVEL).arms) == 11
    assert meet(panel, group, group, LEVEL).fixed
