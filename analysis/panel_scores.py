"""The scores of the panel's pods in all metrics.

Why: the permutation compares pods in all metrics at once, whoever asks it.
Never here: how a pod is scored, what is concluded.
"""

from collections.abc import Sequence

from analysis import gauges, pod_scores, slopes
from analysis.evidence import MetricEvidence
from analysis.gauges import Levels
from analysis.panel import Panel
from analysis.permutation import Scores
from analysis.samples import Arm
from analysis.slopes import Slopes


def panel_scores(panel: Panel, metrics: Sequence[MetricEvidence]) -> list[tuple[str, Scores]]:
    """The panel's scores with the name of their metric, the baseline's pods first."""
    pods = panel.pods(Arm.BASELINE) + panel.pods(Arm.CANDIDATE)
    found: list[tuple[str, Scores]] = []
    for metric in metrics:
        if isinstance(metric.body, Levels):
            many: tuple[Scores, ...] = (gauges.scores(metric.body, metric.question, pods),)
        elif isinstance(metric.body, Slopes):
            many = (slopes.scores(metric.body, metric.question, pods),)
        else:
            many = pod_scores.scores(metric.body, metric.question, pods)
        found.extend((metric.question.name, scores) for scores in many)
    return found
