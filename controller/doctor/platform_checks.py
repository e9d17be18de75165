"""Whether the platform can be reached, and lets us do what the service does.

Why: a permission that is missing shows at the start, or only when a bad release is to be undone.
Never here: workloads.
"""

from collections.abc import Callable, Iterator, Sequence

from controller.doctor.clocks import compared
from controller.doctor.finding import Finding, Level, bad, doubtful, good
from controller.ports.access import Access, Permission
from controller.ports.platform import PlatformError, Refused

PLATFORM, CLOCK, PERMISSION = "platform", "platform clock", "permission"
ROLES = "deploy/kustomize/rbac"


def platform(access: Access, clock: Callable[[], float]) -> Iterator[Finding]:
    """Whether it answers, and what time it is there."""
    try:
        told = access.server_time()
    except PlatformError as error:
        mend = "check address, credentials and network policy"
        yield Finding(Level.FAIL, PLATFORM, str(error), mend, isinstance(error, Refused))
        return
    yield good(PLATFORM, f"{access.describe()} answers")
    yield compared(CLOCK, "the platform", told, clock())


def permissions(access: Access, namespaces: Sequence[str]) -> Iterator[Finding]:
    """One line for each permission; without namespaces it is asked for all of them."""
    for one in access.needed():
        try:
            asked = (one.namespace,) if one.namespace else namespaces or ("",)
            missing = [name for name in asked if not access.allows(one, name)]
        except PlatformError as error:
            mend = "mend what is said of the platform, then ask again"
            yield doubtful(PERMISSION, f"{one}: not known ({error})", mend)
            continue
        yield _told(one, missing)


def _told(one: Permission, missing: Sequence[str]) -> Finding:
    if not missing:
        return good(PERMISSION, f"{one}, {one.why}")
    where = ", ".join(f"in {name}" if name else "in all namespaces" for name in missing)
    mend = f"add {{{one.as_rule()}}} to rollctl's role ({ROLES})"
    told = f"{one} is not allowed {where}, needed {one.why}"
    return Finding(Level.FAIL, PERMISSION, told, mend, is_refusal=True)


def unread(check: str, why: str) -> Finding:
    """A check that could not be made because of what another one says."""
    return bad(check, why, "mend what is said above, then ask again")
