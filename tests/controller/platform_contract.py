"""What every platform promises the engine, as laws that each platform's tests inherit.

Why: the loop knows one platform; whatever differs between two of them is a fault of one.
Never here: how any platform stores or spells things; a `Stranger` does that.

A platform's test module makes a class of its own from `PlatformContract` and gives it a
fixture `platform` that yields a `Platform` with a started watcher.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import pytest

from controller.annotations import record_text
from controller.engine.change import Change, Restore
from controller.engine.record import Act, Decision, Record
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.platform import Conflict, Refused, Vanished, Watcher, Writer
from policies.model import RollbackScope

SOON_SECONDS = 20.0
AT_ONCE_SECONDS = 2.0
QUIET_SECONDS = 1.0
AT = 1_700_000_000.25
# Every sign that some encoder of JSON writes in a way of its own.
NASTY = 'p99 > 20 % & < "half" \\ / é 百 🙂 \u2028 \u2029 \x7f \t \n \r \b \f \x01 \u00ad'


class Stranger(Protocol):
    """Somebody else who uses the platform, past rollctl."""

    def create(self, name: str, version: str) -> WorkloadKey:
        """Makes a workload of one pod and one container."""

    def release(self, key: WorkloadKey, version: str) -> None:
        """Wants another version of the container's image."""

    def image(self, version: str) -> str:
        """The reference of a version's image."""

    def remove(self, key: WorkloadKey) -> None:
        """Deletes the workload."""

    def write_record(self, key: WorkloadKey, text: str) -> None:
        """Overwrites the record with any text."""


@dataclass(frozen=True)
class Platform:
    """One platform under test; `container` is the name of a workload's only container."""

    watcher: Watcher
    writer: Writer
    stranger: Stranger
    container: str

    def wait(self, key: WorkloadKey, seems: Callable[[Workload], bool]) -> Workload:
        """The workload as soon as it is seen so."""
        deadline = time.monotonic() + SOON_SECONDS
        while time.monotonic() < deadline:
            workload = self.watcher.workload(key)
            if workload is not None and seems(workload):
                return workload
            time.sleep(0.01)
        raise AssertionError(f"not seen within {SOON_SECONDS} s; last: {workload}")

    def wait_gone(self, key: WorkloadKey) -> None:
        """Returns when the workload is no longer in sight."""
        deadline = time.monotonic() + SOON_SECONDS
        while self.watcher.workload(key) is not None:
            assert time.monotonic() < deadline, f"{key} is still in sight"
            time.sleep(0.01)

    def settle(self) -> None:
        """Takes news until there is none."""
        deadline = time.monotonic() + SOON_SECONDS
        while self.watcher.take_changed(QUIET_SECONDS):
            assert time.monotonic() < deadline, "news without end"

    def made(self, name: str = "web", version: str = "v1") -> Workload:
        """A new workload, seen with its first revision."""
        key = self.stranger.create(name, version)
        return self.wait(key, lambda workload: workload.current_revision() is not None)

    def released(self, seen: Workload, version: str = "v2") -> Workload:
        """The workload after a stranger's release, seen with the release's revision."""
        self.stranger.release(seen.key, version)
        wanted = {self.container: self.stranger.image(version)}
        return self.wait(
            seen.key, lambda w: w.images == wanted and w.current_revision() is not None
        )

    def applied(self, change: Change) -> Workload:
        """The workload as seen with the change's record. Like the loop it looks again where the
        platform itself touched the workload in between, but not past another's record."""
        deadline = time.monotonic() + SOON_SECONDS
        key, record_seen, record = change.seen.key, change.seen.record_text, change.record
        while True:
            try:
                self.writer.apply(change)
                return self.wait(key, lambda w: w.record == record)
            except Conflict:
                assert time.monotonic() < deadline, "no look is new enough"
                fresh = self.wait(key, lambda w: w.record_text == record_seen)
                change = replace(change, seen=fresh)
                time.sleep(0.01)


def change_of(
    seen: Workload,
    *,
    reason: str = "a reason",
    paused: bool | None = None,
    restore: Restore | None = None,
) -> Change:
    """The next record of this workload, with one decision."""
    decision = Decision(AT, Act.ROLL_BACK, "rollout", "Regressed", reason)
    record = replace(seen.record, sequence=seen.record.sequence + 1, history=(decision,))
    return Change(seen, record, decision, paused, restore)


