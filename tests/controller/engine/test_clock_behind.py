"""A clock that was set back is told of, and only that."""

from controller.engine.advance import advance
from controller.engine.clock_behind import clock_behind
from controller.engine.workload import Workload
from tests.fakes import NOW, after, policy, sight, workload

SEEN = workload("web:v2", {"web:v1": 2, "web:v2": 2})


def begun() -> Workload:
    """A workload whose rollout was seen at NOW."""
    change = advance(sight(SEEN, policy()))
    assert change is not None
    return after(SEEN, change)


def test_a_clock_behind_the_rollout_is_told_with_how_much() -> None:
    """Of a rollout that is still to come the person learns by how much the clock is wrong."""
    (told,) = clock_behind(begun(), NOW - 3_600)
    assert "1h behind" in told


def test_seconds_and_time_that_passed_are_no_trouble() -> None:
    """Clocks of two machines differ by seconds; a rollout of the past is as it should be."""
    for now in (NOW - 5, NOW, NOW + 86_400):
        assert clock_behind(begun(), now) == ()


def test_without_a_rollout_no_clock_is_wrong() -> None:
    """A workload at rest says nothing of clocks."""
    assert clock_behind(SEEN, 0.0) == ()
