"""Which pasts are learned when, and that it never holds anybody up."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from controller.engine.record import Rollout
from controller.engine.workload import WorkloadKey
from controller.historian import (
    FIRST_RETRY_SECONDS,
    FRESH_SECONDS,
    LEAST_REST_SECONDS,
    LONGEST_RETRY_SECONDS,
    Historian,
    definitions,
)
from controller.ports.metrics import Answer, SampleRequest
from controller.ports.pasts import Kept, PastsError
from policies.model import Policy
from policies.selector import parse_selector
from tests.controller.service_past import PastSource, named, steady
from tests.controller.test_case import held, rollout_of
from tests.fakes import KEY, NOW, FakeClock, MemoryPasts, policy

DAY = 86_400.0
SLOW_SECONDS = 0.15
POLICY = policy(limit_seconds=150.0)
FLYING = rollout_of(held(POLICY))


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits between reads that cost nothing."""
    monkeypatch.setattr("controller.historian.LEAST_REST_SECONDS", 0.0)


class Desk:
    """A historian that is taken a step at a time."""

    def __init__(self, source: PastSource | None = None, pasts: MemoryPasts | None = None) -> None:
        self.clock = FakeClock()
        self.source = source or PastSource(pods=steady(NOW, 30 * DAY))
        self.pasts = pasts if pasts is not None else MemoryPasts()
        self.historian = Historian(self.source, self.pasts, self.clock)

    def follow(
        self, name: str = "web", governing: Policy = POLICY, flying: Rollout | None = None
    ) -> WorkloadKey:
        seen = replace(named(), key=replace(KEY, name=name))
        self.historian.follow(seen, governing, flying)
        return seen.key

    def step(self, later_seconds: float = 0.0) -> bool:
        self.clock.now += later_seconds
        return self.historian.step()


def other_query(governing: Policy) -> Policy:
    """The same policy, after somebody changed a query."""
    (metric,) = governing.metrics
    part = next(iter(metric.inputs))
    inputs = {**metric.inputs, part: parse_selector('http_requests_total{code="500"}')}
    return replace(governing, metrics=(replace(metric, inputs=inputs),))


class BrokenPasts(MemoryPasts):
    """Its disk is full."""

    def keep(self, key: WorkloadKey, kept: Kept) -> None:
        raise PastsError("the disk is full")

    def kept(self, key: WorkloadKey) -> Kept | None:
        raise PastsError("the disk is full")


class BrokenSource(PastSource):
    """Has a defect."""

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        raise ZeroDivisionError("defect")


def test_a_past_is_learned_once_a_day() -> None:
    """A workload that is followed is learned, kept, and then left alone until it is a day old."""
    desk = Desk()
    key = desk.follow()
    assert desk.historian.known(key) is None
    assert desk.step()
    learned = desk.historian.known(key)
    assert learned is not None
    assert desk.pasts.all[key] == Kept(definitions(POLICY), learned)
    assert not desk.step()
    assert not desk.step(FRESH_SECONDS - 1)
    assert desk.step(2)
    again = desk.historian.known(key)
    assert again is not None
    assert again.learned_at > learned.learned_at


def test_a_short_past_is_learned_again_soon() -> None:
    """What twenty minutes say is asked for again after twenty minutes, and the more is known the
    longer it lasts."""
    desk = Desk(PastSource(pods=steady(NOW, 1_200.0)))
    key = desk.follow()
    desk.step()
    first = desk.historian.known(key)
    assert first is not None
    length = first.learned_at - first.since
    assert 900.0 < length <= 1_200.0
    assert not desk.step(length - 1)
    assert desk.step(2)
    again = desk.historian.known(key)
    assert again is not None
    assert again.learned_at - again.since > 1.5 * length


def test_what_is_kept_and_fresh_costs_no_query() -> None:
    """A restarted controller takes what it knew, until it is a day old."""
    first = Desk()
    key = first.follow()
    first.step()
    second = Desk(pasts=first.pasts)
    second.follow()
    assert second.step(FRESH_SECONDS / 2)
    assert not second.source.reads
    assert second.historian.known(key) == first.historian.known(key)
    assert second.step(FRESH_SECONDS / 2 + 1)
    assert second.source.reads


def test_a_changed_query_makes_the_past_stale() -> None:
    """What was learned of another query is neither used nor taken from the store."""
    desk = Desk()
    key = desk.follow()
    desk.step()
    reads = len(desk.source.reads)
    desk.follow(governing=other_query(POLICY))
    assert desk.historian.known(key) is None
    assert desk.step()
    assert len(desk.source.reads) > reads
    assert desk.pasts.all[key].definitions == definitions(other_query(POLICY))


def test_a_changed_tolerance_is_no_other_query() -> None:
    """What only the verdict depends on leaves the past as it is."""
    desk = Desk()
    key = desk.follow()
    desk.step()
    known = desk.historian.known(key)
    desk.follow(governing=policy(limit_seconds=150.0, false_rollback_rate=0.05))
    assert desk.historian.known(key) == known
    assert not desk.step()


def test_without_history_it_is_tried_again_with_growing_pauses() -> None:
    """Nothing to learn from is no error; the pauses double up to six hours."""
    desk = Desk(PastSource())
    key = desk.follow()
    pauses, waited = [], 0.0
    assert desk.step()
    for _ in range(12):
        waited = 0.0
        while not desk.step(FIRST_RETRY_SECONDS / 2):
            waited += FIRST_RETRY_SECONDS / 2
        pauses.append(waited + FIRST_RETRY_SECONDS / 2)
    assert pauses[:4] == [60.0, 120.0, 240.0, 480.0]
    assert pauses[-1] == LONGEST_RETRY_SECONDS
    assert desk.historian.known(key) is None
    desk.source.pods = steady(desk.clock.now, 30 * DAY)
    assert desk.step(LONGEST_RETRY_SECONDS)
    assert desk.historian.known(key) is not None


