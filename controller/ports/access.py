"""The port to what a platform lets us do: asked before anything is done.

Why: a missing permission should be found when rollctl is installed, not in a bad release.
Never here: which permissions there are, workloads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Permission:
    """One verb on one kind of object, with its reason; `writes` where a dry run needs it not.
    `group` is "" for the core group; `namespace` is the one that it is needed in, "" for each
    that is governed."""

    group: str
    resource: str
    verb: str
    why: str
    writes: bool = False
    namespace: str = ""

    @property
    def rule(self) -> tuple[str, str, str]:
        """Group, resource and verb."""
        return self.group, self.resource, self.verb

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}{f'.{self.group}' if self.group else ''}"

    def as_rule(self) -> str:
        """What to write into a role."""
        return f'apiGroups: ["{self.group}"], resources: [{self.resource}], verbs: [{self.verb}]'


class Access(Protocol):
    """Asks a platform about ourselves."""

    def server_time(self) -> float | None:
        """What the platform's clock says now, unix seconds give or take half a second; None where
        it says nothing. Raises PlatformError."""

    def needed(self) -> Sequence[Permission]:
        """Every permission that the service uses."""

    def allows(self, permission: Permission, namespace: str) -> bool:
        """Whether we may do it in this namespace ("" = in all). Raises PlatformError."""

    def describe(self) -> str:
        """Where the platform is, in a few words."""
