"""Where the decisions of `rollctl history` come from: the workloads, or a journal.

Why: who asks for one workload gets all that is known of it, wherever it is kept.
Never here: options, layout.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from controller.adapters.journal import SqliteJournal
from controller.cli.ending import EXIT_USAGE, fail
from controller.cli.platforms import Where, name_of
from controller.ports.journal import Entry
from controller.show.seen import seen
from controller.show.story import entries_of

MOST_READ = 100_000


def recorded(where: Where, target: str | None) -> Sequence[Entry]:
    """What stands on the workloads. Raises PlatformError."""
    entries = entries_of(map(seen, where.lister.list(where.namespaces, "")))
    return _about(entries, target, None)


def journalled(file: str, target: str | None, namespace: str | None, most: int) -> Sequence[Entry]:
    """What stands in a journal, of every namespace where none is named. Raises JournalError."""
    if not Path(file).is_file():
        # Opening it would make an empty one.
        fail(f"--journal {file}: no such file", EXIT_USAGE)
    everything = target is None and namespace is None
    with closing(SqliteJournal(file)) as journal:
        entries = journal.entries(None, most if everything else MOST_READ)
    return _about(entries, target, namespace)


def _about(entries: Sequence[Entry], target: str | None, namespace: str | None) -> list[Entry]:
    name = name_of(target) if target is not None else None
    return [
        entry
        for entry in entries
        if name in (None, entry.key.name) and namespace in (None, entry.key.namespace)
    ]
