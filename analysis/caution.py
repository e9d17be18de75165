"""What guards a verdict while the service's past is unknown.

Why: without a past nobody knows whether this service's errors come in bursts, so the strongest
window does not count, and counts that jump are trusted less.
Never here: pods (corroboration.py); anything once a past is known, which says it better.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import burstiness
from analysis.burstiness import Burstiness
from analysis.tally import Totals

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Caution:
    """`excess` (..., columns) is how far the harmed arm stood above what was expected in its
    strongest window, whose totals are `harmed` and `reference` (exposures (..., columns) too)."""

    excess: Floats
    harmed: Totals
    reference: Totals
    bursts: Burstiness


def begin(*shape: int) -> Caution:
    """No window yet; `shape` ends with the columns."""
    none = np.zeros(shape)
    nothing = Totals(none, none, none)
    return Caution(none, nothing, nothing, burstiness.begin(*shape))


def add(caution: Caution, harmed: Totals, reference: Totals) -> Caution:
    """One window more."""
    excess = harmed.events - harmed.expected
    stronger = excess > caution.excess
    return Caution(
        np.where(stronger, excess, caution.excess),
        _kept(stronger, harmed, caution.harmed),
        _kept(stronger, reference, caution.reference),
        burstiness.add(
            caution.bursts,
            np.stack([harmed.events, reference.events], axis=-2),
            np.stack([harmed.exposure, reference.exposure], axis=-2),
        ),
    )


def _kept(stronger: NDArray[np.bool_], new: Totals, old: Totals) -> Totals:
    return Totals(
        np.where(stronger, new.events, old.events),
        np.where(stronger, new.expected, old.expected),
        np.where(stronger, new.exposure, old.exposure),
    )


def without_strongest(caution: Caution, harmed: Totals, reference: Totals) -> tuple[Totals, Totals]:
    """The totals of all other windows."""
    return harmed - caution.harmed, reference - caution.reference
