"""Learns from a service's past how much its equally good pods differ.

Why: two numbers a metric, spread and burst, are all that the tests need to know of a past.
Source: within one stretch of time all pods share what moves them together, so shares of the events
are Dirichlet for gamma pod effects: of T events, one pod's share w varies by w (1 - w) / (P k + 1),
k = 1/spread^2, P pods; with unequal shares by w^2 (1 - 2w + S) / S / (k / S + 1), S the sum of their
squares. A window's rate is fitted together with the pods' effects (two-way Poisson table), so that it
does not matter who was seen in it.
Never here: reading a source, deciding about a release.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from analysis import drift as drifts
from analysis.past import ASSUMED_SPREAD, MetricPast
from analysis.pod_model import LEAST_SPREAD

Floats = NDArray[np.float64]

FEWEST_DEGREES = 6
"""Fewer pods (beyond one a stretch) say nothing that could be relied on."""

BATCHES = (1, 4, 16, 40)
"""Lengths, in windows, over which events are summed to see whether they cluster."""

CAUTIOUS_LEVEL = 0.005
TYPICAL_OF = 9
"""What is typical of a stretch is the middle one of so many parts."""

EXTRAORDINARY, FEW_EVENTS = 5.0, 20.0
"""A window with so many times the typical number of events, and so many more, is no ordinary one."""

FITTED = 6
"""How often windows' rates and pods' effects are fitted in turn. With one scrape in ten lost they settle after
four times, with three in ten the spread is within half a percent after six."""
LITTLE = 0.5
"""Events by which a pod without any is taken for no more than nearly perfect."""

HIDDEN_LEVEL = 0.05
"""How seldom a spread that so few events hide is larger than what is taken for it."""
LARGEST_SPREAD = 5.0


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch of time without a rollout: events (windows, pods) of exposures (windows, pods),
    and the pods' names."""

    pods: tuple[str, ...]
    events: Floats
    exposure: Floats


def learn(name: str, blocks: Sequence[Block]) -> MetricPast | None:
    """What stretches of counts say, None where they say too little."""
    compared = (block for block in map(_compared, blocks) if block.events.sum() > 0)
    usable = [_Fitted(block, _expected(block)) for block in compared]
    burst = _burst(usable)
    sums = _by_pod(usable)
    degrees = len(sums) - len({frozenset(one.block.pods) for one in usable})
    if degrees < FEWEST_DEGREES:
        return None
    events = sum(float(one.block.events.sum()) for one in usable)
    exposure = sum(float(one.block.exposure.sum()) for one in usable)
    spread = _spread(list(sums.values()), burst, degrees)
    if spread is None:
        return None
    drift = drifts.learn(_changes(blocks, burst))
    return MetricPast(name, len(sums), spread, burst, events / exposure, drift)


def _changes(blocks: Sequence[Block], burst: float) -> Iterable[drifts.Change]:
    """How each stretch's rate changed from its first half to its second, outages and all."""
    for block in blocks:
        middle = len(block.events) // 2
        halves = slice(0, middle), slice(middle, None)
        exposure = [float(block.exposure[half].sum()) for half in halves]
        if middle and min(exposure) > 0:
            events = [float(block.events[half].sum()) for half in halves]
            yield drifts.counted((events[0], events[1]), (exposure[0], exposure[1]), burst)


def _compared(block: Block) -> Block:
    """The block's ordinary windows in which at least two pods were exposed: a pod beside nobody is
    always like the others, and an outage strikes all pods alike, whatever they usually do."""
    kept = ((block.exposure > 0).sum(axis=1) > 1) & _ordinary(block)
    return Block(block.pods, block.events[kept], block.exposure[kept])


