"""A journey during which one port is faulty for a while.

Why: a fault is harmless only if all that came of it is: what was decided meanwhile, what was written
in the end, and what a person was told.
Never here: the faults, the ports.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from controller.report import read_report
from tests.crash.journeys import Controller, Journey, Outside
from tests.fakes import KEY

NAMES = {
    r"(https?://)?127\.0\.0\.1(:| port )\d+": "SERVER",
    r"host='127\.0\.0\.1', port=\d+": "SERVER",
    r"0x[0-9a-f]+": "0x..",
    r" \(for \d+ s\)": "",
    r"/\S*/policy\.yaml": "policy.yaml",
}
"""What differs from run to run."""
LEVELS = ("error", "warning", "info")
USUAL = frozenset({"decided", "a build is seen", "policies loaded", "verdict attached"})

Line = MutableMapping[str, Any]
Switch = Callable[[bool], None]
Rig = Callable[[Outside], AbstractContextManager[Switch]]


@dataclass(frozen=True)
class Case:
    """A port, a fault of it, and a journey during which it has it; `seconds` from when to when."""

    port: str
    fault: str
    rig: Rig
    journey: Journey
    seconds: tuple[int, int]


@dataclass(frozen=True)
class Told:
    """What came of it: `sees` where it is said and what, `meanwhile` the acts while the fault lasted,
    `paused` whether the rollout was held at its end, `acts` all of them, `image` what is wanted in
    the end, `given` what a registry was given."""

    sees: tuple[str, str]
    meanwhile: tuple[str, ...]
    paused: bool
    acts: tuple[str, ...]
    image: str
    given: int
    journal: tuple[str, ...]
    events: int

    def outcome(self) -> tuple[object, ...]:
        """All that a fault could have lost or doubled."""
        return self.acts, self.image, self.given, self.journal, self.events


def played(case: Case) -> Told:
    """Plays it, with the real adapter of the faulty port; the others are fakes."""
    with tempfile.TemporaryDirectory() as folder:
        outside = Outside(Path(folder), case.journey)
        with case.rig(outside) as switch, capture_logs() as lines:
            return _played(case, outside, switch, lines)


def _played(case: Case, outside: Outside, switch: Switch, lines: list[Line]) -> Told:
    controller = Controller(outside)
    said: list[Line] = []
    begin, end = case.seconds
    before, held = 0, False
    meanwhile: tuple[str, ...] = ()
    for second in range(case.journey.seconds):
        if second in (begin, end):
            switch(second == begin)
        if second == begin:
            before = len(outside.cluster.applied)
            lines.clear()
        if second == end:
            meanwhile, held = _acts(outside)[before:], bool(outside.cluster.paused_by)
            said += lines
        _passed(case, outside, controller, second)
        if begin <= second < end:
            said += _shown(outside)
    controller.observer.close()
    journal = tuple(e.decision.act.value for e in reversed(outside.journal.entries(KEY, 100)))
    cluster = outside.cluster
    return Told(
        sees=_sees(said),
        meanwhile=meanwhile,
        paused=held,
        acts=_acts(outside),
        image=cluster.image.partition("@")[0],
        given=outside.registry.given,
        journal=journal,
        events=len(cluster.told),
    )


def _passed(case: Case, outside: Outside, controller: Controller, second: int) -> None:
    if second in case.journey.deeds:
        case.journey.deeds[second](outside)
    for _ in range(2):
        outside.cluster.roll()
    controller.beat()
    outside.cluster.clock.now += 1.0


def _acts(outside: Outside) -> tuple[str, ...]:
    return tuple(change.decision.act.value for change in outside.cluster.applied)


def _shown(outside: Outside) -> Iterator[Line]:
    """What `rollctl status` says is wrong, and what it says of the comparison."""
    published = outside.cluster.published
    report = read_report(published[-1]) if published else None
    if report is None:
        return
    for line in report.trouble:
        yield {"log_level": "status", "event": line}
    if report.judgement is not None:
        yield {"log_level": "judgement", "event": report.judgement.reason.partition(";")[0]}


def _sees(said: list[Line]) -> tuple[str, str]:
    """Where it is said, and what is said there most: first what `status` says is wrong, then what the
    log says of a change, of a report, and last what `status` says of the comparison."""
    for levels in (("status",), LEVELS, ("judgement",)):
        lines = [one for one in said if one["log_level"] in levels and one["event"] not in USUAL]
        changes = [line for line in lines if line["event"] != "report not shown"]
        if lines:
            words = Counter(_words(line) for line in changes or lines)
            return "log" if levels is LEVELS else "status", words.most_common(1)[0][0]
    return "", ""


def _words(line: Line) -> str:
    why = line.get("why") or line.get("problem")
    text = f"{line['event']}: {why}" if why else str(line["event"])
    for pattern, name in NAMES.items():
        text = re.sub(pattern, name, text)
    return text


@contextmanager
def sound(_: Outside) -> Iterator[Switch]:
    """No fault at all."""
    yield lambda _: None
