"""Files, directories and several documents become policies, or problems."""

import subprocess
import sys
from pathlib import Path

import pytest

from analysis.question import Design, Direction, Kind, Tolerance
from analysis.samples import Part
from policies.load import load, load_text
from policies.model import (
    AnalysisRule,
    HealthyAction,
    InconclusiveAction,
    LabelSelector,
    NoDataAction,
    RegressedAction,
    RegressedRule,
    RollbackScope,
    WorkloadRule,
)
from policies.yaml_text import MOST_BYTES
from tests.policies.policy_texts import WHOLE, changed, only_policy

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
SHORT = """\
apiVersion: rollctl/v1
kind: RolloutPolicy
metadata: {name: short}
spec: {workloads: {selector: {}}, preset: http-service}
"""


def test_examples_have_no_problems() -> None:
    """Every example that is shipped loads without a problem."""
    loaded = load([EXAMPLES])
    assert loaded.problems == ()
    assert [policy.name for policy in loaded.policies] == ["checkout", "shop-web", "mail-worker"]


def test_contract_example() -> None:
    """The policy that the issue promises means what its comments say."""
    (policy,) = load([EXAMPLES / "shop-web.yaml"]).policies
    kinds = [(metric.name, metric.kind, metric.worse) for metric in policy.metrics]
    assert kinds == [
        ("errors", Kind.RATIO, Direction.HIGHER),
        ("latency", Kind.HISTOGRAM, Direction.HIGHER),
        ("throughput", Kind.RATE, Direction.LOWER),
        ("memory", Kind.GAUGE, Direction.HIGHER),
    ]
    assert [metric.quantile for metric in policy.metrics] == [None, 0.99, None, None]
    assert [metric.tolerance for metric in policy.metrics] == [
        Tolerance(amount) for amount in (0.1, 0.2, 0.1, 0.25)
    ]
    assert str(policy.metrics[0].inputs[Part.BAD]) == 'http_requests_total{code=~"5.."}'


def test_defaults() -> None:
    """What a policy leaves out has the documented default."""
    policy = only_policy(SHORT)
    assert policy.analysis == AnalysisRule(60.0, 15.0, 1_800.0, 0.5, 0.01, 120.0)
    assert policy.workloads == WorkloadRule((), ("Deployment",), LabelSelector())
    assert policy.on_regressed == RegressedRule(
        RegressedAction.ROLLBACK, RollbackScope.TEMPLATE, 604_800.0
    )
    assert policy.on_healthy.action is HealthyAction.PIN
    assert policy.on_inconclusive.action is InconclusiveAction.KEEP
    assert policy.on_no_data.action is NoDataAction.HOLD


@pytest.mark.parametrize("off", ["off", '"off"', "Off", "false", "no"])
def test_off_is_off(off: str) -> None:
    """However YAML reads a bare off, a hold of off never waits."""
    assert only_policy(changed("hold: 50%", f"hold: {off}")).analysis.hold is None


def test_no_quarantine() -> None:
    """A quarantine of off is none."""
    policy = only_policy(changed("quarantine: 7d", "quarantine: off"))
    assert policy.on_regressed.quarantine_seconds is None


def test_comparison_carries_the_whole_question() -> None:
    """The analysis is asked for every metric, with the times and the error of the policy."""
    comparison = only_policy(WHOLE).comparison(Design.SIDE_BY_SIDE, 1_000.0)
    assert [question.name for question in comparison.questions] == ["errors"]
    assert comparison.started_at == 1_000.0
    assert comparison.false_rollback_rate == 0.01
    assert comparison.limit_seconds == 1_800.0


def test_preset_metric_is_adjusted() -> None:
    """A metric with the name of a preset's changes what it states and keeps the rest."""
    policy = only_policy(
        SHORT.replace("service}\n", "service, metrics: [{name: latency, tolerance: 5%}]}\n")
    )
    by_name = {metric.name: metric for metric in policy.metrics}
    assert list(by_name) == ["latency", "errors", "memory"]
    assert by_name["latency"].tolerance == Tolerance(0.05)
    assert str(by_name["latency"].inputs[Part.BUCKETS]) == "http_request_duration_seconds_bucket"


def test_preset_metric_is_replaced() -> None:
    """A metric that states an input of its own takes nothing from the preset's namesake."""
    own = ", metrics: [{name: latency, gauge: p99_seconds, worse: higher}]}\n"
    latency = only_policy(SHORT.replace("service}\n", f"service{own}")).metrics[0]
    assert (latency.kind, latency.tolerance, latency.quantile) == (Kind.GAUGE, Tolerance(0.1), None)


def test_preset_mistake_is_placed_in_the_users_file() -> None:
    """A mistake in an adjusted metric is named where the user wrote it."""
    text = SHORT.replace("service}\n", "service, metrics: [{name: latency, tolerance: 1pp}]}\n")
    (problem,) = load_text(text, "f").problems
    assert text.splitlines()[problem.line - 1][problem.column - 1 :].startswith("1pp")


@pytest.mark.parametrize("preset", ["http-service", "grpc-service", "worker"])
def test_presets_have_no_problems(preset: str) -> None:
    """Every preset that is shipped is a list of metrics without a mistake."""
    assert only_policy(SHORT.replace("http-service", preset)).metrics


