"""What a service's past says of its pods, told in one sentence and kept in few figures.

Why: a verdict stands on it, so status, explanation, event and log must say it, all in the same
words; and a record must not carry sixteen digits of an estimate.
Never here: learning it (analysis.past), reading or storing it.
"""

from dataclasses import replace

from analysis.past import ASSUMED_SPREAD, MetricPast, Past

DIGITS = 3
SECONDS = (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0))


def told(past: Past | None) -> str:
    """How far apart equally good pods of the service lie, and how that is known."""
    if past is None or not past.metrics:
        return f"pods of this service are assumed to differ by {percent(ASSUMED_SPREAD)}: no history yet"
    pods = max(metric.pods for metric in past.metrics)
    return f"pods of this service differ by {_spreads(past)} ({pods} pods, {stretch(past)})"


def _spreads(past: Past) -> str:
    if len(past.metrics) == 1:
        return percent(past.metrics[0].spread)
    return ", ".join(f"{percent(metric.spread)} in {metric.name}" for metric in past.metrics)


def percent(spread: float) -> str:
    """A share as "12 %", small ones with a digit more."""
    return f"{100.0 * spread:.{0 if spread >= 0.0995 else 1}f} %"


def stretch(past: Past) -> str:
    """How far back it was learned from, in the largest unit that gives two or more."""
    seconds = past.learned_at - past.since
    for unit, length in SECONDS:
        if seconds >= 2.0 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def brief_past(past: Past) -> Past:
    """The past in so many digits as it is good for."""
    metrics = tuple(map(_brief_metric, past.metrics))
    return replace(
        past, metrics=metrics, learned_at=round(past.learned_at), since=round(past.since)
    )


def _brief_metric(metric: MetricPast) -> MetricPast:
    return replace(
        metric,
        spread=_rounded(metric.spread),
        burst=_rounded(metric.burst),
        rate=_rounded(metric.rate),
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
