"""How much more counts jump from window to window than independent events would.

Why: errors come in bursts (a retry storm, a lost connection pool), and a test that takes each
event for independent reads one burst as hundreds of proofs. Units that are no events (bytes)
show as bursts too.
Never here: differences between pods (pod_model.py) or between the arms; the past (past.py).

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
    """Arrays (..., arms, columns): the last window's `events`, its `exposure` (..., arms, 1), the
    sums of squared jumps and of what Poisson counts would give, and the largest jump's share of
    both."""

    events: Floats
    exposure: Floats
    squares: Floats
    expected: Floats
    largest_square: Floats
    largest_expected: Floats


def begin(*shape: int) -> Burstiness:
    """No window yet; `shape` ends with the columns, before which the two arms are put."""
    none = np.zeros((*shape[:-1], 2, shape[-1]))
    return Burstiness(none, none[..., :1], none, none, none, none)


def add(so_far: Burstiness, events: Floats, exposure: Floats) -> Burstiness:
    """One window more: events (..., arms, columns) of exposures (..., arms, 1); a window in which
    an arm was not exposed changes nothing."""
    seen = (exposure > 0).all(axis=-2, keepdims=True)
    after_another = seen & (so_far.exposure > 0).all(axis=-2, keepdims=True)
    scale = exposure / np.where(so_far.exposure > 0, so_far.exposure, 1.0)
    square = np.where(after_another, (events - so_far.events * scale) ** 2, 0.0)
    expected = np.where(after_another, events + so_far.events * scale**2, 0.0)
    larger = square > so_far.largest_square
    return Burstiness(
        np.where(seen, events, so_far.events),
        np.where(seen, exposure, so_far.exposure),
        so_far.squares + square,
        so_far.expected + expected,
        np.where(larger, square, so_far.largest_square),
        np.where(larger, expected, so_far.largest_expected),
    )


def factor(so_far: Burstiness) -> Floats:
    """By how much counts vary more than independent events, per column, at least one."""
    squares = (so_far.squares - so_far.largest_square).sum(axis=-2)
    expected = (so_far.expected - so_far.largest_expected).sum(axis=-2)
    ratio = squares / np.maximum(expected, 1.0)
    return np.asarray(np.maximum(ratio, 1.0), dtype=np.float64)
