"""The generalised conditional e-process: evidence against "p1 <= ratio * p0 + offset".

Why: it compares two arms window by window, so whatever moves both at once cancels, and it
may be looked at any time.
Source: Lindon & Malek 2022 (arXiv 2011.03567) for the case without offset; the offset
follows from the moment generating function, see `log_evidence`.
Never here: pods, error levels, or what follows from the evidence.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.framing import Null

Floats = NDArray[np.float64]

ALTERNATIVES: Floats = np.array([1.02, 1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 100.0])
"""How many times the null's ratio the harm might really be; one bet on each."""

WEIGHTS: Floats = np.array([0.05, 0.05, 0.05, 0.1, 0.15, 0.2, 0.15, 0.1, 0.1, 0.05])
"""How the stake is spread over ALTERNATIVES; sums to one."""


def log_evidence(
    harmed: tuple[Floats, float], reference: tuple[Floats, float], null: Null, bets: Floats
) -> Floats:
    """Log evidence of one window, one value a bet on the last axis.

    `harmed` and `reference` are (events, exposure) with exposures above zero; the events and
    the null's arrays broadcast to one shape S, and the result has shape S + (bets,).

    With K1 of N1 and K0 of N0, w = ratio N1/N0 and bet a: E = c^K1 d^K0 exp(-(c-1) offset N1),
    d = (1+w)/(1+aw), c = ad. As d = 1 - (c-1) w, the expectation under Poisson counts is
    exp((c-1) N1 (p1 - ratio p0 - offset)) <= 1; binomial counts stay below it by 1+x <= e^x.
    Nothing is assumed of p0, which may change from window to window.
    """
    (events1, exposure1), (events0, exposure0) = harmed, reference
    odds = (null.ratio * (exposure1 / exposure0))[..., np.newaxis]
    spread = 1.0 + bets * odds
    log_d = np.log((1.0 + odds) / spread)
    gain = (events1 + events0)[..., np.newaxis] * log_d + events1[..., np.newaxis] * np.log(bets)
    price = ((bets - 1.0) / spread) * (null.offset * exposure1)[..., np.newaxis]
    return np.asarray(gain - price, dtype=np.float64)


def log_mixture(log_evidences: Floats, weights: Floats) -> Floats:
    """Log of the weighted mean over the last axis; a mean of e-processes is one again."""
    top = log_evidences.max(axis=-1)
    shifted = np.exp(log_evidences - top[..., np.newaxis])
    return np.asarray(top + np.log(shifted @ weights), dtype=np.float64)
