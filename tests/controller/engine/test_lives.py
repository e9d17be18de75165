"""Whatever people, faults, freezes, restarts and time do to one workload, the laws hold.

`ROLLCTL_LIVES=500 python -m pytest tests/controller/engine/test_lives.py` plays more lives than the few of each run,
other ones each time.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stage
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from controller.engine import orders
from controller.engine.change import Change
from controller.engine.fleet import Fleet
from controller.engine.freeze import Freeze
from controller.engine.orders import OrderRefusedError, Person
from controller.engine.phases import in_flight
from controller.engine.record import Act, Phase
from controller.engine.sight import Sight
from controller.loop import Loop
from controller.observe import Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.ports.lease import Alone
from controller.ports.platform import Conflict, NotLeading, PlatformError, Refused, Unavailable
from controller.ports.trail import NoTrail
from controller.telemetry import Telemetry
from policies.freeze.windows import Allowance
from tests.controller.engine.life_laws import DAY_SECONDS, Laws, Moment, Window
from tests.controller.engine.simulated import (
    Killed,
    SimulatedCluster,
    digest,
    quality,
    requests_served,
)
from tests.fakes import POLICY_TEXT, FakeClock, FakeSource, MemoryJournal, policy

LIVES = int(os.environ.get("ROLLCTL_LIVES", "0"))
IMAGES = st.sampled_from(
    ["web:v1", "web:v2", "web:v3", "web:b1", "web:b1-again", "web:b2", "web:c1"]
)
SPANS = st.sampled_from([1, 3, 8, 20, 60, 150, 400, 4000])
ADA = Person("ada")
SHORT_POLICY = POLICY_TEXT.replace("limit: 30m", "limit: 5m")


class Office(Alone):
    """A leadership on whose lease a person may write a freeze."""

    def __init__(self) -> None:
        self.freeze: Freeze | None = None

    def frozen(self) -> Freeze | None:
        return self.freeze


class Brake(Fleet):
    """All other workloads: `on` makes them go wrong together."""

    on = False

    def objections(self, now: float) -> tuple[str, ...]:
        own = super().objections(now)
        return (*own, "others regress at the same time") if self.on else own


class WatchedCluster(SimulatedCluster):
    """Tells of each change that is made, before anybody can react to it."""

    def __init__(self, clock: FakeClock, told: Callable[[Change, str], None]) -> None:
        super().__init__(clock, "web:v1", 3)
        self._told = told

    def apply(self, change: Change) -> None:
        whose, before = self.paused_by, len(self.applied)
        try:
            super().apply(change)
        finally:
            if len(self.applied) > before:
                self._told(change, whose)


Deed = Callable[["Life"], None]
ACTS: dict[str, Deed] = {
    "pause": lambda life: life.cluster.pause(True),
    "unpause": lambda life: life.cluster.pause(False),
    "undo": lambda life: life.cluster.undo(),
    "edit": lambda life: life.cluster.edit(),
    "order a resume": lambda life: life.order(lambda sight: orders.resume(sight, ADA)),
    "order a rollback": lambda life: life.order(lambda sight: orders.roll_back(sight, ADA)),
    "unpin": lambda life: life.order(lambda sight: orders.unpin(sight, ADA)),
    "pin what is settled": lambda life: life.order(lambda sight: orders.pin(sight, ADA, {})),
    "pin v3": lambda life: life.order(lambda sight: orders.pin(sight, ADA, {"app": "web:v3"})),
    "pin b2": lambda life: life.order(lambda sight: orders.pin(sight, ADA, {"app": "web:b2"})),
    "scale to 0": lambda life: life.cluster.scale(0),
    "scale to 1": lambda life: life.cluster.scale(1),
    "scale to 5": lambda life: life.cluster.scale(5),
    "make it anew": lambda life: life.make_anew(),
    "set v2": lambda life: life.cluster.set_image("web:v2"),
    "set v3": lambda life: life.cluster.set_image("web:v3"),
    "set b1": lambda life: life.cluster.set_image("web:b1"),
    "set b2": lambda life: life.cluster.set_image("web:b2"),
    "set c1": lambda life: life.cluster.set_image("web:c1"),
}
PEOPLE = st.sampled_from(sorted(ACTS))
LOSSES = st.sampled_from([Unavailable("the answer was lost"), Killed()])
REFUSALS = st.sampled_from(
    [Conflict("too late"), Unavailable("busy", 7.0), Refused("no right"), NotLeading("another")]
)


class Life(RuleBasedStateMachine):
    """One workload, one controller that may be away, and everybody else."""

    clock: FakeClock
    cluster: WatchedCluster
    governed: bool
    window: Window | None
    written: int

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.file = Path(self._folder.name) / "policy.yaml"
        self.governed, self.window, self.written = True, None, 0
        self._write()
        self.clock = FakeClock()
        self.laws, self.office, self.fleet = Laws(), Office(), Brake()
        self.ordering = False
        self.word: tuple[str, int] = ("web:v1", 0)
        self.cluster = WatchedCluster(self.clock, self._made)
        self.source = FakeSource(answer=requests_served(self.cluster))
        self.journal = MemoryJournal()
        self.broken: Exception | None = None
        self.observer: Observer | None = None
        self.loop: Loop | None = None
        self.starts_again()

    def teardown(self) -> None:
        if self.observer is not None:
            self.observer.close()
        self._folder.cleanup()

    def _write(self) -> None:
        """The policy as it is wanted now; each time with another time stamp, as tests are faster than the
        clock of a file system."""
        text = SHORT_POLICY if self.governed else SHORT_POLICY.replace("app: web", "app: other")
        if self.window is not None:
            begin, end = (
                f"{int(at % DAY_SECONDS) // 3600:02}:{int(at % 3600) // 60:02}"
                for at in (self.window.opens_at, self.window.opens_at + self.window.seconds)
            )
            allow = self.window.allows.value
            text += f'  freeze: [{{from: "{begin}", to: "{end}", allow: {allow}}}]\n'
        self.file.write_text(text)
        self.written += 1
        os.utime(self.file, ns=(self.written, self.written))

    def _made(self, change: Change, whose_pause: str) -> None:
        """Holds a change against the laws; what breaks one is kept, since the loop survives exceptions."""
        now, window = self.clock.now, self.window
        opened = window if window is not None and window.open(now) and self.governed else None
        frozen = self.office.freeze is not None and self.office.freeze.holds(now)
        moment = Moment(now, self.ordering, frozen, opened, self.fleet.on, whose_pause)
        try:
            self.laws.check(change, moment)
        except AssertionError as error:
            self.broken = self.broken or error

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
        if self.loop is None:
            return
        try:
            self.loop.tick(self.cluster.take_changed(0.0))
        except Killed:
            self.starts_again()

    @rule()
    def starts_again(self) -> None:
        if self.observer is not None:
            self.observer.close()
        telemetry = Telemetry("test")
        self.observer = Observer(self.cluster, self.source, 0.0)
        braked = self.fleet.on
        self.fleet = Brake()
        self.fleet.on = braked
        self.loop = Loop(
            self.cluster,
            PoliciesInForce([self.file], telemetry),
            self.observer,
            Performer(self.cluster, self.journal, NoTrail(), telemetry, applies=True),
            telemetry,
            self.clock,
            self.office,
            self.fleet,
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
        self.governed = False
        self._write()
        self._meanwhile(meanwhile, before, after)
        self.governed = True
        self._write()

    @rule(refusal=REFUSALS)
    def write_fails(self, refusal: PlatformError) -> None:
        self.cluster.refusal = refusal

    @rule(loss=LOSSES)
    def write_is_made_and_nobody_hears(self, loss: BaseException) -> None:
        self.cluster.unheard = loss

    @rule()
    def events_fail(self) -> None:
        self.cluster.mute = not self.cluster.mute

    def _meanwhile(self, deed: str, before: int, after: int) -> None:
        self.time_passes(before)
        self._do(deed)
        self.time_passes(after)

    # What holds rollctl back

    @rule(meanwhile=PEOPLE, image=IMAGES, after=SPANS, seconds=st.sampled_from([None, 90.0]))
    def all_is_frozen(self, meanwhile: str, image: str, after: int, seconds: float | None) -> None:
        now = self.clock.now
        self.office.freeze = Freeze("ada", now, None if seconds is None else now + seconds)
        self.release(image, 20)
        self._meanwhile(meanwhile, 20, after)
        self.office.freeze = None

    @rule(minutes=st.integers(1, 20), allows=st.sampled_from(Allowance), image=IMAGES, after=SPANS)
    def a_window_opens(self, minutes: int, allows: Allowance, image: str, after: int) -> None:
        self.window = Window(self.clock.now // 60.0 * 60.0, minutes * 60.0, allows)
        self._write()
        self.release(image, after)

    @rule(image=IMAGES, after=SPANS)
    def a_window_opens_on_a_release(self, image: str, after: int) -> None:
        self.release(image, 20)
        self.a_window_opens(10, Allowance.ROLLBACKS, image, after)

    @rule()
    def windows_are_taken_off(self) -> None:
        self.window = None
        self._write()

    @rule(image=IMAGES, meanwhile=PEOPLE, after=SPANS)
    def others_regress(self, image: str, meanwhile: str, after: int) -> None:
        self.fleet.on = True
        self.release(image, 150)
        self._meanwhile(meanwhile, 60, after)
        self.fleet.on = False

    # People

    @rule(image=IMAGES, seconds=SPANS)
    def release(self, image: str, seconds: int) -> None:
        self.cluster.set_image(image)
        self._said()
        self.time_passes(seconds)

    @rule(deed=PEOPLE)
    def somebody_acts(self, deed: str) -> None:
        self._do(deed)

    def _do(self, deed: str) -> None:
        before = self.cluster.image
        ACTS[deed](self)
        if self.cluster.image != before:
            self._said()

    def _said(self) -> None:
        """The image that a person wanted last, and how much had been changed by then."""
        self.word = (self.cluster.image, len(self.cluster.applied))

    def make_anew(self) -> None:
        """Deletes the Deployment and makes it again; nobody watches for that moment."""
        self.cluster.create("web:v1", 2)
        self._said()

    def order(self, order: Callable[[Sight], Change]) -> None:
        """A person's order, through the engine, with the same conditions."""
        self.ordering = True
        with suppress(OrderRefusedError, PlatformError, Killed):
            change = order(Sight(self.cluster.truth(), policy(), None, self.clock.now))
            self.cluster.apply(change)
        self.ordering = False

    # Laws

    @invariant()
    def every_change_was_right(self) -> None:
        if self.broken is not None:
            raise self.broken

    @invariant()
    def our_pause_is_a_hold(self) -> None:
        if self.cluster.paused_by == "rollctl":
            rollout = self.cluster.truth().record.rollout
            assert rollout is not None
            assert rollout.held_since is not None
            assert rollout.phase in {Phase.ANALYZING, Phase.HOLDING}

    @rule()
    def left_in_peace_it_comes_to_rest(self) -> None:
        """With everything well and nobody at it, every rollout ends or asks a person, a person's word is in
        force, and then nothing more is done."""
        self._peace()
        self._minutes(10)
        rollout = self.cluster.truth().record.rollout
        waits = rollout is not None and rollout.phase is Phase.HOLDING
        crashing = quality(self.cluster.image) == "c"
        assert not in_flight(rollout) or waits or crashing, rollout
        self._a_persons_word_is_in_force(waits=waits)
        if not crashing:
            done = len(self.cluster.applied)
            self._minutes(3)
            assert len(self.cluster.applied) == done, self.cluster.applied[-1].decision

    def _peace(self) -> None:
        self.cluster.stalled, self.cluster.refusal, self.cluster.unheard = None, None, None
        self.cluster.mute, self.source.down, self.fleet.on = False, False, False
        self.office.freeze, self.governed, self.window = None, True, None
        self._write()
        if self.cluster.paused_by == "a person":
            self.cluster.pause(False)
        self.cluster.scale(max(1, self.cluster.replicas))

    def _minutes(self, minutes: int) -> None:
        for _ in range(minutes * 12):
            self._tick()
            self.clock.now += 5

    def _a_persons_word_is_in_force(self, *, waits: bool) -> None:
        """Their pin runs unless a guard asks; else what they chose last, unless it was rolled back since."""
        pin, image = self.cluster.truth().record.pin, self.cluster.image
        if pin is not None:
            assert digest(image) == digest(pin.images["app"]) or waits, (image, pin)
            return
        wanted, since = self.word
        undone = [c for c in self.cluster.applied[since:] if c.decision.act is Act.ROLL_BACK]
        assert undone or digest(image) == digest(wanted), (image, wanted)


Life.TestCase.settings = settings(
    max_examples=LIVES or 20,
    stateful_step_count=25,
    deadline=None,
    derandomize=not LIVES,
    # Shrinking a life takes minutes; the steps that are told can be walked by hand.
    phases=(Stage.explicit, Stage.reuse, Stage.generate),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
TestLife = Life.TestCase
