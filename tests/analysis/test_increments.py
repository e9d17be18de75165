"""Laws of differencing raw samples."""

import math

import pytest

from analysis.counts import matched
from analysis.increments import Cursors, Patience, Reading, read
from analysis.samples import Arm, Part, Pod, Series, Window

POD = Pod("new-0", Arm.CANDIDATE, -math.inf)
PATIENCE = Patience(warm_up=0.0, newcomer=7.5)
PARTS = (Part.BAD, Part.TOTAL)


def _window(start: float, end: float, *series: tuple[Part, Series], pod: Pod = POD) -> Window:
    found: dict[tuple[str, Part], tuple[Series, ...]] = {}
    for part, one in series:
        found["errors", part] = (*found.get(("errors", part), ()), one)
    return Window(start, end, (pod,), found, {})


def _total(
    times: tuple[float, ...], values: tuple[float, ...], key: str = ""
) -> tuple[Part, Series]:
    return Part.TOTAL, Series("new-0", key, times, values)


def _sum(readings: tuple[Reading, ...], part: Part = Part.TOTAL) -> float | None:
    return readings[0].increments.get(part, {}).get(None) if readings else None


def test_the_first_sample_of_a_series_is_only_a_reference() -> None:
    """What a counter counted before it was first seen is nobody's increment."""
    _, readings = read(
        Cursors(), _window(0, 15, _total((15.0,), (100.0,))), "errors", PARTS, PATIENCE
    )
    assert _sum(readings) is None


def test_a_counter_that_falls_has_begun_again_from_zero() -> None:
    """After a reset the new value is the whole increment."""
    window = _window(0, 45, _total((0.0, 15.0, 30.0, 45.0), (100.0, 110.0, 4.0, 6.0)))
    _, readings = read(Cursors(), window, "errors", PARTS, PATIENCE)
    assert _sum(readings) == 10.0 + 4.0 + 2.0


def test_nan_is_no_sample() -> None:
    """A stale marker neither resets a counter nor adds to it."""
    window = _window(0, 45, _total((0.0, 15.0, 30.0), (100.0, math.nan, 107.0)))
    _, readings = read(Cursors(), window, "errors", PARTS, PATIENCE)
    assert _sum(readings) == 7.0


def test_an_increment_belongs_to_the_window_of_the_later_sample() -> None:
    """A gap between two scrapes is counted once, where it ends."""
    cursors, first = read(
        Cursors(), _window(0, 15, _total((10.0,), (5.0,))), "errors", PARTS, PATIENCE
    )
    cursors, silent = read(cursors, _window(15, 30), "errors", PARTS, PATIENCE)
    _, late = read(cursors, _window(30, 45, _total((40.0,), (25.0,))), "errors", PARTS, PATIENCE)
    assert (_sum(first), silent, _sum(late)) == (None, (), 20.0)
    assert late[0].seconds == 30.0


def test_a_series_that_appears_later_stood_at_zero() -> None:
    """The first error of a pod that already counted requests is an error, not a reference."""
    cursors, _ = read(
        Cursors(), _window(0, 15, _total((0.0, 15.0), (9.0, 19.0))), "errors", PARTS, PATIENCE
    )
    bad = Part.BAD, Series("new-0", 'code="500"', (30.0,), (3.0,))
    _, readings = read(
        cursors, _window(15, 30, _total((30.0,), (29.0,)), bad), "errors", PARTS, PATIENCE
    )
    assert _sum(readings, Part.BAD) == 3.0


def test_a_series_first_seen_with_its_siblings_is_no_newcomer() -> None:
    """Two targets scraped moments apart do not turn an old counter into new errors."""
    bad = Part.BAD, Series("new-0", "bad", (3.0,), (1_000_000.0,))
    window = _window(0, 15, _total((0.0, 15.0), (9.0, 19.0)), bad)
    _, readings = read(Cursors(), window, "errors", PARTS, PATIENCE)
    assert _sum(readings, Part.BAD) is None


def test_warm_up_moves_the_cursor_and_counts_nothing() -> None:
    """Samples up to the end of the warm-up show nothing; the next one counts from them."""
    pod = Pod("new-0", Arm.CANDIDATE, 0.0)
    window = _window(0, 60, _total((15.0, 30.0, 45.0, 60.0), (5.0, 50.0, 52.0, 53.0)), pod=pod)
    _, readings = read(Cursors(), window, "errors", PARTS, Patience(30.0, 7.5))
    assert _sum(readings) == 3.0
    assert readings[0].seconds == 30.0


def test_several_pieces_of_one_series_are_one_series() -> None:
    """It does not matter in how many reads a window's samples came, nor in which order."""
    whole = _window(0, 45, _total((0.0, 15.0, 30.0, 45.0), (1.0, 3.0, 7.0, 9.0)))
    pieces = _window(
        0, 45, _total((30.0, 45.0), (7.0, 9.0)), _total((0.0, 15.0, 30.0), (1.0, 3.0, 7.0))
    )
    assert read(Cursors(), whole, "errors", PARTS, PATIENCE) == read(
        Cursors(), pieces, "errors", PARTS, PATIENCE
    )


def test_a_sample_read_twice_counts_once() -> None:
    """Overlapping reads do not double what happened."""
    first = _window(0, 30, _total((0.0, 15.0, 30.0), (0.0, 5.0, 9.0)))
    again = _window(30, 45, _total((15.0, 30.0, 45.0), (5.0, 9.0, 10.0)))
    cursors, _ = read(Cursors(), first, "errors", PARTS, PATIENCE)
    _, readings = read(cursors, again, "errors", PARTS, PATIENCE)
    assert _sum(readings) == 1.0


def test_pods_that_are_not_compared_are_not_read() -> None:
    """A series of an unknown pod is nobody's."""
    window = Window(0, 15, (), {("errors", Part.TOTAL): (_total((0.0, 15.0), (1.0, 2.0))[1],)}, {})
    assert read(Cursors(), window, "errors", PARTS, PATIENCE)[1] == ()


@pytest.mark.parametrize(("bad", "total"), [(7.0, 5.0), (5.0, 5.0)])
def test_bad_events_wait_for_their_requests(bad: float, total: float) -> None:
    """When one of two scrapes is lost, errors are judged against the requests that belong to
    them, not against none."""
    alone = Reading(POD, frozenset({Part.BAD}), {Part.BAD: {None: bad}}, 15.0, ())
    later = Reading(POD, frozenset({Part.TOTAL}), {Part.TOTAL: {None: total}}, 15.0, ())
    owed, nothing = matched({}, (alone,))
    kept, settled = matched(owed, (later,))
    assert (dict(owed), nothing, dict(kept)) == ({("new-0", ""): bad}, (), {})
    assert settled[0].increments[Part.BAD] == {None: bad}
