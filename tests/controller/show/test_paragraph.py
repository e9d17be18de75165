"""A paragraph tells the figures that decided, in words that everybody knows."""

import math
import re
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.question import Design, Direction, Question
from analysis.verdict import Finding, Judgement, Verdict
from controller.show.explanation import explanation, figures
from controller.show.paragraph import paragraph
from controller.show.sightings import least_harm, worst_effect
from controller.show.words import figure, size
from tests.controller.show.made import (
    ERRORS,
    EVERY_QUESTION,
    JOBS,
    LATENCY,
    LEAK,
    MEMORY,
    NEW,
    OLD,
    RETRIES,
    SUCCESS,
    UNDER,
    WORSE,
    finding,
    judged,
)

JARGON = (
    *("p-value", "e-process", "permutation", "permuted", "alpha", "clopper", "bayes", "chi-square"),
    *("confidence", "significan", "hypothes", "null", "likelihood", "quantile", "percentile"),
    *("statistic", "variance", "deviation", "coefficient", "dispersion", "martingale", "posterior"),
    *("sequential", "conditional", "estimator", "standard error", "interval", "pp ", "p99", "p95"),
)
NO_NUMBERS = re.compile(r"\b(nan|inf|None|beyond measure)\b")

# What JSON can hold.
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
finite = st.floats(-1e6, 1e6)
maybe = st.none() | finite
any_finding = st.builds(
    replace,
    st.sampled_from(
        [finding(question, verdict) for question in EVERY_QUESTION for verdict in Verdict]
    ),
    effect=maybe,
    low=maybe,
    high=maybe,
    shown=maybe,
    one_in=st.none() | st.floats(1.0, 1e300),
    pod_spread=st.none() | st.floats(0.0, 3.0),
)


def told(*findings: Finding) -> str:
    """The paragraph about these findings."""
    return paragraph(judged(*findings), UNDER)


def test_a_regression_in_natural_frequencies_with_the_figures_that_decided() -> None:
    """Who, on how much, what was seen, how sure, what is tolerated, what was done, what else."""
    assert told(WORSE) == (
        "The new version (shop/web:v2) is worse than the old one (shop/web:v1). For 10 minutes"
        " 3 new pods (213 requests) ran beside 2 old pods (424 requests). 451 of every 1,000"
        " requests counted as errors on the new pods, 5 of every 1,000 on the old ones: the true"
        " increase lies between +38.7 and +51.2 points; the policy tolerates up to 3 points more."
        " A version that is no worse than tolerated looks this bad at most once in 2,324 such"
        " comparisons. So it was done. It would have passed if 38.7 points or more were tolerated,"
        " or if the new pods had done about as well as the old ones."
    )


@pytest.mark.parametrize("question", EVERY_QUESTION, ids=lambda question: question.name)
@pytest.mark.parametrize("verdict", Verdict)
def test_every_paragraph_names_both_versions_what_is_tolerated_and_what_was_done(
    question: Question, verdict: Verdict
) -> None:
    """For each kind of metric, each direction and each verdict."""
    page = told(finding(question, verdict))
    assert NEW in page
    assert "So it was done." in page
    if verdict is not Verdict.NO_DATA:
        way = "more" if question.worse is Direction.HIGHER else "less"
        assert OLD in page
        assert f"up to {size(question.tolerance.amount, question.tolerance)} {way}" in page


@pytest.mark.parametrize("question", EVERY_QUESTION, ids=lambda question: question.name)
def test_the_deciding_end_of_the_range_is_told(question: Question) -> None:
    """Regressed tells the least harm left open, Healthy the worst, Inconclusive both ends and
    what would have shown."""
    bad, good, unclear = (
        finding(question, verdict)
        for verdict in (Verdict.REGRESSED, Verdict.HEALTHY, Verdict.INCONCLUSIVE)
    )
    least, worst = least_harm(bad), worst_effect(good)
    assert least is not None
    assert worst is not None
    assert f"if {size(least, question.tolerance)} or more were tolerated" in told(bad)
    assert "once in 2,324" in told(bad)
    assert f"by at most {'+' if worst > 0 else '-'}{figure(abs(100 * worst))} " in told(good)
    assert unclear.shown is not None
    assert f"{size(unclear.shown, question.tolerance)} or more would have shown" in told(unclear)
    for end in (unclear.low, unclear.high):
        assert end is not None
        assert figure(abs(100 * end)) in told(unclear)


@given(st.lists(any_finding, min_size=1, max_size=5))
def test_no_statistics_are_needed_to_read_it(findings: list[Finding]) -> None:
    """Whatever was found, no word of a statistician is in the paragraph."""
    page = told(*findings).lower()
    assert [word for word in JARGON if word in page] == []


@given(st.lists(any_finding, min_size=1, max_size=5))
def test_every_figure_is_a_number(findings: list[Finding]) -> None:
    """What is not known is said in words, never as nan, inf or None."""
    assert NO_NUMBERS.search(told(*findings)) is None


def test_the_kinds_are_told_in_pictures_of_their_own() -> None:
    """A share, successes, a slowest hundredth, a pace, a level, a slope."""
    pictures = {
        ERRORS: "requests counted as errors on the new pods",
        SUCCESS: "requests counted as success on the new pods",
        LATENCY: "99 of every 100 requests had a latency of at most",
        JOBS: "Each new pod did 0.451 jobs a second, each old one 0.00472",
        RETRIES: "retries a second",
        MEMORY: "The memory of a new pod was 0.451 on average, of an old one 0.00472",
        LEAK: "By leak, a new pod grows by 45.1 % an hour, an old one grows by 0.472 %",
    }
    for question, picture in pictures.items():
        assert picture in told(finding(question, Verdict.REGRESSED))


