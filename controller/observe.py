"""Reads the world: which workloads, under which policy, with which evidence.

Why: everything that decisions stand on is gathered here, once a tick, so that all rollouts
share the same few queries.
Never here: decisions, writing.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import structlog

from controller.case import Case
from controller.engine.clock_behind import clock_behind
from controller.engine.moved_tags import moved_tags
from controller.engine.phases import JUDGED, in_flight
from controller.engine.record import Phase, Rollout
from controller.engine.sight import Sight
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.builds import Builds, NoBuilds
from controller.ports.carrier import Carrier, NoCarrier
from controller.ports.memory import Memory, NoMemory
from controller.ports.metrics import Answer, MetricSource, SampleRequest, Trouble, Unanswered
from controller.ports.platform import Watcher
from policies.model import Policy, claimants, conflict

PATIENCE_SECONDS = 0.5
ASK_AGAIN_SECONDS = 2.0
GATHERED_A_SECOND, LONGEST_GATHERING_SECONDS = 200.0, 2.0
"""Of many rollouts a window closes at every moment: they are read in lots, so that queries are as many as
there are metrics and moments, and not rollouts."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Look:
    """One workload as it was seen this tick; `trouble` are faults a person should mend."""

    sight: Sight
    source: str
    trouble: tuple[str, ...]


