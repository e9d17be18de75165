"""How much more counts jump from window to window than independent events would.

Why: errors come in bursts (a retry storm, a lost connection pool), and a test that takes each
event for independent reads one burst as hundreds of proofs. Units that are no events (bytes)
show as bursts too.
Never here: differences between pods (spread.py) or between the arms.

The measure is a Fano factor of successive differences (von Neumann): for Poisson counts
(K_t - K_{t-1} N_t/N_{t-1})^2 has the mean K_t + K_{t-1} (N_t/N_{t-1})^2, whatever drifts slowly.
The largest jump is left out: a release goes bad once, a burst comes and goes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Burstiness:
    """Arrays (arms, edges): the last window's `events`, its `exposure` (arms,), the sums of
    squared jumps and of what Poisson counts would give, and the largest jump's share of both."""

    events: Floats
    exposure: Floats
    squares: Floats
    expected: Floats
    largest_square: Floats
    largest_expected: Floats


def begin(columns: int) -> Burstiness:
    """No window yet."""
    none = np.zeros((2, columns))
    return Burstiness(none, np.zeros(2), none, none, none, none)


def add(so_far: Burstiness, events: Floats, exposure: Floats) -> Burstiness:
    """One window more: events (arms, edges) of exposures (arms,) above zero."""
    if not so_far.exposure.all():
        return Burstiness(events, exposure, *(so_far.squares,) * 4)
    scale = (exposure / so_far.exposure)[:, np.newaxis]
    square = (events - so_far.events * scale) ** 2
    expected = events + so_far.events * scale**2
    larger = square > so_far.largest_square
    return Burstiness(
        events,
        exposure,
        so_far.squares + square,
        so_far.expected + expected,
        np.where(larger, square, so_far.largest_square),
        np.where(larger, expected, so_far.largest_expected),
    )


def factor(so_far: Burstiness) -> Floats:
    """By how much evidence of independent events must be weakened, per edge, at least one."""
    squares = (so_far.squares - so_far.largest_square).sum(axis=0)
    expected = (so_far.expected - so_far.largest_expected).sum(axis=0)
    ratio = squares / np.maximum(expected, 1.0)
    return np.asarray(np.maximum(ratio, 1.0), dtype=np.float64)
