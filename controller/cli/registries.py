"""Opens the registries that a command asks.

Why: every command that asks one finds logins, authorities and keys in the same way.
Never here: what is asked.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from controller.ports.registry import Registry

if TYPE_CHECKING:
    from controller.adapters.registry.secret_logins import SecretLogins


@contextmanager
def registries(
    config: Path | None, key_file: Path | None, logins: "SecretLogins | None" = None
) -> Iterator[tuple[Registry, Mapping[str, bytes]]]:
    """The registries, asked with the `logins` of workloads too, and the keys of those who are
    believed. Ends the command where a file is wrong."""
    from controller.adapters.registry.client import OciRegistry
    from controller.adapters.registry.keychain import Keychain
    from controller.adapters.registry.settings_file import read_registry_access
    from controller.cli.ending import EXIT_USAGE, fail
    from controller.verdicts.key_file import read_keys

    try:
        access = read_registry_access(config)
        keys = read_keys(key_file) if key_file else {}
    except ValueError as error:
        fail(str(error), EXIT_USAGE)
    registry = OciRegistry(access.settings, Keychain(file=access.credentials_file, secrets=logins))
    try:
        yield registry, keys
    finally:
        registry.close()
