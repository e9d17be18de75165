"""The moves a rollout may make: the only table of them.

Why: every state change is here, so the whole life of a rollout can be read at once and a
move that is not in the table cannot happen.
Never here: what makes a rollout move.
"""

from collections.abc import Mapping
from dataclasses import replace

from controller.engine.record import Phase, Rollout

MOVES: Mapping[Phase, frozenset[Phase]] = {
    Phase.PROGRESSING: frozenset(
        {
            Phase.ANALYZING,
            Phase.HOLDING,
            Phase.PROMOTING,
            Phase.ROLLING_BACK,
            Phase.SUPERSEDED,
        }
    ),
    Phase.ANALYZING: frozenset(
        {Phase.HOLDING, Phase.PROMOTING, Phase.ROLLING_BACK, Phase.SUPERSEDED}
    ),
    Phase.HOLDING: frozenset({Phase.PROMOTING, Phase.ROLLING_BACK, Phase.SUPERSEDED}),
    Phase.PROMOTING: frozenset({Phase.PROMOTED, Phase.ROLLING_BACK, Phase.SUPERSEDED}),
    Phase.ROLLING_BACK: frozenset({Phase.ROLLED_BACK, Phase.SUPERSEDED}),
    Phase.PROMOTED: frozenset({Phase.ROLLING_BACK}),
    Phase.ROLLED_BACK: frozenset(),
    Phase.SUPERSEDED: frozenset(),
}

ENDED = frozenset({Phase.PROMOTED, Phase.ROLLED_BACK, Phase.SUPERSEDED})
JUDGED = frozenset({Phase.PROGRESSING, Phase.ANALYZING, Phase.HOLDING})


class IllegalMoveError(Exception):
    """A rollout was asked to make a move that is not in the table: a defect of rollctl."""


def move(rollout: Rollout, phase: Phase, now: float) -> Rollout:
    """The rollout in its next phase. Raises IllegalMoveError and changes nothing."""
    if phase not in MOVES[rollout.phase]:
        raise IllegalMoveError(f"{rollout.phase.value} does not lead to {phase.value}")
    return replace(rollout, phase=phase, ended_at=now if phase in ENDED else None)


def in_flight(rollout: Rollout | None) -> bool:
    """Whether there is a rollout that has not ended."""
    return rollout is not None and rollout.phase not in ENDED
