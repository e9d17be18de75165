"""The table and the document of `rollctl calibrate`.

Why: what is believed of a service's pods, and what harm it hides, is read before it is trusted.
Never here: learning it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from analysis.past import ASSUMED_SPREAD, MetricPast, Past
from analysis.question import Direction, Kind
from controller.engine.past import percent
from controller.engine.workload import WorkloadKey
from controller.foresight import PODS
from controller.show.document import API_VERSION
from controller.show.text import NONE, cell, change, columns
from policies.model import MetricRule, Policy

HEAD = (
    "NAMESPACE",
    "NAME",
    "METRIC",
    "PODS",
    "DAYS",
    "SPREAD",
    "BURSTS",
    "RATE",
    f"SMALLEST HARM AT {PODS}+{PODS}",
)
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Calibrated:
    """One workload, its policy and what was learned, None with the reason where nothing was;
    `harms` are, by metric, the smallest that a comparison would act on."""

    key: WorkloadKey
    policy: Policy
    past: Past | None
    why: str
    harms: Mapping[str, float | None]


def pasts_table(found: Sequence[Calibrated], *, head: bool) -> list[str]:
    """One line a metric; what is assumed says so."""
    rows = [_row(one, metric) for one in found for metric in one.policy.metrics]
    return columns([*([HEAD] if head else []), *rows])


def _row(one: Calibrated, metric: MetricRule) -> tuple[str, ...]:
    names = (one.key.namespace, one.key.name, metric.name)
    known = _of(one.past, metric.name)
    if one.past is None or known is None:
        figures = (NONE, NONE, f"{percent(ASSUMED_SPREAD)} (assumed)", NONE, NONE)
    else:
        figures = (
            str(known.pods),
            _days(one.past),
            percent(known.spread),
            f"{known.burst:.1f}",
            _rate(metric.kind, known.rate),
        )
    return tuple(map(cell, (*names, *figures, _harm(one, metric))))


def _harm(one: Calibrated, metric: MetricRule) -> str:
    harm = one.harms.get(metric.name)
    if harm is None:
        return "none"
    return change(-harm if metric.worse is Direction.LOWER else harm, metric.tolerance)


def _of(past: Past | None, name: str) -> MetricPast | None:
    metrics = past.metrics if past is not None else ()
    return next((metric for metric in metrics if metric.name == name), None)


def _days(past: Past) -> str:
    days = (past.learned_at - past.since) / DAY_SECONDS
    return f"{days:.0f}" if days >= 2 else f"{days:.1f}" if days >= 0.1 else "<0.1"


def _rate(kind: Kind, rate: float) -> str:
    if kind is Kind.RATIO or kind is Kind.HISTOGRAM:
        return f"{100.0 * rate:.3g} %"
    return f"{rate:.3g}/s" if kind is Kind.RATE else f"{rate:.3g}"


def pasts_document(found: Sequence[Calibrated]) -> dict[str, Any]:
    """The stable document of -o json; `analyze --past` reads it again."""
    return {
        "apiVersion": API_VERSION,
        "kind": "PastList",
        "items": [
            {
                "namespace": one.key.namespace,
                "target": f"{one.key.kind.lower()}/{one.key.name}",
                "policy": one.policy.name,
                "past": msgspec.to_builtins(one.past),
                "why": one.why,
                f"smallestHarmAt{PODS}Plus{PODS}": dict(one.harms),
            }
            for one in found
        ],
    }
