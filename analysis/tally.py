"""What each pod of one counted metric has shown so far.

Why: the permutation of pods and the spread between them both need sums a pod, beside what a
pod with its traffic at those times would have been expected to show.
Never here: what is concluded from them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.counts import Counts
from analysis.framing import Null

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over windows in which both arms were exposed; arrays are (pods,) or (pods, edges).

    `expected` is what the pod would show if the candidate did just the tolerated harm;
    `own` what it would show if it were like the mean pod of its own arm.
    """

    names: tuple[str, ...]
    candidate: NDArray[np.bool_]
    exposure: Floats
    events: Floats
    expected: Floats
    own: Floats


@dataclass(frozen=True, slots=True)
class Arms:
    """One window's sums by arm: events (edges,) and exposures above zero."""

    candidate: tuple[Floats, float]
    baseline: tuple[Floats, float]


def empty(columns: int) -> Tally:
    """No pods yet."""
    none = np.zeros((0, columns))
    return Tally((), np.zeros(0, dtype=np.bool_), np.zeros(0), none, none, none)


def arms(counts: Counts) -> Arms | None:
    """The two sides of a window, None where one of them was not exposed."""
    exposed = counts.exposure @ counts.candidate, counts.exposure @ ~counts.candidate
    if not exposed[0] > 0 or not exposed[1] > 0:
        return None
    return Arms(
        (counts.candidate @ counts.events, float(exposed[0])),
        (~counts.candidate @ counts.events, float(exposed[1])),
    )


def add(tally: Tally, counts: Counts, sides: Arms, null: Null, candidate_is_harmed: bool) -> Tally:
    """The tally with one window more.

    With the pooled events E of exposures N1 (harmed) and N0, the null's boundary puts the
    reference's rate at p0 = (E - offset N1) / (N0 + ratio N1) and the harmed at
    ratio p0 + offset: formula F8's observed/expected, with the tolerance granted.
    """
    harmed = counts.candidate if candidate_is_harmed else ~counts.candidate
    (events1, exposure1), (events0, exposure0) = sides.candidate, sides.baseline
    n1, n0 = (exposure1, exposure0) if candidate_is_harmed else (exposure0, exposure1)
    base = (events1 + events0 - null.offset * n1) / (n0 + null.ratio * n1)
    granted = np.where(harmed[:, np.newaxis], null.ratio * base + null.offset, base)
    own = np.where(counts.candidate[:, np.newaxis], events1 / exposure1, events0 / exposure0)
    load = counts.exposure[:, np.newaxis]
    tally, rows = _with_rows(tally, counts)
    return Tally(
        tally.names,
        tally.candidate,
        _added(tally.exposure, rows, counts.exposure),
        _added(tally.events, rows, counts.events),
        _added(tally.expected, rows, granted * load),
        _added(tally.own, rows, own * load),
    )


def _added(sums: Floats, rows: list[int], more: Floats) -> Floats:
    grown = sums.copy()
    grown[rows] += more
    return grown


def _with_rows(tally: Tally, counts: Counts) -> tuple[Tally, list[int]]:
    """The tally with a row for each pod of `counts`, and these rows."""
    place = {name: row for row, name in enumerate(tally.names)}
    new = [row for row, name in enumerate(counts.names) if name not in place]
    if new:
        place |= {counts.names[row]: len(tally.names) + at for at, row in enumerate(new)}
        more = np.zeros((len(new), tally.events.shape[1]))
        tally = Tally(
            tuple(place),
            np.concatenate([tally.candidate, counts.candidate[new]]),
            np.concatenate([tally.exposure, more[:, 0]]),
            np.concatenate([tally.events, more]),
            np.concatenate([tally.expected, more]),
            np.concatenate([tally.own, more]),
        )
    return tally, [place[name] for name in counts.names]
