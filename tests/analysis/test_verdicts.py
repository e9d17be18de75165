"""What is said of named situations, right both ways."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from analysis.accumulate import begin, judge
from analysis.question import Comparison, Design, Direction, Kind, Question, Tolerance
from analysis.samples import Arm, Part, Pod, Window
from analysis.verdict import Judgement, Verdict
from tests.analysis.worlds import (
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

POINT = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.005, absolute=True))
SUCCESS = Question("success", Kind.RATIO, Direction.LOWER, Tolerance(0.01))


def _errors(
    asked: Comparison,
    old: Sequence[float],
    new: Sequence[float],
    total: float,
    each: int = 1,
    metric: str = "errors",
) -> Judgement:
    """All pods of an arm show the same errors, window by window."""
    group = pods(each, each)
    tracks: list[Track] = []
    for pod in group:
        bad = new if pod.arm is Arm.CANDIDATE else old
        tracks += ratio_tracks(metric, pod.name, bad, [total] * len(bad))
    return judge(folded(asked, windows(group, tracks)))


def _poisson(mean: float, count: int, seed: int) -> list[float]:
    return [float(n) for n in np.random.default_rng(seed).poisson(mean, count)]


def test_before_the_first_window_there_is_no_data() -> None:
    """Nothing sampled is not Inconclusive, and names what is missing."""
    found = judge(begin(comparison(ERRORS)))
    assert found.verdict is Verdict.NO_DATA
    assert "baseline nor of the candidate" in found.reason


def test_four_errors_against_zeros_do_not_roll_back() -> None:
    """Kayenta's [0, 1, 2, 1, 0, 0] against zeros: at most watch."""
    for total in (10.0, 300.0, 10_000.0):
        found = _errors(comparison(ERRORS, rate=0.05), [0.0] * 6, [0, 1, 2, 1, 0, 0], total)
        assert found.verdict is Verdict.INCONCLUSIVE


def test_fifteen_erring_points_of_thirty_against_clean_ones_are_seen() -> None:
    """Kayenta's zero baseline: half of the points err and none of the baseline's does."""
    erring = [0.0, 8.0] * 15
    found = _errors(comparison(ERRORS), [0.0] * 30, erring, 300.0, each=5)
    assert found.verdict is Verdict.REGRESSED
    steady = _errors(comparison(ERRORS), [0.0] * 15, [8.0] * 15, 300.0, each=3)
    assert steady.verdict is Verdict.REGRESSED


def test_seven_of_ten_points_a_hundred_times_worse_are_seen() -> None:
    """They are harm although three points are as good as ever; ten good points are none."""
    mixed = [1.0, 100.0, 100.0, 1.0, 100.0, 100.0, 100.0, 1.0, 100.0, 100.0]
    bad = _errors(comparison(ERRORS), [1.0] * 10, mixed, 300.0, each=3)
    good = _errors(comparison(ERRORS), [1.0] * 10, [1.0] * 10, 300.0, each=3)
    assert bad.verdict is Verdict.REGRESSED
    assert good.verdict is not Verdict.REGRESSED


@pytest.mark.parametrize("total", [1.0, 5.0, 300.0])
@pytest.mark.parametrize("each", [1, 5])
def test_one_server_error_never_rolls_back(total: float, each: int) -> None:
    """A single 5xx at any traffic is not a regression."""
    group = pods(each, each)
    tracks: list[Track] = []
    for pod in group:
        bad = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0] if pod.name == "new-0" else [0.0] * 6
        tracks += ratio_tracks("errors", pod.name, bad, [total] * 6)
    found = judge(folded(comparison(ERRORS, rate=0.05), windows(group, tracks)))
    assert found.verdict is Verdict.INCONCLUSIVE


def test_one_burst_in_one_scrape_does_not_roll_back() -> None:
    """Two hundred errors at once, then none: a burst is no release gone bad."""
    burst = [0.0, 0.0, 200.0] + [0.0] * 20
    found = _errors(comparison(ERRORS), [1.0] * 23, burst, 300.0, each=3)
    assert found.verdict is not Verdict.REGRESSED


