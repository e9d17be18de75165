"""The interval of each metric over time, as one SVG picture that works anywhere offline.

Why: one sees at a glance whether an interval left the tolerated side early, late or never.
Never here: scripts, fonts or anything else from elsewhere; statistics.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.verdict import Verdict
from controller.show.course import Course
from controller.show.panel import HEIGHT, LONGEST_NAME, Frame, cut, panel, summary
from controller.show.ruler import Ruler, marks, time_unit
from controller.show.style import KINDS, SHEET, shapes
from controller.show.svg import element, label, number, text_of
from controller.show.words import duration

WIDTH, LEFT, RIGHT, EDGE = 760.0, 74.0, 24.0, 24.0
HEAD, GAP, FOOT = 138.0, 40.0, 44.0
MOST_PANELS, MOST_POINTS = 24, 400
POINTS_OF_ALL_PANELS = 700
"""Keeps the file below 100 kB."""

LONGEST_TITLE = 72
TOLD = (
    "band: where the true change lies · line: best guess · dashed: tolerated"
    " · on the lower edge: nothing to compare yet"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: `courses` with at least one metric, from `began_at` on; `decided_at` is when
    the verdict was reached, None while there is none. Times are unix seconds."""

    title: str
    versions: str
    verdict: Verdict
    courses: Sequence[Course]
    began_at: float
    decided_at: float | None


def draw(picture: Picture) -> str:
    """The whole SVG document, well-formed XML below 100 kB."""
    shown = picture.courses[:MOST_PANELS]
    most = min(MOST_POINTS, max(2, POINTS_OF_ALL_PANELS // len(shown)))
    tops = [HEAD + index * (HEIGHT + GAP) for index in range(len(shown))]
    bottom = tops[-1] + HEIGHT
    time = _time(picture)
    frame = Frame(time, picture.decided_at, most)
    body = [
        *_accessible(picture),
        element("style", SHEET),
        element("defs", shapes(_spacing(shown, most)) + element("clipPath", _frame(), id="c")),
        element("rect", class_="page", width=WIDTH, height=bottom + FOOT),
        *_head(picture),
        *(panel(course, frame, top) for course, top in zip(shown, tops, strict=True)),
        *_foot(picture, time, bottom),
    ]
    return _document("\n".join(body), bottom + FOOT)


def _document(body: str, height: float) -> str:
    return element(
        "svg",
        f"\n{body}\n",
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_labelledby="title description",
        viewBox=f"0 0 {number(WIDTH)} {number(height)}",
        width=WIDTH,
        height=height,
    )


def _time(picture: Picture) -> Ruler:
    ends = [course.steps[-1].at for course in picture.courses]
    last = max(*ends, picture.decided_at or 0.0, picture.began_at + 1.0)
    return Ruler(picture.began_at, last, LEFT, WIDTH - RIGHT)


def _spacing(shown: Sequence[Course], most: int) -> float:
    """How far apart the points of the longest course stand."""
    return (WIDTH - RIGHT - LEFT) / min(most, max(len(course.steps) for course in shown))


def _frame() -> str:
    return element("rect", x=LEFT, y=0.0, width=WIDTH - RIGHT - LEFT, height=HEIGHT)


def _accessible(picture: Picture) -> Iterable[str]:
    """What a screen reader says instead of the picture."""
    told = [
        f"{course.question.name}: {summary(course)}; {len(course.steps)} looks."
        for course in picture.courses
    ]
    title = f"{picture.title}: {picture.versions}"
    yield element("title", text_of(title), id="title")
    yield element("desc", text_of(" ".join([f"{_outcome(picture)}.", *told])), id="description")


def _outcome(picture: Picture) -> str:
    if picture.decided_at is None:
        return picture.verdict.value
    return f"{picture.verdict.value} after {duration(picture.decided_at - picture.began_at)}"


def _head(picture: Picture) -> Iterable[str]:
    yield label(cut(picture.title, LONGEST_TITLE), EDGE, 28.0, "title")
    left_out = len(picture.courses) - MOST_PANELS
    more = f"; {left_out} further metrics are not drawn" if left_out > 0 else ""
    yield label(cut(picture.versions, LONGEST_NAME), EDGE, 47.0, "versions")
    yield label(f"{_outcome(picture)}{more}", EDGE, 68.0, "outcome")
    for index, (verdict, kind) in enumerate(KINDS.items()):
        x = EDGE + 6.0 + 90.0 * index
        yield element("use", href=f"#{kind}", x=x, y=84.0)
        yield label(verdict.value, x + 9.0, 88.0, "mark")
    yield label(TOLD, EDGE, 106.0, "mark")


def _foot(picture: Picture, time: Ruler, bottom: float) -> Iterable[str]:
    unit, seconds = time_unit(time.high - time.low)
    for value in marks(0.0, (time.high - time.low) / seconds, 8):
        x = time.place(picture.began_at + value * seconds)
        yield element("line", class_="zero", x1=x, x2=x, y1=bottom, y2=bottom + 4.0)
        yield label(f"{value:g}", x, bottom + 17.0, "mark x")
    yield label(f"{unit} since the comparison began", (LEFT + WIDTH) / 2, bottom + 34.0, "mark x")