def test_anchors_and_merges_are_read() -> None:
    """Aliases stand for their anchors, and a merge fills in what is not written."""
    text = changed("onHealthy: {action: pin}", "onHealthy: &keep {action: keep}").replace(
        "onNoData: {action: hold}", "onNoData: {<<: *keep}"
    )
    policy = only_policy(text)
    assert policy.on_no_data.action is NoDataAction.KEEP
    assert policy.on_healthy.action is HealthyAction.KEEP


def test_directory_is_read_sorted(tmp_path: Path) -> None:
    """Of a directory, the visible YAML files are read, by name, and not deeper ones."""
    for name in ("b.yml", "a.yaml", ".hidden.yaml", "notes.txt"):
        own = SHORT.replace("short", name[0]).replace("{}", f"{{matchLabels: {{app: {name[0]}}}}}")
        (tmp_path / name).write_text(own if name[0] in "ab" else "{", encoding="utf-8")
    (tmp_path / "deeper.yaml").mkdir()
    loaded = load([tmp_path, tmp_path / "a.yaml"])
    assert [policy.name for policy in loaded.policies] == ["a", "b"]
    assert [problem.message.split(";")[0] for problem in loaded.problems] == [
        "cannot be read: not a file"
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file"),
        (b"\xff\xfe", "no UTF-8"),
        (b"a" * (MOST_BYTES + 2), "at most 1048576"),
        (b"a: \x00", "U+0000"),
    ],
)
def test_unreadable_file_is_a_problem(tmp_path: Path, content: bytes | None, words: str) -> None:
    """A file that cannot be read is a problem and raises nothing."""
    path = tmp_path / "policy.yaml"
    if content is not None:
        path.write_bytes(content)
    (problem,) = load([path]).problems
    assert words in str(problem)


def test_file_is_taken_whole_or_not() -> None:
    """One mistake in one document keeps the whole file out."""
    loaded = load_text(SHORT + "---\n" + changed("60s", "60"), "f")
    assert loaded.policies == ()


def test_empty_documents_are_no_mistake() -> None:
    """Comments and empty documents are passed over."""
    assert load_text("# nothing\n---\n---\n" + SHORT + "---\n", "f").problems == ()


def test_model_is_light() -> None:
    """Importing the model brings in neither numpy, scipy, kubernetes nor pydantic."""
    heavy = {"numpy", "scipy", "kubernetes", "pydantic"}
    code = f"import sys, policies.model, policies.load; print({heavy!r} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "set()\n"


def test_a_cost_has_two_counters() -> None:
    """What is spent and what it is spent on; more is worse unless written."""
    text = SHORT.replace(
        "preset: http-service",
        "metrics: [{name: cpu, cost: {of: process_cpu_seconds_total, per: http_requests_total}}]",
    )
    (policy,) = load_text(text, "f").policies
    (metric,) = policy.metrics
    assert (metric.kind, metric.worse) == (Kind.COST, Direction.HIGHER)
    assert str(metric.inputs[Part.COUNT]) == "process_cpu_seconds_total"
    assert str(metric.inputs[Part.TOTAL]) == "http_requests_total"


def test_a_slope_is_a_gauge_measured_by_the_hour() -> None:
    """The same input as a level's, another question; tolerated is a share of the level an hour."""
    gauge = "gauge: go_goroutines, measure: slope, worse: higher, tolerance: 5%/h"
    text = SHORT.replace("preset: http-service", f"metrics: [{{name: leak, {gauge}}}]")
    (policy,) = load_text(text, "f").policies
    (metric,) = policy.metrics
    assert (metric.kind, metric.tolerance) == (Kind.SLOPE, Tolerance(0.05, hourly=True))
    assert str(metric.inputs[Part.VALUE]) == "go_goroutines"


def test_a_presets_gauge_may_be_measured_by_its_slope() -> None:
    """Two keys turn the preset's memory into a watch for leaks."""
    own = "preset: http-service, metrics: [{name: memory, measure: slope, tolerance: 20%/h}]"
    text = SHORT.replace("preset: http-service", own)
    (policy,) = load_text(text, "f").policies
    memory = next(metric for metric in policy.metrics if metric.name == "memory")
    assert (memory.kind, memory.tolerance.amount) == (Kind.SLOPE, 0.2)


@pytest.mark.parametrize(
    ("keys", "what", "instead"),
    [
        (
            "gauge: m, measure: slope, worse: higher",
            "tolerance is missing",
            "write for instance 5%/h",
        ),
        ("gauge: m, measure: slope, worse: higher, tolerance: 5%", "without its hour", "5%/h"),
        ("gauge: m, worse: higher, tolerance: 5%/h", "no slope is measured", "measure: slope"),
        ("rate: m_total, worse: higher, tolerance: 5%/h", "no slope", "write for instance 10%"),
        ("rate: m_total, worse: higher, measure: slope", "a measure of a rate", "remove it"),
        ("gauge: m, worse: higher, measure: growth, tolerance: 5%/h", "measure", "level or slope"),
        ("gauge: m, measure: slope, tolerance: 5%/h", "worse is missing", "worse: higher"),
    ],
)
def test_a_slope_that_is_asked_for_wrongly_is_told(keys: str, what: str, instead: str) -> None:
    """Place, rule and what to write."""
    text = SHORT.replace("preset: http-service", f"metrics: [{{name: leak, {keys}}}]")
    (problem,) = map(str, load_text(text, "f").problems)
    assert what in problem
    assert instead in problem
