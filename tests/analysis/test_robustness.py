"""Whatever a source may send, there is an answer."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.accumulate import judge
from analysis.question import Comparison, Design, Direction, Kind, Question, Tolerance
from analysis.samples import Part, Series, Window
from analysis.verdict import Verdict
from tests.analysis.worlds import comparison, folded, pods

KINDS = {
    Kind.RATIO: (Part.BAD, Part.TOTAL),
    Kind.RATE: (Part.COUNT,),
    Kind.HISTOGRAM: (Part.BUCKETS,),
    Kind.GAUGE: (Part.VALUE,),
    Kind.COST: (Part.COUNT, Part.TOTAL),
    Kind.SLOPE: (Part.VALUE,),
}
EDGES = (0.1, 1.0, math.inf)
GROUP = pods(4, 4)


@st.composite
def _questions(draw: st.DrawFn) -> Question:
    kind = draw(st.sampled_from(Kind))
    absolute = kind is Kind.RATIO and draw(st.booleans())
    amount = draw(st.sampled_from([0.0, 0.005, 0.1, 0.9] if absolute else [0.0, 0.1, 1.0, 3.0]))
    quantile = draw(st.sampled_from([0.5, 0.99])) if kind is Kind.HISTOGRAM else None
    worse = draw(st.sampled_from(Direction))
    tolerance = Tolerance(amount, absolute, hourly=kind is Kind.SLOPE)
    return Question("any", kind, worse, tolerance, quantile)


@st.composite
def _window(draw: st.DrawFn, question: Question, number: int) -> Window:
    """Some pods' series, with any values: counters fall, samples are missing, NaN, huge."""
    value = st.one_of(
        st.floats(0, 1e12), st.integers(0, 500).map(float), st.sampled_from([math.nan, math.inf])
    )
    series: dict[tuple[str, Part], tuple[Series, ...]] = {}
    for part in KINDS[question.kind]:
        edges = EDGES if part is Part.BUCKETS else (None,)
        names = draw(st.sets(st.sampled_from([pod.name for pod in GROUP])))
        series["any", part] = tuple(
            Series(pod, "", (15.0 * number - 1.0,), (draw(value),), edge)
            for pod in sorted(names)
            for edge in edges
        )
    return Window(15.0 * (number - 1), 15.0 * number, GROUP, series, {})


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Comparison, list[Window]]:
    question = draw(_questions())
    most, limit = (13, 180.0) if question.kind is Kind.SLOPE else (7, 1800.0)
    many = [draw(_window(question, number)) for number in range(1, draw(st.integers(1, most)))]
    asked = comparison(question, design=draw(st.sampled_from(Design)), rate=0.05, limit=limit)
    return asked, many


@settings(max_examples=300, deadline=None)
@given(_cases())
def test_there_is_always_an_answer_with_finite_figures(
    case: tuple[Comparison, list[Window]],
) -> None:
    """No sample makes the analysis fail or say a number that is none."""
    asked, many = case
    found = judge(folded(asked, many))
    assert found.verdict in Verdict
    assert found.reason
    (finding,) = found.findings
    for figure in (finding.effect, finding.low, finding.high, finding.shown):
        assert figure is None or math.isfinite(figure)
    if finding.low is not None and finding.high is not None:
        assert finding.low <= finding.high
