"""Whether the past still tells how much equally good pods differ.

Why: after a move to other nodes or another cache, pods may differ as never before, and a test that
believes the past would read that as a regression. The old version's pods are all good ones: if
they lie further apart than the past allows, what they show is believed instead.
Source: as in learn_counts.py, of T events of an arm one pod's share w varies by
w (1 - w) / (P k + 1), k = 1/spread^2; the sum of squares against chi-square.
Never here: differences between the versions; the worst of the new pods, which may be the harm.

Arrays may have leading axes (many rollouts of the same pods), as in tally.py.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, ndtri, stdtrit

from analysis.pod_model import Belief, rounded_all
from analysis.tally import Mask, Sums

Floats = NDArray[np.float64]

DOUBTED_LEVEL = 0.02
"""How often pods that are as unlike as the past says look more unlike than it allows."""

CAUTIOUS_LEVEL = 0.005
FEWEST_EVENTS = 5.0
"""Pods with fewer events on average say nothing by chi-square."""

MOST_EXCESS = 0.95


@dataclass(frozen=True, slots=True)
class _Arm:
    """How far some pods of one version lie apart: `seen` the sum of squares, `chance` its part by
    counting, `reach` what Dirichlet shares of one pod's worth of others would add; each
    (..., columns), `pods` (..., 1)."""

    seen: Floats
    chance: Floats
    reach: Floats
    pods: Floats


def widened(belief: Belief, sums: Sums, baseline: Mask) -> Belief:
    """The belief (..., columns), with the spread that the pods of one version show (`baseline`
    (pods,) marks the old one's) wherever that is far more."""
    old = _apart(sums, baseline, belief.burst, np.zeros(1))
    new = _apart(sums, ~baseline, belief.burst, _worst(sums, ~baseline))
    arms, shape = (old, new), 1.0 / belief.spread**2
    foreseen = sum(arm.chance + arm.reach / (arm.pods * shape + 1.0) for arm in arms)
    degrees = np.maximum(sum(np.maximum(arm.pods - 1.0, 0.0) for arm in arms), 1.0)
    seen, chance, reach = (
        sum(getattr(arm, name) for arm in arms) for name in ("seen", "chance", "reach")
    )
    doubted = (reach > 0) & (seen > foreseen * chdtri(degrees, DOUBTED_LEVEL) / degrees)
    reach = np.maximum(reach, 1e-12)
    beside = sum(arm.pods * arm.reach for arm in arms) / reach
    excess = np.clip((seen * _enlarged(degrees) - chance) / reach, 1e-9, MOST_EXCESS)
    shown = rounded_all(np.sqrt(np.maximum(beside, 1.0) / (1.0 / excess - 1.0)))
    return replace(
        belief, spread=np.where(doubted, np.maximum(shown, belief.spread), belief.spread)
    )


def _worst(sums: Sums, rows: Mask) -> Floats:
    """Marks (..., pods, columns), by 1, the pod with the most events beyond what was expected: one
    bad pod may be the harm."""
    events, own = sums.events[..., rows, :], sums.own[..., rows, :]
    if events.shape[-2] == 0:
        return np.zeros(1)
    beyond = (events - own) / np.sqrt(own + 1.0)
    return np.asarray(beyond == beyond.max(axis=-2, keepdims=True), dtype=np.float64)


def _apart(sums: Sums, rows: Mask, burst: Floats, left_out: Floats) -> _Arm:
    kept = (sums.exposure[..., rows] > 0)[..., np.newaxis] * (1.0 - left_out)
    events, own = sums.events[..., rows, :] * kept, sums.own[..., rows, :] * kept
    everything = events.sum(axis=-2, keepdims=True)
    own = own * everything / np.maximum(own.sum(axis=-2, keepdims=True), 1e-12)
    pods = kept.sum(axis=-2)
    others = everything - own
    said = (pods > 1.0) & (everything[..., 0, :] >= FEWEST_EVENTS * pods)
    parts = (
        (events - own) ** 2,
        burst[..., np.newaxis, :] * own * others / np.maximum(everything, 1e-12),
        own * others,
    )
    seen, chance, reach = (np.where(said, part.sum(axis=-2), 0.0) for part in parts)
    return _Arm(seen, chance, reach, np.where(said, pods, 0.0))


def _enlarged(degrees: Floats) -> Floats:
    """Few pods measure a spread badly: as Student's quantile is over the normal one, squared."""
    return np.asarray((stdtrit(degrees, 1.0 - CAUTIOUS_LEVEL) / ndtri(1.0 - CAUTIOUS_LEVEL)) ** 2)
