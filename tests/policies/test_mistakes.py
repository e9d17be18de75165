"""Every mistake is named by its place, the rule and what to write instead."""

from pathlib import Path

import pytest

from policies.load import load, load_text
from tests.policies.policy_texts import WHOLE, changed, problems_of

SIX_MISTAKES = Path(__file__).parent / "data" / "six_mistakes.yaml"


def test_six_mistakes_at_once() -> None:
    """A file with six different mistakes gives all six, each with its line and column."""
    problems = load([SIX_MISTAKES]).problems
    assert [(problem.line, problem.column, problem.field) for problem in problems] == [
        (7, 49, "spec.workloads.selector.matchLabels.release"),
        (10, 12, "spec.analysis.limit"),
        (11, 5, "interval"),
        (14, 47, "spec.metrics[0].ratio.bad"),
        (15, 7, 'spec.metrics[0]."toleranse"'),
        (31, 5, "spec.workloads"),
    ]


def test_six_mistakes_say_what_to_write() -> None:
    """Each message names what is wrong and what to write instead."""
    problems = load([SIX_MISTAKES]).problems
    remedies = ["1.10", "30s or 30m", "remove one", 'code=~"5.."', "tolerance?", "narrow one"]
    for problem, remedy in zip(problems, remedies, strict=True):
        assert remedy in problem.message
        assert problem.message.count(";") >= 2


MISTAKES = [
    ("warmup: 60s", "warmup: 60", "9:13", "60 has no unit"),
    ("warmup: 60s", "warm_up: 60s", "9:5", "did you mean warmup?"),
    ("limit: 30m", "limit: 10s", "14:22", "startupDeadline is shorter"),
    ("warmup: 60s", "warmup: 40m", "9:13", "warmup is shorter than limit"),
    ("interval: 15s", "interval: 1h", "10:15", "interval is shorter than limit"),
    ("hold: 50%", "hold: 0.5", "12:11", "write 50%"),
    ("hold: 50%", "hold: 100%", "12:11", "below 100%"),
    ("hold: 50%", "hold: true", "12:11", "a number with %"),
    ("Rate: 1%", "Rate: 60%", "13:24", "at most 50%"),
    ("Rate: 1%", "Rate: 0%", "13:24", "above 0%"),
    ("tolerance: 10%", "tolerance: 0.1", "18:18", "write 10%"),
    ("tolerance: 10%", "tolerance: 100pp", "18:18", "less than 100pp"),
    ("tolerance: 10%", "quantile: 0.9", "18:17", "only a histogram"),
    ("tolerance: 10%", "stratifyBy: [pod]", "18:19", "no pod and no bucket"),
    ("tolerance: 10%", "stratifyBy: [a-b]", "18:20", "letters, digits and underscores"),
    ("tolerance: 10%", "stratifyBy: route", "18:19", "write [route]"),
    ("tolerance: 10%", "rate: jobs_total", "16:13", "exactly one of"),
    ("tolerance: 10%", "worse: up", "18:14", "higher or lower"),
    ("tolerance: 10%", "worse:", "18:13", "a key needs a value"),
    ("name: shop-web", "name: Shop_Web", "3:18", "DNS-1123"),
    ("name: shop-web", "title: shop-web", "3:11", "name is missing"),
    ("rollctl/v1", "rollctl/v2", "1:13", "write rollctl/v1"),
    ("[shop]", "shop", "6:17", "a list is expected"),
    ("[shop]", "[no]", "6:18", 'write "no"'),
    ("{app: web}", "{app: 1.10}", "7:35", 'write "1.10"'),
    ("{app: web}", "{app: [web]}", "7:35", "a single value"),
    ("{app: web}", "{'a b': web}", "7:30", "label's key"),
    ("matchLabels: {app: web}", "{}", "7:16", "a key is one word"),
    ("action: rollback", "action: rolback", "19:25", "write rollback"),
    ("onNoData: {action: hold}", "onNoData: {action: rollback}", "22:22", "silence"),
    ("[shop]", "!!python/name:os.system [shop]", "6:17", "!!python/name:os.system"),
    ("[shop]", "*shops", "6:17", "&shops at the first use"),
    ("http_requests_total}\n", "'rate(http_requests_total[5m])'}\n", "17:68", "a function"),
    ("spec:\n", "spec:\n\t", "5:1", "spaces, never tabs"),
]


@pytest.mark.parametrize(("old", "new", "place", "words"), MISTAKES)
def test_one_mistake(old: str, new: str, place: str, words: str) -> None:
    """Each kind of mistake is named at its own line and column, with the remedy."""
    found = [line for line in problems_of(changed(old, new)) if words in line]
    assert [line.split(": ")[0] for line in found] == [f"policy.yaml:{place}"]


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("{name: m, gauge: heap_bytes}", "which way harm lies"),
        ("{name: m, rate: jobs_total}", "which way harm lies"),
        ("{name: m, gauge: heap_bytes, worse: higher, tolerance: 1pp}", "only a ratio has pp"),
        ("{name: m, rate: jobs_total, worse: lower, tolerance: 100%}", "less than 100%"),
        ("{name: m, histogram: h_bucket, quantile: 1}", "above 0 and below 1"),
        ("{name: m, histogram: h_bucket, quantile: 99%}", "above 0 and below 1"),
        ("{name: m, ratio: {bad: x_total}}", "total is missing"),
        ("{name: m}", "no input"),
        ("{rate: jobs_total, worse: lower}", "name is missing"),
        ("{name: m, rate: j_total, worse: lower}, {name: m, gauge: g, worse: lower}", "a second"),
    ],
)
def test_metric_mistakes(metric: str, words: str) -> None:
    """Each rule of a metric is told, and only that one."""
    text = WHOLE[: WHOLE.index("  metrics:")] + f"  metrics: [{metric}]\n"
    (problem,) = problems_of(text)
    assert words in problem


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("{key: app, operator: In}", "no values"),
        ("{key: app, operator: Exists, values: [web]}", "never compared"),
        ("{key: app, operator: in, values: [web]}", "write In"),
    ],
)
def test_selector_mistakes(expression: str, words: str) -> None:
    """A label condition is checked as Kubernetes would."""
    text = changed("{matchLabels: {app: web}}", f"{{matchExpressions: [{expression}]}}")
    (problem,) = problems_of(text)
    assert words in problem


def test_selector_place_in_quotes() -> None:
    """The column of a bad selector counts the quotes and escapes that stand before it."""
    text = changed("""'http_requests_total{code=~"5.."}'""", r'"x_total{code=\"5\",code}"')
    (problem,) = load_text(text, "f").problems
    line = text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith('}"')


def test_no_metrics() -> None:
    """A policy without metrics and without a preset compares nothing, and is refused."""
    (problem,) = problems_of(WHOLE[: WHOLE.index("  metrics:")])
    assert "preset: http-service | grpc-service | worker" in problem


def test_too_many_metrics() -> None:
    """The fifty-first metric is refused at its place."""
    metrics = "\n".join(f"    - {{name: m{n}, gauge: g, worse: higher}}" for n in range(51))
    (problem,) = load_text(WHOLE[: WHOLE.index("    - name")] + metrics, "f").problems
    assert (problem.line, problem.message.split(";")[1]) == (66, " at most 50")


def test_documents_before_broken_yaml_are_checked() -> None:
    """Where the text stops being YAML, the mistakes before that place are told too."""
    found = problems_of(changed("60s", "60") + "---\n{broken: [\n")
    assert ["60 has no unit" in found[0], "no YAML" in found[1]] == [True, True]
