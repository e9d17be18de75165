"""How each metric's interval went over a rollout, made ready to be drawn.

Why: a recording's looks and a journal's looks are drawn alike.
Never here: drawing, reading of a journal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.question import Question
from analysis.verdict import Verdict
from controller.ports.trail import Step

GRAVEST_FIRST = (Verdict.REGRESSED, Verdict.NO_DATA, Verdict.INCONCLUSIVE, Verdict.HEALTHY)


@dataclass(frozen=True, slots=True)
class Course:
    """One metric's steps, oldest first, with what was asked of it."""

    question: Question
    steps: tuple[Step, ...]

    @property
    def verdict(self) -> Verdict:
        """Its verdict at the end."""
        return self.steps[-1].verdict


def courses(questions: Iterable[Question], steps: Sequence[Step]) -> tuple[Course, ...]:
    """A course for each metric that was looked at, the gravest verdict first."""
    by_metric: dict[str, list[Step]] = {}
    for step in steps:
        by_metric.setdefault(step.metric, []).append(step)
    found = [
        Course(question, tuple(by_metric[question.name]))
        for question in questions
        if question.name in by_metric
    ]
    return tuple(sorted(found, key=lambda course: GRAVEST_FIRST.index(course.verdict)))


def thinned(steps: Sequence[Step], most: int) -> tuple[Step, ...]:
    """At most so many steps, evenly taken, the first and the last among them."""
    if len(steps) <= most:
        return tuple(steps)
    last = len(steps) - 1
    return tuple(steps[round(index * last / (most - 1))] for index in range(most))
