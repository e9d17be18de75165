"""What to ask a Prometheus by hand when a metric gave no data.

Why: whoever must repair the metric wants a query to paste, not the name of a setting.
Never here: asking.
"""

import re
from collections.abc import Collection

from analysis.samples import Arm, Part
from analysis.verdict import Judgement, Verdict
from controller.engine.workload import WorkloadKey
from policies.model import MetricRule, Policy
from policies.selector import Matcher, Operator, Selector

MOST_METRICS = 5
"""Of more metrics than these nobody tries the queries."""

Queries = dict[str, tuple[str, ...]]


def queries_of(policy: Policy | None, judgement: Judgement | None, key: WorkloadKey) -> Queries:
    """By metric without data, one query an input, over all pods of the workload."""
    if policy is None or judgement is None:
        return {}
    return {
        metric.name: tuple(
            counted(selector.narrowed(*place_of(key))) for selector in metric.inputs.values()
        )
        for metric in _silent(policy, judgement)
    }


def queries_of_recording(
    policy: Policy,
    judgement: Judgement,
    matchers: dict[Arm, tuple[Matcher, ...]],
    absent: Collection[tuple[str, Part, Arm]],
) -> Queries:
    """The same for those inputs and sides of which a recording has no series."""
    return {
        metric.name: tuple(
            counted(selector.narrowed(*matchers[arm]))
            for part, selector in metric.inputs.items()
            for arm in Arm
            if (metric.name, part, arm) in absent
        )
        for metric in _silent(policy, judgement)
    }


def _silent(policy: Policy, judgement: Judgement) -> list[MetricRule]:
    silent = {
        finding.question.name
        for finding in judgement.findings
        if finding.verdict is Verdict.NO_DATA
    }
    return [metric for metric in policy.metrics if metric.name in silent][:MOST_METRICS]


def place_of(key: WorkloadKey) -> tuple[Matcher, Matcher]:
    """Where the series of a workload's pods are."""
    pods = Matcher("pod", Operator.MATCHES, f"{re.escape(key.name)}-.*")
    return Matcher("namespace", Operator.EQUAL, key.namespace), pods


def counted(selector: Selector) -> str:
    """How many series of it each pod has, in PromQL."""
    return f"count by (pod) ({selector})"
