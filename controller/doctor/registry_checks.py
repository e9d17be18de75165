"""Whether the repositories that policies name can be read.

Why: a registry that cannot be asked holds back builds, and the news of a bad one.
Never here: which build is next.
"""

from collections.abc import Iterator, Sequence

from controller.doctor.finding import Finding, Level, bad, good
from controller.ports.registry import Registry, RegistryError, Repository, Unauthorized
from policies.images.repositories import canonical
from policies.model import Policy

REGISTRY = "registry"


def registries(registry: Registry, policies: Sequence[Policy]) -> Iterator[Finding]:
    """One line for each repository."""
    named = {canonical(rule.repository) for policy in policies for rule in policy.images}
    for name in sorted(named):
        host, _, path = name.partition("/")
        yield _read(registry, Repository(host, path))


def _read(registry: Registry, repository: Repository) -> Finding:
    try:
        tags = registry.tags(repository)
    except Unauthorized as error:
        mend = "check the login in --registry-config (docs/images.md)"
        return Finding(Level.FAIL, REGISTRY, str(error), mend, is_refusal=True)
    except RegistryError as error:
        return bad(REGISTRY, str(error), "check the name, --registry-config and network policy")
    return good(REGISTRY, f"{repository} can be read, {len(tags)} tags")
