"""The controller may die at any statement: nothing is lost, nothing doubled."""

import pytest

from tests.crash.journeys import JOURNEYS, Journey
from tests.crash.points import tried

EACH = 199
"""So many points apart; `python -m benchmarks.crash_points` tries them all."""


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.name)
def test_a_crash_changes_nothing(journey: Journey) -> None:
    """Writes, record, Events, journal and registry are those of an uninterrupted run, but for times
    and the words of evidence."""
    tally = tried(journey, EACH)
    assert tally.points
    assert tally.wrong == []
