"""Laws of the local platform's ports: what was seen is what is changed, or nothing is."""

from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from controller.adapters.local.desk import Desk
from controller.adapters.local.lifecycle import advanced
from controller.adapters.local.lister import LocalLister
from controller.adapters.local.state import Template
from controller.adapters.local.store import Store
from controller.adapters.local.watcher import LocalWatcher
from controller.adapters.local.writer import LocalWriter
from controller.annotations import FINDINGS, SUMMARY
from controller.engine.change import Change, Restore
from controller.engine.record import Act, Decision, Record
from controller.engine.workload import Workload
from controller.ports.platform import Conflict, Refused, Vanished
from policies.model import RollbackScope

DECISION = Decision(at=1.0, act=Act.HOLD, rollout="r", verdict="", reason="held")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A platform with one workload of one revision."""
    desk = Desk(tmp_path)
    desk.push("shop/web:v1", ["serve", "v1"])
    desk.create("web", "shop/web:v1", 2, {"app": "web"})
    turn(tmp_path)
    return tmp_path


def turn(directory: Path) -> None:
    """One tick of a supervisor whose processes are not there yet."""
    Store(directory).change(lambda state: advanced(state, {}, 5.0))


def seen(directory: Path) -> Workload:
    watcher = LocalWatcher(directory)
    watcher.start()
    workload = watcher.workload(watcher.keys()[0])
    assert workload is not None
    return workload


def change(
    workload: Workload, restore: Restore | None = None, paused: bool | None = None
) -> Change:
    record = replace(workload.record, sequence=workload.record.sequence + 1)
    return Change(workload, record, DECISION, paused, restore)


def test_pause_record_and_summary_come_together(directory: Path) -> None:
    """One change pauses, records and says why, and what is wanted has a new generation."""
    before = seen(directory)
    LocalWriter(directory).apply(change(before, paused=True))
    after = seen(directory)
    assert (after.paused, after.record.sequence) == (True, 1)
    assert after.generation == before.generation + 1
    assert Store(directory).read().workloads["web"].annotations[SUMMARY] == "Hold: held"


def test_a_record_alone_is_nothing_new_to_want(directory: Path) -> None:
    """Writing only the record leaves the generation as it is."""
    before = seen(directory)
    LocalWriter(directory).apply(change(before))
    assert seen(directory).generation == before.generation


def test_what_a_person_changed_meanwhile_is_a_conflict(directory: Path) -> None:
    """A change of what is wanted since the look refuses the whole change."""
    before = seen(directory)
    Desk(directory).scale("web", 5)
    with pytest.raises(Conflict):
        LocalWriter(directory).apply(change(before, paused=True))
    assert (seen(directory).paused, seen(directory).record) == (False, Record())


def test_what_another_controller_recorded_is_a_conflict(directory: Path) -> None:
    """The same change twice is done once: the second finds another record."""
    twice = change(seen(directory))
    LocalWriter(directory).apply(twice)
    with pytest.raises(Conflict):
        LocalWriter(directory).apply(twice)


def test_another_workload_of_the_same_name_is_not_the_one_seen(directory: Path) -> None:
    """A workload that was deleted, or deleted and created again, has vanished."""
    before = seen(directory)
    Desk(directory).delete("web")
    with pytest.raises(Vanished):
        LocalWriter(directory).apply(change(before))
    Desk(directory).create("web", "shop/web:v1", 2, {})
    with pytest.raises(Vanished):
        LocalWriter(directory).publish(before, "{}")


def test_a_rollback_returns_the_whole_template(directory: Path) -> None:
    """With template scope everything of the old template is back, its image by digest."""
    first = seen(directory).revisions[0]
    Desk(directory).set_template("web", Template("web", "shop/web:v2", {"MODE": "new"}))
    turn(directory)
    image = f"shop/web:v1@{Store(directory).read().tags['shop/web:v1']}"
    restore = Restore(first.name, RollbackScope.TEMPLATE, {"web": image})
    LocalWriter(directory).apply(change(seen(directory), restore))
    assert Store(directory).read().workloads["web"].template == Template("web", image)


def test_a_rollback_of_the_image_leaves_the_rest(directory: Path) -> None:
    """With image scope the template keeps what else has changed."""
    Desk(directory).set_template("web", Template("web", "shop/web:v2", {"MODE": "new"}))
    restore = Restore("", RollbackScope.IMAGE, {"web": "shop/web:v1"})
    LocalWriter(directory).apply(change(seen(directory), restore))
    assert Store(directory).read().workloads["web"].template == Template(
        "web", "shop/web:v1", {"MODE": "new"}
    )


def test_a_restored_template_has_the_fingerprint_it_had(directory: Path) -> None:
    """Going back to the very same images is going back to the very same revision."""
    first = seen(directory).revisions[0]
    Desk(directory).set_image("web", "shop/web:v2")
    turn(directory)
    restore = Restore(first.name, RollbackScope.TEMPLATE, dict(first.images))
    LocalWriter(directory).apply(change(seen(directory), restore))
    turn(directory)
    current = seen(directory).current_revision()
    assert current is not None
    assert (current.name, current.fingerprint) == (first.name, first.fingerprint)


def test_a_container_that_is_not_there_is_refused(directory: Path) -> None:
    """Naming an unknown container changes nothing and says so."""
    restore = Restore("", RollbackScope.IMAGE, {"sidecar": "shop/proxy:v1"})
    with pytest.raises(Refused, match="sidecar"):
        LocalWriter(directory).apply(change(seen(directory), restore))


def test_findings_are_shown_but_are_no_news(directory: Path) -> None:
    """Publishing findings changes the annotation and wakes nobody."""
    watcher = LocalWatcher(directory)
    watcher.start()
    watcher.take_changed(0)
    workload = watcher.workload(watcher.keys()[0])
    assert workload is not None
    LocalWriter(directory).publish(workload, "findings")
    assert watcher.take_changed(0) == frozenset()
    assert Store(directory).read().workloads["web"].annotations[FINDINGS] == "findings"


def test_news_is_taken_once(directory: Path) -> None:
    """The first look names every workload, a second none, and another process's change that
    workload again."""
    watcher = LocalWatcher(directory)
    watcher.start()
    assert watcher.take_changed(0) == frozenset(watcher.keys())
    assert watcher.take_changed(0) == frozenset()
    Desk(directory).pause("web")
    assert watcher.take_changed(1.0) == frozenset(watcher.keys())


def test_a_workload_that_goes_is_news(directory: Path) -> None:
    """A deleted workload is named once more and is then none."""
    watcher = LocalWatcher(directory)
    watcher.start()
    key = watcher.keys()[0]
    watcher.take_changed(0)
    Desk(directory).delete("web")
    assert watcher.take_changed(1.0) == {key}
    assert watcher.workload(key) is None


def test_a_command_sees_what_was_published(directory: Path) -> None:
    """The lister knows its own namespace and labels only, and shows findings beside the
    workload."""
    LocalWriter(directory).publish(seen(directory), "findings")
    lister = LocalLister(directory)
    assert lister.list(["elsewhere"], "") == lister.list([], "app=other") == ()
    (listed,) = lister.list(["local"], "app=web")
    assert listed.findings_text == lister.one("local", "web").findings_text == "findings"
    with pytest.raises(Vanished):
        lister.one("elsewhere", "web")


def test_no_platform_is_refused_with_advice(tmp_path: Path) -> None:
    """Looking where there is no platform says what would start one."""
    with pytest.raises(Refused, match="rollctl demo"):
        LocalWatcher(tmp_path / "nowhere").start()


def test_a_garbled_state_is_refused_and_left_alone(directory: Path) -> None:
    """A state file that is no state is neither read nor overwritten."""
    file = directory / "state.json"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(Refused, match=r"state\.json"):
        Desk(directory).pause("web")
    assert file.read_text(encoding="utf-8") == "{"


def _pushes(directory: Path, start: int) -> None:
    for number in range(start, start + 20):
        Desk(directory).push(f"shop/web:{number}", ["serve", str(number)])


def test_no_change_of_many_processes_is_lost(directory: Path) -> None:
    """Changes made by several processes at once are all there afterwards."""
    context = get_context("spawn")
    writers = [context.Process(target=_pushes, args=(directory, 100 * n)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(Store(directory).read().tags) == 1 + 60
