"""What was decided is told, once, whatever died or failed in between."""

from controller.engine.advance import advance
from controller.ports.journal import Entry, JournalError
from controller.tell import RECENT_SECONDS, RETRY_SECONDS, Teller
from tests.fakes import KEY, NOW, FakePlatform, MemoryJournal, policy, sight, workload


class FillingDisk(MemoryJournal):
    """Full until told otherwise."""

    full = True

    def append(self, entry: Entry) -> None:
        if self.full:
            raise JournalError("the disk is full")
        super().append(entry)


def changed() -> FakePlatform:
    """A platform that took a change of which nobody was told."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    platform = FakePlatform(seen)
    change = advance(sight(seen, policy()))
    assert change is not None
    platform.apply(change)
    return platform


def test_after_a_crash_it_is_told_once() -> None:
    """By the next controller, and by the one after it no more."""
    platform, journal = changed(), MemoryJournal()
    for _ in range(3):
        Teller(platform, journal).catch_up(platform.workloads[KEY], NOW + 60)
    assert (len(journal.written), len(platform.announced)) == (1, 1)


def test_what_a_full_disk_did_not_take_is_written_later() -> None:
    """The workload is behind until then."""
    platform, journal = changed(), FillingDisk()
    teller = Teller(platform, journal)
    teller.catch_up(platform.workloads[KEY], NOW)
    assert teller.behind() == {KEY}
    journal.full = False
    teller.catch_up(platform.workloads[KEY], NOW + RETRY_SECONDS)
    assert (len(journal.written), teller.behind()) == (1, frozenset())


def test_what_is_old_is_not_announced_again() -> None:
    """Its Event may have been told and be gone."""
    platform, journal = changed(), MemoryJournal()
    Teller(platform, journal).catch_up(platform.workloads[KEY], NOW + RECENT_SECONDS + 1)
    assert (journal.written, platform.announced) == ([], [])
