"""The laws of one workload's life, each change held against the world as it was at that moment.

Why: what must never happen is said once, whoever plays the life.
Never here: the playing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.verdict import Verdict
from controller.engine.change import Change
from controller.engine.guards import HOUR_SECONDS, MOST_ROLLBACKS_AN_HOUR
from controller.engine.quarantine import active
from controller.engine.record import Act
from policies.freeze.windows import Allowance
from tests.controller.engine.simulated import digest, quality

DAY_SECONDS = 86_400.0
ONCE = frozenset({Act.BEGIN, Act.HOLD, Act.ANALYZE, Act.PROMOTE, Act.ROLL_BACK, Act.AWAIT_PERSON})
"""What is done once for a rollout, whatever is lost, late or killed."""


@dataclass(frozen=True)
class Window:
    """A daily freeze window as it was written, in unix seconds."""

    opens_at: float
    seconds: float
    allows: Allowance

    def open(self, now: float) -> bool:
        """Whether it is open, on any day."""
        return (now - self.opens_at) % DAY_SECONDS < self.seconds


@dataclass(frozen=True)
class Moment:
    """The world as a change met it: who ordered it, whether a person's freeze held, the open window (None:
    none is, or nobody governs), whether a brake was on, whose pause it was."""

    now: float
    by_person: bool
    frozen: bool
    window: Window | None
    braked: bool
    paused_by: str


@dataclass
class Laws:
    """Keeps what the laws must remember."""

    done: dict[tuple[str, str, Act], int] = field(default_factory=dict)
    rollbacks: list[tuple[str, float]] = field(default_factory=list)
    let_go: set[str] = field(default_factory=set)

    def check(self, change: Change, moment: Moment) -> None:
        """Every law on one change that was made."""
        assert change.record.sequence == change.seen.record.sequence + 1
        self._once(change)
        if not moment.by_person:
            _frozen_is_frozen(change, moment)
            _windows_hold(change, moment)
            _a_persons_pause_is_left_alone(change, moment)
        self._a_persons_word_stays(change)
        if change.decision.act is Act.ROLL_BACK:
            _to_nothing_bad(change)
            if not moment.by_person:
                assert not moment.braked, "rolled back under a brake"
                _for_a_reason(change)
            self._not_too_often(change, moment)

    def _once(self, change: Change) -> None:
        """Never two writes for one decision."""
        decision = change.decision
        key = (change.seen.uid, decision.rollout, decision.act)
        if decision.act in ONCE:
            assert key not in self.done, f"done twice: {decision}"
            self.done[key] = change.record.sequence

    def _a_persons_word_stays(self, change: Change) -> None:
        """What a person let go is not held again."""
        if change.decision.act is Act.RELEASE and change.decision.by != "rollctl":
            self.let_go.add(change.decision.rollout)
        if change.paused:
            assert change.decision.rollout not in self.let_go, "held again after a person let it go"

    def _not_too_often(self, change: Change, moment: Moment) -> None:
        """Three rollbacks an hour of one workload."""
        self.rollbacks.append((change.seen.uid, moment.now))
        recent = [
            at
            for uid, at in self.rollbacks
            if uid == change.seen.uid and moment.now - at < HOUR_SECONDS
        ]
        assert len(recent) <= MOST_ROLLBACKS_AN_HOUR


def _frozen_is_frozen(change: Change, moment: Moment) -> None:
    assert not moment.frozen, f"changed in a freeze: {change.decision}"


def _windows_hold(change: Change, moment: Moment) -> None:
    """In a window no more pods of a new version come by rollctl's hand; in a strict one nothing is done."""
    if moment.window is None:
        return
    assert moment.window.allows is not Allowance.NOTHING, f"in a strict window: {change.decision}"
    act = change.decision.act
    assert not (act is Act.PROMOTE and change.paused is False), "let go in a window"
    assert change.restore is None or act is Act.ROLL_BACK, "another image in a window"


def _a_persons_pause_is_left_alone(change: Change, moment: Moment) -> None:
    if moment.paused_by == "a person":
        assert change.paused is None, f"a person's pause: {change.decision}"


def _to_nothing_bad(change: Change) -> None:
    """No rollback ends at what is in quarantine, and it leaves what the record says it leaves."""
    assert change.restore is not None
    assert change.record.rollout is not None
    assert change.record.rollout.candidate.images == change.seen.images
    if change.record.rollout.target.digests:
        bad = {entry.digest for entry in active(change.seen.record, change.decision.at)}
        assert digest(change.restore.images["app"]) not in bad


def _for_a_reason(change: Change) -> None:
    """Evidence that is on record and true, a quarantine or a pin; nothing else."""
    decision, before = change.decision, change.seen.record
    running = _image(change.seen.images)
    pinned = before.pin is not None and running != before.pin.images["app"]
    quarantined = digest(running) in {entry.digest for entry in active(before, decision.at)}
    regressed = decision.verdict == Verdict.REGRESSED.value and quality(running) != "v"
    assert pinned or quarantined or regressed, decision
    assert decision.reason
    if decision.verdict == Verdict.REGRESSED.value:
        crashed = "do not start" in decision.reason
        kept = change.record.history[-1]
        assert crashed or kept.evidence or _was_told(change), f"no evidence on record: {decision}"
    proven = change.record.rollout is not None and change.record.rollout.proven
    if not proven and before.pin is None:
        assert "never judged Healthy" in decision.reason, decision


def _was_told(change: Change) -> bool:
    """Whether the question to a person that came before has the evidence."""
    rollout = change.record.rollout
    return any(
        one.evidence
        for one in change.record.history
        if rollout is not None and one.rollout == rollout.id and one.act is Act.AWAIT_PERSON
    )


def _image(images: Mapping[str, str]) -> str:
    (image,) = images.values()
    return image
