"""`rollctl explain TYPE/NAME`: why, in sentences with figures.

Why: a tool that acts must be able to say why.
Never here: the sentences.
"""

import time

from controller.cli.options import Context, Kubeconfig, Local, Namespace, Target


def explain(
    target: Target,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    local: Local = None,
) -> None:
    """Say why a workload is as it is, and on what evidence."""
    from controller.cli.ending import one_line_errors, say
    from controller.cli.platforms import name_of, open_platform
    from controller.show.seen import seen
    from controller.show.story import explain as told

    with one_line_errors():
        where = open_platform(local, kubeconfig, context, namespace)
        one = seen(where.lister.one(where.namespace, name_of(target)))
    for line in told(one, time.time()):
        say(line)
