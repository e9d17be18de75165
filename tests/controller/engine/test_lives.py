"""Whatever people, faults, restarts and time do to one workload, the laws hold."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stage
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from analysis.verdict import Verdict
from controller.engine import orders
from controller.engine.change import Change
from controller.engine.guards import HOUR_SECONDS, MOST_ROLLBACKS_AN_HOUR
from controller.engine.orders import OrderRefusedError, Person
from controller.engine.phases import in_flight
from controller.engine.quarantine import active
from controller.engine.record import Act, Phase
from controller.engine.sight import Sight
from controller.loop import Loop
from controller.observe import Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.ports.platform import Conflict, PlatformError, Unavailable
from controller.ports.trail import NoTrail
from controller.telemetry import Telemetry
from tests.controller.engine.simulated import SimulatedCluster, digest, quality, requests_served
from tests.fakes import POLICY_TEXT, FakeClock, FakeSource, MemoryJournal, policy

IMAGES = st.sampled_from(
    ["web:v1", "web:v2", "web:v3", "web:b1", "web:b1-again", "web:b2", "web:c1"]
)
SPANS = st.sampled_from([1, 3, 8, 20, 60, 150, 400, 4000])
ADA = Person("ada")
SHORT_POLICY = POLICY_TEXT.replace("limit: 30m", "limit: 5m")


Deed = Callable[["Life"], None]
ACTS: dict[str, Deed] = {
    "pause": lambda life: life.cluster.pause(True),
    "unpause": lambda life: life.cluster.pause(False),
    "undo": lambda life: life.cluster.undo(),
    "order a resume": lambda life: life.order(lambda sight: orders.resume(sight, ADA)),
    "order a rollback": lambda life: life.order(lambda sight: orders.roll_back(sight, ADA)),
    "unpin": lambda life: life.order(lambda sight: orders.unpin(sight, ADA)),
    "pin what is settled": lambda life: life.order(lambda sight: orders.pin(sight, ADA, {})),
    "pin v3": lambda life: life.order(lambda sight: orders.pin(sight, ADA, {"app": "web:v3"})),
    "pin b2": lambda life: life.order(lambda sight: orders.pin(sight, ADA, {"app": "web:b2"})),
    "scale to 0": lambda life: life.cluster.scale(0),
    "scale to 1": lambda life: life.cluster.scale(1),
    "scale to 5": lambda life: life.cluster.scale(5),
    "make it anew": lambda life: life.cluster.create("web:v1", 2),
    "set v2": lambda life: life.cluster.set_image("web:v2"),
    "set v3": lambda life: life.cluster.set_image("web:v3"),
    "set b1": lambda life: life.cluster.set_image("web:b1"),
    "set b2": lambda life: life.cluster.set_image("web:b2"),
    "set c1": lambda life: life.cluster.set_image("web:c1"),
}
PEOPLE = st.sampled_from(sorted(ACTS))


class Life(RuleBasedStateMachine):
    """One workload, one controller that may be away, and everybody else."""

    clock: FakeClock
    cluster: SimulatedCluster

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.file = Path(self._folder.name) / "policy.yaml"
        self.file.write_text(SHORT_POLICY)
        self.clock = FakeClock()
        self.cluster = SimulatedCluster(self.clock, "web:v1", 3)
        self.source = FakeSource(answer=requests_served(self.cluster))
        self.checked = 0
        self.observer: Observer | None = None
        self.loop: Loop | None = None
        self.starts_again()

    def teardown(self) -> None:
        if self.observer is not None:
            self.observer.close()
        self._folder.cleanup()

    # Time and the controller

    @rule(seconds=SPANS)
    def time_passes(self, seconds: int) -> None:
        step = 1 if seconds <= 20 else 5 if seconds <= 400 else 20
        for _ in range(seconds // step):
            self._tick()
            self.clock.now += step

    def _tick(self) -> None:
        for _ in range(2):
            self.cluster.roll()
        if self.loop is not None:
            self.loop.tick(self.cluster.take_changed(0.0))

    @rule()
    def starts_again(self) -> None:
        if self.observer is not None:
            self.observer.close()
        telemetry = Telemetry("test")
        self.observer = Observer(self.cluster, self.source, 0.0)
        self.loop = Loop(
            self.cluster,
            PoliciesInForce([self.file], telemetry),
            self.observer,
            Performer(self.cluster, MemoryJournal(), NoTrail(), telemetry, applies=True),
            telemetry,
            self.clock,
        )

    # Faults, each with something that people do meanwhile

    @rule(meanwhile=PEOPLE, before=SPANS, after=SPANS)
    def nobody_watches(self, meanwhile: str, before: int, after: int) -> None:
        self.loop = None
        self._meanwhile(meanwhile, before, after)
        self.starts_again()

    @rule(meanwhile=PEOPLE, before=SPANS, after=SPANS)
    def source_is_down(self, meanwhile: str, before: int, after: int) -> None:
        self.source.down = True
        self._meanwhile(meanwhile, before, after)
        self.source.down = False

    @rule(meanwhile=PEOPLE, before=SPANS, after=SPANS)
    def watch_stalls(self, meanwhile: str, before: int, after: int) -> None:
        self.cluster.stalled = self.cluster.truth()
        self._meanwhile(meanwhile, before, after)
        self.cluster.stalled = None

    @rule(meanwhile=PEOPLE, before=SPANS, after=SPANS)
    def nobody_governs(self, meanwhile: str, before: int, after: int) -> None:
        self.file.write_text(SHORT_POLICY.replace("app: web", "app: other"))
        self._meanwhile(meanwhile, before, after)
        self.file.write_text(SHORT_POLICY)

    @rule(refusal=st.sampled_from([Conflict("too late"), Unavailable("busy", 7.0)]))
    def write_fails(self, refusal: PlatformError) -> None:
        self.cluster.refusal = refusal

    def _meanwhile(self, deed: str, before: int, after: int) -> None:
        self.time_passes(before)
        ACTS[deed](self)
        self.time_passes(after)

    # People

    @rule(image=IMAGES, seconds=SPANS)
    def release(self, image: str, seconds: int) -> None:
        self.cluster.set_image(image)
        self.time_passes(seconds)

    @rule(deed=PEOPLE)
    def somebody_acts(self, deed: str) -> None:
        ACTS[deed](self)

    def order(self, order: Callable[[Sight], Change]) -> None:
        """A person's order, through the engine, with the same conditions."""
        with suppress(OrderRefusedError, PlatformError):
            change = order(Sight(self.cluster.truth(), policy(), None, self.clock.now))
            self.cluster.apply(change)
            if change.restore is not None:
                self.cluster.last_by_person = self.cluster.image

    # Laws

    @invariant()
    def every_change_was_right(self) -> None:
        for change in self.cluster.applied[self.checked :]:
            assert change.record.sequence == change.seen.record.sequence + 1
            if change.decision.act is Act.ROLL_BACK:
                self._check_rollback(change)
        self.checked = len(self.cluster.applied)

    def _check_rollback(self, change: Change) -> None:
        decision, before = change.decision, change.seen.record
        assert change.restore is not None
        assert change.record.rollout is not None
        assert change.record.rollout.candidate.images == change.seen.images
        bad = {entry.digest for entry in active(before, decision.at)}
        if change.record.rollout.target.digests:
            assert digest(change.restore.images["app"]) not in bad
        (running,) = change.seen.images.values()
        pinned = before.pin is not None and running != before.pin.images["app"]
        quarantined = digest(running) in bad
        regressed = decision.verdict == Verdict.REGRESSED.value and quality(running) != "v"
        assert pinned or quarantined or regressed or decision.by != "rollctl", decision

    @invariant()
    def our_pause_is_a_hold(self) -> None:
        if self.cluster.paused_by == "rollctl":
            rollout = self.cluster.truth().record.rollout
            assert rollout is not None
            assert rollout.held_since is not None
            assert rollout.phase in {Phase.ANALYZING, Phase.HOLDING}

    @invariant()
    def the_brake_holds(self) -> None:
        now, uid = self.clock.now, self.cluster.uid
        recent = [
            change
            for change in self.cluster.applied
            if change.decision.act is Act.ROLL_BACK
            and change.seen.uid == uid
            and now - change.decision.at < HOUR_SECONDS
        ]
        assert len(recent) <= MOST_ROLLBACKS_AN_HOUR

    @rule()
    def left_in_peace_it_comes_to_rest(self) -> None:
        """With everything well and nobody at it, every rollout ends or asks a person."""
        self.cluster.stalled, self.cluster.refusal, self.source.down = None, None, False
        self.file.write_text(SHORT_POLICY)
        if self.cluster.paused_by == "a person":
            self.cluster.pause(False)
        self.cluster.scale(max(1, self.cluster.replicas))
        for _ in range(120):
            self._tick()
            self.clock.now += 5
        seen = self.cluster.truth()
        rollout = seen.record.rollout
        resting = not in_flight(rollout) or (rollout is not None and rollout.phase in STUCK)
        assert resting or quality(self.cluster.image) == "c", rollout


STUCK = {Phase.HOLDING}

Life.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    # Shrinking a life takes minutes; the steps that are told can be walked by hand.
    phases=(Stage.explicit, Stage.reuse, Stage.generate),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
TestLife = Life.TestCase
