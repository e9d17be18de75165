"""What is shown of a rollout in analysis, and how it is spelled on the workload.

Why: `rollctl status` must work against the cluster alone, so the service leaves there what
it found; nothing is ever decided on it.
Never here: decisions, layout on a screen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from analysis.verdict import Judgement
from controller.annotations import FINDINGS, AnnotationError, briefly
from controller.engine.brevity import LONGEST_REASON_BYTES
from controller.engine.outlook import Outlook
from controller.printable import cut_bytes
from controller.unreadable import UNREADABLE

LONGEST_REPORT_BYTES = 100 * 1024
MOST_TROUBLE = 20
LEAST_TOLERANCE, LARGEST_TOLERANCE = 1e-12, 1e12
"""Figures of any size are drawn beside it, so it must be one that can be divided by."""


@dataclass(frozen=True)
class Report:
    """The findings so far. `at` is unix seconds; `rollout` is the id they are about, ""
    between rollouts; `trouble` are the faults that a person should mend (an unreachable
    source, a broken policy file); `queries` are, by metric that gave no data, what to ask a
    Prometheus by hand."""

    at: float
    rollout: str
    judgement: Judgement | None
    outlook: Outlook
    source: str = ""
    trouble: tuple[str, ...] = ()
    queries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def report_text(report: Report) -> str:
    """The report as compact JSON of at most LONGEST_REPORT_BYTES; what is too long for that is left
    out, the queries first, and said to be. The record beside it must always find room."""
    shown = replace(report, trouble=_first(report.trouble))
    for shorter in (shown, replace(shown, queries={}), _without_findings(shown)):
        text = msgspec.json.encode(shorter)
        if len(text) <= LONGEST_REPORT_BYTES:
            break
    return text.decode()


def _first(trouble: Sequence[str]) -> tuple[str, ...]:
    told = tuple(cut_bytes(line, LONGEST_REASON_BYTES) for line in trouble[:MOST_TROUBLE])
    more = len(trouble) - MOST_TROUBLE
    return told if more <= 0 else (*told, f"{more} further faults are in the log")


def _without_findings(report: Report) -> Report:
    lost = f"the findings are too long to be shown here, at most {LONGEST_REPORT_BYTES} bytes are"
    ahead = report.outlook
    blocked = tuple(cut_bytes(line, LONGEST_REASON_BYTES) for line in ahead.blocked[:MOST_TROUBLE])
    return replace(
        report,
        judgement=None,
        queries={},
        source=cut_bytes(report.source, LONGEST_REASON_BYTES),
        outlook=replace(ahead, next=cut_bytes(ahead.next, LONGEST_REASON_BYTES), blocked=blocked),
        trouble=(*report.trouble, lost),
    )


def read_report(text: str) -> Report | None:
    """The report of an annotation's text, None for "". Raises AnnotationError."""
    if not text:
        return None
    try:
        report = msgspec.json.decode(text, type=Report)
    except UNREADABLE as error:
        raise AnnotationError(f"{FINDINGS} is not a report of rollctl: {briefly(error)}") from error
    for finding in report.judgement.findings if report.judgement else ():
        amount = finding.question.tolerance.amount
        if not LEAST_TOLERANCE <= amount <= LARGEST_TOLERANCE:
            raise AnnotationError(
                f"{FINDINGS} is not a report of rollctl: a tolerance of {amount:g}"
            )
    return report
