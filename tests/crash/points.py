"""Kills the controller at every statement at which something outside may differ.

Why: "a crash loses nothing" is only known when every place to crash at was tried.
Never here: journeys, what is promised.
"""

import os
import pickle
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from tests.crash.journeys import TIMES, Controller, Journey, Outside, pictured

SHELL = (
    "loop.py", "observe.py", "perform.py", "tell.py", "courier.py", "errands.py", "case.py",
    "builds_read.py", "builds_watch.py", "policies_in_force.py", "report.py", "windows.py",
    "adapters/journal.py", "engine/advance.py", "engine/acts.py", "engine/rules.py",
    "engine/detect.py", "engine/phases.py", "engine/guards.py", "engine/quarantine.py",
)  # fmt: skip
PLACES = frozenset(f"/controller/{name}" for name in SHELL)
AT_ONCE = max(1, os.cpu_count() or 1)


class Killed(BaseException):
    """The process is gone; nobody may catch it."""


@dataclass
class Tally:
    """How many points were tried, at how many only times or words of evidence differed, and what
    else differed at which."""

    points: int = 0
    retimed: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class _Trace:
    """Forks a child that dies at each new (file, line, state outside), every `each`-th."""

    outside: Outside
    each: int
    seen: set[tuple[object, ...]] = field(default_factory=set)
    children: dict[int, tuple[int, str]] = field(default_factory=dict)
    finished: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    armed: bool = True
    writing: int = -1

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:
        name = frame.f_code.co_filename
        if not any(name.endswith(place) for place in PLACES):
            return None
        if event == "line" and self.armed:
            self._visit(f"{name.rpartition('/controller/')[2]}:{frame.f_lineno}")
        return self

    def _visit(self, place: str) -> None:
        cluster = self.outside.cluster
        state = (len(cluster.applied), len(cluster.told), len(cluster.published))
        point = (place, *state, self.outside.registry.given, self.outside.journal.written)
        if point in self.seen:
            return
        self.seen.add(point)
        if len(self.seen) % self.each:
            return
        while len(self.children) >= AT_ONCE:
            self._reap()
        self._fork(f"{place} after {state[0]} writes, {state[1]} events")

    def _fork(self, told: str) -> None:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self.armed = False
            self.outside.part()
            self.writing = writing
            raise Killed
        os.close(writing)
        self.children[child] = (reading, told)

    def _reap(self) -> None:
        child, (reading, told) = next(iter(self.children.items()))
        with os.fdopen(reading, "rb") as answer:
            text = answer.read()
        os.waitpid(child, 0)
        del self.children[child]
        self.finished.append((told, pickle.loads(text) if text else {"died": told}))

    def all(self) -> Iterator[tuple[str, dict[str, object]]]:
        """What became of every child."""
        while self.children:
            self._reap()
        yield from self.finished


def tried(journey: Journey, each: int) -> Tally:
    """One uninterrupted run, and one for every `each`-th point that dies there and goes on."""
    with tempfile.TemporaryDirectory() as folder:
        outside = Outside(Path(folder), journey)
        trace = _Trace(outside, each)
        _walked(journey, outside, trace)
        expected = pictured(outside)
        tally = Tally()
        for told, found in trace.all():
            tally.points += 1
            differs = [name for name, value in expected.items() if found.get(name) != value]
            tally.retimed += differs == [TIMES]
            if differs not in ([], [TIMES]):
                tally.wrong.append(f"{journey.name}: killed at {told}: {', '.join(differs)} differ")
        return tally


def _walked(journey: Journey, outside: Outside, trace: _Trace) -> None:
    controller = Controller(outside)
    for second in range(journey.seconds):
        if second in journey.deeds:
            journey.deeds[second](outside)
        for _ in range(2):
            outside.cluster.roll()
        try:
            sys.settrace(trace if trace.armed else None)
            controller.beat()
        except Killed:
            sys.settrace(None)
            controller = Controller(outside)
            controller.beat()
        finally:
            sys.settrace(None)
        outside.clock.now += 1.0
    if not trace.armed:
        _answered(trace.writing, pictured(outside))


def _answered(writing: int, found: dict[str, object]) -> None:
    with os.fdopen(writing, "wb") as answer:
        answer.write(pickle.dumps(found))
    os._exit(0)
