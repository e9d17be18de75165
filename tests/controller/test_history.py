"""Reading a workload's past: which stretches of time, whose samples, and what when some fail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.samples import Part, Window
from controller.history import (
    FEWEST_STRETCHES,
    FEWEST_WINDOWS,
    MOST_PODS,
    MOST_STRETCHES,
    History,
    Stretch,
    family_of,
    spread_evenly,
)
from controller.ports.metrics import Answer, PodReference, SampleRequest, Trouble, Unanswered
from tests.controller.service_past import NAMING, PastSource, Served, named, steady, version
from tests.fakes import NOW, policy

HOUR, DAY = 3_600.0, 86_400.0
LIMIT, INTERVAL, WARM_UP = 1_800.0, 15.0, 60.0
POLICY = policy(warm_up_seconds=WARM_UP)


def history(source: PastSource) -> History:
    """The history of the workload in this source."""
    return History(source, POLICY, family_of(named()))


def blocks_of(source: PastSource, *stretches: Stretch) -> list[Sequence[Window]]:
    """The windows of each stretch that says anything."""
    return list(history(source)._blocks(stretches))


def pods_in(block: Sequence[Window]) -> set[str]:
    """The pods whose samples are in these windows."""
    return {one.pod for window in block for series in window.series.values() for one in series}


@dataclass
class FailingSource(PastSource):
    """Fails from the `after`-th read on, for the parts named."""

    after: int = 0
    trouble: Trouble = Trouble.TIMEOUT
    parts: frozenset[Part] = frozenset(Part)

    def served(self, request: SampleRequest) -> Answer:
        if len(self.reads) > self.after and request.part in self.parts:
            return Unanswered(self.trouble, "the store is away")
        return super().served(request)


@given(
    st.floats(LIMIT, 30 * DAY),
    st.sampled_from([1.0, 5.0, 15.0, 60.0]),
    st.sampled_from([60.0, 600.0, LIMIT]),
)
def test_stretches_are_spread_evenly(reach: float, interval: float, limit: float) -> None:
    """Over all of the past, as long as a comparison at most, and never twice the same time."""
    given_order = spread_evenly(NOW, reach, limit, interval)
    stretches = sorted(given_order, key=lambda one: -one.end)
    assert given_order[0] == stretches[0]
    assert 1 <= len(stretches) <= MOST_STRETCHES
    assert stretches[0].end == NOW
    assert all(one.start >= NOW - reach - 1e-6 for one in stretches)
    for one in stretches:
        assert (one.end - one.start) / interval == pytest.approx(
            round((one.end - one.start) / interval)
        )
        assert one.end - one.start <= max(limit, FEWEST_WINDOWS * interval) + 1e-6
    part = reach / len(stretches)
    for number, one in enumerate(stretches):
        assert NOW - (number + 1) * part - 1e-6 <= one.start < one.end <= NOW - number * part + 1e-6
    assert all(older.end <= newer.start + 1e-6 for newer, older in pairwise(stretches))


@pytest.mark.parametrize("days", [3.0, 5.0, 8.0, 10.0, 40 / 3, 14.0])
def test_stretches_fall_on_every_time_of_day(days: float) -> None:
    """However long the past is, nights and rush hours are both in it."""
    stretches = spread_evenly(NOW, days * DAY, LIMIT, INTERVAL)
    quarters = {int(one.end % DAY / (6 * HOUR)) for one in stretches}
    hours = {int(one.end % DAY / HOUR) for one in stretches}
    assert len(quarters) == 4
    assert len(hours) >= 16


def test_any_first_few_stretches_are_spread_too() -> None:
    """However soon reading has to end, what was read is from all of the past."""
    stretches = spread_evenly(NOW, 14 * DAY, LIMIT, INTERVAL)
    for count in (4, 8, 16, 20):
        ends = sorted(NOW - one.end for one in stretches[:count])
        gaps = [older - newer for newer, older in pairwise([*ends, 14 * DAY])]
        assert max(gaps) <= 2.6 * 14 * DAY / count


def test_a_workload_of_many_series_is_read_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many samples and no more, but from all of the past."""
    monkeypatch.setattr("controller.history.MOST_SAMPLES", 20_000)
    source = PastSource(pods=steady(NOW, 30 * DAY))
    found = history(source).recall(NOW)
    assert found.past is not None
    assert found.past.blocks < MOST_STRETCHES / 4
    assert found.past.since < NOW - 10 * DAY


