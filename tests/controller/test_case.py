"""A rollout's evidence: the same samples, however they are read, give the same judgement."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.past import MetricPast, Past
from analysis.question import Design
from analysis.samples import Part, Series
from analysis.verdict import Verdict
from controller.annotations import read_record, record_text
from controller.case import Case
from controller.engine.advance import advance
from controller.engine.record import Rollout
from controller.engine.workload import Workload
from controller.lateness import OVERLAP_SECONDS
from controller.ports.metrics import Answer, SampleRequest, Samples, Trouble, Unanswered
from policies.model import Policy
from tests.fakes import KEY, NOW, after, policy, sight, workload

WINDOWS = 12
INTERVAL = 15.0
Source = Callable[[SampleRequest], Answer]


def held(governing: Policy) -> Workload:
    """A workload whose rollout is held, or analysed as the policy says."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    for _ in range(2):
        change = advance(sight(seen, governing))
        assert change is not None
        seen = after(seen, change)
    return seen


def rollout_of(seen: Workload) -> Rollout:
    """The rollout in flight."""
    assert seen.record.rollout is not None
    return seen.record.rollout


def opened(seen: Workload, governing: Policy | None = None) -> Case:
    """The case of the rollout, as a controller opens it that has just started."""
    case = Case(KEY, rollout_of(seen), governing or policy())
    case.meet(seen, rollout_of(seen))
    return case


def served(request: SampleRequest) -> Answer:
    """Every pod serves 20 requests a second; new ones fail 30 % of them, old ones 1 %."""
    times = tuple(
        float(t) for t in range(999_000, 1_001_000, 5) if request.start < t <= request.end
    )
    found = []
    for one in sorted(pod.name for pod in request.pods or ()):
        share = 0.3 if "web-2" in one else 0.01
        rate = 20.0 * (share if request.part is Part.BAD else 1.0)
        found.append(Series(one, "", times, tuple(rate * (t - 999_000) for t in times)))
    return Samples(tuple(found))


def down(_request: SampleRequest) -> Answer:
    """Nobody there."""
    return Unanswered(Trouble.UNREACHABLE, "nobody there")


def read(case: Case, until: float, source: Source = served) -> None:
    """One read, as the observer makes it."""
    edges = case.edges(until)
    if len(edges) > 1:
        case.take(edges, [source(request) for request in case.requests(edges)])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, WINDOWS - 1), unique=True).map(sorted))
def test_any_split_of_reads_is_one_judgement(stops: Sequence[int]) -> None:
    """Live, after an outage and after a restart the judgement is the same."""
    seen = held(policy())
    whole, live = opened(seen), opened(seen)
    read(whole, NOW + WINDOWS * INTERVAL)
    for stop in (*stops, WINDOWS):
        read(live, NOW + stop * INTERVAL + 3)
    assert live.judgement == whole.judgement
    assert whole.judgement is not None
    assert whole.judgement.verdict is Verdict.REGRESSED


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(1, WINDOWS - 1)))
def test_an_outage_leaves_no_trace(out: set[int]) -> None:
    """A source that is down for any of the reads is asked again for the same windows."""
    seen = held(policy())
    whole, patchy = opened(seen), opened(seen)
    for step in range(1, WINDOWS + 1):
        read(whole, NOW + step * INTERVAL)
        read(patchy, NOW + step * INTERVAL, down if step in out else served)
    assert patchy.judgement == whole.judgement


def test_an_outage_is_told_and_forgotten() -> None:
    """While nobody answers the case says so, once for all requests, and keeps its judgement."""
    case = opened(held(policy()))
    assert case.unread
    read(case, NOW + INTERVAL, down)
    assert (case.trouble, case.judgement, case.unread) == (("nobody there",), None, False)
    read(case, NOW + 2 * INTERVAL)
    assert case.trouble == ()
    before = case.judgement
    read(case, NOW + 3 * INTERVAL, down)
    assert case.judgement == before


def test_a_partial_answer_is_blind() -> None:
    """A metric of which one part is missing is blind in that window, not zero."""
    case = opened(held(policy()))

    def without_totals(request: SampleRequest) -> Answer:
        return served(request) if request.part is Part.BAD else down(request)

    for step in range(1, WINDOWS + 1):
        read(case, NOW + step * INTERVAL, without_totals)
    assert case.judgement is not None
    assert case.judgement.verdict is Verdict.NO_DATA
    assert case.trouble == ("nobody there",)


