"""The smallest harm that a comparison would act on."""

import pytest

from analysis.past import MetricPast, Past
from controller.foresight import smallest_harm
from policies.load import load_text
from policies.model import MetricRule, Policy
from tests.fakes import NOW

TEXT = """
apiVersion: rollctl/v1
kind: RolloutPolicy
metadata: {name: shop-web}
spec:
  workloads: {namespaces: [shop], selector: {matchLabels: {app: web}}}
  preset: http-service
  metrics:
    - {name: throughput, rate: jobs_total, worse: lower}
    - {name: leak, gauge: heap_bytes, measure: slope, worse: higher, tolerance: 5%/h}
    - {name: points, ratio: {bad: 'x{a="b"}', total: x}, tolerance: 0.5pp}
"""
(POLICY,) = load_text(TEXT, "policy.yaml").policies
RATES = {
    "errors": 0.005,
    "latency": 0.01,
    "memory": 1e8,
    "throughput": 5.0,
    "leak": 1e8,
    "points": 0.005,
}
METRICS = pytest.mark.parametrize("metric", POLICY.metrics, ids=lambda metric: str(metric.name))


def past(spread: float) -> Past:
    """All metrics' pods differ by so much."""
    known = (MetricPast(name, 42, spread, 1.0, rate) for name, rate in RATES.items())
    return Past(tuple(known), 40, NOW, NOW - 86_400.0)


def harm(metric: MetricRule, known: Past | None, policy: Policy = POLICY) -> float:
    """The smallest, infinite where there is none."""
    found = smallest_harm(policy, metric, known)
    return float("inf") if found is None else found


@METRICS
def test_the_more_alike_pods_are_the_less_harm_is_seen(metric: MetricRule) -> None:
    """Twice the spread hides more, for every kind of metric, and none is under the tolerance."""
    harms = [harm(metric, past(spread)) for spread in (0.03, 0.12, 0.45)]
    assert harms == sorted(harms)
    assert harms[0] < harms[-1]
    assert harms[0] > metric.tolerance.amount


@METRICS
def test_what_is_only_assumed_hides_most(metric: MetricRule) -> None:
    """A history of pods that are alike shows harm that the assumption hides."""
    assert harm(metric, past(0.12)) < harm(metric, None)


def test_harm_is_on_the_scale_of_its_tolerance() -> None:
    """In points a share is told as a difference, which is about as large as the relative one."""
    by_name = {metric.name: metric for metric in POLICY.metrics}
    points = harm(by_name["points"], past(0.12))
    relative = harm(by_name["errors"], past(0.12))
    assert 0.3 * relative < points / RATES["points"] < 5 * relative


def test_a_fall_has_a_bottom() -> None:
    """What falls can fall by less than all of it."""
    (throughput,) = [one for one in POLICY.metrics if one.name == "throughput"]
    assert harm(throughput, past(0.3)) < 1.0
