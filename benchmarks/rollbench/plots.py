"""Results as two pictures (SVG).

Why: which rule fails where, and how soon harm is seen, are read at a glance from a picture.
Never here: playing, statistics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import sqrt
from pathlib import Path

from benchmarks.rollbench.report import limits
from benchmarks.rollbench.results import Result
from benchmarks.rollbench.scenarios import scenarios

LETTER, LINE, LEFT, TOP = 6.6, 22, 190, 150
BOX = 54
COLOURS = (
    "#1b6ca8", "#d1495b", "#2e933c", "#8d5fd3", "#e08e1b",
    "#008b8b", "#7a4b2a", "#c2569b", "#5c6b73", "#9aa500", "#000000", "#888888",
)  # fmt: skip
STYLE = "<style>text{font:12px system-ui,sans-serif;fill:#222}.s{font-size:11px}</style>"


@dataclass(frozen=True)
class Picture:
    """Elements on a page of `width` by `height`."""

    width: float
    height: float
    elements: tuple[str, ...]

    def svg(self) -> str:
        """The file."""
        size = f'width="{self.width:.0f}" height="{self.height:.0f}"'
        box = f'viewBox="0 0 {self.width:.0f} {self.height:.0f}"'
        ground = '<rect width="100%" height="100%" fill="#fff"/>'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>{STYLE}{ground}'
        return "\n".join((head, *self.elements, "</svg>\n"))


def save(out: Path, found: Sequence[Result]) -> list[Path]:
    """Both pictures for each promise; the files."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for promise in sorted({one.promise for one in found}):
        many = [one for one in found if one.promise == promise]
        for name, picture in (("false", false_rollbacks(many)), ("seen", detection(many))):
            path = out / f"{name}-{promise:g}.svg"
            path.write_text(picture.svg(), encoding="utf-8")
            written.append(path)
    return written


def false_rollbacks(found: Sequence[Result]) -> Picture:
    """The worst false-rollback rate of each rule (columns) in each family (rows): white where the
    promise may hold, the redder the worse where it is surely broken."""
    good = [one for one in found if not scenarios()[one.cell.scenario].harmful]
    rules = sorted({one.rule for one in good})
    families = sorted({one.cell.scenario for one in good})
    elements = [_column(number, rule) for number, rule in enumerate(rules)]
    for row, family in enumerate(families):
        elements.append(_text(LEFT - 8, TOP + LINE * row + 15, family, "end"))
        for number, rule in enumerate(rules):
            many = [one for one in good if one.rule == rule and one.cell.scenario == family]
            elements.append(_box(LEFT + BOX * number, TOP + LINE * row, many))
    width = LEFT + BOX * len(rules) + 110
    return Picture(width, TOP + LINE * len(families) + 10, tuple(elements))


def _column(number: int, rule: str) -> str:
    x, y = LEFT + BOX * number + BOX / 2, TOP - 8
    return f'<text x="{x}" y="{y}" transform="rotate(-45 {x} {y})">{escape(rule)}</text>'


def _box(x: float, y: float, many: Sequence[Result]) -> str:
    if not many:
        return ""
    worst = max(many, key=lambda one: one.rolled_back / one.runs)
    rate = worst.rolled_back / worst.runs
    broken = any(limits(one.rolled_back, one.runs)[0] > one.promise for one in many)
    shade = round(235 - 150 * sqrt(rate)) if broken else 255
    fill = f"rgb(255,{shade},{shade})"
    title = f"{worst.cell.key}: {worst.rolled_back} of {worst.runs}"
    area = (
        f'<rect x="{x}" y="{y}" width="{BOX - 2}" height="{LINE - 2}" fill="{fill}" stroke="#ddd"/>'
    )
    figure = _text(x + BOX / 2 - 1, y + 14, f"{rate:.3f}", "middle")
    return f"<g><title>{escape(title)}</title>{area}{figure}</g>"


WIDE, TALL, GAP = 300, 130, 46
PODS = (5, 5)


def detection(found: Sequence[Result]) -> Picture:
    """Of each cell of bad releases with PODS a side, the share rolled back (upwards) by minute, one
    line a rule."""
    bad = [
        one
        for one in found
        if scenarios()[one.cell.scenario].harmful
        and one.back_by_minute
        and (one.cell.baseline_pods, one.cell.candidate_pods) == PODS
    ]
    rules = sorted({one.rule for one in bad})
    keys = sorted({one.cell.key for one in bad})
    elements = [_legend(number, rule) for number, rule in enumerate(rules)]
    for number, key in enumerate(keys):
        x, y = 40 + (WIDE + GAP) * (number % 3), 90 + (TALL + GAP) * (number // 3)
        many = [one for one in bad if one.cell.key == key]
        elements += [_frame(x, y, key), *(_curve(x, y, one, rules) for one in many)]
    rows = (len(keys) + 2) // 3
    return Picture(3 * (WIDE + GAP) + 20, 90 + rows * (TALL + GAP), tuple(elements))


def _legend(number: int, rule: str) -> str:
    x, y = 40 + 250 * (number % 4), 20 + 18 * (number // 4)
    line = f'<line x1="{x}" y1="{y - 4}" x2="{x + 20}" y2="{y - 4}" stroke="{_colour(number)}" stroke-width="2"/>'
    return line + _text(x + 26, y, rule)


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _frame(x: float, y: float, key: str) -> str:
    area = f'<rect x="{x}" y="{y}" width="{WIDE}" height="{TALL}" fill="none" stroke="#bbb"/>'
    ends = _text(x, y + TALL + 13, "0") + _text(x + WIDE, y + TALL + 13, "end of time", "end")
    sides = _text(x - 4, y + 10, "1", "end") + _text(x - 4, y + TALL, "0", "end")
    return area + ends + sides + _text(x, y - 5, key)


def _curve(x: float, y: float, one: Result, rules: Sequence[str]) -> str:
    step = WIDE / len(one.back_by_minute)
    points = [(x, y + TALL)]
    for minute, back in enumerate(one.back_by_minute, start=1):
        points.append((x + step * minute, y + TALL * (1 - back / one.runs)))
    joined = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
    colour = _colour(rules.index(one.rule))
    title = f"<title>{escape(one.rule)}</title>"
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="1.6">{title}</polyline>'


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text class="s" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