def test_arms_are_asked_apart() -> None:
    """Each arm is asked for its own pods, over the windows due and a little before the first."""
    case = opened(held(policy()))
    requests = case.requests(case.edges(NOW + 2 * INTERVAL))
    assert [len(request.pods or ()) for request in requests] == [2, 2, 2, 2]
    assert {(r.start, r.end) for r in requests} == {(NOW - 2 * INTERVAL, NOW + 2 * INTERVAL)}
    read(case, NOW + 2 * INTERVAL)
    (later,) = {(r.start, r.end) for r in case.requests(case.edges(NOW + 3 * INTERVAL))}
    assert later == (NOW + 2 * INTERVAL - OVERLAP_SECONDS, NOW + 3 * INTERVAL)


def test_before_and_after_look_a_limit_apart() -> None:
    """Without a hold the baseline is asked for the same time one limit earlier."""
    governing = policy(hold=None)
    seen = held(governing)
    assert rollout_of(seen).design is Design.BEFORE_AFTER
    case = opened(seen, governing)
    starts = sorted({r.start for r in case.requests(case.edges(NOW + INTERVAL))})
    assert starts[1] - starts[0] == governing.analysis.limit_seconds


def test_pods_that_went_are_still_compared() -> None:
    """Baseline pods that served before the rollout are asked for after they are gone."""
    seen = held(policy())
    gone = replace(seen, pods=tuple(p for p in seen.pods if p.revision == "web-2"))
    case = opened(gone)
    asked = {pod.name for r in case.requests(case.edges(NOW + INTERVAL)) for pod in r.pods or ()}
    assert {"web-1-0", "web-1-1"} <= asked


def test_a_pod_keeps_its_first_readiness() -> None:
    """A pod that becomes ready again is not warmed up again."""
    seen = held(policy())
    case, other = opened(seen), opened(seen)
    late = tuple(replace(p, ready_at=NOW + 5_000) for p in seen.pods)
    other.meet(replace(seen, pods=late), rollout_of(seen))
    for one in (case, other):
        read(one, NOW + WINDOWS * INTERVAL)
    assert case.judgement == other.judgement


@pytest.mark.parametrize("until", [NOW, NOW + INTERVAL - 0.1])
def test_open_windows_are_not_read(until: float) -> None:
    """A window is asked for when it has closed, and not before."""
    assert len(opened(held(policy())).edges(until)) < 2


def test_a_case_that_gave_up_asks_nothing() -> None:
    """A case with a defect folds nothing more and has no judgement: that is no data."""
    case = opened(held(policy()))
    read(case, NOW + WINDOWS * INTERVAL)
    case.give_up("a defect")
    assert (case.judgement, case.trouble) == (None, ("a defect",))
    assert case.next_close() == float("inf")


def with_past(seen: Workload, past: Past | None) -> Workload:
    """The workload whose rollout was begun with this past."""
    rollout = replace(rollout_of(seen), past=past)
    return replace(seen, record=replace(seen.record, rollout=rollout))


def a_little_worse(request: SampleRequest) -> Answer:
    """New pods fail 2.2 %, old ones 1 %, and each pod is like the others of its version."""
    answer = served(request)
    assert isinstance(answer, Samples)
    if request.part is not Part.BAD:
        return answer
    factor = 2.2 / 30.0
    return Samples(
        tuple(
            replace(one, values=tuple(round(v * factor) for v in one.values))
            if "web-2" in one.pod
            else one
            for one in answer.series
        )
    )


ALIKE = Past((MetricPast("errors", 42, 0.05, 1.0, 0.01),), 40, NOW, NOW - 86_400.0)


def test_a_past_shows_harm_that_the_assumption_hides() -> None:
    """Twice the errors of two pods beside two are nothing where pods may differ by 45 %, and
    much where they are known to differ by 5 %."""
    found = {}
    for past in (None, ALIKE):
        case = opened(with_past(held(policy()), past))
        read(case, NOW + 60 * INTERVAL, a_little_worse)
        assert case.judgement is not None
        found[past] = case.judgement.verdict
    assert found[None] is not Verdict.REGRESSED
    assert found[ALIKE] is Verdict.REGRESSED


def test_a_restart_judges_with_the_past_on_record() -> None:
    """Whoever reads the record anew comes to the very same judgement."""
    seen = with_past(held(policy()), ALIKE)
    live = opened(seen)
    read(live, NOW + 5 * INTERVAL, a_little_worse)
    read(live, NOW + 9 * INTERVAL, a_little_worse)
    record = read_record(record_text(seen.record))
    restarted = opened(replace(seen, record=record))
    read(restarted, NOW + 9 * INTERVAL, a_little_worse)
    assert restarted.judgement == live.judgement