class PlatformContract:
    """The laws."""

    def test_first_news_is_everything(self, platform: Platform) -> None:
        """A workload that was there before is in the first news."""
        seen = platform.made()
        assert seen.key in platform.watcher.take_changed(SOON_SECONDS)

    def test_taken_news_is_not_told_again(self, platform: Platform) -> None:
        """Once everything is taken and nothing happens, there is no news."""
        platform.made()
        platform.settle()
        assert platform.watcher.take_changed(0.05) == frozenset()

    def test_news_wakes_who_waits(self, platform: Platform) -> None:
        """A change ends the wait for news at once, not at the time-out."""
        seen = platform.made()
        platform.settle()
        release = threading.Timer(0.2, platform.stranger.release, (seen.key, "v2"))
        release.start()
        began = time.monotonic()
        assert seen.key in platform.watcher.take_changed(SOON_SECONDS)
        assert time.monotonic() - began < AT_ONCE_SECONDS
        release.join()

    def test_release_is_a_new_revision(self, platform: Platform) -> None:
        """Another image is another generation, fingerprint and revision; the old one stays."""
        seen = platform.made()
        after = platform.released(seen)
        old, new = seen.current_revision(), after.current_revision()
        assert old is not None
        assert new is not None
        assert after.generation > seen.generation
        assert new.number > old.number
        assert new.fingerprint != old.fingerprint
        assert old.fingerprint in {revision.fingerprint for revision in after.revisions}
        assert old.images == {platform.container: platform.stranger.image("v1")}

    def test_keys_are_sorted_and_whole(self, platform: Platform) -> None:
        """Every workload in sight is among the keys, in order; a stranger's name is not."""
        keys = [platform.made(name).key for name in ("zebra", "ant")]
        assert list(platform.watcher.keys()) == sorted(platform.watcher.keys())
        assert set(keys) <= set(platform.watcher.keys())
        assert platform.watcher.workload(replace(keys[0], name="nobody")) is None

    def test_record_is_read_back(self, platform: Platform) -> None:
        """What is recorded is what is read, whatever signs it holds; what is wanted stays."""
        seen = platform.made()
        after = platform.applied(change_of(seen, reason=NASTY))
        assert after.record.history[0].reason == NASTY
        assert after.record_text == record_text(after.record)
        assert (after.fingerprint, after.paused) == (seen.fingerprint, seen.paused)

    def test_changes_follow_each_other(self, platform: Platform) -> None:
        """The record as read is accepted as the proof of what was seen, signs and all."""
        first = platform.applied(change_of(platform.made(), reason=NASTY))
        assert platform.applied(change_of(first)).record.sequence == 2

    def test_second_application_conflicts(self, platform: Platform) -> None:
        """The same change applied again is a conflict and changes nothing."""
        change = change_of(platform.made(), paused=True)
        after = platform.applied(change)
        with pytest.raises(Conflict):
            platform.writer.apply(change)
        again = platform.wait(after.key, lambda w: True)
        assert (again.record_text, again.generation) == (after.record_text, after.generation)

    def test_first_record_is_written_once(self, platform: Platform) -> None:
        """Of two controllers that both saw no record, one writes it and one conflicts."""
        seen = platform.made()
        mine = platform.applied(change_of(seen, reason="mine"))
        with pytest.raises(Conflict):
            platform.writer.apply(change_of(replace(seen, generation=mine.generation)))

    def test_a_strangers_release_conflicts(self, platform: Platform) -> None:
        """A change decided before a person's release is a conflict and writes nothing."""
        seen = platform.made()
        after = platform.released(seen)
        with pytest.raises(Conflict):
            platform.writer.apply(change_of(seen, paused=True))
        again = platform.wait(seen.key, lambda w: True)
        assert (again.record, again.paused, again.images) == (Record(), False, after.images)

    def test_pause_is_set_and_lifted(self, platform: Platform) -> None:
        """A pause comes with its record and goes with its record; the template stays."""
        seen = platform.made()
        held = platform.applied(change_of(seen, paused=True))
        assert held.paused
        assert held.generation > seen.generation
        kept = platform.applied(change_of(held))
        assert kept.paused
        let_go = platform.applied(change_of(kept, paused=False))
        assert not let_go.paused
        assert let_go.fingerprint == seen.fingerprint

    @pytest.mark.parametrize("scope", list(RollbackScope))
    def test_template_pause_and_record_change_together(
        self, platform: Platform, scope: RollbackScope
    ) -> None:
        """Whoever sees the record of a rollback sees the restored template and no pause."""
        seen = platform.made()
        target = seen.current_revision()
        assert target is not None
        held = platform.applied(change_of(platform.released(seen), paused=True))
        restore = Restore(target.name, scope, target.images)
        after = platform.applied(change_of(held, paused=False, restore=restore))
        assert after.images == target.images
        assert after.fingerprint == target.fingerprint
        assert not after.paused

    @pytest.mark.parametrize("scope", list(RollbackScope))
    def test_restored_images_are_those_asked_for(
        self, platform: Platform, scope: RollbackScope
    ) -> None:
        """A rollback writes the images it names, which need not be spelled as before."""
        seen = platform.made()
        target = seen.current_revision()
        assert target is not None
        wanted = {platform.container: platform.stranger.image("v1-by-another-name")}
        restore = Restore(target.name, scope, wanted)
        after = platform.applied(change_of(platform.released(seen), restore=restore))
        assert after.images == wanted

    def test_a_lost_revision_is_no_lost_workload(self, platform: Platform) -> None:
        """A rollback to a revision that is gone is refused, writes nothing, and does not say
        that the workload vanished."""
        seen = platform.made()
        restore = Restore("never-was", RollbackScope.TEMPLATE, {})
        with pytest.raises((Conflict, Refused)):
            platform.writer.apply(change_of(seen, restore=restore))
        assert platform.wait(seen.key, lambda w: True).record == Record()

    def test_an_unknown_container_is_refused(self, platform: Platform) -> None:
        """Images for a container that the template lacks are refused, not half restored."""
        seen = platform.made()
        images = {platform.container: platform.stranger.image("v0"), "stranger": "x"}
        restore = Restore("", RollbackScope.IMAGE, images)
        with pytest.raises(Refused):
            platform.writer.apply(change_of(seen, restore=restore))
        assert platform.wait(seen.key, lambda w: True).images == seen.images

    def test_removed_workload_is_news_and_gone(self, platform: Platform) -> None:
        """A deleted workload is news once, is no longer in sight, and cannot be changed."""
        seen = platform.made()
        platform.settle()
        platform.stranger.remove(seen.key)
        assert seen.key in platform.watcher.take_changed(SOON_SECONDS)
        platform.wait_gone(seen.key)
        assert seen.key not in set(platform.watcher.keys())
        with pytest.raises(Vanished):
            platform.writer.apply(change_of(seen))
        with pytest.raises(Vanished):
            platform.writer.publish(seen, "{}")

    def test_a_namesake_is_another_workload(self, platform: Platform) -> None:
        """What was decided of a deleted workload is never done to its namesake."""
        seen = platform.made()
        platform.stranger.remove(seen.key)
        platform.wait_gone(seen.key)
        namesake = platform.made()
        assert namesake.uid != seen.uid
        with pytest.raises((Conflict, Vanished)):
            platform.writer.apply(change_of(seen, paused=True))
        with pytest.raises((Conflict, Vanished)):
            platform.writer.publish(seen, "{}")
        after = platform.wait(seen.key, lambda w: True)
        assert (after.record, after.paused) == (Record(), False)

    def test_a_garbled_record_is_empty_and_mended(self, platform: Platform) -> None:
        """A record that somebody garbled counts as none, and the next change mends it."""
        seen = platform.made()
        platform.stranger.write_record(seen.key, "{garbled")
        garbled = platform.wait(seen.key, lambda w: w.record_text == "{garbled")
        assert garbled.record == Record()
        assert platform.applied(change_of(garbled)).record.sequence == 1

    def test_findings_change_nothing_else(self, platform: Platform) -> None:
        """Published findings are neither wanted nor recorded: the next look can be acted on."""
        seen = platform.made()
        platform.writer.publish(seen, f'{{"findings": "{NASTY}"}}')
        after = platform.applied(change_of(seen))
        assert (after.images, after.fingerprint) == (seen.images, seen.fingerprint)

    def test_findings_are_seen_as_they_were_published(self, platform: Platform) -> None:
        """None at first, then the newest, of this workload and of no other."""
        seen = platform.made()
        assert platform.watcher.findings_text(seen.key) == ""
        text = f'{{"findings": "{NASTY}"}}'
        platform.writer.publish(seen, text)
        platform.wait(seen.key, lambda _: platform.watcher.findings_text(seen.key) == text)
        assert platform.watcher.findings_text(replace(seen.key, name="other")) == ""

    def test_announcing_twice_is_harmless(self, platform: Platform) -> None:
        """After a crash a decision may be announced again."""
        change = change_of(platform.made(), reason=NASTY * 100)
        platform.writer.announce(change)
        platform.writer.announce(change)

    def test_a_fresh_picture_is_no_trouble(self, platform: Platform) -> None:
        """While the platform answers there is nothing to complain about."""
        assert platform.watcher.trouble() == ""
        assert platform.writer.describe()

    def test_stopping_is_quick(self, platform: Platform) -> None:
        """A stop does not wait for the watches' next news, and may be repeated."""
        began = time.monotonic()
        platform.watcher.stop()
        platform.watcher.stop()
        assert time.monotonic() - began < AT_ONCE_SECONDS