def test_a_short_past_is_cut_shorter() -> None:
    """Ten minutes of past are four stretches of two and a half."""
    stretches = spread_evenly(NOW, 600.0, LIMIT, INTERVAL)
    assert [one.end - one.start for one in stretches] == [150.0] * FEWEST_STRETCHES


def test_a_quiet_stretch_gives_all_its_windows() -> None:
    """Edge to edge from its start to its end, with samples of every pod in each."""
    stretch = Stretch(NOW - HOUR, NOW - HOUR / 2)
    (block,) = blocks_of(PastSource(pods=steady(NOW, DAY)), stretch)
    assert len(block) == LIMIT / INTERVAL
    assert (block[0].start, block[-1].end) == (stretch.start, stretch.end)
    assert all(one.end == other.start for one, other in pairwise(block))
    assert all(pods_in([window]) == {f"web-aaa-{n:03}" for n in range(10)} for window in block)
    assert {pod.name for pod in block[0].pods} == pods_in(block)


def test_a_stretch_with_a_rollout_is_left_out() -> None:
    """Where two versions served, a difference between pods may be one between versions."""
    pods = [
        *version("aaa", NOW - DAY, NOW - HOUR - 600),
        *version("bbb", NOW - HOUR - 1_200, NOW),
    ]
    calm, rollout = Stretch(NOW - HOUR, NOW - HOUR / 2), Stretch(NOW - 1.5 * HOUR, NOW - HOUR)
    assert blocks_of(PastSource(pods=pods), rollout) == []
    (block,) = blocks_of(PastSource(pods=pods), rollout, calm)
    assert pods_in(block) == {f"web-bbb-{n:03}" for n in range(4)}


@pytest.mark.parametrize(
    ("age_at_start", "counts"), [(WARM_UP - 20, False), (WARM_UP + 20, True), (-300.0, False)]
)
def test_a_pod_that_still_warmed_up_is_left_out(age_at_start: float, counts: bool) -> None:
    """Pods that began within a stretch, or had not warmed up at its start, are not compared."""
    stretch = Stretch(NOW - HOUR, NOW - HOUR / 2)
    newcomer = Served("web-aaa-900", stretch.start - age_at_start, NOW)
    (block,) = blocks_of(PastSource(pods=[*steady(NOW, DAY), newcomer]), stretch)
    assert (newcomer.name in pods_in(block)) is counts
    assert (newcomer.name in {pod.name for pod in block[0].pods}) is counts
    assert len(pods_in(block)) == 10 + counts


def test_other_workloads_are_other_pasts() -> None:
    """Only pods that are named as this workload's are read."""
    stranger = Served("api-aaa-001", NOW - DAY, NOW)
    (block,) = blocks_of(
        PastSource(pods=[*steady(NOW, DAY), stranger]), Stretch(NOW - HOUR, NOW - HOUR / 2)
    )
    assert stranger.name not in pods_in(block)


@pytest.mark.parametrize("seconds", [400.0, 1_200.0, 2 * HOUR, 3 * DAY, 13.9 * DAY, 60 * DAY])
def test_the_past_is_as_long_as_it_is(seconds: float) -> None:
    """How far back samples go is found to within an eighth, never further than asked for."""
    source = PastSource(pods=steady(NOW, seconds))
    reach = history(source)._reach(NOW, 14 * DAY, 300.0)
    assert reach is not None
    assert 0.8 * min(seconds, 14 * DAY) <= reach <= min(seconds + 60.0, 14 * DAY)


def test_a_service_just_begun_has_no_past() -> None:
    """Minutes are too few; that is said, and is no error."""
    found = history(PastSource(pods=steady(NOW, 200.0))).recall(NOW)
    assert found.past is None
    assert found.why == "no samples that are 300 s old"


def test_a_past_is_learned_with_few_queries() -> None:
    """At most one a metric's input and stretch, and a few to find how far back it goes."""
    source = PastSource(pods=steady(NOW, 30 * DAY))
    found = history(source).recall(NOW)
    assert found.past is not None
    (errors,) = found.past.metrics
    assert errors.pods == 10
    assert 0.15 < errors.spread < 0.45
    assert errors.rate > 0
    assert found.past.blocks == MOST_STRETCHES
    assert found.past.learned_at == NOW
    assert found.past.since == pytest.approx(NOW - 14 * DAY, abs=DAY / 2)
    assert len(source.asked) <= 2 * MOST_STRETCHES + 15


