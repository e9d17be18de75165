"""What a query over all pods of an arm would show, scrape by scrape.

Why: the peers see arms, never pods; all of them read the same figures.
Never here: a rule, a threshold.

Arrays are (runs, arms, ...), the baseline first, then the candidate.
"""

import numpy as np

from analysis.question import Kind
from benchmarks.rollbench.counters import Differences
from benchmarks.rollbench.interface import Batch, Floats, Metric, Study

BASELINE, CANDIDATE = 0, 1
MIDDLE = 0.5


class Arms:
    """Increments of the counters of each arm, summed over pods and routes."""

    def __init__(self, study: Study) -> None:
        self._metrics = study.metrics
        self._split = study.baseline_pods
        self._differences = {metric.name: Differences() for metric in study.metrics}

    def of(self, batch: Batch) -> dict[str, Floats]:
        """Name -> (runs, arms, columns) since the scrape before; a gauge is its mean over pods."""
        return {metric.name: self._of(metric, batch) for metric in self._metrics}

    def gained(self, metric: Metric, values: Floats) -> Floats:
        """What counts of each series (runs, pods, strata, columns) at this scrape."""
        return self._differences[metric.name].of(values)

    def _of(self, metric: Metric, batch: Batch) -> Floats:
        values = batch.values[metric.name]
        if metric.kind is Kind.GAUGE:
            return self._mean(values)
        return self._by_arm(self.gained(metric, values).sum(axis=2))

    def _mean(self, values: Floats) -> Floats:
        seen = ~np.isnan(values[:, :, 0])
        total = self._by_arm(np.where(seen, values[:, :, 0], 0.0))
        return _divided(total, self._by_arm(seen.astype(float)))

    def _by_arm(self, pods: Floats) -> Floats:
        return np.stack(
            [pods[:, : self._split].sum(axis=1), pods[:, self._split :].sum(axis=1)], axis=1
        )


class LatestArms(Arms):
    """As Prometheus' irate has it: of each series the two newest samples, however old."""

    def __init__(self, study: Study) -> None:
        super().__init__(study)
        self._latest: dict[str, Floats] = {}

    def gained(self, metric: Metric, values: Floats) -> Floats:
        """The increments between the two newest samples of each series."""
        gained = super().gained(metric, values)
        seen = ~np.isnan(values).any(axis=-1, keepdims=True)
        latest = np.where(seen, gained, self._latest.get(metric.name, gained))
        self._latest[metric.name] = latest
        return latest


def shown(metric: Metric, gained: Floats, pods: tuple[int, int], seconds: float) -> Floats:
    """The one figure that a chart of the metric shows (..., arms), NaN where there is none: the
    share of bad requests, requests a second and pod, the quantile in seconds, the mean level.

    `gained` (..., arms, columns) is what happened in `seconds`.
    """
    if metric.kind is Kind.RATIO:
        return _divided(gained[..., 0], gained[..., 1])
    if metric.kind is Kind.RATE:
        return gained[..., 0] / (np.array(pods) * seconds)
    if metric.kind is Kind.HISTOGRAM:
        return quantile(gained, metric.edges, metric.quantile or MIDDLE)
    return gained[..., 0]


def quantile(buckets: Floats, edges: tuple[float, ...], share: float) -> Floats:
    """Prometheus' histogram_quantile of cumulative bucket counts (..., edges + 1): linear inside a
    bucket, the last finite edge for what lies beyond it, NaN without observations."""
    rank = share * buckets[..., -1:]
    at = np.minimum((buckets < rank).sum(axis=-1), len(edges))
    lows, highs = np.array((0.0, *edges)), np.array((*edges, edges[-1]))
    below = np.where(
        at > 0, np.take_along_axis(buckets, np.maximum(at - 1, 0)[..., None], -1)[..., 0], 0.0
    )
    inside = np.take_along_axis(buckets, at[..., None], -1)[..., 0] - below
    part = _divided(rank[..., 0] - below, inside)
    found = lows[at] + (highs[at] - lows[at]) * part
    found = np.where(at == len(edges), edges[-1], found)
    return np.where(buckets[..., -1] > 0, found, np.nan)


def _divided(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)
