"""Does what was decided: the only caller of writing ports.

Why: an act, its record and its announcement happen in one order, here: first the change,
which carries its own record, then everything that only tells of it.
Never here: decisions.
"""

import re
from dataclasses import replace

import structlog

from analysis.verdict import Judgement
from controller.engine.change import Change
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.journal import Journal
from controller.ports.platform import (
    Conflict,
    NotLeading,
    PlatformError,
    Refused,
    Unavailable,
    Vanished,
    Writer,
)
from controller.ports.trail import Trail, steps_of
from controller.report import Report, report_text
from controller.telemetry import Telemetry
from controller.tell import Teller

RETRY_SECONDS = 5.0
REFUSED_RETRY_SECONDS = 60.0
PUBLISH_EVERY_SECONDS = 15.0
REFRESH_SECONDS = 60.0
FIGURES_A_SECOND = 10.0
FIGURES = re.compile(r"\d+")
DURATIONS = re.compile(r"\b(?:\d+[dhms])+\b")

log = structlog.get_logger()


class Performer:
    """Performs changes and publishes reports; remembers only what it must not repeat."""

    def __init__(
        self,
        writer: Writer,
        journal: Journal,
        trail: Trail,
        telemetry: Telemetry,
        applies: bool,
    ) -> None:
        self._writer = writer
        self._teller = Teller(writer, journal)
        self._trail = trail
        self._telemetry = telemetry
        self._applies = applies
        self._not_before: dict[WorkloadKey, float] = {}
        self._published: dict[WorkloadKey, Report] = {}
        self._kept: dict[WorkloadKey, Judgement] = {}
        self._decided: set[WorkloadKey] = set()
        self._not_shown_before: dict[WorkloadKey, float] = {}
        self._show_every_seconds = PUBLISH_EVERY_SECONDS
        self.trouble: dict[WorkloadKey, str] = {}

    def expect(self, judged: int) -> None:
        """Shows the figures of so many rollouts at a pace that an API server does not feel; a new verdict or
        trouble is shown at once all the same."""
        self._show_every_seconds = max(PUBLISH_EVERY_SECONDS, judged / FIGURES_A_SECOND)

    def ready(self, key: WorkloadKey, now: float) -> bool:
        """Whether the platform may be asked again to change this workload."""
        return now >= self._not_before.get(key, 0.0)

    def do(self, change: Change, now: float) -> bool:
        """Whether the change was made; where it was not, the workload is looked at again."""
        key = change.seen.key
        try:
            self._writer.apply(change)
        except (Conflict, Vanished) as error:
            log.info("changed by somebody else, looking again", workload=str(key), why=str(error))
            return False
        except NotLeading as error:
            log.info("left to the controller that leads", workload=str(key), why=str(error))
            return False
        except PlatformError as error:
            self._put_off(key, error, now)
            return False
        self.trouble.pop(key, None)
        self._not_before.pop(key, None)
        self._decided.add(key)
        self._tell(change, now)
        return True

    def _put_off(self, key: WorkloadKey, error: PlatformError, now: float) -> None:
        wait = REFUSED_RETRY_SECONDS if isinstance(error, Refused) else RETRY_SECONDS
        if isinstance(error, Unavailable) and error.retry_after_seconds is not None:
            wait = error.retry_after_seconds
        self._not_before[key] = now + wait
        self.trouble[key] = str(error)
        self._telemetry.write_failures.inc()
        log.warning("not changed, trying again", workload=str(key), why=str(error), wait=wait)

    def _tell(self, change: Change, now: float) -> None:
        key, decision = change.seen.key, change.decision
        self._telemetry.decided(decision)
        log.info(
            "decided",
            workload=str(key),
            act=decision.act.value,
            verdict=decision.verdict,
            reason=decision.reason,
            applied=self._applies,
        )
        self._teller.tell(change, applied=self._applies, now=now)

    def catch_up(self, workload: Workload, now: float) -> None:
        """Tells what the workload's record says and nobody has heard; a dry run's record is none
        of a platform's."""
        if self._applies:
            self._teller.catch_up(workload, now)

    def untold(self) -> frozenset[WorkloadKey]:
        """Workloads of whose decisions one is still to be told."""
        return self._teller.behind()

    def publish(self, workload: Workload, report: Report) -> None:
        """Shows the report on the workload, when it is news, has grown old, or is what a decision
        stands on; keeps each new judgement on the trail."""
        self._keep(workload.key, report)
        before = self._published.get(workload.key)
        if not self._explains(workload.key, report) and not _is_news(
            before, report, self._show_every_seconds
        ):
            return
        if before is not None and not report.rollout:
            # Trouble between rollouts must not wipe the last findings off the workload.
            report = replace(report, judgement=before.judgement)
        if report.at < self._not_shown_before.get(workload.key, 0.0):
            return
        try:
            self._writer.publish(workload, report_text(report))
        except PlatformError as error:
            self._not_shown_before[workload.key] = report.at + RETRY_SECONDS
            log.warning("report not shown", workload=str(workload.key), why=str(error))
            return
        self._published[workload.key] = report
        self._decided.discard(workload.key)

    def _explains(self, key: WorkloadKey, report: Report) -> bool:
        """Whether it has the figures that the last decision was made on."""
        return key in self._decided and bool(report.rollout) and report.judgement is not None

    def _keep(self, key: WorkloadKey, report: Report) -> None:
        judgement = report.judgement
        # One object as long as no window more was folded.
        if judgement is None or not report.rollout or self._kept.get(key) is judgement:
            return
        self._kept[key] = judgement
        self._trail.keep(key, report.rollout, steps_of(judgement, report.at))

    def forget(self, key: WorkloadKey) -> None:
        """Lets go of all that is remembered of a workload."""
        self._teller.forget(key)
        self._published.pop(key, None)
        self._kept.pop(key, None)
        self._decided.discard(key)
        self._not_before.pop(key, None)
        self._not_shown_before.pop(key, None)
        self.trouble.pop(key, None)


def _is_news(before: Report | None, now: Report, every_seconds: float) -> bool:
    """Between rollouts only trouble, what keeps a build back, and the end of either are news: the
    last findings stay in sight."""
    if not now.rollout:
        return _told(now) != (_told(before) if before else ()) or _builds_news(before, now)
    if before is None or before.rollout != now.rollout or _told(before) != _told(now):
        return True
    if before.outlook.next != now.outlook.next or _verdicts(before) != _verdicts(now):
        return True
    return now.judgement is not None and now.at - before.at >= every_seconds


def _builds_news(before: Report | None, now: Report) -> bool:
    """Other builds or reasons are news at once, the same ones with less time left after a while."""
    if before is None or before.rollout:
        return bool(now.outlook.blocked)
    old, new = before.outlook.blocked, now.outlook.blocked
    if [DURATIONS.sub("#", line) for line in old] != [DURATIONS.sub("#", line) for line in new]:
        return True
    return old != new and now.at - before.at >= REFRESH_SECONDS


def _told(report: Report) -> tuple[str, ...]:
    """The trouble without its figures: that it lasts for a second more is no news."""
    return tuple(FIGURES.sub("#", line) for line in report.trouble)


def _verdicts(report: Report) -> tuple[str, ...]:
    judgement = report.judgement
    if judgement is None:
        return ()
    findings = (finding.verdict.value for finding in judgement.findings)
    return (judgement.verdict.value, *findings)
