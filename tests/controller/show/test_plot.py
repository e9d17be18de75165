"""The picture is whole, honest and safe, whatever is drawn."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.question import Question, Tolerance
from analysis.verdict import Verdict
from controller.ports.trail import Step
from controller.show.course import Course, courses, thinned
from controller.show.plot import MOST_PANELS, Picture, draw
from controller.show.ruler import marks
from controller.show.style import KINDS
from tests.controller.show.made import ERRORS, EVERY_QUESTION, JOBS, LATENCY

NASTY = "<script>alert('1')</script>&\"\x1b\ud800\ufffe"
SVG = "{http://www.w3.org/2000/svg}"
BEGAN = 1_000_000.0

maybe = st.none() | st.floats(-1e9, 1e9)
any_step = st.builds(
    Step, st.just(0.0), st.just("errors"), maybe, maybe, maybe, st.sampled_from(Verdict)
)


def steps(metric: str, many: int) -> list[Step]:
    """A course that narrows until it is beyond the tolerance."""
    return [
        Step(BEGAN + 15.0 * n, metric, 0.1, 0.1 - 1.0 / n, 0.1 + 1.0 / n, Verdict.INCONCLUSIVE)
        for n in range(1, many)
    ] + [Step(BEGAN + 15.0 * many, metric, 0.1, 0.05, 0.15, Verdict.REGRESSED)]


def picture(*drawn: Course, title: str = "deployment/web") -> Picture:
    """A picture of these courses, decided at the end of the first."""
    return Picture(title, "a → b", Verdict.REGRESSED, drawn, BEGAN, drawn[0].steps[-1].at)


def points(drawn: str) -> list[str]:
    """The shapes of all points, without those of the legend."""
    root = ET.fromstring(drawn)
    found = [
        use.attrib["href"] for group in root.iter(f"{SVG}g") for use in group.findall(f"{SVG}use")
    ]
    return [one.removeprefix("#") for one in found]


def test_each_look_is_a_point_with_the_shape_of_its_verdict() -> None:
    """As many points as windows, the last one Regressed."""
    drawn = points(draw(picture(Course(ERRORS, tuple(steps("errors", 40))))))
    assert drawn == [KINDS[Verdict.INCONCLUSIVE]] * 39 + [KINDS[Verdict.REGRESSED]]


@settings(max_examples=60)
@given(
    st.lists(any_step, min_size=1, max_size=30),
    st.sampled_from(EVERY_QUESTION),
    st.sampled_from([None, 0.0, 1e-300, 1e300]),
)
def test_any_course_is_well_formed_and_finite(
    found: list[Step], question: Question, amount: float | None
) -> None:
    """Whatever is unknown or enormous, the XML is whole and holds no nan and no inf."""
    if amount is not None:
        question = replace(question, tolerance=Tolerance(amount))
    course = Course(question, tuple(replace(s, at=BEGAN + n) for n, s in enumerate(found)))
    drawn = draw(picture(course))
    assert len(points(drawn)) == len(found)
    assert re.search(r"\b(nan|inf|None)\b", drawn) is None


def test_names_are_escaped() -> None:
    """Nothing that a name holds becomes markup, and no character that XML forbids is left."""
    course = Course(replace(ERRORS, name=NASTY), tuple(steps(NASTY, 3)))
    drawn = draw(picture(course, title=NASTY))
    root = ET.fromstring(drawn)
    assert not list(root.iter(f"{SVG}script"))
    assert "alert('1')" in "".join(root.itertext())
    drawn.encode()


def test_it_needs_nothing_from_elsewhere() -> None:
    """No script, no import, no address but the name of the format."""
    drawn = draw(picture(Course(ERRORS, tuple(steps("errors", 5)))))
    assert re.findall(r"https?://[^\"' ]+", drawn) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|@import|url\((?!#)|on\w+=", drawn)


def test_it_is_told_to_who_cannot_see_it() -> None:
    """Title and description name the versions, the verdict, each metric and its figures."""
    drawn = draw(picture(Course(ERRORS, tuple(steps("errors", 5)))))
    root = ET.fromstring(drawn)
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "deployment/web: a → b"
    description = root.findtext(f"{SVG}desc") or ""
    assert description == (
        "Regressed after 75 seconds. errors: Regressed, +10 points (between +5 and +15 points),"
        " tolerated up to 3 points more; 5 looks."
    )


@pytest.mark.parametrize("metrics", [1, 5, 50])
def test_it_stays_small(metrics: int) -> None:
    """However long the rollout and however many its metrics: below 100 kB, the last look in it."""
    drawn = draw(
        picture(
            *(
                Course(replace(ERRORS, name=f"metric{n}"), tuple(steps(f"metric{n}", 3_000)))
                for n in range(metrics)
            )
        )
    )
    assert len(drawn.encode()) < 100_000
    assert points(drawn).count(KINDS[Verdict.REGRESSED]) == min(metrics, MOST_PANELS)
    assert ("further metrics are not drawn" in drawn) == (metrics > MOST_PANELS)


def test_harm_that_is_less_is_tolerated_below() -> None:
    """The dashed line of a metric whose fall is harm lies below no change, of the others above."""
    for question, below in ((JOBS, True), (ERRORS, False)):
        root = ET.fromstring(draw(picture(Course(question, tuple(steps("x", 5))))))
        lines = {
            line.attrib["class"]: float(line.attrib["y1"])
            for line in root.iter(f"{SVG}line")
            if "y1" in line.attrib and line.attrib["x1"] != line.attrib["x2"]
        }
        assert (lines["tolerance"] > lines["zero"]) is below


def test_the_verdict_has_its_mark_in_time() -> None:
    """A vertical line stands at the moment of the verdict in each panel, and none where there is
    none."""
    decided = picture(Course(ERRORS, tuple(steps("errors", 5))))
    root = ET.fromstring(draw(replace(decided, decided_at=BEGAN + 37.5)))
    (mark,) = [line for line in root.iter(f"{SVG}line") if line.attrib["class"] == "decided"]
    assert (
        float(mark.attrib["x1"]) == float(mark.attrib["x2"]) == pytest.approx(74 + 662 / 2, abs=0.1)
    )
    assert 'class="decided"' not in draw(replace(decided, decided_at=None))


def test_the_gravest_metric_is_first() -> None:
    """A metric that was never looked at is not drawn."""
    good = [replace(step, verdict=Verdict.HEALTHY) for step in steps("latency", 3)]
    found = courses([LATENCY, JOBS, ERRORS], [*good, *steps("errors", 3)])
    assert [course.question.name for course in found] == ["errors", "latency"]


@given(st.integers(2, 50), st.integers(1, 200))
def test_thinning_keeps_both_ends(most: int, many: int) -> None:
    """At most so many steps, in order, the first and the last among them."""
    all_steps = steps("errors", many)
    left = thinned(all_steps, most)
    assert len(left) == min(most, many)
    assert (left[0], left[-1]) == (all_steps[0], all_steps[-1])
    assert list(left) == sorted(set(left), key=lambda step: step.at)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 10))
def test_marks_lie_within_and_are_few(low: float, wide: float, about: int) -> None:
    """Between one and twice as many as asked, all within the axis."""
    found = marks(low, low + wide, about)
    assert len(found) <= about + 1
    assert all(low - 1e-6 * wide - 1e-9 <= mark <= low + wide * (1 + 1e-6) + 1e-9 for mark in found)
