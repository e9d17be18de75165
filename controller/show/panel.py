"""One metric's part of a picture: its interval over time against what is tolerated.

Why: metrics have units of their own, so each is drawn by itself, all over the same time.
Never here: the page around it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from analysis.question import Direction
from controller.ports.trail import Step
from controller.show.course import Course, thinned
from controller.show.ruler import Ruler, effect_mark, effect_unit, marks, stretch
from controller.show.style import KINDS
from controller.show.svg import element, label, number, path, text_of
from controller.show.words import pair, signed, tolerated

HEIGHT = 150.0
SETTLED_SHARE = 0.5
"""The intervals of the later part of the time are shown whole."""

LONGEST_NAME = 112


@dataclass(frozen=True, slots=True)
class Frame:
    """What all panels share: the axis of time, when the verdict was reached (None: not yet), and
    how many points each may have."""

    time: Ruler
    decided_at: float | None
    most_points: int


def panel(course: Course, frame: Frame, top: float) -> str:
    """The group of one metric."""
    steps, time = thinned(course.steps, frame.most_points), frame.time
    effects = _effects(course)
    inside = [
        *_grid(course, effects, time),
        *_decided(frame),
        element("g", "".join(_curves(steps, time, effects)), clip_path="url(#c)"),
        *(_point(step, time, effects) for step in steps),
        label(cut(f"{course.question.name}: {summary(course)}", LONGEST_NAME), 24.0, -8.0, "name"),
    ]
    return element("g", "\n".join(inside), transform=f"translate(0 {number(top)})")


def summary(course: Course) -> str:
    """Where the metric stood at the end."""
    step, tolerance = course.steps[-1], course.question.tolerance
    limit = tolerated(course.question)
    if step.effect is None:
        return f"{step.verdict.value}, tolerated {limit}"
    ends = ""
    if step.low is not None and step.high is not None:
        ends = f" (between {pair(step.low, step.high, tolerance)})"
    return f"{step.verdict.value}, {signed(step.effect, tolerance)}{ends}, tolerated {limit}"


def cut(words: str, longest: int) -> str:
    """Words no longer than there is room for."""
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _effects(course: Course) -> Ruler:
    """The axis of the effect, upwards."""
    steps = course.steps
    later = steps[int(SETTLED_SHARE * len(steps)) :]
    low, high = stretch(_tolerance(course), _ends(later), _ends(steps))
    return Ruler(low, high, HEIGHT, 0.0)


def _ends(steps: Iterable[Step]) -> list[float]:
    found = [end for step in steps for end in (step.low, step.effect, step.high)]
    return [end for end in found if end is not None]


def _tolerance(course: Course) -> float:
    amount = course.question.tolerance.amount
    return amount if course.question.worse is Direction.HIGHER else -amount


def _grid(course: Course, effects: Ruler, time: Ruler) -> Iterable[str]:
    for value in marks(effects.low, effects.high, 4):
        y = effects.place(value)
        yield _across(y, "grid" if value else "zero", time)
        yield label(effect_mark(value), time.begin - 6.0, y + 4.0, "mark y")
    y = effects.place(_tolerance(course))
    yield _across(y, "tolerance", time)
    beyond = -4.0 if course.question.worse is Direction.HIGHER else 12.0
    yield label("tolerated", time.end - 4.0, y + beyond, "mark y")
    unit = element("text", text_of(effect_unit(course.question.tolerance)), class_="mark x")
    yield element("g", unit, transform=f"translate(18 {number(HEIGHT / 2)}) rotate(-90)")


def _decided(frame: Frame) -> Iterable[str]:
    if frame.decided_at is not None:
        x = frame.time.place(frame.decided_at)
        yield element("line", class_="decided", x1=x, x2=x, y1=0.0, y2=HEIGHT)


def _across(y: float, kind: str, time: Ruler) -> str:
    return element("line", class_=kind, x1=time.begin, x2=time.end, y1=y, y2=y)


def _curves(steps: Sequence[Step], time: Ruler, effects: Ruler) -> Iterable[str]:
    """The bands and the estimates, broken where nothing could be said."""
    for said, group in groupby(steps, key=lambda step: step.effect is not None):
        if said:
            run = list(group)
            upper = [_place(step, step.high, effects.high, time, effects) for step in run]
            lower = [_place(step, step.low, effects.low, time, effects) for step in run]
            middle = [_place(step, step.effect, 0.0, time, effects) for step in run]
            yield element("path", class_="band", d=f"{path(upper + lower[::-1])}Z")
            yield element("path", class_="line", d=path(middle))


def _place(
    step: Step, value: float | None, otherwise: float, time: Ruler, effects: Ruler
) -> tuple[float, float]:
    return time.place(step.at), effects.place(otherwise if value is None else value)


def _point(step: Step, time: Ruler, effects: Ruler) -> str:
    """The verdict's shape at the estimate; on the lower edge where there is none."""
    x, y = _place(step, step.effect, effects.low, time, effects)
    return element("use", href=f"#{KINDS[step.verdict]}", x=x, y=y)
