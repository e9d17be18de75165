"""Laws of what is shown: the same findings give the same picture."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from analysis.verdict import Verdict
from controller.demo.lines import Lines
from controller.demo.view import render
from controller.show import axis
from tests.controller.demo.findings import DONE, ERRORS, finding, scene

GOLDEN = Path(__file__).with_name("golden.txt")


def drawn(width: int) -> str:
    out = StringIO()
    console = Console(file=out, width=width, color_system=None, highlight=False)
    console.print(render(scene(), width))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def test_the_view_is_the_golden_one() -> None:
    """The scene at width 100 is, character for character, the picture that was agreed on."""
    assert drawn(100) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Whatever the width, no line of the picture runs past it."""
    assert max(map(len, drawn(width).splitlines())) <= width


def test_an_interval_beyond_the_tolerance_does_not_touch_it() -> None:
    """Where all of the interval is worse than tolerated, its left end is right of the mark."""
    picture = axis.draw(finding(effect=0.05, low=0.02, high=0.09), 80)
    assert picture.index(axis.TOLERANCE) < picture.index(axis.INTERVAL)


def test_an_interval_within_the_tolerance_does_not_reach_it() -> None:
    """Where all of the interval is tolerable, its right end is left of the mark."""
    picture = axis.draw(finding(effect=0.0, low=-0.003, high=0.003), 80)
    assert picture.rindex(axis.INTERVAL) < picture.index(axis.TOLERANCE)


def test_harm_of_less_is_on_the_left() -> None:
    """For a metric that is worse when lower the tolerance lies left of no change."""
    picture = axis.draw(finding(DONE, effect=0.0, low=-0.2, high=0.2), 80)
    assert picture.index(axis.TOLERANCE) < picture.index(axis.EFFECT)


def test_an_unknown_end_is_an_arrow() -> None:
    """An end of the interval that is not known, or not on the axis, is drawn as an arrow."""
    picture = axis.draw(finding(low=None, high=9.0), 80)
    assert (picture[0], picture[-1]) == (axis.LESS, axis.MORE)


@pytest.mark.parametrize("effect", [None, 0.0, -3.0, 0.004, 0.7, 99.0])
def test_an_axis_always_has_its_width(effect: float | None) -> None:
    """Whatever the effect, the axis is as wide as asked."""
    assert len(axis.draw(finding(ERRORS, effect=effect, low=effect, high=effect), 57)) == 57


def test_lines_say_each_decision_once_and_figures_once_a_second() -> None:
    """Ten scenes within a second give the story, each decision and the figures one time."""
    said: list[str] = []
    lines = Lines(said.append)
    for tenth in range(10):
        lines.show(scene(12.0 + tenth / 10))
    assert len(said) == 4
    assert said[0].endswith("v2 is released")
    assert "Hold: held" in said[1]
    assert "pods 1 v1 + 2 v2; errors +1.0 pp (-0.2 pp to +1.8 pp; +0.5 pp tolerated)" in said[3]


def test_digests_are_cut_to_what_can_be_compared() -> None:
    """No line shows all 64 characters of a digest."""
    said: list[str] = []
    Lines(said.append).show(scene())
    assert any("sha256:01234567" in line for line in said)
    assert not any("0123456789abcdef" in line for line in said)


def test_a_metric_without_an_effect_says_what_it_waits_for() -> None:
    """A finding without numbers shows none."""
    said: list[str] = []
    silent = finding(ERRORS, Verdict.INCONCLUSIVE, None, None, None)
    Lines(said.append).show(scene(findings=(silent,)))
    assert said[-1].endswith("errors waits for warm pods")