def test_twenty_times_the_errors_are_seen_within_three_scrapes() -> None:
    """Gross harm does not wait for a comparison of pods."""
    found = _errors(comparison(ERRORS), _poisson(1.5, 8, 1), _poisson(30.0, 8, 2), 300.0, each=3)
    assert found.verdict is Verdict.REGRESSED
    assert found.decided_at is not None
    assert found.decided_at <= 45.0


def test_doubled_errors_on_five_pods_are_seen_by_the_pods() -> None:
    """Moderate harm is what the permutation is for."""
    found = _errors(
        comparison(ERRORS, rate=0.05), _poisson(3.0, 60, 3), _poisson(6.0, 60, 4), 300.0, each=5
    )
    assert found.verdict is Verdict.REGRESSED
    assert found.findings[0].method == "permutation"


def _latencies(slow_share: float, seed: int) -> list[Track]:
    draw = np.random.default_rng(seed)
    tracks: list[Track] = []
    fast = np.array([0.1, 0.2, 0.3, 0.25, 0.1, 0.04, 0.008, 0.002, 0, 0, 0, 0])
    for pod in pods(5, 5):
        shares = fast.copy()
        if pod.arm is Arm.CANDIDATE:
            shares[[2, 9]] += [-slow_share, slow_share]
        buckets = np.array([draw.multinomial(300, shares) for _ in range(40)], dtype=float)
        tracks += histogram_tracks("latency", pod.name, buckets)
    return tracks


def test_a_slow_tail_is_seen_though_the_middle_is_unchanged() -> None:
    """Three requests in a hundred that hang move the p99 and nothing else."""
    found = judge(folded(comparison(LATENCY), windows(pods(5, 5), _latencies(0.03, 1))))
    assert found.verdict is Verdict.REGRESSED
    assert found.decided_at is not None
    assert found.decided_at <= 60.0


def test_equal_latencies_become_healthy() -> None:
    """With enough requests harm beyond the tolerance is ruled out."""
    asked = comparison(Question("latency", Kind.HISTOGRAM, Direction.HIGHER, Tolerance(0.5), 0.99))
    found = judge(folded(asked, windows(pods(5, 5), _latencies(0.0, 1))))
    assert found.verdict is Verdict.HEALTHY
    assert found.decided_at == 600.0


def test_equal_errors_become_healthy_and_worse_ones_never() -> None:
    """Healthy is a claim of its own: the bound must lie under the tolerated harm."""
    equal = _errors(comparison(POINT), _poisson(1.5, 60, 5), _poisson(1.5, 60, 6), 300.0, each=4)
    worse = _errors(comparison(POINT), _poisson(1.5, 60, 5), _poisson(4.0, 60, 6), 300.0, each=4)
    assert equal.verdict is Verdict.HEALTHY
    assert worse.verdict is not Verdict.HEALTHY


def test_no_errors_at_all_are_healthy_for_an_absolute_tolerance() -> None:
    """Zero against zero over many requests leaves no room for half a percentage point."""
    found = _errors(comparison(POINT), [0.0] * 60, [0.0] * 60, 300.0, each=4)
    assert found.verdict is Verdict.HEALTHY


def test_a_fall_of_the_success_ratio_is_seen() -> None:
    """From 99.8 % to 92 % is gross in failures, though small in successes."""
    draw = np.random.default_rng(8)
    old, new = 300.0 - draw.poisson(0.6, 20), 300.0 - draw.poisson(24.0, 20)
    found = _errors(
        comparison(SUCCESS), old.tolist(), new.tolist(), 300.0, each=3, metric="success"
    )
    assert found.verdict is Verdict.REGRESSED
    assert found.findings[0].effect is not None
    assert found.findings[0].effect < 0
    better = _errors(
        comparison(SUCCESS), new.tolist(), old.tolist(), 300.0, each=3, metric="success"
    )
    assert better.verdict is not Verdict.REGRESSED


def test_a_fall_of_throughput_is_seen_and_a_rise_is_not_harm() -> None:
    """A rate for which lower is worse."""
    verdicts = []
    for old, new in ((300.0, 12.0), (12.0, 300.0)):
        tracks = [
            Track("throughput", Part.COUNT, pod.name, rising(_poisson(mean, 20, number)))
            for number, pod in enumerate(pods(3, 3))
            for mean in [new if pod.arm is Arm.CANDIDATE else old]
        ]
        verdicts.append(judge(folded(comparison(THROUGHPUT), windows(pods(3, 3), tracks))))
    assert verdicts[0].verdict is Verdict.REGRESSED
    assert verdicts[1].verdict is Verdict.HEALTHY


