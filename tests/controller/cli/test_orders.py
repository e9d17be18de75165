"""A person's orders: done on a fresh look, told, and told how to undo."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.adapters.local.desk import Desk
from controller.adapters.local.lister import LocalLister
from controller.cli import app, giving
from controller.cli.platforms import Where
from controller.engine.change import Change
from controller.engine.record import Quarantined, Record
from controller.engine.workload import Workload
from controller.ports.platform import Conflict, Sighting, Unavailable
from tests.controller.show.test_show import held
from tests.fakes import KEY, FakePlatform, after, digest, workload


class Moving(FakePlatform):
    """A platform on which somebody else is quicker so many times; it tells nobody of anything."""

    def __init__(self, seen: Workload, quicker: int) -> None:
        super().__init__(seen)
        self.left = quicker
        self.looks = 0

    def one(self, namespace: str, name: str) -> Sighting:
        self.looks += 1
        return Sighting(self.workloads[KEY], "")

    def apply(self, change: Change) -> None:
        if self.left:
            self.left -= 1
            raise Conflict("not as it was seen")
        super().apply(change)

    def announce(self, change: Change) -> None:
        raise Unavailable("no Events here")


def given(
    monkeypatch: pytest.MonkeyPatch, platform: Moving, *arguments: str
) -> tuple[int, str, str]:
    """The exit code, the answer and what was said beside it."""
    where = Where(platform, platform, ("shop",))  # type: ignore[arg-type]
    monkeypatch.setattr(giving, "open_platform", lambda *_: where)
    done = CliRunner().invoke(app, [*arguments, "--as-name", "ann"])
    return done.exit_code, done.stdout, done.stderr


def steady() -> Workload:
    """A workload that nothing happens to."""
    return workload("web:v1", {"web:v1": 4})


def test_an_order_is_tried_on_a_fresh_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody else was quicker the workload is looked at again before the order is given."""
    platform = Moving(steady(), quicker=2)
    code, _, _ = given(monkeypatch, platform, "pin", "deployment/web")
    assert (code, platform.looks, len(platform.applied)) == (0, 3, 1)


def test_after_three_tries_the_person_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workload that never rests ends the command with one line, and nothing is done."""
    platform = Moving(steady(), quicker=9)
    code, told, error = given(monkeypatch, platform, "pin", "deployment/web")
    assert (code, told, platform.looks, platform.applied) == (1, "", 3, [])
    assert len(error.splitlines()) == 1


def test_what_was_done_says_how_to_undo_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer names who, why, the images, and a command that can be typed as it stands."""
    platform = Moving(steady(), quicker=0)
    _, told, error = given(monkeypatch, platform, "pin", "deploy/web", "--reason", "black friday")
    assert told.splitlines() == [
        "deploy/web: pinned by ann: black friday (no image changes); now web:v1.",
        "To undo it: rollctl unpin deploy/web -n shop.",
    ]
    assert error == "Done, but no Event was written: no Events here\n"
    assert platform.applied[0].record.pin is not None


@pytest.mark.parametrize(
    ("order", "why"), [("unpin", "is not pinned"), ("resume", "has no rollout that waits")]
)
def test_an_order_without_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, order: str, why: str
) -> None:
    """One line says why, and nothing is done."""
    platform = Moving(steady(), quicker=0)
    code, told, error = given(monkeypatch, platform, order, "web")
    assert (code, told, platform.applied) == (1, "", [])
    assert why in error


def test_pin_and_unpin_are_undone_by_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """After both the workload is as free as before, and both are on record."""
    platform = Moving(steady(), quicker=0)
    given(monkeypatch, platform, "pin", "web")
    given(monkeypatch, platform, "unpin", "web")
    record = platform.workloads[KEY].record
    assert record.pin is None
    assert [decision.by for decision in record.history] == ["ann", "ann"]


def test_orders_reach_a_local_platform(tmp_path: Path) -> None:
    """--local works on the directory alone, and the way back names it too."""
    desk = Desk(tmp_path)
    desk.push("web:v1", ["true"])
    desk.create("web", "web:v1", 1, {})
    done = CliRunner().invoke(app, ["pin", "deployment/web", "--local", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert f"rollctl unpin deployment/web --local {tmp_path}." in done.stdout
    assert LocalLister(tmp_path).one("local", "web").workload.record.pin is not None


def test_a_refusal_moves_no_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a record says reaches the screen as text, also where it is why an order is refused."""
    nasty = Quarantined(digest("web:v1"), "web:v1", 9e12, "\x1b[2Jgone\u202e\r")
    one = held().workload
    platform = Moving(replace(one, record=replace(one.record, quarantine=(nasty,))), quicker=0)
    code, told, error = given(monkeypatch, platform, "rollback", "web")
    assert (code, told) == (1, "")
    assert "in quarantine: �[2Jgone�" in error
    assert not set("\x1b\r\u202e") & set(error)


@pytest.mark.parametrize("image", ["app", "=web:v1", "app="])
def test_an_image_names_its_container(image: str) -> None:
    """What is no CONTAINER=IMAGE is a wrong argument, before any platform is asked."""
    done = CliRunner().invoke(app, ["pin", "web", "--image", image, "--local", "/nowhere"])
    assert done.exit_code == 2
    assert "CONTAINER=IMAGE" in done.stderr


def test_a_pin_of_what_runs_restarts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pin changes the record and nothing else of a workload that runs what is pinned."""
    platform = Moving(steady(), quicker=0)
    given(monkeypatch, platform, "pin", "web")
    shown = after(steady(), platform.applied[0])
    assert replace(shown, record=Record(), record_text="") == steady()
