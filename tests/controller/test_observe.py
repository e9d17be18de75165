"""Reading the world: one reading for all, and nothing that stops the others."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from analysis.past import MetricPast, Past
from analysis.samples import Series
from controller.engine.advance import advance
from controller.engine.record import Rollout
from controller.engine.workload import Workload, WorkloadKey
from controller.lateness import TOLD
from controller.observe import ASK_AGAIN_SECONDS, Look, Observer
from controller.ports.metrics import Answer, SampleRequest, Samples
from policies.model import Policy
from tests.fakes import KEY, NOW, FakePlatform, FakeSource, after, policy, sight, workload

INTERVAL = 15.0


class StalePlatform(FakePlatform):
    """Shows nothing new."""

    def trouble(self) -> str:
        return "the watch is gone"


class SlowSource(FakeSource):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        self.let.wait(timeout=30)
        return super().read(requests)


class LateSource(FakeSource):
    """Has a sample a second of each pod, and shows it four seconds later."""

    now = NOW

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        return [self._shown(request) for request in requests]

    def _shown(self, request: SampleRequest) -> Answer:
        until = min(request.end, self.now - 4.0)
        times = tuple(NOW + at for at in range(-60, 120) if request.start < NOW + at <= until)
        return Samples(tuple(Series(pod.name, "", times, times) for pod in request.pods or ()))


class BrokenSource(FakeSource):
    """Has a defect."""

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        self.asked += requests
        raise ZeroDivisionError("defect")


def held(name: str = "web", since: float = NOW) -> Workload:
    """A workload whose rollout is held."""
    seen = replace(
        workload("web:v2", {"web:v1": 2, "web:v2": 2}), key=replace(KEY, name=name), uid=name * 8
    )
    for _ in range(2):
        change = advance(sight(seen, policy(), now=since))
        assert change is not None
        seen = after(seen, change)
    return seen


class Watch:
    """An observer on fakes, closed at the end."""

    def __init__(self, platform: FakePlatform, source: FakeSource, delay: float = 0.0) -> None:
        self.platform, self.source = platform, source
        self.observer = Observer(platform, source, delay)

    def look(self, now: float, *policies: Policy) -> list[Look]:
        return self.observer.look(self.platform.keys(), policies or (policy(),), now)


@pytest.fixture
def opened() -> Iterator[list[Watch]]:
    """Observers to close."""
    watches: list[Watch] = []
    yield watches
    for watch in watches:
        if isinstance(watch.source, SlowSource):
            watch.source.let.set()
        watch.observer.close()


def test_all_rollouts_share_a_reading(opened: list[Watch]) -> None:
    """However many rollouts are due, the source is read once."""
    readings: list[int] = []

    class Counting(FakeSource):
        def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
            readings.append(len(requests))
            return super().read(requests)

    watch = Watch(FakePlatform(held("web"), held("api"), held("jobs")), Counting())
    opened.append(watch)
    watch.look(NOW + INTERVAL)
    watch.look(NOW + INTERVAL + 1)
    assert readings == [12]


def test_many_rollouts_are_read_in_lots(opened: list[Watch]) -> None:
    """Where a window closes at every moment, two hundred rollouts are read once a second, and none is
    forgotten; one alone is read the moment that its window closes."""
    many = [held(f"web-{number:03d}", NOW - number / 20) for number in range(200)]
    crowd = Watch(FakePlatform(*many), FakeSource())
    alone = Watch(FakePlatform(held()), FakeSource())
    opened += [crowd, alone]
    reads = []
    for step in range(64):
        before = len(crowd.source.asked)
        crowd.look(NOW + step / 2)
        reads.append(len(crowd.source.asked) > before)
        alone.look(NOW + step / 2)
        assert bool(alone.source.asked) == (step >= 2 * INTERVAL)
    assert sum(reads) <= 33
    assert len(crowd.observer.open_keys()) == 200
    closes = crowd.observer.next_close()
    assert closes is not None
    assert closes > NOW + 31.5


def test_late_samples_are_waited_for(opened: list[Watch]) -> None:
    """A window is read when the source has had its time to take the samples in."""
    watch = Watch(FakePlatform(held()), FakeSource(), delay=10.0)
    opened.append(watch)
    watch.look(NOW + INTERVAL + 9)
    assert watch.source.asked == []
    assert watch.observer.next_close() == NOW + INTERVAL + 10
    watch.look(NOW + INTERVAL + 10)
    assert {request.end for request in watch.source.asked} == {NOW + INTERVAL}


@pytest.mark.parametrize(("delay", "told"), [(1.0, (TOLD,)), (10.0, ())])
def test_samples_that_come_later_still_are_told(
    opened: list[Watch], delay: float, told: tuple[str, ...]
) -> None:
    """A source that shows samples later than it is waited for is told beside each rollout."""
    source = LateSource()
    watch = Watch(FakePlatform(held()), source, delay)
    opened.append(watch)
    for step in range(1, 6):
        source.now = NOW + step * INTERVAL + delay
        (look,) = watch.look(source.now)
    assert look.trouble == told


def test_a_slow_source_keeps_nobody_waiting(opened: list[Watch]) -> None:
    """A source that takes its time is left to its thread, and until it has answered once the
    evidence counts as unread."""
    source = SlowSource()
    watch = Watch(FakePlatform(held()), source)
    opened.append(watch)
    (look,) = watch.look(NOW + INTERVAL)
    assert (look.sight.judgement, look.sight.unread) == (None, True)
    source.let.set()
    (look,) = watch.look(NOW + INTERVAL + 1)
    assert (look.sight.judgement is not None, look.sight.unread) == (True, False)


def test_a_source_that_is_down_is_not_pestered(opened: list[Watch]) -> None:
    """A source that answered nothing is asked again after a moment, for the same windows."""
    watch = Watch(FakePlatform(held()), FakeSource(down=True))
    opened.append(watch)
    (look,) = watch.look(NOW + INTERVAL)
    assert look.trouble == ("nobody there",)
    asked = len(watch.source.asked)
    watch.look(NOW + INTERVAL + ASK_AGAIN_SECONDS / 2)
    assert len(watch.source.asked) == asked
    watch.look(NOW + INTERVAL + ASK_AGAIN_SECONDS)
    assert watch.source.asked[asked:] == watch.source.asked[:asked]


def test_pods_of_several_digests_are_trouble(opened: list[Watch]) -> None:
    """A tag was moved in mid-rollout: it is told as long as it lasts."""
    seen = held()
    first, *others = seen.pods
    stranger = replace(first, name="stranger", revision=others[-1].revision)
    watch = Watch(FakePlatform(replace(seen, pods=(*seen.pods, stranger))), FakeSource())
    opened.append(watch)
    (look,) = watch.look(NOW)
    assert "run several digests" in look.trouble[0]


def test_a_defect_of_a_source_is_a_gap(opened: list[Watch]) -> None:
    """An adapter that raises stops nobody: it is told, and asked again."""
    watch = Watch(FakePlatform(held()), BrokenSource())
    opened.append(watch)
    (look,) = watch.look(NOW + INTERVAL)
    assert "defect" in look.trouble[0]
    assert look.sight.judgement is None
    watch.look(NOW + INTERVAL + ASK_AGAIN_SECONDS)
    assert len(watch.source.asked) == 8


def test_a_defect_of_one_case_stops_no_other(opened: list[Watch]) -> None:
    """Samples that one case cannot fold leave the other rollouts their judgement."""

    def poisoned(request: SampleRequest) -> Answer:
        pods = sorted(pod.name for pod in request.pods or ())
        if len(pods) == 3:
            return Samples(tuple(Series(pod, "", (NOW + 1,), ()) for pod in pods))
        return Samples(())

    strange = held("api")
    more = replace(strange.pods[0], name="web-1-9")
    strange = replace(strange, pods=(*strange.pods, more))
    watch = Watch(FakePlatform(held(), strange), FakeSource(answer=poisoned))
    opened.append(watch)
    looks = watch.look(NOW + 2 * INTERVAL)
    told = {look.sight.workload.key.name: look for look in looks}
    assert told["web"].sight.judgement is not None
    assert told["api"].sight.judgement is None
    assert "defect" in told["api"].trouble[0]
    asked = len(watch.source.asked)
    watch.look(NOW + 3 * INTERVAL)
    assert len(watch.source.asked) == asked + 4


def test_two_claims_are_none(opened: list[Watch]) -> None:
    """A workload that two policies claim is governed by neither, and both are named."""
    watch = Watch(FakePlatform(held()), FakeSource())
    opened.append(watch)
    (look,) = watch.look(NOW, policy(), replace(policy(), name="other"))
    assert look.sight.policy is None
    assert "shop-web" in look.trouble[0]
    assert "other" in look.trouble[0]
    assert watch.observer.open_keys() == frozenset()


def test_an_old_picture_is_told_where_it_matters(opened: list[Watch]) -> None:
    """A watch that fails is told on governed workloads, and on no others."""
    watch = Watch(StalePlatform(held()), FakeSource())
    opened.append(watch)
    (governed,) = watch.look(NOW)
    assert (governed.trouble, governed.sight.stale) == (("the watch is gone",), True)
    nobodys = replace(policy(), workloads=replace(policy().workloads, namespaces=("other",)))
    (free,) = watch.look(NOW, nobodys)
    assert free.trouble == ()


def test_what_is_gone_is_forgotten(opened: list[Watch]) -> None:
    """A workload that is gone is not looked at, and its case is closed."""
    platform = FakePlatform(held())
    watch = Watch(platform, FakeSource())
    opened.append(watch)
    keys = platform.keys()
    watch.look(NOW)
    assert watch.observer.open_keys() == {KEY}
    platform.workloads.clear()
    assert watch.observer.look(keys, (policy(),), NOW) == []
    assert (watch.observer.open_keys(), watch.observer.next_close()) == (frozenset(), None)


class FakeMemory:
    """Knows what it is told; expects a past as long as it is said to."""

    def __init__(self, past: Past | None = None, expects: bool = False) -> None:
        self.past, self.expects = past, expects
        self.followed: dict[WorkloadKey, Rollout | None] = {}

    def follow(self, workload: Workload, policy: Policy, flying: Rollout | None) -> None:
        self.followed[workload.key] = flying

    def forget(self, key: WorkloadKey) -> None:
        self.followed.pop(key, None)

    def known(self, key: WorkloadKey) -> Past | None:
        return self.past

    def expected(self, key: WorkloadKey) -> bool:
        return self.expects


PAST = Past((MetricPast("errors", 42, 0.12, 1.4, 0.005),), 40, NOW, NOW - 86_400)
WARM = 60.0


def remembering(memory: FakeMemory, opened: list[Watch]) -> tuple[Watch, Workload]:
    """An observer with this memory, and a held rollout that it looks at."""
    seen = held()
    watch = Watch(FakePlatform(seen), FakeSource())
    watch.observer.close()
    watch.observer = Observer(watch.platform, watch.source, 0.0, memory)
    opened.append(watch)
    return watch, seen


def test_nothing_is_compared_while_the_past_may_still_come(opened: list[Watch]) -> None:
    """Until a new pod can be warm the comparison waits for its past, then no longer."""
    governing = policy(warm_up_seconds=WARM)
    watch, _ = remembering(FakeMemory(expects=True), opened)
    (look,) = watch.look(NOW + WARM + INTERVAL - 1, governing)
    assert not look.sight.compared
    assert not watch.source.asked
    (look,) = watch.look(NOW + WARM + INTERVAL, governing)
    assert look.sight.compared
    assert watch.source.asked


def test_a_comparison_that_has_begun_waits_for_nothing(opened: list[Watch]) -> None:
    """Once nobody expects a past the windows are read at once, and a later one is let be."""
    memory = FakeMemory()
    watch, _ = remembering(memory, opened)
    (look,) = watch.look(NOW + INTERVAL)
    assert look.sight.compared
    memory.past, memory.expects = PAST, True
    (look,) = watch.look(NOW + INTERVAL + 1)
    assert look.sight.compared
    assert advance(look.sight) is None


def test_a_past_on_record_is_what_is_compared_with(opened: list[Watch]) -> None:
    """A restarted controller takes the past of the record, whatever is known by now."""
    watch, seen = remembering(FakeMemory(expects=True), opened)
    rollout = seen.record.rollout
    assert rollout is not None
    record = replace(seen.record, rollout=replace(rollout, past=PAST))
    watch.platform.show(replace(seen, record=record))
    (look,) = watch.look(NOW + 1)
    assert look.sight.compared


def test_a_past_that_came_is_on_record_before_anything_is_compared(opened: list[Watch]) -> None:
    """It is written first; only then the windows are read."""
    governing = policy(warm_up_seconds=WARM)
    memory = FakeMemory(expects=True)
    watch, seen = remembering(memory, opened)
    watch.look(NOW + INTERVAL, governing)
    memory.past, memory.expects = PAST, False
    (look,) = watch.look(NOW + INTERVAL + 1, governing)
    change = advance(look.sight)
    assert change is not None
    assert change.record.rollout is not None
    assert change.record.rollout.past == PAST
    assert not watch.source.asked
    watch.platform.show(after(seen, change))
    (look,) = watch.look(NOW + INTERVAL + 2, governing)
    assert look.sight.compared
    assert watch.source.asked


def test_the_memory_follows_what_is_governed(opened: list[Watch]) -> None:
    """It is told of each workload with one policy, and of the rollout in flight there."""
    memory = FakeMemory()
    watch, seen = remembering(memory, opened)
    watch.look(NOW)
    assert memory.followed == {seen.key: seen.record.rollout}
    watch.look(NOW, policy(), replace(policy(), name="another"))
    assert memory.followed == {}
    watch.look(NOW)
    del watch.platform.workloads[seen.key]
    watch.observer.look([seen.key], (policy(),), NOW)
    assert memory.followed == {}


class TornPlatform(FakePlatform):
    """Cannot show one of its workloads."""

    torn = False

    def workload(self, key: WorkloadKey) -> Workload | None:
        if self.torn and key.name == "api":
            raise ValueError("a template that is none")
        return super().workload(key)


def test_a_workload_that_cannot_be_read_hides_no_other(opened: list[Watch]) -> None:
    """It is skipped, not taken to be gone: its evidence goes on when it can be read again."""
    platform = TornPlatform(held("web"), held("api"))
    watch = Watch(platform, FakeSource())
    opened.append(watch)
    watch.look(NOW + 1)
    platform.torn = True
    assert [look.sight.workload.key.name for look in watch.look(NOW + 2)] == ["web"]
    assert {key.name for key in watch.observer.open_keys()} == {"web", "api"}