def _ordinary(block: Block) -> NDArray[np.bool_]:
    """Which windows (windows,) are not ones in which every pod has far more events than is typical
    of the block: one pod's burst is its own, and says how bursty events are."""
    events, exposure = block.events.sum(axis=1), block.exposure.sum(axis=1)
    longest = len(events) // TYPICAL_OF
    if longest == 0:
        return np.ones(len(events), dtype=np.bool_)
    kept = TYPICAL_OF * longest
    seen, exposed = (
        part[:kept].reshape(TYPICAL_OF, longest).sum(axis=1) for part in (events, exposure)
    )
    rate = float(np.median(seen / np.where(exposed > 0, exposed, np.inf)))
    many = block.events > EXTRAORDINARY * rate * block.exposure
    everywhere = (many | (block.exposure <= 0)).all(axis=1)
    clearly = events > EXTRAORDINARY * rate * exposure + FEW_EVENTS
    return np.asarray(~(everywhere & clearly), dtype=np.bool_)


def _expected(block: Block) -> Floats:
    """What each pod would show in each window if it were like the mean pod.

    A window's rate is told by the pods that were seen in it, each held against what it usually
    shows: a bad pod whose scrape was lost does not make the window a good one, nor does the
    next one, which brings twice its counts, make that a bad one.
    """
    effects, alike = np.ones(block.events.shape[1]), block.exposure
    for _ in range(FITTED):
        load = block.exposure @ effects
        rate = block.events.sum(axis=1) / np.where(load > 0, load, 1.0)
        alike = rate[:, np.newaxis] * block.exposure
        effects = (block.events.sum(axis=0) + LITTLE) / (alike.sum(axis=0) + LITTLE)
    return np.asarray(alike * block.events.sum() / np.maximum(alike.sum(), 1e-12), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A block, and what each pod would show in each window if it were like the mean pod (windows,
    pods), with as many events in all."""

    block: Block
    alike: Floats


@dataclass(frozen=True, slots=True)
class _Pod:
    """What a pod showed beside others: `chance` is the variance of its events if they were
    independent, `reach` the square root of what Dirichlet shares of one pod's worth of others
    would add; `beside` how many equally exposed pods would say as much."""

    events: float
    expected: float
    chance: float
    reach: float
    beside: float


def _by_pod(blocks: Sequence[_Fitted]) -> dict[str, _Pod]:
    """Every pod's sums over all blocks. Its effect is the same in all of them, so deviations add."""
    sums: dict[str, _Pod] = {}
    for one in blocks:
        block, expected = one.block, one.alike.sum(axis=0)
        share = expected / expected.sum()
        alike = float((share**2).sum())
        rows = (
            block.events.sum(axis=0),
            expected,
            _chance(one) * (1.0 - share) ** 2,
            expected * np.sqrt(np.maximum(1.0 - 2.0 * share + alike, 0.0) / alike),
        )
        beside = 1.0 / alike
        for name, *row in zip(block.pods, *rows, strict=True):
            before = sums.get(name, _Pod(0.0, 0.0, 0.0, 0.0, beside))
            sums[name] = _Pod(
                before.events + row[0],
                before.expected + row[1],
                before.chance + row[2],
                before.reach + row[3],
                beside,
            )
    return {name: pod for name, pod in sums.items() if pod.reach > 0}


def _chance(one: _Fitted) -> Floats:
    """The counting variance (pods,) of each pod's events less what the others let expect of it, by
    the information that its shares of the windows' events have of its effect."""
    all_pods = np.maximum(one.alike.sum(axis=1, keepdims=True), 1e-12)
    told = (one.alike * (1.0 - one.alike / all_pods)).sum(axis=0)
    return np.asarray(one.alike.sum(axis=0) ** 2 / np.maximum(told, 1e-12), dtype=np.float64)


def _burst(blocks: Sequence[_Fitted]) -> float:
    """The largest Fano factor over BATCHES, each pod measured against its own mean: squared
    deviations over what independent events would show."""
    found = [1.0]
    for length in BATCHES:
        parts = [_fano(block, length) for block in blocks]
        expected = sum(part[1] for part in parts)
        if expected > 0:
            found.append(sum(part[0] for part in parts) / expected)
    return max(found)


def _fano(one: _Fitted, length: int) -> tuple[float, float]:
    block = one.block
    batches = len(block.events) // length
    if batches < 2:
        return 0.0, 0.0
    kept = batches * length
    events = block.events[:kept].reshape(batches, length, -1).sum(axis=1)
    alike = one.alike[:kept].reshape(batches, length, -1).sum(axis=1)
    total = np.maximum(alike.sum(axis=0), 1e-12)
    own = alike * events.sum(axis=0) / total
    share_of_time = alike / total
    share_of_batch = alike / np.maximum(alike.sum(axis=1, keepdims=True), 1e-12)
    variance = own * (1.0 - share_of_time) * (1.0 - share_of_batch)
    return float(((events - own) ** 2).sum()), float(variance.sum())


def _spread(pods: Sequence[_Pod], burst: float, degrees: int) -> float | None:
    """The coefficient of variation whose Dirichlet shares differ as much as these pods do.

    Found as Paule and Mandel (1982) find a variance between groups: with it, squared deviations
    over what is foreseen of each pod are one on average, so that a stretch with many events does
    not outvote the others. Few pods measure it badly, so it is enlarged as Student's quantile
    is over the normal one. What so few events could not have shown (the error of the counting
    variance, chi-square) is never taken to be absent; None where that is more than is assumed
    of any service, unless even more was surely seen.
    """
    spoken = _Spoken.of(pods, burst)
    seen, hidden = spoken.excess(spoken.solved()), spoken.error(0.0, degrees)
    assumed = spoken.excess(ASSUMED_SPREAD)
    if hidden > assumed and seen - spoken.error(seen, degrees) < assumed:
        return None
    enlarged = float(stdtrit(degrees, 1.0 - CAUTIOUS_LEVEL) / ndtri(1.0 - CAUTIOUS_LEVEL)) ** 2
    wanted = max(seen * enlarged, hidden)
    return _bisected(lambda spread: spoken.excess(spread) < wanted)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What each pod says, (pods,): its squared deviation, the part of it that is counting's, and
    what Dirichlet shares of one pod's worth of others, `beside` many, would add."""

    squares: Floats
    counting: Floats
    reach: Floats
    beside: Floats

    @classmethod
    def of(cls, pods: Sequence[_Pod], burst: float) -> "_Spoken":
        return cls(
            np.array([(pod.events - pod.expected) ** 2 for pod in pods]),
            np.array([burst * pod.chance for pod in pods]),
            np.array([pod.reach**2 for pod in pods]),
            np.array([pod.beside for pod in pods]),
        )

    def solved(self) -> float:
        """The spread with which squares are as large as foreseen, on average over pods."""

        def more(spread: float) -> bool:
            foreseen = self.counting + self.reach * self._shares(spread)
            return float((self.squares / foreseen).sum()) > len(self.squares)

        return _bisected(more)

    def excess(self, spread: float) -> float:
        """How far the shares of pods of this spread lie apart, over what one pod's worth of others
        could move them: the mean of 1 / (P k + 1), pods that say more counting more."""
        weights = (self.reach / self.counting) ** 2
        return float(np.average(self._shares(spread), weights=weights))

    def error(self, excess: float, degrees: int) -> float:
        """By how much, or more, HIDDEN_LEVEL of pasts with this excess seem to show another; with none,
        what equal pods seem to show by counting alone."""
        foreseen = self.counting + self.reach * excess
        said = float(((self.reach / foreseen) ** 2).sum()) * degrees / len(self.reach)
        return float(ndtri(1.0 - HIDDEN_LEVEL)) * math.sqrt(2.0 / said)

    def _shares(self, spread: float) -> Floats:
        return np.asarray(1.0 / (self.beside / spread**2 + 1.0), dtype=np.float64)


def _bisected(more: Callable[[float], bool]) -> float:
    """The least spread that needs no more, between LEAST_SPREAD and LARGEST_SPREAD."""
    low, high = math.log(LEAST_SPREAD), math.log(LARGEST_SPREAD)
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (middle, high) if more(math.exp(middle)) else (low, middle)
    return math.exp(high)
