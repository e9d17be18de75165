"""Laws of the fold: what must not change a verdict."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.accumulate import fold, judge
from analysis.question import Comparison
from analysis.samples import Arm, Part, Series, Window
from analysis.verdict import Judgement, Verdict
from tests.analysis.worlds import (
    EDGES,
    ERRORS,
    LATENCY,
    MEMORY,
    THROUGHPUT,
    Track,
    comparison,
    folded,
    histogram_tracks,
    pods,
    ratio_tracks,
    rising,
    windows,
)

ASKED = comparison(ERRORS, LATENCY, MEMORY, THROUGHPUT)
COUNT = 8


def _world(seed: int, harm: float, baseline: int = 4, candidate: int = 4) -> list[Window]:
    """Eight windows with all four kinds of metric; `harm` multiplies the candidate's errors."""
    draw = np.random.default_rng(seed)
    group = pods(baseline, candidate)
    tracks: list[Track] = []
    for pod in group:
        total = draw.poisson(200, COUNT)
        chance = 0.01 * (harm if pod.arm is Arm.CANDIDATE else 1.0)
        tracks += ratio_tracks(
            "errors", pod.name, draw.binomial(total, chance).tolist(), total.tolist()
        )
        shares = draw.dirichlet(np.ones(len(EDGES)))
        buckets = np.array([draw.multinomial(n, shares) for n in total], dtype=float)
        tracks += histogram_tracks("latency", pod.name, buckets)
        tracks.append(
            Track("memory", Part.VALUE, pod.name, draw.lognormal(5, 0.1, COUNT + 1).tolist())
        )
        tracks.append(Track("throughput", Part.COUNT, pod.name, rising(total.tolist())))
    return windows(group, tracks)


def _told(asked: Comparison, many: list[Window]) -> Judgement:
    return judge(folded(asked, many))


seeds = st.integers(0, 10_000)
harms = st.sampled_from([1.0, 5.0, 30.0])


@settings(max_examples=15, deadline=None)
@given(seeds, harms)
def test_the_order_of_pods_and_series_changes_nothing(seed: int, harm: float) -> None:
    """A source may list what it knows in any order."""
    many = _world(seed, harm)
    draw = np.random.default_rng(seed + 1)

    def shuffled(window: Window) -> Window:
        series = {
            key: tuple(found[at] for at in draw.permutation(len(found)))
            for key, found in reversed(list(window.series.items()))
        }
        names = tuple(window.pods[at] for at in draw.permutation(len(window.pods)))
        return replace(window, pods=names, series=series)

    assert _told(ASKED, [shuffled(window) for window in many]) == _told(ASKED, many)


@settings(max_examples=15, deadline=None)
@given(seeds, harms, st.text(max_size=5))
def test_the_spelling_of_labels_changes_nothing(seed: int, harm: float, prefix: str) -> None:
    """A key only tells series apart."""
    many = _world(seed, harm)

    def respelled(window: Window) -> Window:
        series = {
            key: tuple(replace(one, key=prefix + one.key[::-1]) for one in found)
            for key, found in window.series.items()
        }
        return replace(window, series=series)

    assert _told(ASKED, [respelled(window) for window in many]) == _told(ASKED, many)


@settings(max_examples=15, deadline=None)
@given(seeds, harms, st.sampled_from([0.01, 1000.0]))
def test_the_unit_of_values_and_edges_changes_nothing(seed: int, harm: float, unit: float) -> None:
    """The same memory in other units, the same latency in milliseconds: the same verdict."""
    many = _world(seed, harm)

    def rescaled(one: Series, part: Part) -> Series:
        if part is Part.VALUE:
            return replace(one, values=tuple(value * unit for value in one.values))
        edge = one.upper_edge
        return one if edge is None else replace(one, upper_edge=edge * unit)

    def whole(window: Window) -> Window:
        series = {
            key: tuple(rescaled(one, key[1]) for one in found)
            for key, found in window.series.items()
        }
        return replace(window, series=series)

    plain, scaled = _told(ASKED, many), _told(ASKED, [whole(window) for window in many])
    assert (scaled.verdict, scaled.decided_at) == (plain.verdict, plain.decided_at)
    for one, other in zip(plain.findings, scaled.findings, strict=True):
        assert one.verdict is other.verdict
        for figure in ("effect", "low", "high", "shown"):
            assert getattr(other, figure) == pytest.approx(getattr(one, figure))


@settings(max_examples=15, deadline=None)
@given(seeds, harms, st.integers(0, COUNT - 1))
def test_a_window_counts_once(seed: int, harm: float, again: int) -> None:
    """Folding a window again, or an older one, changes nothing at all."""
    many = _world(seed, harm)
    evidence = folded(ASKED, many)
    assert fold(evidence, many[again]) is evidence


@settings(max_examples=15, deadline=None)
@given(seeds, harms, seeds)
def test_it_does_not_matter_in_how_many_reads_a_window_came(
    seed: int, harm: float, cut: int
) -> None:
    """One series or its samples one by one: the same evidence."""
    many = _world(seed, harm)

    def split(window: Window) -> Window:
        series = {
            key: tuple(
                replace(one, times=(time,), values=(value,))
                for one in found
                for time, value in zip(one.times, one.values, strict=True)
            )
            for key, found in window.series.items()
        }
        return replace(window, series=series)

    assert _told(ASKED, [split(window) for window in many]) == _told(ASKED, many)


@settings(max_examples=15, deadline=None)
@given(seeds, harms, st.integers(2, COUNT - 1))
def test_a_blind_window_is_a_gap_whose_counts_come_later(seed: int, harm: float, gap: int) -> None:
    """Nothing is lost and nothing is zero: the totals are those of an uninterrupted read."""
    many = _world(seed, harm)
    blinded = list(many)
    blinded[gap - 1] = replace(
        many[gap - 1],
        series={key: found for key, found in many[gap - 1].series.items() if key[0] != "errors"},
        blind={"errors": "timeout"},
    )
    plain, gappy = _told(ASKED, many), _told(ASKED, blinded)
    assert gappy.findings[0].candidate == plain.findings[0].candidate
    assert gappy.findings[0].baseline == plain.findings[0].baseline
    assert judge(folded(ASKED, blinded[:gap])).findings[0].verdict in (
        Verdict.NO_DATA,
        Verdict.REGRESSED,
    )


@settings(max_examples=10, deadline=None)
@given(seeds, harms)
def test_folding_leaves_earlier_evidence_as_it_was(seed: int, harm: float) -> None:
    """Evidence is a value: what was judged once is judged the same again."""
    many = _world(seed, harm)
    early = folded(ASKED, many[:4])
    before = judge(early)
    late = folded(ASKED, many)
    fold(early, many[4])
    assert judge(early) == before
    assert late.folded_until == many[-1].end


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_regressed_stays(seed: int) -> None:
    """Once shown, harm is not unshown by better hours."""
    bad, good = _world(seed, 60.0), _world(seed, 1.0)
    evidence = folded(ASKED, bad)
    decided = judge(evidence).decided_at
    for window in good:
        later = replace(window, start=window.start + 120.0, end=window.end + 120.0)
        evidence = fold(evidence, later)
    assert evidence.fired is not None
    assert (judge(evidence).verdict, judge(evidence).decided_at) == (Verdict.REGRESSED, decided)
