"""`rollctl verdict` and `rollctl verify`: what is known of an image, from its registry alone.

Why: a CI and a person ask before they promote an image, without a cluster at hand.
Never here: what verdicts add up to.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.cli.options import KeyFile, RegistryConfig

if TYPE_CHECKING:
    from controller.verdicts_at import VerdictsAt

Image = Annotated[str, typer.Argument(help="As in ghcr.io/shop/web:1.3.0, or by digest.")]
Environment = Annotated[
    str, typer.Option("--environment", "-e", help="Only what was said there; default: anywhere.")
]
EXITS = {"healthy": 0, "quarantined": 3, "unknown": 5}


def verdict(
    image: Image,
    environment: Environment = "",
    registry_config: RegistryConfig = None,
    verdict_key_file: KeyFile = None,
) -> None:
    """Show every verdict at an image."""
    from controller.cli.ending import say
    from controller.show.text import cell, columns

    found = _asked(image, registry_config, verdict_key_file)
    head = ("AT (UTC)", "ENVIRONMENT", "CLUSTER", "WORKLOAD", "VERDICT", "EVIDENCE")
    rows = [
        (
            f"{record.at:%Y-%m-%d %H:%M:%S}",
            *(record.environment, record.cluster, record.workload, record.verdict),
            record.evidence,
        )
        for record in found.records
        if environment in ("", record.environment)
    ]
    say(f"{image} ({found.digests[0]}): {found.state(environment, time.time())}")
    for line in columns([head, *(tuple(map(cell, row)) for row in rows)]) if rows else ():
        say(line)
    for reason in found.left_out:
        say(f"not believed: {reason}")


def verify(
    image: Image,
    require: Annotated[str, typer.Option(help="healthy: the only thing to require.")] = "healthy",
    environment: Environment = "",
    registry_config: RegistryConfig = None,
    verdict_key_file: KeyFile = None,
) -> None:
    """End with 0 where an image was found Healthy, 3 where it is bad, 5 where nothing is known."""
    from controller.cli.ending import EXIT_USAGE, fail, say

    if require != "healthy":
        fail(f"--require {require}: write healthy", EXIT_USAGE)
    found = _asked(image, registry_config, verdict_key_file)
    state = found.state(environment, time.time())
    say(f"{image} ({found.digests[0]}): {state}")
    raise SystemExit(EXITS[state])


def _asked(image: str, config: Path | None, key_file: Path | None) -> "VerdictsAt":
    from controller.adapters.registry.reference import parse_reference
    from controller.cli.ending import EXIT_REFUSED, EXIT_USAGE, fail
    from controller.cli.registries import registries
    from controller.ports.registry import RegistryError, Unauthorized
    from controller.verdicts_at import verdicts_at

    try:
        reference = parse_reference(image)
    except ValueError as error:
        fail(str(error), EXIT_USAGE)
    with registries(config, key_file) as (registry, keys):
        try:
            return verdicts_at(registry, reference, keys, time.time())
        except Unauthorized as error:
            fail(str(error), EXIT_REFUSED)
        except RegistryError as error:
            fail(str(error))
