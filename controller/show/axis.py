"""One finding's interval drawn on an axis with its tolerance.

Why: an interval that shrinks toward or past a mark says more than three numbers.
Never here: the interval's computing, colours.
"""

from dataclasses import dataclass

from analysis.question import Direction
from analysis.verdict import Finding
from policies.amounts import unit_of

REACHES = (4.0, 12.0, 36.0, 108.0)
"""How many tolerances the axis may reach to the harmful side: steps, so that it seldom jumps."""

BENEFIT_SHARE = 1 / 3
"""How far it reaches to the other side, against that."""

LINE, INTERVAL, EFFECT, NOTHING, TOLERANCE = "─", "━", "●", "┼", "┃"
LESS, MORE = "◂", "▸"


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps effects from `low` to `high` onto columns 0 to `width` - 1."""

    low: float
    high: float
    width: int

    def column(self, effect: float) -> int:
        """The column of an effect; what lies beyond an end is put on it."""
        share = (effect - self.low) / (self.high - self.low)
        return round(min(max(share, 0.0), 1.0) * (self.width - 1))


def scale(finding: Finding, width: int) -> Scale:
    """The smallest axis that holds the effect; while that stays, only the interval moves."""
    tolerance = finding.question.tolerance.amount
    needed = abs(finding.effect or 0.0) / tolerance
    harm = tolerance * next((reach for reach in REACHES if needed <= reach), REACHES[-1])
    benefit = BENEFIT_SHARE * harm
    if finding.question.worse is Direction.HIGHER:
        return Scale(-benefit, harm, width)
    return Scale(-harm, benefit, width)


def tolerated(finding: Finding) -> float:
    """The effect at which the tolerance ends."""
    question = finding.question
    sign = 1.0 if question.worse is Direction.HIGHER else -1.0
    return sign * question.tolerance.amount


def draw(finding: Finding, width: int) -> str:
    """The axis: the interval if there is one, no change, the tolerance, the effect."""
    ruler = scale(finding, width)
    cells = [LINE] * width
    if finding.low is not None or finding.high is not None:
        _stretch(cells, ruler, finding.low, finding.high)
    cells[ruler.column(0.0)] = NOTHING
    cells[ruler.column(tolerated(finding))] = TOLERANCE
    if finding.effect is not None:
        cells[ruler.column(finding.effect)] = EFFECT
    return "".join(cells)


def _stretch(cells: list[str], ruler: Scale, low: float | None, high: float | None) -> None:
    """Draws the interval; an end that is off the axis, or unknown, is an arrow."""
    least = ruler.low if low is None else low
    most = ruler.high if high is None else high
    first, last = ruler.column(least), ruler.column(most)
    cells[first : last + 1] = INTERVAL * (last + 1 - first)
    if low is None or low < ruler.low:
        cells[0] = LESS
    if high is None or high > ruler.high:
        cells[-1] = MORE


def legend(finding: Finding, width: int) -> str:
    """What stands under the axis: "0" and the tolerance."""
    ruler = scale(finding, width)
    mark = amount(finding, tolerated(finding))
    cells = " " * ruler.column(0.0) + "0"
    return cells.ljust(ruler.column(tolerated(finding))) + f"{mark} tolerated"


def amount(finding: Finding, effect: float) -> str:
    """An effect in the tolerance's unit."""
    return f"{100 * effect:+.1f} {unit_of(finding.question.tolerance)}"


def span(finding: Finding) -> str:
    """The interval in figures."""
    low = "?" if finding.low is None else amount(finding, finding.low)
    high = "?" if finding.high is None else amount(finding, finding.high)
    return f"{low} to {high}"
