"""Looking once, looking on, and being read only in part."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from controller.cli.looks import show_once, watch_on
from controller.ports.platform import Sighting
from controller.show.seen import Seen, seen
from tests.fakes import NOW, workload

STEADY = seen(Sighting(workload("web:v1", {"web:v1": 4}), ""))
CHANGED = replace(STEADY, workload=workload("web:v2", {"web:v1": 4}))


class Enough(Exception):
    """The person has seen enough."""


class Script:
    """A look at one workload after the other, told with its image and its age."""

    def __init__(self, *scenes: tuple[Seen, ...]) -> None:
        self._scenes = list(scenes)

    def see(self) -> tuple[Seen, ...]:
        if not self._scenes:
            raise Enough
        return self._scenes.pop(0)

    def show(self, found: Sequence[Seen], now: float) -> list[str]:
        return [f"{one.workload.images['app']} {now:.0f}" for one in found]

    def code(self, found: Sequence[Seen], /) -> int:
        return found[0].exit_code()


def watched(*scenes: tuple[Seen, ...]) -> None:
    """Watches until there is nothing more to see; every look is a second later."""
    ages = iter(range(100))
    with pytest.raises(Enough):
        watch_on(Script(*scenes), lambda: next(ages), lambda _: None)


def test_a_file_is_told_of_changes_only(capsys: pytest.CaptureFixture[str]) -> None:
    """To what is no screen a workload that only grows older is told once."""
    watched((STEADY,), (STEADY,), (CHANGED,), (CHANGED,))
    images = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert images == ["web:v1", "web:v2"]


def test_a_screen_is_drawn_anew_as_time_passes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a screen ages move."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    watched((STEADY,), (STEADY,))
    assert capsys.readouterr().out.count("web:v1") == 2


def test_nothing_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """That there is nothing yet is told to the person, not to the file, and not at each look."""
    watched((), (), ())
    told = capsys.readouterr()
    assert (told.out, told.err.count("Nothing yet")) == ("", 1)


def test_one_look_ends_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    """What was seen is printed and says how the command ends."""
    assert show_once(Script((STEADY,)), NOW) == 0
    assert "web:v1" in capsys.readouterr().out


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_may_leave(unbuffered: str) -> None:
    """Who only reads the first line of an answer gets no error about the others."""
    command = f"{sys.executable} -m controller.cli schema | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")
