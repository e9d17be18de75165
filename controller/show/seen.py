"""A sighting made ready to be shown: its record beside its report.

Why: table, tree, sentences and JSON must not each read annotations in their own way.
Never here: layout.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.verdict import Finding
from controller.annotations import AnnotationError
from controller.engine.moved_tags import moved_tags
from controller.engine.outlook import Outlook, outlook
from controller.engine.record import Phase, Record, Rollout
from controller.engine.sight import Sight
from controller.engine.workload import Workload
from controller.ports.platform import Sighting
from controller.report import Report, read_report

EXIT_HEALTHY, EXIT_REGRESSED, EXIT_OPEN = 0, 3, 5
OPEN_VERDICTS = ("Inconclusive", "NoData")


@dataclass(frozen=True, slots=True)
class Seen:
    """One workload with all that rollctl left on it; `garbled` says what could not be read."""

    workload: Workload
    report: Report | None
    garbled: str = ""

    @property
    def record(self) -> Record:
        """What rollctl remembers of it."""
        return self.workload.record

    @property
    def rollout(self) -> Rollout | None:
        """The last rollout."""
        return self.workload.record.rollout

    @property
    def known(self) -> bool:
        """Whether rollctl has ever had to do with it."""
        return self.record.sequence > 0 or self.report is not None

    @property
    def target(self) -> str:
        """TYPE/NAME."""
        return f"{self.workload.key.kind.lower()}/{self.workload.key.name}"

    @property
    def current(self) -> Report | None:
        """The report, unless it is about an earlier rollout: that says nothing of this one."""
        if self.report is None or self.rollout is None:
            return self.report
        about = (self.rollout.id,) if self.flying else (self.rollout.id, "")
        return self.report if self.report.rollout in about else None

    def outlook(self, now: float) -> Outlook:
        """What happens next: as the service told it, else as far as the record tells."""
        if self.current is not None and (self.flying or self._steady_told):
            return self.current.outlook
        return outlook(Sight(self.workload, None, None, now))

    @property
    def _steady_told(self) -> bool:
        """Whether the report is of the time between rollouts, and no order came since."""
        steady = self.report is not None and not self.report.rollout
        return steady and self.record.pin is None

    @property
    def verdict(self) -> str:
        """The verdict that was acted on, else the one so far."""
        if self.rollout is not None and self.rollout.verdict:
            return self.rollout.verdict
        judgement = self.current.judgement if self.current and self.flying else None
        return judgement.verdict.value if judgement else ""

    @property
    def flying(self) -> bool:
        """Whether a rollout has not ended."""
        return self.rollout is not None and self.rollout.ended_at is None

    @property
    def phase(self) -> str:
        """The phase, or Pinned, or Steady between rollouts."""
        if self.record.pin is not None and not self.flying:
            return "Pinned"
        return self.rollout.phase.value if self.rollout is not None else "Steady"

    @property
    def findings(self) -> Sequence[Finding]:
        """The last findings shown on the workload."""
        judgement = self.current.judgement if self.current else None
        return judgement.findings if judgement else ()

    def trouble(self, now: float) -> Sequence[str]:
        """All that a person should mend: as the service told it, and what its pods show."""
        told = self.report.trouble if self.report else ()
        garbled = (self.garbled,) if self.garbled else ()
        moved = moved_tags(self.workload, now) if self.known else ()
        return tuple(dict.fromkeys((*told, *moved, *garbled)))

    def exit_code(self) -> int:
        """How a command about this one workload ends."""
        if self.rollout is None:
            return EXIT_HEALTHY
        if self.rollout.phase in (Phase.ROLLED_BACK, Phase.ROLLING_BACK):
            return EXIT_REGRESSED
        if self.verdict == "Regressed":
            return EXIT_REGRESSED
        undecided = self.flying and not self.verdict
        return EXIT_OPEN if undecided or self.verdict in OPEN_VERDICTS else EXIT_HEALTHY


def seen(sighting: Sighting) -> Seen:
    """The sighting with its report, which may be garbled but never stops a command."""
    try:
        return Seen(sighting.workload, read_report(sighting.findings_text))
    except AnnotationError as error:
        return Seen(sighting.workload, None, str(error))


def known(sightings: Iterable[Sighting]) -> tuple[Seen, ...]:
    """Those that rollctl has had to do with."""
    return tuple(one for one in map(seen, sightings) if one.known)
