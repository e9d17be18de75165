"""What each pod of one counted metric has shown so far.

Why: every method reads sums a pod, beside what a pod with its traffic at those times would have
been expected to show; they are all that is kept, so the memory does not grow with time.
Never here: what is concluded from them.

Arrays may have any leading axes (many rollouts at once); the last ones are (pods,) or
(pods, columns).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.counts import Counts
from analysis.framing import Null

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over windows in which both arms were exposed.

    `exposure` is (..., pods), the others are (..., pods, columns): `expected` is what the pod
    would show if the candidate did just the tolerated harm; `own` what it would show if it
    were like the mean pod of its own arm.
    """

    exposure: Floats
    events: Floats
    expected: Floats
    own: Floats

    def __add__(self, more: "Sums") -> "Sums":
        return Sums(
            self.exposure + more.exposure,
            self.events + more.events,
            self.expected + more.expected,
            self.own + more.own,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """One arm's sums over its pods: `events` and `expected` (..., columns), `exposure` (..., 1)."""

    events: Floats
    expected: Floats
    exposure: Floats

    def __add__(self, more: "Totals") -> "Totals":
        return Totals(
            self.events + more.events,
            self.expected + more.expected,
            self.exposure + more.exposure,
        )

    def __sub__(self, less: "Totals") -> "Totals":
        return Totals(
            self.events - less.events,
            self.expected - less.expected,
            self.exposure - less.exposure,
        )


def totals(sums: Sums, rows: Mask) -> Totals:
    """The sums of the pods that `rows` (pods,) marks."""
    return Totals(
        sums.events[..., rows, :].sum(axis=-2),
        sums.expected[..., rows, :].sum(axis=-2),
        sums.exposure[..., rows].sum(axis=-1)[..., np.newaxis],
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """The sums of one rollout's pods, in the order in which the pods were met."""

    names: tuple[str, ...]
    candidate: Mask
    sums: Sums


def window(events: Floats, exposure: Floats, harmed: Mask, null: Null) -> Sums:
    """The sums of one window, `harmed` (pods,) marking the pods of the harmed arm; nothing where
    one arm was not exposed.

    With the pooled events E of exposures N1 (harmed) and N0, the null's boundary puts the
    reference's rate at p0 = (E - offset N1) / (N0 + ratio N1) and the harmed at
    ratio p0 + offset: formula F8's observed/expected, with the tolerance granted.
    """
    (events1, exposure1), (events0, exposure0) = (
        (events[..., rows, :].sum(axis=-2), exposure[..., rows].sum(axis=-1)[..., np.newaxis])
        for rows in (harmed, ~harmed)
    )
    met = (exposure1 > 0) & (exposure0 > 0)
    load = (exposure * met)[..., np.newaxis]
    pooled = events1 + events0 - null.offset * exposure1
    base = _share(pooled, exposure0 + null.ratio * exposure1)[..., np.newaxis, :]
    rows = harmed[:, np.newaxis]
    granted = np.where(rows, null.ratio * base + null.offset, base)
    one, other = (
        _share(e, n)[..., np.newaxis, :] for e, n in ((events1, exposure1), (events0, exposure0))
    )
    own = np.where(rows, one, other)
    return Sums(load[..., 0], events * met[..., np.newaxis], granted * load, own * load)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.asarray(part / np.where(whole > 0, whole, np.inf), dtype=np.float64)


def empty(columns: int) -> Tally:
    """No pods yet."""
    none = np.zeros((0, columns))
    return Tally((), np.zeros(0, dtype=np.bool_), Sums(np.zeros(0), none, none, none))


def add(tally: Tally, counts: Counts, more: Sums) -> Tally:
    """The tally with one window's sums of the pods of `counts` more."""
    place = {name: row for row, name in enumerate(tally.names)}
    new = [row for row, name in enumerate(counts.names) if name not in place]
    if new:
        tally = _with_rows(tally, counts, new)
        place = {name: row for row, name in enumerate(tally.names)}
    rows = [place[name] for name in counts.names]
    kept, sums = tally.sums, more
    return replace(
        tally,
        sums=Sums(
            _added(kept.exposure, rows, sums.exposure),
            _added(kept.events, rows, sums.events),
            _added(kept.expected, rows, sums.expected),
            _added(kept.own, rows, sums.own),
        ),
    )


def _added(sums: Floats, rows: list[int], more: Floats) -> Floats:
    grown = sums.copy()
    grown[rows] += more
    return grown


def _with_rows(tally: Tally, counts: Counts, new: list[int]) -> Tally:
    sums, none = tally.sums, np.zeros((len(new), tally.sums.events.shape[1]))
    return Tally(
        tally.names + tuple(counts.names[row] for row in new),
        np.concatenate([tally.candidate, counts.candidate[new]]),
        Sums(
            np.concatenate([sums.exposure, none[:, 0]]),
            np.concatenate([sums.events, none]),
            np.concatenate([sums.expected, none]),
            np.concatenate([sums.own, none]),
        ),
    )
