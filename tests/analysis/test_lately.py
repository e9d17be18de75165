"""What came lately, and whether it is more than before."""

import numpy as np
import pytest

from analysis import lately
from analysis.boundary import (
    GROWING,
    UNFORESEEN,
    UNFORESEEN_GROWING,
    unforeseen,
)
from analysis.lately import Floats, Lately, Pair
from analysis.tally import Totals

MANY = 1e6


def after(events: Floats) -> tuple[Lately, Pair]:
    """Both arms, after windows in which each had so many events."""
    now, seen = (nothing(), nothing()), lately.begin(1)
    for one in events:
        more = Totals(np.full(1, one), np.full(1, one), np.ones(1))
        now = now[0] + more, now[1] + more
        seen = lately.add(seen, now)
    return seen, now


def nothing() -> Totals:
    """No events yet."""
    return Totals(np.zeros(1), np.zeros(1), np.zeros(1))


@pytest.mark.parametrize("windows", range(40))
def test_what_stays_as_it_is_has_not_grown(windows: int) -> None:
    """At any number of windows, none and one too."""
    assert lately.growth(*after(np.full(windows, MANY))) == pytest.approx([1.0])


@pytest.mark.parametrize("windows", range(2, 40))
def test_what_came_lately_is_held_against_what_came_before(windows: int) -> None:
    """A quarter to a half of the windows are those before."""
    events = np.geomspace(1.0, 5.0, windows)
    seen, now = after(events * MANY)
    before = now[0].events - lately.since(seen, now)[0].events
    earlier = int(np.abs(np.cumsum(events) - before / MANY).argmin()) + 1
    assert windows / 4 <= earlier <= windows / 2
    foreseen = events[earlier:].mean() / events[:earlier].mean()
    assert lately.growth(seen, now) == pytest.approx([foreseen], rel=1e-5)


def test_no_events_have_not_grown_to_infinity() -> None:
    """Nothing before and nothing since is told from nothing before and much since."""
    assert all(lately.growth(*after(np.zeros(windows)))[0] <= 1.0 for windows in range(40))
    assert lately.growth(*after(np.array([0, 0, 0, 0, 0, 0, 9.0, 9.0])))[0] > GROWING


def test_the_surcharge_rises_with_growth_and_has_an_end() -> None:
    """What shrinks is taken for steady, and so is what had no time to grow."""
    growth = np.array([0.0, 0.5, 1.0, 1.1, 1.2, GROWING, 10.0, np.inf])
    found = unforeseen(growth)
    assert found[:3] == pytest.approx([UNFORESEEN] * 3)
    assert found[-3:] == pytest.approx([UNFORESEEN_GROWING] * 3)
    assert (np.diff(found) >= 0).all()
