"""What is shown of a rollout in analysis, and how it is spelled on the workload.

Why: `rollctl status` must work against the cluster alone, so the service leaves there what
it found; nothing is ever decided on it.
Never here: decisions, layout on a screen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from analysis.verdict import Judgement
from controller.annotations import FINDINGS, AnnotationError
from controller.engine.outlook import Outlook


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
    """The report as compact JSON."""
    return msgspec.json.encode(report).decode()


def read_report(text: str) -> Report | None:
    """The report of an annotation's text, None for "". Raises AnnotationError."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=Report)
    except msgspec.DecodeError as error:
        raise AnnotationError(f"{FINDINGS} is not a report of rollctl: {error}") from error
