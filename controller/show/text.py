"""Small pieces of text: ages, images, amounts.

Why: one spelling for each everywhere.
Never here: layout.
"""

import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from analysis.question import Tolerance
from controller.printable import printable
from policies.amounts import unit_of

SHORT_DIGEST = 12
NONE = "-"
LONGEST_AGE_SECONDS = 100 * 365 * 86_400.0
PARAGRAPH_WIDTH = 88


def age(seconds: float) -> str:
    """As kubectl has it: 45s, 5m, 3h, 2d."""
    seconds = min(max(0.0, seconds), LONGEST_AGE_SECONDS)
    for unit, length, most in (("s", 1, 120), ("m", 60, 7200), ("h", 3600, 172_800)):
        if seconds < most:
            return f"{int(seconds // length)}{unit}"
    return f"{int(seconds // 86_400)}d"


def clock(at: float) -> str:
    """A moment in UTC, to the second; what no calendar has is said to be so."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "in no calendar"


def short_image(image: str) -> str:
    """An image with its digest cut to what tells it apart."""
    name, at, digest = printable(image).partition("@")
    return f"{name}{at}{digest[: len('sha256:') + SHORT_DIGEST]}"


def image_list(images: Mapping[str, str]) -> str:
    """All images, containers in order; a single one without its container's name."""
    if len(images) == 1:
        return short_image(next(iter(images.values())))
    return ", ".join(f"{name}={short_image(image)}" for name, image in sorted(images.items()))


def change(number: float | None, tolerance: Tolerance) -> str:
    """An effect on the tolerance's scale, "?" where there is none."""
    if number is None:
        return "?"
    if tolerance.hourly:
        return f"{100 * number:+.1f}%/h"
    if tolerance.absolute:
        return f"{100 * number:+.2f}pp"
    return f"{100 * number:+.0f}%"


def limit(tolerance: Tolerance) -> str:
    """A tolerance as it is written in a policy."""
    return f"{100 * tolerance.amount:g}{unit_of(tolerance)}"


def cell(text: str) -> str:
    """A cell of a table that other tools cut at two or more spaces: always one, never empty."""
    return " ".join(printable(text).split()) or NONE


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with every column as wide as its widest cell, three spaces apart."""
    if not rows:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def wrapped(text: str) -> list[str]:
    """The lines of a paragraph; an image or a query is never cut in two."""
    return textwrap.wrap(text, PARAGRAPH_WIDTH, break_long_words=False, break_on_hyphens=False)
