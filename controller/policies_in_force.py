"""The policies that hold now, reloaded when their files change.

Why: a broken file must neither stop the service nor take a good policy away.
Never here: what a policy means.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from controller.telemetry import Telemetry
from policies.freeze.windows import frozen_at
from policies.load import Loaded, load
from policies.model import Policy
from policies.reload import reload

LOOK_EVERY_SECONDS = 1.0

log = structlog.get_logger()

Adapt = Callable[[Sequence[Policy]], tuple[Policy, ...]]
Stamp = tuple[tuple[str, int, int], ...]


class PoliciesInForce:
    """Watches policy files; a file that breaks keeps its last good policies."""

    def __init__(self, paths: Sequence[Path], telemetry: Telemetry, adapt: Adapt = tuple) -> None:
        """`adapt` is what this controller makes of the policies (a dry run cannot hold)."""
        self._adapt = adapt
        self._paths = paths
        self._telemetry = telemetry
        self._stamp: Stamp | None = None
        self._looked_at = float("-inf")
        self._loaded = Loaded()
        self._policies: tuple[Policy, ...] = ()
        self._frozen: dict[str, str] = {}

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All policies in force."""
        return self._policies

    @property
    def problems(self) -> tuple[str, ...]:
        """Every mistake in the files as they are now."""
        return tuple(str(problem) for problem in self._loaded.problems)

    def refresh(self, now: float) -> bool:
        """Whether there are other policies than before, or a freeze window of one opened or closed."""
        if now - self._looked_at < LOOK_EVERY_SECONDS:
            return False
        self._looked_at = now
        return self._read_again() | self._windows_turned(now)

    def _read_again(self) -> bool:
        stamp = _stamp(self._paths)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self._take(reload(self._loaded, load(self._paths)))
        return True

    def _windows_turned(self, now: float) -> bool:
        before, self._frozen = self._frozen, _frozen(self._policies, now)
        self._telemetry.policies_frozen.set(len(self._frozen))
        for name in before.keys() - self._frozen.keys():
            log.info("freeze window closed", policy=name)
        for name, told in self._frozen.items():
            if before.get(name) != told:
                log.info("freeze window open", policy=name, why=told)
        return self._frozen != before

    def _take(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._policies = self._adapt(loaded.policies)
        self._telemetry.policies.set(len(loaded.policies))
        self._telemetry.policy_problems.set(len(loaded.problems))
        for problem in loaded.problems:
            log.error("policy file is wrong, its last good policies stay", problem=str(problem))
        log.info("policies loaded", policies=[policy.name for policy in loaded.policies])

    def trouble_for(self, policy: Policy | None) -> tuple[str, ...]:
        """The mistakes in the file of this policy, whose last good state holds."""
        if policy is None:
            return ()
        return tuple(
            f"{problem} (the last good policy stays in force)"
            for problem in self._loaded.problems
            if problem.file == policy.source.file
        )


def _frozen(policies: Sequence[Policy], now: float) -> dict[str, str]:
    """By name, what is told of each policy whose windows are open."""
    open_now = {policy.name: (policy, frozen_at(policy.freeze, now)) for policy in policies}
    return {
        name: "; ".join(one.told(policy.name) for one in windows)
        for name, (policy, windows) in open_now.items()
        if windows
    }


def _stamp(paths: Sequence[Path]) -> Stamp:
    """Changes whenever a policy file does: name, time and size of each."""
    files = [f for path in paths for f in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return tuple(_file_stamp(file) for file in files)


def _file_stamp(file: Path) -> tuple[str, int, int]:
    try:
        stat = file.stat()
    except OSError:
        return (str(file), 0, -1)
    return (str(file), stat.st_mtime_ns, stat.st_size)
