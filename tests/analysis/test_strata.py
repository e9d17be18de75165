"""What is compared within strata: a mix that changed is no harm, one bad stratum is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from analysis.accumulate import begin, fold, judge
from analysis.past import MetricPast, Past
from analysis.question import Question, Tolerance
from analysis.samples import Arm, Pod
from analysis.strata import MOST_STRATA
from analysis.verdict import Judgement, Verdict
from tests.analysis.worlds import ERRORS, Track, comparison, folded, pods, ratio_tracks, windows

BY_ROUTE = replace(ERRORS, strata=("route",), tolerance=Tolerance(0.2))
ALIKE = Past((MetricPast("errors", 60, 0.02, 1.0, 0.02),), 10, 0.0, -1e6)
SIDE = pods(3, 3)
Routes = Mapping[str, tuple[float, float]]
"""Requests a window and the share of them that fail, by route."""


def _tracks(
    old: Routes, new: Routes, many: int, seed: int, group: tuple[Pod, ...] = SIDE
) -> list[Track]:
    draw, found = np.random.default_rng(seed), list[Track]()
    for pod in group:
        for route, (served, share) in (new if pod.arm is Arm.CANDIDATE else old).items():
            total = draw.poisson(served, many).astype(float)
            bad = draw.binomial(total.astype(int), share).astype(float)
            found += ratio_tracks("errors", pod.name, bad.tolist(), total.tolist(), route)
    return found


def _judged(tracks: Sequence[Track], asked: Question = BY_ROUTE) -> Judgement:
    evidence = begin(comparison(asked, rate=0.05), ALIKE)
    for window in windows(SIDE, tracks):
        evidence = fold(evidence, window)
    return judge(evidence)


def _blended(tracks: Sequence[Track]) -> Judgement:
    """The same samples, as if nobody had asked for routes."""
    plain = [replace(track, stratum="") for track in tracks]
    return _judged(plain, replace(BY_ROUTE, strata=()))


MIXED = (
    {"route=/": (240.0, 0.001), "route=/search": (60.0, 0.08)},
    {"route=/": (150.0, 0.001), "route=/search": (150.0, 0.08)},
)


def test_a_changed_mix_is_no_harm_however_often_it_changes() -> None:
    """With more requests on the route that always fails, a good release is rolled back no more
    often than promised (exact limit of the rate, 200 releases); unstratified, all are."""
    verdicts = [_judged(_tracks(*MIXED, 30, seed)).verdict for seed in range(200)]
    wrong = verdicts.count(Verdict.REGRESSED)
    assert wrong == 0 or beta.ppf(0.025, wrong, 200 - wrong + 1) <= 0.05
    assert Verdict.HEALTHY in verdicts
    assert _blended(_tracks(*MIXED, 30, 0)).verdict is Verdict.REGRESSED


def test_percentage_points_are_granted_over_all_strata() -> None:
    """An absolute tolerance is of all requests: the mix is no harm, more than it on them is."""
    asked = replace(BY_ROUTE, tolerance=Tolerance(0.01, absolute=True))
    assert _judged(_tracks(*MIXED, 30, 0), asked).verdict is Verdict.HEALTHY
    worse = {"route=/": (150.0, 0.001), "route=/search": (150.0, 0.15)}
    assert _judged(_tracks(MIXED[1], worse, 60, 1), asked).verdict is Verdict.REGRESSED


@pytest.mark.parametrize("tolerance", [Tolerance(0.2), Tolerance(0.01, absolute=True)])
def test_without_a_past_a_changed_mix_is_no_harm_either(tolerance: Tolerance) -> None:
    """The permutation of pods looks within strata, too: of 60 good releases on 5+5 pods no more
    are rolled back than promised (exact limit)."""
    asked = replace(BY_ROUTE, tolerance=tolerance)
    group, wrong = pods(5, 5), 0
    for seed in range(60):
        tracks = _tracks(*MIXED, 30, 100 + seed, group)
        evidence = folded(comparison(asked, rate=0.05), windows(group, tracks))
        wrong += judge(evidence).verdict is Verdict.REGRESSED
    assert wrong == 0 or beta.ppf(0.025, wrong, 60 - wrong + 1) <= 0.05


def test_one_bad_route_is_seen_behind_a_better_mix() -> None:
    """A route that fails three times as often is harm, although fewer requests fail in all."""
    old = {"route=/": (150.0, 0.001), "route=/search": (150.0, 0.05)}
    new = {"route=/": (285.0, 0.001), "route=/search": (15.0, 0.15)}
    found = _judged(_tracks(old, new, 60, 1))
    assert found.verdict is Verdict.REGRESSED
    assert "each route with itself (2 in all)" in found.reason


def test_one_stratum_is_no_stratum() -> None:
    """With a single route the evidence is as if nobody had asked for routes; the size is told
    window by window, so it moves by a hair."""
    tracks = _tracks({"route=/": (300.0, 0.01)}, {"route=/": (300.0, 0.012)}, 20, 3)
    one, other = _judged(tracks).findings[0], _blended(tracks).findings[0]
    assert one.verdict is other.verdict
    assert one.effect == pytest.approx(other.effect, abs=0.02)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.02)


def test_the_order_of_strata_changes_nothing() -> None:
    """The same samples in another order give the same finding."""
    tracks = _tracks(*MIXED, 20, 5)
    assert _judged(tracks).findings == _judged(tracks[::-1]).findings


def test_a_route_of_one_version_only_is_told_and_not_compared() -> None:
    """What the old version never served can be neither better nor worse; its share is said."""
    old = {"route=/": (300.0, 0.01)}
    new = {"route=/": (270.0, 0.01), "route=/new": (30.0, 0.5)}
    finding = _judged(_tracks(old, new, 40, 7)).findings[0]
    assert finding.verdict is not Verdict.REGRESSED
    assert finding.alone == pytest.approx(0.1, abs=0.02)
    assert "of the candidate's requests had no counterpart" in finding.reason


def test_labels_without_end_cost_no_memory() -> None:
    """Further strata than there is room for are one together, and every request counts."""
    routes = {f"route=/{number:03d}": (10.0, 0.02) for number in range(3 * MOST_STRATA)}
    finding = _judged(_tracks(routes, routes, 10, 9)).findings[0]
    assert finding.strata == MOST_STRATA
    assert finding.candidate.exposure == pytest.approx(3 * 10 * 10.0 * 3 * MOST_STRATA, rel=0.05)


def test_a_label_that_is_nowhere_is_named() -> None:
    """A renamed label answers nothing, neither well nor badly, and the reason says which."""
    found = _judged(_tracks({"": (300.0, 0.01)}, {"": (300.0, 0.5)}, 20, 11))
    assert found.verdict is Verdict.NO_DATA
    assert "no series has the label route to stratify by" in found.reason


def test_errors_without_the_label_are_not_taken_for_none() -> None:
    """Where only the requests have the label, the errors belong to no route: no data."""
    tracks = [
        replace(track, stratum="") if track.part.value == "bad" else track
        for track in _tracks(*MIXED, 20, 13)
    ]
    found = _judged(tracks)
    assert found.verdict is Verdict.NO_DATA
    assert "the bad events have no label route" in found.reason
