"""Watches the repositories of governed workloads, in threads of its own.

Why: a registry may be slow, away or forbid us, and none of that may delay a look, a hold or a
verdict; so the loop says which workloads it looks after and takes what is known.
Never here: how a repository is read (builds_read.py), what follows from it.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import structlog

from controller.builds_read import Asked, BuildsReader, Read
from controller.builds_wanted import Wanted, together, wanted_of
from controller.engine.builds.build import CiAnswer
from controller.engine.builds.shelf import Shelf
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.pull_secrets import NoWorkloadLogins, WorkloadLogins
from controller.ports.registry import RegistryError, RegistryUnavailable
from policies.images.choices import TagChoice
from policies.model import Policy

FIRST_RETRY_SECONDS = 5.0
LEAST_GAP_SECONDS = 1.0
"""So far apart are two readings of one repository at least, however many pushes are told."""
LONGEST_WAIT_SECONDS = 1.0
READERS = 4
MOST_POSTED = 10_000
MOST_TOLD = 20

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _State:
    """One repository: what was read, for which choices, and when it is read again (unix
    seconds). `tries` are those in a row that failed; `busy` is set while a thread reads it and
    `told` when a push was told meanwhile."""

    shelf: Shelf | None = None
    choices: frozenset[TagChoice] = frozenset()
    trouble: tuple[str, ...] = ()
    due_at: float = 0.0
    not_before: float = 0.0
    tries: int = 0
    busy: bool = False
    told: bool = False


class BuildsWatch:
    """The port Builds on registries. Each repository is read every `interval_seconds`, give or
    take a tenth; `logins` hears of each workload before its repositories are read."""

    def __init__(
        self,
        reader: BuildsReader,
        interval_seconds: float,
        clock: Callable[[], float] = time.time,
        logins: WorkloadLogins | None = None,
    ) -> None:
        self._reader = reader
        self._logins = logins or NoWorkloadLogins()
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._followed: dict[WorkloadKey, dict[str, Wanted]] = {}
        self._states: dict[str, _State] = {}
        self._posted: Mapping[str, CiAnswer] = {}
        self._read: set[WorkloadKey] = set()
        self._changed = threading.Condition()
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begins to read."""
        for number in range(READERS):
            threading.Thread(target=self._run, name=f"builds-{number}", daemon=True).start()

    def stop(self) -> None:
        """Ends; a reading under way is left to its thread."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()

    def follow(self, workload: Workload, policy: Policy) -> None:
        """Wants the builds of every repository that the policy names and the workload runs;
        of one that is new, or asked for other tags, at once."""
        self._logins.follow(workload, policy)
        parts = wanted_of(workload, policy)
        with self._changed:
            before = self._followed.get(workload.key, {})
            if parts == before:
                return
            self._followed[workload.key] = parts
            for name, part in parts.items():
                state = self._states.get(name, _State())
                if not part.choices <= state.choices:
                    state = replace(state, due_at=state.not_before, told=state.busy)
                self._states[name] = state
            self._drop_unwanted(before.keys() - parts.keys())
            self._changed.notify_all()

    def forget(self, key: WorkloadKey) -> None:
        """Wants them no more."""
        self._logins.forget(key)
        with self._changed:
            self._drop_unwanted(self._followed.pop(key, {}).keys())

    def _drop_unwanted(self, names: Iterable[str]) -> None:
        for name in names:
            if not any(name in parts for parts in self._followed.values()):
                self._states.pop(name, None)

    def shelves(self, key: WorkloadKey) -> Mapping[str, Shelf]:
        """What is known now, read for all the tags that the workload's policy asks for."""
        with self._changed:
            parts = self._followed.get(key, {})
            return {
                name: replace(state.shelf, posted=self._posted)
                for name, part in parts.items()
                if (state := self._states[name]).shelf is not None and part.choices <= state.choices
            }

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:
        """The trouble of the last reading of each of its repositories, and of its logins."""
        with self._changed:
            names = self._followed.get(key, {})
            told = tuple(line for name in names for line in self._states[name].trouble)
        return (*told, *self._logins.trouble(key))

    def take_read(self) -> frozenset[WorkloadKey]:
        """Workloads of whose repositories one was read since the last call."""
        with self._changed:
            taken = frozenset(self._read)
            self._read.clear()
            return taken

    def nudge(self, concerns: Callable[[str], bool]) -> int:
        """Reads the repositories that a push may concern at once, as far as their registry lets
        us; how many there are."""
        with self._changed:
            names = [name for name in self._states if concerns(name)]
            for name in names:
                state = self._states[name]
                self._states[name] = replace(state, due_at=state.not_before, told=state.busy)
            self._changed.notify_all()
        return len(names)

    def post(self, digest: str, answer: CiAnswer) -> None:
        """Believes a CI's word on a digest, the last of which counts; it is forgotten when the
        service ends."""
        with self._changed:
            newest = dict(list(self._posted.items())[-MOST_POSTED + 1 :])
            newest.pop(digest, None)
            self._posted = {**newest, digest: answer}
            self._read.update(self._followed)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self.step():
                with self._changed:
                    self._changed.wait(LONGEST_WAIT_SECONDS)

    def step(self) -> bool:
        """Reads the one repository that is due for longest; whether there was any."""
        now = self._clock()
        with self._changed:
            due = [n for n, one in self._states.items() if not one.busy and one.due_at <= now]
            if not due:
                return False
            name = min(due, key=lambda one: (self._states[one].due_at, one))
            state = replace(self._states[name], busy=True, told=False)
            self._states[name] = state
            asked = self._asked(name)
        self._take(name, asked, self._tried(name, asked, state, now))
        return True

    def _asked(self, name: str) -> Asked:
        """What all workloads together want of a repository."""
        return together(name, (parts[name] for parts in self._followed.values() if name in parts))

    def _tried(self, name: str, asked: Asked, state: _State, now: float) -> Read | RegistryError:
        try:
            return self._reader.read(asked, state.shelf or Shelf(), now)
        except RegistryError as error:
            log.warning("a registry was not read", repository=name, why=str(error))
            return error
        except Exception as error:  # a defect with one repository must not end the thread
            log.exception("a defect of rollctl; a repository is not read", repository=name)
            return RegistryError(f"{name}: a defect of rollctl while reading it: {error!r}")

    def _take(self, name: str, asked: Asked, found: Read | RegistryError) -> None:
        now = self._clock()
        with self._changed:
            state = self._states.get(name)
            if state is None:
                return
            if isinstance(found, Read):
                _tell_news(name, state.shelf, found.shelf)
                after = self._fresh(state, asked, found, now)
            else:
                after = self._failed(state, found, now)
            if state.told:
                after = replace(after, due_at=after.not_before)
            self._states[name] = replace(after, busy=False, told=False)
            self._read.update(key for key, parts in self._followed.items() if name in parts)

    def _fresh(self, state: _State, asked: Asked, read: Read, now: float) -> _State:
        due_at = now + self._interval_seconds * _jitter()
        return replace(
            state,
            shelf=read.shelf,
            choices=asked.choices,
            trouble=read.notes,
            due_at=due_at,
            not_before=min(due_at, now + LEAST_GAP_SECONDS),
            tries=0,
        )

    def _failed(self, state: _State, error: RegistryError, now: float) -> _State:
        """Asked again soon, later with each failure, at last as often as ever: so that what is
        mended is seen to be."""
        wished = error.retry_after_seconds if isinstance(error, RegistryUnavailable) else 0.0
        wait = min(FIRST_RETRY_SECONDS * 2.0 ** min(state.tries, 10), self._interval_seconds)
        shelf = replace(state.shelf, unread=str(error)) if state.shelf is not None else None
        return replace(
            state,
            shelf=shelf,
            trouble=(str(error),),
            due_at=now + max(wished, wait * _jitter()),
            not_before=now + max(wished, LEAST_GAP_SECONDS),
            tries=state.tries + 1,
        )


def _tell_news(name: str, before: Shelf | None, after: Shelf) -> None:
    """When a build was seen for the first time, so that whoever asks later why it went out, or
    why it did not, need not guess. What a first reading finds is no news."""
    if before is None:
        log.info("a repository is watched", repository=name, builds=len(after.builds))
        return
    known = {(build.tag, build.digest) for build in before.builds}
    news = [one for one in after.builds if one.digest and (one.tag, one.digest) not in known]
    for build in news[:MOST_TOLD]:
        log.info("a build is seen", repository=name, tag=build.tag, digest=build.digest)


def _jitter() -> float:
    """So that many repositories are not read at the same time for ever."""
    return random.uniform(0.9, 1.1)  # noqa: S311 - no secret