def _levels(each: int, factor: float, seed: int = 0) -> Judgement:
    draw = np.random.default_rng(seed)
    group = pods(each, each)
    tracks = [
        Track(
            "memory",
            Part.VALUE,
            pod.name,
            (
                100 * (factor if pod.arm is Arm.CANDIDATE else 1) * draw.lognormal(0, 0.02, 33)
            ).tolist(),
        )
        for pod in group
    ]
    return judge(folded(comparison(MEMORY), windows(group, tracks)))


def test_levels_of_many_pods() -> None:
    """Half as much memory again is harm on five pods; the same memory is Healthy."""
    assert _levels(5, 1.5).verdict is Verdict.REGRESSED
    assert _levels(5, 1.0).verdict is Verdict.HEALTHY


def test_levels_of_few_pods_cannot_roll_back() -> None:
    """With three pods a side a level may be seen to differ, but not be called Regressed."""
    found = _levels(3, 3.0)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "only 20 ways to label them; 5 a side can" in found.reason


def test_a_level_at_zero_can_be_judged() -> None:
    """Queue lengths of zero have no logarithm, and still a verdict."""
    group = pods(5, 5)
    tracks = [
        Track("memory", Part.VALUE, pod.name, [0.0 if pod.arm is Arm.BASELINE else 9.0 + n] * 20)
        for n, pod in enumerate(group)
    ]
    assert judge(folded(comparison(MEMORY), windows(group, tracks))).verdict is Verdict.REGRESSED


def test_a_missing_arm_is_named() -> None:
    """NoData says of which metric and which side nothing came."""
    group = pods(2, 2)
    tracks = [
        track
        for pod in group[:2]
        for track in ratio_tracks("errors", pod.name, [1.0] * 4, [9.0] * 4)
    ]
    found = judge(folded(comparison(ERRORS), windows(group, tracks)))
    assert found.verdict is Verdict.NO_DATA
    assert found.reason.startswith("errors: no samples of the candidate")


def test_only_nan_is_no_data() -> None:
    """A series of NaN is as good as none."""
    group = pods(1, 1)
    tracks = [Track("memory", Part.VALUE, pod.name, [math.nan] * 5) for pod in group]
    assert judge(folded(comparison(MEMORY), windows(group, tracks))).verdict is Verdict.NO_DATA


def test_no_traffic_is_inconclusive() -> None:
    """Counters that stand still are data: nobody asked anything yet."""
    found = _errors(comparison(ERRORS), [0.0] * 6, [0.0] * 6, 0.0)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "no requests of both sides" in found.reason


def test_bad_events_under_a_wrong_name_are_no_data() -> None:
    """When absence does not mean zero, a bad series that never shows is missing."""
    strict = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.1), None, False)
    group = pods(1, 1)
    tracks = [Track("errors", Part.TOTAL, pod.name, rising([50.0] * 6)) for pod in group]
    many = windows(group, tracks)
    assert judge(folded(comparison(strict), many)).verdict is Verdict.NO_DATA
    assert judge(folded(comparison(ERRORS), many)).verdict is Verdict.INCONCLUSIVE


def _without_new(window: Window) -> Window:
    series = {
        key: tuple(one for one in found if one.pod.startswith("old"))
        for key, found in window.series.items()
    }
    return replace(window, series=series)


def test_a_candidate_that_falls_silent_is_no_data() -> None:
    """Old evidence does not make a pod that stopped answering Healthy."""
    group = pods(4, 4)
    tracks = [
        track
        for pod in group
        for track in ratio_tracks("errors", pod.name, [0.0] * 60, [300.0] * 60)
    ]
    many = windows(group, tracks)
    quiet = [window if window.end <= 400.0 else _without_new(window) for window in many]
    assert judge(folded(comparison(POINT), many)).verdict is Verdict.HEALTHY
    assert judge(folded(comparison(POINT), quiet)).verdict is Verdict.NO_DATA