def test_a_rollout_without_a_past_is_tried_at_once() -> None:
    """However long the pause would still be; then it is expected no more."""
    desk = Desk(PastSource())
    key = desk.follow()
    assert desk.historian.expected(key)
    for later in (0.0, 60.0, 120.0):
        desk.step(later)
    assert not desk.historian.expected(key)
    assert not desk.step(1)
    desk.follow(flying=replace(FLYING, started_at=desk.clock.now + 1))
    assert desk.historian.expected(key)
    assert desk.step(2)
    assert not desk.historian.expected(key)
    assert not desk.step(2)


def test_a_past_is_not_refreshed_in_a_rollout() -> None:
    """The old one serves until it is over."""
    desk = Desk()
    key = desk.follow()
    desk.step()
    known = desk.historian.known(key)
    desk.follow(flying=FLYING)
    assert not desk.step(3 * FRESH_SECONDS)
    assert desk.historian.known(key) == known
    desk.follow()
    assert desk.step()


def test_a_past_that_cannot_be_refreshed_stays() -> None:
    """A source that is away does not take away what is known."""
    desk = Desk()
    key = desk.follow()
    desk.step()
    known = desk.historian.known(key)
    desk.source.down = True
    desk.source.pods = ()
    assert desk.step(FRESH_SECONDS + 1)
    assert desk.historian.known(key) == known


def test_a_workload_that_waits_comes_first() -> None:
    """A rollout in flight does not wait for the others' daily refresh."""
    desk = Desk()
    other = desk.follow("api")
    desk.step()
    desk.clock.now += FRESH_SECONDS + 1
    key = desk.follow(flying=replace(FLYING, started_at=desk.clock.now))
    desk.step()
    assert desk.historian.known(key) is not None
    assert desk.pasts.all[other].past.learned_at == NOW


class SlowSource(PastSource):
    """Takes its time."""

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        time.sleep(SLOW_SECONDS if len(self.reads) < 2 else 0.0)
        return super().read(requests)


@pytest.mark.parametrize("flying", [None, FLYING])
def test_a_source_is_left_alone_half_of_the_time(
    flying: Rollout | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each read it rests for as long as that took, and a moment at least, unless a rollout waits for
    the past."""
    monkeypatch.undo()
    rests: list[float] = []
    monkeypatch.setattr(Historian, "_rest", lambda _, seconds: rests.append(seconds))
    desk = Desk(SlowSource(pods=steady(NOW, 30 * DAY)))
    desk.follow(flying=flying)
    assert desk.step()
    assert len(rests) == (len(desk.source.reads) if flying is None else 0)
    assert all(rest >= LEAST_REST_SECONDS for rest in rests)
    assert sum(rest >= SLOW_SECONDS for rest in rests) == (2 if flying is None else 0)


def test_what_is_forgotten_is_not_learned() -> None:
    """A workload that is gone, or governed no more, costs nothing."""
    desk = Desk()
    key = desk.follow()
    desk.historian.forget(key)
    assert not desk.step()
    assert desk.historian.known(key) is None
    assert not desk.historian.expected(key)


def test_a_store_that_fails_loses_nothing() -> None:
    """What is learned is known, though it was not kept."""
    desk = Desk(pasts=BrokenPasts())
    key = desk.follow()
    desk.step()
    assert desk.historian.known(key) is not None


def test_a_defect_with_one_workload_is_a_try_that_failed() -> None:
    """It is expected no more, and tried again later."""
    desk = Desk(BrokenSource())
    key = desk.follow()
    assert desk.step()
    assert not desk.historian.expected(key)
    assert not desk.step(1)
    assert desk.step(FIRST_RETRY_SECONDS)


@pytest.mark.parametrize("gone", ["forgotten", "governed otherwise"])
def test_what_changed_meanwhile_is_not_overwritten(gone: str) -> None:
    """What comes of a read that nobody wants any more is dropped."""
    desk = Desk()
    key = desk.follow()
    read = desk.source.served

    def served(request: SampleRequest) -> Answer:
        if gone == "forgotten":
            desk.historian.forget(key)
        else:
            desk.follow(governing=other_query(POLICY))
        return read(request)

    desk.source.served = served  # type: ignore[method-assign]
    assert desk.step()
    assert desk.historian.known(key) is None


def test_a_source_that_hangs_holds_up_nobody() -> None:
    """While the thread waits for it, every question of the loop is answered at once."""

    class HangingSource(PastSource):
        let = threading.Event()

        def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
            self.let.wait(20)
            return super().read(requests)

    source = HangingSource(pods=steady(NOW, 30 * DAY))
    desk = Desk(source)
    key = desk.follow()
    desk.historian.start()
    time.sleep(0.05)
    began = time.monotonic()
    for _ in range(100):
        desk.follow()
        assert desk.historian.known(key) is None
        assert desk.historian.expected(key)
    assert time.monotonic() - began < 1.0
    source.let.set()
    until = time.monotonic() + 20
    while desk.historian.known(key) is None and time.monotonic() < until:
        time.sleep(0.02)
    desk.historian.stop()
    assert desk.historian.known(key) is not None
