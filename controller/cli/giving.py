"""Gives a person's order to the platform.

Why: the workload may change while the order is on its way, so it is looked at again then.
Never here: what an order means.
"""

import getpass
import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.cli.ending import EXIT_USAGE, fail, note, one_line_errors, say
from controller.cli.platforms import Where, name_of, open_platform
from controller.engine.change import Change
from controller.engine.orders import Person
from controller.engine.sight import Sight
from controller.ports.platform import Conflict, PlatformError
from controller.show.text import image_list

TRIES = 3


@dataclass(frozen=True, slots=True)
class Order:
    """What is ordered, how it is undone ("{target}" stands for the workload), by whom and
    why."""

    change: Callable[[Sight, Person], Change]
    undone_by: str
    as_name: str
    reason: str


def give(
    order: Order,
    target: str,
    namespace: str | None,
    kubeconfig: str | None,
    context: str | None,
    local: Path | None,
) -> None:
    """Does it, tells it, and says how to undo it."""
    person = Person(order.as_name or own_name(), order.reason)
    with one_line_errors():
        where = open_platform(local, kubeconfig, context, namespace)
        change = _done(where, name_of(target), order, person)
        _announced(where, change)
    decision = change.decision
    say(f"{target}: {decision.reason}; now {image_list(decision.to_images)}.")
    say(f"To undo it: {order.undone_by.format(target=_addressed(target, where, local))}.")


def _addressed(target: str, where: Where, local: Path | None) -> str:
    """The workload as a further command names it, wherever that command is typed."""
    return f"{target} --local {local}" if local else f"{target} -n {where.namespace}"


def _done(where: Where, name: str, order: Order, person: Person) -> Change:
    for left in reversed(range(TRIES)):
        workload = where.lister.one(where.namespace, name).workload
        change = order.change(Sight(workload, None, None, time.time()), person)
        try:
            where.writer.apply(change)
        except Conflict:
            if not left:
                raise
        else:
            return change
    raise AssertionError


def _announced(where: Where, change: Change) -> None:
    """The order is done; that nobody could be told is worth a line, no failure."""
    try:
        where.writer.announce(change)
    except PlatformError as error:
        note(f"Done, but no Event was written: {error}")


def own_name() -> str:
    """Who types."""
    user = os.environ.get("USER") or getpass.getuser()
    return f"{user}@{socket.gethostname()}"


def images_of(pairs: Sequence[str]) -> dict[str, str]:
    """CONTAINER=IMAGE pairs; one that is not ends the command."""
    wrong = [pair for pair in pairs if not all(pair.partition("="))]
    if wrong:
        fail(f"--image {wrong[0]}: write CONTAINER=IMAGE", EXIT_USAGE)
    return {name: image for name, _, image in (pair.partition("=") for pair in pairs)}
