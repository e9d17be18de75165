"""Laws of the panel of pods."""

from analysis.panel import FEWEST_PODS, MOST_PATIENT_WINDOWS, Panel, meet
from analysis.samples import Arm


def _pods(baseline: int, candidate: int) -> dict[str, Arm]:
    old = {f"old-{n}": Arm.BASELINE for n in range(baseline)}
    return old | {f"new-{n}": Arm.CANDIDATE for n in range(candidate)}


def test_a_panel_is_fixed_once_its_pods_have_settled() -> None:
    """A pod that comes later does not change the question."""
    panel = Panel()
    for _ in range(3):
        panel = meet(panel, _pods(5, 5), _pods(5, 5))
    assert panel.fixed
    assert meet(panel, _pods(5, 6), _pods(5, 6)) == panel


def test_a_panel_waits_for_pods_that_warm_up_but_not_for_ever() -> None:
    """Pods that are known and have shown nothing yet are waited for, within limits."""
    panel = Panel()
    for window in range(MOST_PATIENT_WINDOWS):
        assert not panel.fixed, window
        panel = meet(panel, _pods(5, 4), _pods(5, 5))
    assert panel.fixed
    assert len(panel.pods(Arm.CANDIDATE)) == 4


def test_few_pods_make_no_panel() -> None:
    """Three pods a side have too few labellings to show anything."""
    panel = Panel()
    for _ in range(30):
        panel = meet(panel, _pods(FEWEST_PODS, FEWEST_PODS - 1), ())
    assert not panel.fixed