def test_latencies_past_the_last_bucket_are_no_number() -> None:
    """What the histogram cannot measure is said to be beyond it."""
    slow = replace(
        finding(LATENCY, Verdict.REGRESSED), candidate=replace(WORSE.candidate, value=None)
    )
    assert "beyond the histogram's last bucket on the new pods" in told(slow)


def test_no_data_names_the_input_the_time_and_the_query() -> None:
    """What is missing, since when, what to ask; and that it says nothing of the release."""
    silent = replace(
        finding(ERRORS, Verdict.NO_DATA), candidate=replace(WORSE.candidate, exposure=0.0)
    )
    under = replace(UNDER, queries={"errors": ("count by (pod) (errors_total)",)})
    lines = explanation(judged(silent), under).lines()
    page = " ".join(lines)
    assert "Missing: errors: no samples of the candidate." in page
    assert "how it stood 10 minutes after the comparison began" in page
    assert "neither good nor bad" in page
    assert lines[-1] == "  count by (pod) (errors_total)"


def test_of_many_metrics_three_are_told_whole() -> None:
    """The three that matter most; the others by name, and of very many only how many."""
    many = [
        replace(finding(ERRORS, Verdict.HEALTHY), question=replace(ERRORS, name=f"metric{number}"))
        for number in range(30)
    ]
    page = told(*many)
    assert page.count("even in the worst case") == 3
    assert "and 24 others" in page


def test_the_metric_nearest_to_its_tolerance_comes_first() -> None:
    """Healthy is as good as its tightest metric."""
    tight = replace(finding(MEMORY, Verdict.HEALTHY), high=0.249)
    page = told(finding(ERRORS, Verdict.HEALTHY), tight)
    assert page.index("memory") < page.index("errors")
    assert "Were only 24.9 % tolerated, or less, this would still be open." in page


def test_before_and_after_is_said() -> None:
    """Where both never ran at once the paragraph says so, and promises nothing of more time."""
    under = replace(UNDER, design=Design.BEFORE_AFTER)
    page = paragraph(judged(finding(ERRORS, Verdict.INCONCLUSIVE)), under)
    assert "at another time of day" in page
    assert "more pod" not in page


def test_what_would_help_is_told_with_what_is_left() -> None:
    """More time, and whether the policy waits that long; or more pods on each side."""
    arm = replace(WORSE.candidate, events=1e6, pods=2)
    unclear = replace(
        finding(ERRORS, Verdict.INCONCLUSIVE),
        pod_spread=0.0,
        pods_seen=40,
        candidate=arm,
        baseline=arm,
    )
    under = replace(UNDER, seconds_left=60.0)
    page = paragraph(judged(unclear), under)
    assert "about 30 more minutes at this traffic (the policy waits only 60 more seconds)" in page
    assert "6 more pods on each side" in page


def test_where_pods_differ_time_is_no_help() -> None:
    """With a spread that dominates only pods are advised, and why is said."""
    unclear = replace(finding(ERRORS, Verdict.INCONCLUSIVE), pod_spread=0.45, pods_seen=40)
    busy = replace(unclear, candidate=replace(WORSE.candidate, events=1e6))
    page = told(busy)
    assert "more minutes" not in page
    assert "more time alone would not, as pods of one version differ too" in page


def test_the_document_carries_the_figures_of_the_paragraph() -> None:
    """JSON for programs and words for people are made of the same finding."""
    document = figures(explanation(judged(WORSE), UNDER))
    (metric,) = document["metrics"]
    assert document["paragraph"] == told(WORSE)
    assert (metric["low"], metric["high"], metric["oneIn"]) == (0.387, 0.512, 2324.0)
    assert math.isclose(document["comparedSeconds"], 600.0)
    assert metric["candidate"] == {"value": 0.451, "events": 96.0, "exposure": 213.0, "pods": 3}


def test_harm_that_is_not_shown_yet_is_promised_with_care() -> None:
    """A rollback asks for more than an interval does: what would help is told as the least."""
    doubtful = replace(
        finding(ERRORS, Verdict.INCONCLUSIVE), effect=0.05, low=0.0, high=0.1, pods_seen=40
    )
    page = told(replace(doubtful, pod_spread=0.0))
    assert re.search(r"at least \d+ more minutes", page)
    assert re.search(r"at least \d+ more pods on each side, would show that it is worse", page)


@settings(max_examples=200, phases=(Phase.reuse, Phase.generate))
@given(st.from_type(Judgement))
def test_whatever_stands_on_the_workload_is_explained(found: Judgement) -> None:
    """Anybody who may annotate can write findings: none of them ends the command."""
    told_of = explanation(found, UNDER)
    assert NEW in told_of.paragraph
    assert NO_NUMBERS.search(paragraph(replace(found, findings=()), UNDER)) is None
    figures(told_of)
    told_of.lines()


@pytest.mark.parametrize(
    ("method", "told_of"),
    [
        ("score", "even if pods of one version differ by 12 %."),
        ("permutation", "however much pods"),
    ],
)
def test_the_odds_say_what_they_rest_on(method: str, told_of: str) -> None:
    """A spread of pods where one was taken, none where the pods were compared as a group."""
    page = told(replace(WORSE, method=method, pod_spread=0.12))
    assert f"in 2,324 such comparisons, {told_of}" in page
