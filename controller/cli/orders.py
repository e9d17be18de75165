"""`rollctl pin | unpin | resume | rollback`: a person's orders.

Why: they work although the service is dead, by the same engine, patch and record.
Never here: what an order means (controller.engine.orders).
"""

from typing import Annotated

import typer

from controller.cli.options import AsName, Context, Kubeconfig, Local, Namespace, Reason, Target


def pin(
    target: Target,
    image: Annotated[
        list[str] | None,
        typer.Option("--image", help="CONTAINER=IMAGE (repeatable); default: what is settled."),
    ] = None,
    reason: Reason = "",
    as_name: AsName = "",
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    local: Local = None,
) -> None:
    """Hold a workload at an image until `rollctl unpin`."""
    from controller.cli.giving import Order, give, images_of
    from controller.engine import orders

    images = images_of(image or [])
    order = Order(
        lambda sight, person: orders.pin(sight, person, images),
        "rollctl unpin {target}",
        as_name,
        reason,
    )
    give(order, target, namespace, kubeconfig, context, local)


def unpin(
    target: Target,
    reason: Reason = "",
    as_name: AsName = "",
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    local: Local = None,
) -> None:
    """Let the images of a pinned workload change again."""
    from controller.cli.giving import Order, give
    from controller.engine import orders

    order = Order(orders.unpin, "rollctl pin {target}", as_name, reason)
    give(order, target, namespace, kubeconfig, context, local)


def resume(
    target: Target,
    reason: Reason = "",
    as_name: AsName = "",
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    local: Local = None,
) -> None:
    """Let a held rollout go to the end, whatever the evidence says."""
    from controller.cli.giving import Order, give
    from controller.engine import orders

    order = Order(orders.resume, "rollctl rollback {target}", as_name, reason)
    give(order, target, namespace, kubeconfig, context, local)


def rollback(
    target: Target,
    reason: Reason = "",
    as_name: AsName = "",
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    local: Local = None,
) -> None:
    """Return a workload to the version before."""
    from controller.cli.giving import Order, give
    from controller.engine import orders

    order = Order(orders.roll_back, "a new release of the image", as_name, reason)
    give(order, target, namespace, kubeconfig, context, local)
