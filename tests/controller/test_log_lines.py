"""No text of others can forge a line of the log."""

import json
from collections.abc import Mapping

import structlog
from hypothesis import given
from hypothesis import strategies as st

from controller.log_lines import rendered
from tests import hostile


def spelled(form: str, event: Mapping[str, object]) -> str:
    """The event as it stands in the log."""
    line: object = dict(event)
    for step in rendered(form, colours=False):
        line = step(None, "info", line)  # type: ignore[arg-type]
    assert isinstance(line, str)
    return line


@given(hostile.typed, hostile.typed, st.lists(hostile.typed, max_size=3))
def test_a_line_for_a_person_is_one_printable_line(why: str, event: str, many: list[str]) -> None:
    """Values, lists of values and the event itself."""
    line = spelled("text", {"level": "info", "event": event, "workload": why, "policies": many})
    assert line.isprintable()
    assert line.encode().decode() == line


@given(hostile.sent, st.lists(hostile.sent, max_size=3))
def test_a_line_of_json_is_one_line_and_gives_it_all_back(why: str, many: list[str]) -> None:
    """A program reads exactly what was logged; a terminal gets plain ASCII."""
    event = {"level": "info", "event": "e", "workload": why, "policies": many}
    line = spelled("json", event)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == event


def test_a_traceback_keeps_its_lines_and_nothing_else() -> None:
    """A fault of ours is read by people; a message within it moves no cursor."""
    fault = ValueError("\x1b[2J\r")
    event = structlog.processors.format_exc_info(None, "error", {"exc_info": fault})
    line = spelled("text", {"level": "error", "event": "e", **event})
    assert "ValueError" in line
    assert all(one.isprintable() for one in line.split("\n"))
