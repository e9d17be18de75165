"""The few SVG elements a picture is made of, as text.

Why: nothing that is drawn may break the document, whatever names or numbers it holds.
Never here: where things stand, what they mean.
"""

import math
import re
from html import escape

from controller.printable import printable

_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def text_of(text: str) -> str:
    """Any text, fit to stand in an element or an attribute of XML 1.0."""
    return escape(_NO_XML.sub("", printable(text)))


def number(value: float) -> str:
    """A coordinate with one decimal. Raises ValueError for what is not finite."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no coordinate")
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """One element; `content` is markup already, attributes are escaped. An underscore in an
    attribute's name stands for a hyphen, one at its end for nothing."""
    told = "".join(f' {_attribute(key)}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return text_of(value) if isinstance(value, str) else number(value)


def label(words: str, x: float, y: float, kind: str) -> str:
    """A piece of text at a place."""
    return element("text", text_of(words), class_=kind, x=x, y=y)


def path(points: list[tuple[float, float]]) -> str:
    """The data of a path through these points."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