class Observer:
    """Keeps the open cases and brings them up to date."""

    def __init__(
        self,
        watcher: Watcher,
        source: MetricSource,
        ingestion_delay_seconds: float,
        memory: Memory | None = None,
        builds: Builds | None = None,
        carrier: Carrier | None = None,
    ) -> None:
        """Without a memory nothing is known of any past, without builds nothing of what is next,
        without a carrier no registry hears of a verdict."""
        self._watcher = watcher
        self._source = source
        self._memory = memory or NoMemory()
        self._builds = builds or NoBuilds()
        self._carrier = carrier or NoCarrier()
        self._delay_seconds = ingestion_delay_seconds
        self._cases: dict[WorkloadKey, Case] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._reading: _Reading | None = None
        self._ask_again_at = 0.0

    def close(self) -> None:
        """Lets go of the reading thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def look(
        self, keys: Iterable[WorkloadKey], policies: Sequence[Policy], now: float
    ) -> list[Look]:
        """Every one of these workloads that still exists, with its evidence up to now."""
        workloads = self._still_there(keys)
        governed = {w.key: _claims(policies, w) for w in workloads}
        for workload in workloads:
            self._remember(workload, governed[workload.key])
            self._have_carried(workload, governed[workload.key])
            self._follow(workload, governed[workload.key], now)
        self._read(now)
        return [self._look(workload, governed[workload.key], now) for workload in workloads]

    def pass_over(self, keys: Iterable[WorkloadKey], policies: Sequence[Policy]) -> list[Workload]:
        """Every one that still exists of these, whose evidence another controller reads: nothing is wanted
        of it but what is carried, since channels are shared."""
        workloads = self._still_there(keys)
        for workload in workloads:
            self._let_go(workload.key)
            self._have_carried(workload, _claims(policies, workload))
        return workloads

    def _still_there(self, keys: Iterable[WorkloadKey]) -> list[Workload]:
        seen = dict(self._pictures(keys))
        for key in [key for key, workload in seen.items() if workload is None]:
            self._let_go(key)
            self._carrier.forget(key)
        return [workload for workload in seen.values() if workload is not None]

    def _let_go(self, key: WorkloadKey) -> None:
        self._cases.pop(key, None)
        self._memory.forget(key)
        self._builds.forget(key)

    def _have_carried(self, workload: Workload, claims: Sequence[Policy]) -> None:
        if len(claims) == 1:
            self._carrier.follow(workload, claims[0])
        else:
            self._carrier.forget(workload.key)

    def _pictures(
        self, keys: Iterable[WorkloadKey]
    ) -> Iterator[tuple[WorkloadKey, Workload | None]]:
        """One that cannot be drawn must not hide the others, and is not taken to be gone."""
        for key in keys:
            try:
                yield key, self._watcher.workload(key)
            except Exception:
                log.exception("cannot be read; skipped", workload=str(key))

    def _remember(self, workload: Workload, claims: Sequence[Policy]) -> None:
        """Wants the past of a workload that one policy governs, and its repositories' builds."""
        if len(claims) == 1:
            rollout = workload.record.rollout
            flying = rollout if in_flight(rollout) else None
            self._memory.follow(workload, claims[0], flying)
            self._builds.follow(workload, claims[0])
        else:
            self._builds.forget(workload.key)
            self._memory.forget(workload.key)

    def _follow(self, workload: Workload, claims: Sequence[Policy], now: float) -> None:
        """Opens the case of a rollout that is judged, and closes it when it no longer is."""
        rollout, case = workload.record.rollout, self._cases.get(workload.key)
        if rollout is None or rollout.phase not in JUDGED or len(claims) != 1:
            self._cases.pop(workload.key, None)
            return
        if case is not None and case.rollout_id != rollout.id:
            del self._cases[workload.key]
            case = None
        if case is None and self._past_to_come(workload.key, rollout, claims[0], now):
            return
        if case is None:
            case = self._cases[workload.key] = Case(workload.key, rollout, claims[0])
        case.meet(workload, rollout)

    def _past_to_come(self, key: WorkloadKey, rollout: Rollout, policy: Policy, now: float) -> bool:
        """Whether nothing is compared yet, since the service's past may still come. Nothing is
        lost by it: until then no new pod is older than its warm-up."""
        rule = policy.analysis
        if rollout.past is not None or rollout.phase is Phase.HOLDING:
            return False
        if now >= rollout.started_at + rule.warm_up_seconds + rule.interval_seconds:
            return False
        return self._memory.expected(key) or self._memory.known(key) is not None

    def _read(self, now: float) -> None:
        """One read at a time, for all the windows that have closed, over all cases. A source
        that keeps us waiting is left to its thread, so that rollouts are still held in time."""
        if self._reading is None and now >= self._ask_again_at:
            self._reading = self._ask(now)
        if self._reading is None:
            return
        wait([self._reading.answers], timeout=PATIENCE_SECONDS)
        if not self._reading.answers.done():
            return
        reading, self._reading = self._reading, None
        self._take(reading.asked, _answers(reading), now)

    def _ask(self, now: float) -> "_Reading | None":
        until = now - self._delay_seconds
        due = [case for case in self._cases.values() if case.next_close() <= until]
        asked = [(case, edges := case.edges(until), case.requests(edges)) for case in due]
        if not asked:
            return None
        requests = [request for *_, wanted in asked for request in wanted]
        gathering = min(len(self._cases) / GATHERED_A_SECOND, LONGEST_GATHERING_SECONDS)
        self._ask_again_at = now + gathering
        return _Reading(asked, self._thread.submit(self._source.read, requests))

    def _take(self, asked: "list[_Asked]", answers: Sequence[Answer], now: float) -> None:
        left = iter(answers)
        for one in asked:
            *_, wanted = one
            _fold(one, [next(left) for _ in wanted])
        if all(isinstance(answer, Unanswered) for answer in answers):
            self._ask_again_at = now + ASK_AGAIN_SECONDS

    def _look(self, workload: Workload, claims: Sequence[Policy], now: float) -> Look:
        policy = claims[0] if len(claims) == 1 else None
        case = self._cases.get(workload.key)
        stale = self._watcher.trouble()
        sight = Sight(
            workload,
            policy,
            judgement=case.judgement if case else None,
            now=now,
            unread=case.unread if case else False,
            stale=bool(stale),
            past=self._memory.known(workload.key),
            compared=case is not None,
            shelves=self._builds.shelves(workload.key),
        )
        trouble = (
            *conflict(claims),
            *((*case.trouble, *case.lateness.trouble) if case else ()),
            *(moved_tags(workload, now) if policy else ()),
            *(clock_behind(workload, now) if policy else ()),
            *self._builds.trouble(workload.key),
            *self._carrier.trouble(workload.key),
        )
        return Look(
            sight, self._source.describe(), trouble + ((stale,) if stale and claims else ())
        )

    def news_of_builds(self) -> frozenset[WorkloadKey]:
        """Workloads of whose repositories one was read since the last call."""
        return self._builds.take_read()

    def open_keys(self) -> frozenset[WorkloadKey]:
        """Workloads whose evidence grows with time alone."""
        return frozenset(self._cases)

    def blind(self) -> int:
        """How many of them lack an answer now."""
        return sum(bool(case.trouble) for case in self._cases.values())

    def next_close(self) -> float | None:
        """When the next window of any case is read, None without cases."""
        closes = [case.next_close() + self._delay_seconds for case in self._cases.values()]
        return max(min(closes), self._ask_again_at) if closes else None


_Asked = tuple[Case, tuple[float, ...], list[SampleRequest]]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A read under way: what was asked for each case, and the answers to come."""

    asked: list[_Asked]
    answers: Future[Sequence[Answer]]


def _answers(reading: _Reading) -> Sequence[Answer]:
    """What came back; a defect of the source's adapter is a gap like any other."""
    try:
        return reading.answers.result()
    except Exception as error:
        log.exception("a defect of rollctl; the source is asked again")
        gap = Unanswered(Trouble.MALFORMED, f"a defect of rollctl while reading: {error!r}")
        return [gap for *_, wanted in reading.asked for _ in wanted]


def _fold(asked: _Asked, answers: Sequence[Answer]) -> None:
    """Folds one case; a defect with one must not stop the others."""
    case, edges, wanted = asked
    try:
        case.lateness.compare(wanted, answers)
        case.take(edges, answers)
    except Exception as error:
        log.exception("a defect of rollctl; nothing more is folded", workload=str(case.key))
        case.give_up(f"a defect of rollctl while comparing: {error!r}")


def _claims(policies: Sequence[Policy], workload: Workload) -> tuple[Policy, ...]:
    key = workload.key
    return claimants(policies, key.kind, key.namespace, workload.labels)
