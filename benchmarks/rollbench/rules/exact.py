"""The exact conditional test of two proportions: the likelihood without Poisson's approximation.

Why: where errors are not rare, binomial counts say more than Poisson ones.
Never here: pods.

Source: Fisher's noncentral hypergeometric law, formula F2: given all requests and all errors of a
scrape, the candidate's errors k have a likelihood proportional to Hyp(k) psi^k, psi the ratio of
the odds. The grid of alternatives is that of the conditional e-process; a tolerance is taken of
the odds. Ratios only: summing over all k is too dear for the buckets of a histogram.
"""

import numpy as np
from scipy.special import gammaln

from analysis.question import Kind
from benchmarks.rollbench.evidence import Gathering
from benchmarks.rollbench.interface import Floats, Metric
from benchmarks.rollbench.likelihood import TwoArms, tolerated_ratio
from benchmarks.rollbench.rules.conditional import ALTERNATIVES, WEIGHTS


def log_exact(arms: TwoArms, odds: float, null: float) -> Floats:
    """Log of the likelihood (runs,) of the ratio `odds` over that of `null`."""
    errors = arms.events[:, 0] + arms.others[:, 0]
    central = _log_hypergeometric(errors, arms.exposure, arms.other_exposure)
    expected = _log_expected(central, null) - _log_expected(central, odds)
    return np.asarray(arms.events[:, 0] * np.log(odds / null) + expected)


def _log_hypergeometric(errors: Floats, exposure: Floats, other: Floats) -> Floats:
    """Log probability (runs, k) that k of the errors fall on the first arm by chance, but for a
    factor that is the same for all k."""
    table = gammaln(np.arange(max(exposure.max(), other.max()) + 1.0) + 1.0)
    k = np.arange(int(errors.max()) + 1)
    rest = errors.astype(int)[:, np.newaxis] - k
    first, second = (sizes.astype(int)[:, np.newaxis] for sizes in (exposure, other))
    possible = (k <= first) & (rest >= 0) & (rest <= second)
    k, rest = np.minimum(k, first), np.clip(rest, 0, second)
    ways = table[k] + table[first - k] + table[rest] + table[second - rest]
    return np.where(possible, -ways, -np.inf)


def _log_expected(central: Floats, odds: float) -> Floats:
    """Log of the expected odds^k (runs,), but for the same factor."""
    logs = central + np.arange(central.shape[1]) * np.log(odds)
    most = logs.max(axis=1, keepdims=True)
    return np.asarray(most[:, 0] + np.log(np.exp(logs - most).sum(axis=1)))


class Exact:
    """Log likelihood ratios so far, (runs, alternatives)."""

    def __init__(self, metric: Metric) -> None:
        self._null = tolerated_ratio(metric)
        self._logs: Floats | float = 0.0

    def log_e(self, arms: TwoArms) -> Floats:
        """The weighted mean over alternatives."""
        fresh = [log_exact(arms, times * self._null, self._null) for times in ALTERNATIVES]
        logs = self._logs + np.stack(fresh, axis=-1)
        self._logs = logs
        return np.asarray(np.logaddexp.reduce(logs + np.log(WEIGHTS), axis=-1))


RULES = (Gathering("exact iid test", Exact, frozenset({Kind.RATIO})),)
