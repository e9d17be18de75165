"""A policy without a mistake is still warned of what it should not say."""

from pathlib import Path

import pytest

from policies.lint import lint
from policies.load import load, load_text
from tests.policies.policy_texts import WHOLE, changed

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"


def test_examples_have_no_warnings() -> None:
    """The examples do what they advise."""
    assert lint(load([EXAMPLES])) == ()


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("hold: 50%", "hold: off", "12:11", "before is compared with after"),
        ("interval: 15s", "interval: 5s", "10:15", "windows of 5s"),
        ("limit: 30m", "limit: 121s", "11:12", "leaves 1m1s"),
        ("{action: keep}", "{action: rollback}", "21:28", "for lack of an answer"),
        ("tolerance: 10%", "tolerance: 0%", "18:18", "errors: a tolerance of zero"),
        ("total: http_requests_total", "total: open_requests", "17:63", "as a counter"),
        ('{code=~"5.."}', "", "17:20", "the same"),
    ],
)
def test_warning(old: str, new: str, place: str, words: str) -> None:
    """Each doubtful wish is named at its own line and column."""
    interval = ("interval: 15s", "interval: 16s") if "121s" in new else ("", "")
    (warning,) = lint(load_text(changed(old, new).replace(*interval), "f"))
    assert str(warning).startswith(f"f:{place}: ")
    assert words in str(warning)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("gauge: jobs_total, worse: lower", "jobs_total as a gauge"),
        ("histogram: latency_seconds", "write latency_seconds_bucket"),
        ("histogram: 'h_bucket{le=\"1\"}'", "some buckets are left out"),
        ("rate: queue_length, worse: higher", "queue_length as a counter"),
    ],
)
def test_metric_warning(metric: str, words: str) -> None:
    """A metric whose name speaks against its kind is named."""
    text = WHOLE[: WHOLE.index("  metrics:")] + f"  metrics: [{{name: m, {metric}}}]\n"
    (warning,) = lint(load_text(text, "f"))
    assert words in warning.message


def test_everything_governed() -> None:
    """A policy for every Deployment of the cluster is asked whether it means it."""
    text = changed("namespaces: [shop]", "namespaces: []").replace(
        "{matchLabels: {app: web}}", "{}"
    )
    (warning,) = lint(load_text(text, "f"))
    assert warning.field == "spec.workloads"


def test_a_slope_needs_time() -> None:
    """Where the time ends before a slope is told, that is said."""
    slope = "{name: m, gauge: heap_bytes, measure: slope, worse: higher, tolerance: 5%/h}"
    text = WHOLE[: WHOLE.index("  metrics:")] + f"  metrics: [{slope}]\n"
    (warning,) = lint(load_text(text.replace("limit: 30m", "limit: 4m"), "f"))
    assert "leaves 12 windows for a slope" in str(warning)
    assert lint(load_text(text, "f")) == ()