def test_before_after_is_never_healthy_and_shows_only_gross_harm() -> None:
    """Where the time of day does not cancel, less is claimed, and the reason is told."""
    asked = comparison(POINT, design=Design.BEFORE_AFTER)
    equal = _errors(asked, [1.0] * 60, [1.0] * 60, 300.0, each=5)
    gross = _errors(asked, _poisson(1.0, 20, 1), _poisson(40.0, 20, 2), 300.0, each=5)
    assert equal.verdict is Verdict.INCONCLUSIVE
    assert "time of day" in equal.reason
    assert (gross.verdict, gross.findings[0].method) == (Verdict.REGRESSED, "score")


def test_too_few_pods_for_the_promise_are_told() -> None:
    """4+4 pods cannot show moderate harm at 1 %, and the finding says what could."""
    found = _errors(comparison(ERRORS), _poisson(2, 9, 1), _poisson(2, 9, 2), 300.0, each=4)
    assert "4+4 pods cannot show moderate harm at 1 %" in found.reason
    assert "only 70 ways to label them; 5 a side can" in found.reason


def test_warming_pods_show_nothing_yet() -> None:
    """Requests served during the warm-up are not compared."""
    group = tuple(Pod(pod.name, pod.arm, 0.0) for pod in pods(2, 2))
    tracks = [
        track
        for pod in group
        for track in ratio_tracks("errors", pod.name, [100.0] * 8, [300.0] * 8)
    ]
    found = judge(folded(comparison(ERRORS, warm_up=180.0), windows(group, tracks)))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.findings[0].candidate.exposure == 0


def test_a_reason_reads_at_three_in_the_morning() -> None:
    """Figures of both sides, the change with its interval, the tolerance, the evidence."""
    found = _errors(comparison(ERRORS), [2.0, 1.0, 2.0], [30.0, 28.0, 33.0], 300.0, each=3)
    assert found.reason.startswith("errors: 10.1 % of 2,700 requests against 0.556 % of 2,700")
    for words in (
        "times as much (interval",
        "tolerance 10 %",
        "equal releases show so much once in",
        "score",
    ):
        assert words in found.reason


def test_harm_in_one_metric_outweighs_silence_in_another() -> None:
    """Any Regressed decides; then any NoData; only all Healthy is Healthy."""
    asked = comparison(ERRORS, MEMORY)
    group = pods(3, 3)
    tracks = [
        track
        for pod in group
        for track in ratio_tracks(
            "errors", pod.name, [40.0 if pod.arm is Arm.CANDIDATE else 1.0] * 8, [300.0] * 8
        )
    ]
    found = judge(folded(asked, windows(group, tracks)))
    assert found.verdict is Verdict.REGRESSED
    assert found.findings[1].verdict is Verdict.NO_DATA
    assert found.decided_at is not None


def test_a_comparison_that_asks_nothing_says_nothing() -> None:
    """Without a metric there is no evidence that anything is fine."""
    assert judge(begin(comparison())).verdict is Verdict.NO_DATA


CPU = Question("cpu", Kind.COST, Direction.HIGHER, Tolerance(0.1))


def _cpu(factor: float) -> Judgement:
    """Pods whose traffic differs fourfold; a request of the new ones costs `factor` times as much."""
    draw = np.random.default_rng(8)
    group, tracks = pods(5, 5), list[Track]()
    for number, pod in enumerate(group):
        served = draw.poisson(100.0 * (1 + number % 4), 40).astype(float)
        each = 0.02 * (factor if pod.arm is Arm.CANDIDATE else 1.0)
        spent = each * served * np.exp(0.03 * draw.standard_normal(40))
        tracks.append(Track("cpu", Part.COUNT, pod.name, rising(spent.tolist())))
        tracks.append(Track("cpu", Part.TOTAL, pod.name, rising(served.tolist())))
    return judge(folded(comparison(CPU, rate=0.05), windows(group, tracks)))


def test_a_dearer_request_is_seen_whatever_the_traffic() -> None:
    """A cost is compared per request, so a busy pod is no dear one."""
    dear, same = _cpu(1.5), _cpu(1.0)
    assert dear.verdict is Verdict.REGRESSED
    assert same.verdict is Verdict.HEALTHY
    assert same.findings[0].baseline.value == pytest.approx(0.02, rel=0.05)
