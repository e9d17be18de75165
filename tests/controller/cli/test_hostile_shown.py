"""Whatever others have written on workloads, no command's answer is theirs."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from controller.cli.ending import note, say, say_document, tell
from controller.cli.looks import Listing, One, show_once
from controller.cli.options import Output
from controller.cli.platforms import Where
from controller.ports.platform import Sighting
from controller.report import report_text
from controller.show.document import as_json, as_yaml, documents, explanation_document
from controller.show.seen import Seen, seen
from controller.show.story import HEAD, entries_of, explain, history
from controller.show.table import HEAD as TABLE_HEAD
from controller.show.table import WIDE, table
from controller.show.tree import tree
from tests import hostile
from tests.controller.show.hostile_seen import seens
from tests.fakes import NOW, FakePlatform, workload

FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


class Shown:
    """A lister of one workload."""

    def __init__(self, one: Seen) -> None:
        text = report_text(one.report) if one.report is not None else ""
        self._sighting = Sighting(one.workload, text)

    def list(self, namespaces: Sequence[str], labels: str) -> Sequence[Sighting]:
        return [self._sighting]

    def one(self, namespace: str, name: str) -> Sighting:
        return self._sighting


def printed(one: Seen, output: Output, *, alone: bool) -> list[str]:
    """The lines on stdout of `rollctl status`."""
    where = Where(Shown(one), FakePlatform(), ("shop",))
    look = (
        One(where, "web", output)
        if alone
        else Listing(where, "", output, everything=True, head=True)
    )
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()):
        show_once(look, NOW)
    return out.getvalue().splitlines(keepends=True)


@FEW
@given(seens())
@pytest.mark.parametrize("alone", [True, False], ids=["one", "many"])
@pytest.mark.parametrize("output", Output)
def test_status_prints_lines_that_are_its_own(output: Output, alone: bool, one: Seen) -> None:
    """Each line is printable and ends where it was meant to, in every form of the answer."""
    for line in printed(one, output, alone=alone):
        assert line.endswith("\n")
        assert line[:-1].isprintable()


@FEW
@given(seens())
def test_every_page_can_be_laid_out(one: Seen) -> None:
    """Tree, table, story and history of any record are told, each in its own number of lines."""
    assert len(table([one, one], NOW, wide=True, head=True)) == 3
    assert len(history(entries_of([one]), head=True)) == 1 + len(one.record.history)
    for line in (*tree(one, NOW), *explain(one, NOW)):
        assert line.isprintable()


@FEW
@given(seens())
def test_nobody_forges_a_column(one: Seen) -> None:
    """Cut at two or more spaces, a row has as many fields as its head, whatever images, reasons
    and people are called."""
    rows = table([one], NOW, wide=True, head=True)
    assert [len(re.split(" {2,}", row)) for row in rows] == [len(TABLE_HEAD + WIDE)] * 2
    for row in history(entries_of([one]), head=True):
        assert len(re.split(" {2,}", row)) == len(HEAD)


@FEW
@given(seens())
def test_documents_are_whole_and_say_the_same(one: Seen) -> None:
    """JSON and YAML are read back as what they were made of, sign for sign."""
    content = documents([one])
    assert json.loads(as_json(content)) == json.loads(json.dumps(content))
    assert yaml.safe_load(as_yaml(_without_floats(content))) == _without_floats(content)
    told = explanation_document(one, NOW)
    assert json.loads(as_json(told)) == json.loads(json.dumps(told))


def _without_floats(content: Any) -> Any:
    """YAML 1.1 spells numbers in a way of its own; JSON shows that they are whole."""
    if isinstance(content, dict):
        return {key: _without_floats(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_floats(value) for value in content]
    return repr(content) if isinstance(content, float) else content


@given(hostile.typed)
def test_each_door_lets_out_printable_lines_alone(text: str) -> None:
    """What is said, told beside it, and handed to a program."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as beside:
        say(text)
        tell(text)
        note(text)
    assert [len(_lines(one.getvalue())) for one in (out, beside)] == [1, 2]
    with redirect_stdout(io.StringIO()) as out:
        say_document(text)
    assert len(_lines(out.getvalue())) == 1 + text.count("\n")


def _lines(written: str) -> list[str]:
    lines = written.removesuffix("\n").split("\n")
    assert all(line.isprintable() for line in lines)
    return lines


@pytest.mark.parametrize("name", [b"\xff\xfe", b"\x1b[2J", "job/\u202eweb".encode()])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_what_is_typed_is_quoted_and_ends_in_one_line(name: bytes, encoding: str) -> None:
    """Bytes that are no text, escapes and a terminal without UTF-8 give no traceback."""
    command: list[str | bytes] = [sys.executable, "-m", "controller.cli", "status", name]
    done = subprocess.run(
        [*command, "--local", "."],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": encoding},
    )
    (line,) = done.stderr.decode(encoding).splitlines()
    assert done.returncode == 2
    assert line.isprintable()
    assert line.startswith("rollctl: ")


def test_a_sign_that_the_terminal_lacks_ends_nothing() -> None:
    """The schema's ellipses and the tree's branches are spelled where they cannot be shown."""
    code = "from controller.cli import ending, main; import sys; sys.argv[1:] = ['--help']\n"
    code += "try: main()\nexcept SystemExit: ending.say('├── é')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert done.stdout.splitlines()[-1] == b"\\u251c\\u2500\\u2500 \\xe9"


def strays() -> Iterator[str]:
    """Modules of the command line that write past the doors."""
    from tests.test_house import MODULES, place

    for file in MODULES:
        if place(file).startswith("controller/cli/") and file.name != "ending.py":
            source = file.read_text(encoding="utf-8")
            if re.search(r"std(out|err)\.write|\bprint\(|typer\.(echo|secho)", source):
                yield place(file)


def test_there_is_no_other_door() -> None:
    """All that commands print goes through controller/cli/ending.py."""
    assert list(strays()) == []


def test_seen_is_what_a_reader_makes_of_it() -> None:
    """A report that is nested too deep is trouble to be told, not a crash."""
    one = seen(Sighting(workload("web:v1", {"web:v1": 1}), '{"x":' + "[" * 100_000))
    assert "rollctl.dev/findings" in one.garbled
