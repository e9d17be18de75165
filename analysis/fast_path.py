"""The fast path: catches gross harm within a few scrapes, at any number of pods.

Why: a release that fails every tenth request must not wait for a comparison of pods. It
answers for harm beyond a wide margin only, so that differing pods are not mistaken for it.
Never here: small harm (permutation.py), or the size of the effect (bounds.py).

Its error is at most the evidence's share (Ville's inequality) plus the chance that the pods of
one version differ by more than the margin (spread.py). Three cautions only make it rarer: the
strongest window of each bet is left out, for one burst in one scrape is no release gone bad;
positive log evidence is divided by how bursty the counts are (burstiness.py); and the
harm must show without any one pod (corroboration.py, asked by counted.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analysis import burstiness
from analysis.burstiness import Burstiness
from analysis.conditional import ALTERNATIVES, WEIGHTS, log_evidence, log_mixture
from analysis.counts import Counts
from analysis.framing import Null, candidate_is_harmed, null_at, tolerated, tolerated_shift
from analysis.question import Question
from analysis.spread import Composition, error_of, margin, remember
from analysis.tally import Arms

Floats = NDArray[np.float64]

BEFORE_AFTER_CAUTION = 2.0
"""How much wider the margin is where the time of day does not cancel."""


@dataclass(frozen=True, slots=True)
class FastPath:
    """`total` and `strongest` (edges, bets): sum of the windows' log evidence, and the largest
    of them; `compositions` the sets of pods met, by order."""

    total: Floats
    strongest: Floats
    bursts: Burstiness
    compositions: Mapping[Composition, int] = field(default_factory=dict)


def begin(columns: int) -> FastPath:
    """No evidence yet."""
    none = np.zeros((columns, len(ALTERNATIVES)))
    return FastPath(none, none, burstiness.begin(columns))


def prepare(
    path: FastPath, counts: Counts, sides: Arms, question: Question, error: float
) -> tuple[FastPath, float]:
    """Note this window's pods and jumps, and say the margin for these pods."""
    seen, order = remember(path.compositions, frozenset(counts.names))
    harmed = counts.candidate if candidate_is_harmed(question) else ~counts.candidate
    pods = _effective(counts.exposure[harmed]), _effective(counts.exposure[~harmed])
    events = np.stack([sides.candidate[0], sides.baseline[0]])
    exposures = np.array([sides.candidate[1], sides.baseline[1]])
    bursts = burstiness.add(path.bursts, events, exposures)
    noted = replace(path, bursts=bursts, compositions=seen)
    return noted, margin(*pods, error * error_of(order))


def _effective(exposures: Floats) -> float:
    """How many equally loaded pods say as much as these."""
    return float(exposures.sum() ** 2 / (exposures @ exposures))


def add_counts(path: FastPath, sides: Arms, question: Question, factor: float) -> FastPath:
    """One window of a ratio or a rate, against "worse by at most the tolerance, `factor`-fold"."""
    null = null_at(question, np.array([tolerated(question)]))
    harmed, reference = _sides(sides, question)
    wide = Null(null.ratio * factor, null.offset * factor)
    return _added(path, log_evidence(harmed, reference, wide, ALTERNATIVES))


def add_tails(
    path: FastPath, sides: Arms, question: Question, factor: float, edges: Floats, since: float
) -> FastPath:
    """One window of a histogram; `since` is the edge from which the tail is asked about.

    If the candidate's values are at most s times the baseline's, its share slower than b is at
    most the baseline's share slower than b/s, and so than the next edge below b/s: a null of
    ratio one between two edges, with no interpolation (s is tolerance times margin).
    """
    shift = tolerated_shift(question) * factor
    below = np.searchsorted(edges, edges / shift * (1.0 + 1e-12), side="right") - 1
    asked = (below >= 0) & (edges >= since)
    if not asked.any():
        return path
    (events1, exposure1), (events0, exposure0) = _sides(sides, question)
    null = Null(np.ones(len(edges)), np.zeros(len(edges)))
    logs = log_evidence((events1, exposure1), (events0[below], exposure0), null, ALTERNATIVES)
    return _added(path, np.where(asked[:, np.newaxis], logs, 0.0))


def _sides(sides: Arms, question: Question) -> tuple[tuple[Floats, float], tuple[Floats, float]]:
    if candidate_is_harmed(question):
        return sides.candidate, sides.baseline
    return sides.baseline, sides.candidate


def _added(path: FastPath, logs: Floats) -> FastPath:
    strongest = np.maximum(path.strongest, logs)
    return replace(path, total=path.total + logs, strongest=strongest)


def log_odds(path: FastPath) -> tuple[float, int]:
    """Log of the evidence against "no worse", the mean over the edges, with the first two cautions; and
    the edge (column) that gives most of it."""
    mixtures = log_mixture(path.total - path.strongest, WEIGHTS)
    weakened = np.minimum(mixtures, mixtures / burstiness.factor(path.bursts))
    mean = log_mixture(weakened, np.full(len(weakened), 1.0 / len(weakened)))
    return float(mean), int(weakened.argmax())