def test_one_stretch_at_a_time_is_in_memory() -> None:
    """The next is read only when the one before was taken."""
    source = PastSource(pods=steady(NOW, DAY))
    blocks = history(source)._blocks(spread_evenly(NOW, DAY, LIMIT, INTERVAL))
    next(blocks)
    assert len(source.reads) == 1
    next(blocks)
    assert len(source.reads) == 2


def test_a_source_that_is_away_is_not_asked_again() -> None:
    """The reason is told, and one query is all it was bothered with."""
    source = FailingSource(pods=steady(NOW, DAY), trouble=Trouble.UNREACHABLE)
    found = history(source).recall(NOW)
    assert (found.past, found.why) == (None, "the store is away")
    assert len(source.reads) == 1


def test_a_source_that_is_slow_is_left_alone() -> None:
    """After three answers that did not come in time no more is asked of it."""
    source = FailingSource(pods=steady(NOW, 30 * DAY), trouble=Trouble.TIMEOUT, after=9)
    found = history(source).recall(NOW)
    assert found.past is not None
    # Both of the metric's inputs time out in each read.
    assert len(source.reads) == 9 + 2


def test_a_metric_that_is_slow_holds_up_no_other() -> None:
    """It is asked for no more, and the others' history is as long as ever."""
    (errors,) = POLICY.metrics
    totals = replace(errors, name="totals", inputs={Part.TOTAL: errors.inputs[Part.TOTAL]})
    both = replace(POLICY, metrics=(errors, totals))
    source = FailingSource(pods=steady(NOW, 30 * DAY), parts=frozenset({Part.BAD}))
    stretches = spread_evenly(NOW, 14 * DAY, LIMIT, INTERVAL)
    blocks = list(History(source, both, family_of(named()))._blocks(stretches))
    assert len(blocks) == MOST_STRETCHES
    assert sum(one.part is Part.BAD for one in source.asked) == 3
    assert all(("totals", Part.TOTAL) in block[0].series for block in blocks)


def test_a_source_that_goes_away_leaves_a_shorter_history() -> None:
    """What was read until then is learned from, and the rest is not asked for."""
    source = FailingSource(
        pods=steady(NOW, 30 * DAY), trouble=Trouble.UNREACHABLE, after=MOST_STRETCHES // 2 + 1
    )
    found = history(source).recall(NOW)
    assert found.past is not None
    assert found.past.blocks == MOST_STRETCHES // 2
    assert found.why == "the store is away"
    assert len(source.reads) == MOST_STRETCHES // 2 + 2


def test_a_store_of_old_samples_that_fails_leaves_the_newer_ones() -> None:
    """Where only what is old cannot be read, the past is what is young."""

    class HalfSource(PastSource):
        def served(self, request: SampleRequest) -> Answer:
            if request.start < NOW - 2 * DAY:
                return Unanswered(Trouble.PARTIAL, "half of it")
            return super().served(request)

    found = history(HalfSource(pods=steady(NOW, 30 * DAY))).recall(NOW)
    assert found.past is not None
    assert found.past.since >= NOW - 2 * DAY


def test_a_metric_that_fails_is_blind_and_no_other() -> None:
    """Its windows say why; samples of one of two inputs alone are not handed on."""
    two = replace(POLICY.metrics[0], name="others")
    source = FailingSource(pods=steady(NOW, DAY), parts=frozenset({Part.BAD}))
    both = replace(
        POLICY, metrics=(*POLICY.metrics, replace(two, inputs={Part.TOTAL: two.inputs[Part.TOTAL]}))
    )
    asked = History(source, both, family_of(named()))
    (block,) = asked._blocks([Stretch(NOW - HOUR, NOW - HOUR / 2)])
    assert all(window.blind == {"errors": "the store is away"} for window in block)
    assert all(set(window.series) == {("others", Part.TOTAL)} for window in block)


@pytest.mark.parametrize("desired", [1, 10, 20, 100, 1_000])
def test_of_a_large_workload_some_pods_are_enough(desired: int) -> None:
    """About as many pods as MOST_PODS answer, however many there are."""
    family = family_of(named(desired))
    assert family is not None
    names = [PodReference("shop", f"web-aaa-{n:03}") for n in range(1000)]
    share = sum(map(family.includes, names)) / len(names)
    assert share * desired <= MOST_PODS + desired / len(NAMING.alphabet)
    assert share * desired >= min(desired, MOST_PODS)


def test_pods_without_known_names_have_no_past() -> None:
    """Where the platform's names tell nothing, nothing is asked."""
    assert family_of(replace(named(), naming=None)) is None
