"""What was found in one cell with one rule and promise, and where it is kept.

Why: a grid takes hours; what is done is kept in one file each, so an interrupted run goes on.
Never here: playing, tables.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from benchmarks.rollbench.cell import Cell
from benchmarks.rollbench.interface import Answer
from benchmarks.rollbench.runner import Outcome
from benchmarks.rollbench.scenarios import scenarios

MINUTE = 60.0


@dataclass(frozen=True)
class Result:
    """Counts of answers over `runs`; the median seconds to a rollback, the mean with the time limit
    for runs without one, the median seconds to a promotion; bad requests served a run;
    `back_by_minute` the runs rolled back by the end of each minute."""

    cell: Cell
    rule: str
    promise: float
    runs: int
    rolled_back: int
    promoted: int
    inconclusive: int
    median_seconds: float | None
    mean_seconds: float
    promoted_seconds: float | None
    bad_served: float
    back_by_minute: tuple[int, ...] = ()


def result_of(cell: Cell, rule: str, promise: float, outcome: Outcome) -> Result:
    """The counts of an outcome."""
    back, promoted = outcome.answer == Answer.ROLLBACK, outcome.answer == Answer.PROMOTE
    runs, limit = len(outcome.answer), scenarios()[cell.scenario].limit_seconds
    ends = np.arange(MINUTE, limit + MINUTE, MINUTE)
    return Result(
        cell,
        rule,
        promise,
        runs,
        int(back.sum()),
        int(promoted.sum()),
        runs - int(back.sum()) - int(promoted.sum()),
        float(np.median(outcome.seconds[back])) if back.any() else None,
        float(np.where(back, outcome.seconds, limit).mean()),
        float(np.median(outcome.seconds[promoted])) if promoted.any() else None,
        float(outcome.bad.mean()),
        tuple(int((back & (outcome.seconds <= end)).sum()) for end in ends),
    )


def path_of(out: Path, cell: Cell, rule: str, promise: float) -> Path:
    """The file of a result."""
    name = sha256(f"{cell.key}|{rule}|{promise}".encode()).hexdigest()[:16]
    return out / f"{name}.json"


def save(out: Path, result: Result) -> None:
    """Writes a result, whole or not at all."""
    path = path_of(out, result.cell, result.rule, result.promise)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(result)), encoding="utf-8")
    fresh.replace(path)


def done(out: Path, cell: Cell, rule: str, promise: float, runs: int) -> bool:
    """Whether this was played with as many runs before."""
    path = path_of(out, cell, rule, promise)
    return path.exists() and json.loads(path.read_text(encoding="utf-8"))["runs"] >= runs


def load(out: Path) -> Iterator[Result]:
    """All results of a directory."""
    for path in sorted(out.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        minutes = tuple(found.get("back_by_minute", ()))
        yield Result(**{**found, "cell": Cell(**found["cell"]), "back_by_minute": minutes})
