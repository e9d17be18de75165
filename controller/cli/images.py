"""`rollctl images`: the builds of the repositories that policies name.

Why: which digest is good, bad or next is asked before it is asked for by hand; with the service
down, too.
Never here: layout, what a state is.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.cli.options import (
    AllNamespaces,
    Context,
    KeyFile,
    Kubeconfig,
    Local,
    Namespace,
    NoHeaders,
    Output,
    OutputOption,
    RegistryConfig,
    Selector,
)

if TYPE_CHECKING:
    from controller.images_at import Images, Question
    from policies.load import Loaded


def images(
    policies: Annotated[
        list[Path], typer.Option("--policies", "-f", help="Policy file or folder (repeatable).")
    ],
    repository: Annotated[
        str | None,
        typer.Argument(metavar="[REPOSITORY]", help="Only this, as in ghcr.io/shop/web."),
    ] = None,
    namespace: Namespace = None,
    all_namespaces: AllNamespaces = False,
    selector: Selector = "",
    output: OutputOption = Output.TEXT,
    no_headers: NoHeaders = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is older than all that runs, 50 tags a rule.")
    ] = False,
    registry_config: RegistryConfig = None,
    verdict_key_file: KeyFile = None,
    pull_secrets: Annotated[
        bool,
        typer.Option(
            "--pull-secrets", help="Ask registries with the workloads' imagePullSecrets, too."
        ),
    ] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    local: Local = None,
) -> None:
    """List the builds of governed workloads' repositories, what each is worth, and who runs it."""
    from controller.adapters.registry.secret_logins import SecretLogins
    from controller.builds_read import BuildsReader
    from controller.cli.ending import one_line_errors
    from controller.cli.platforms import open_platform
    from controller.cli.registries import registries
    from controller.images_at import ImagesAt, Question
    from controller.log_lines import log_beside_the_answer
    from policies.load import load

    log_beside_the_answer()
    loaded = load(policies)
    wanted = _known(repository, loaded)
    with one_line_errors():
        where = open_platform(local, kubeconfig, context, namespace, every_namespace=all_namespaces)
        question = Question(where.namespaces, selector, wanted, everything)
        logins = SecretLogins(where.secrets) if pull_secrets and where.secrets else None
        with registries(registry_config, verdict_key_file, logins) as (registry, keys):
            at = ImagesAt(where.lister, BuildsReader(registry, keys), time.time, logins)
            found = at.find(question, loaded.policies)
    _show(found, question, output, head=not no_headers)
    raise SystemExit(_end(found, loaded, wanted))


def _known(repository: str | None, loaded: "Loaded") -> str:
    """The repository's full name, "" for all. Ends where no policy names it."""
    from controller.cli.ending import EXIT_USAGE, fail
    from controller.images_at import named_in
    from policies.images.repositories import canonical, is_repository

    if repository is None:
        return ""
    if not is_repository(repository):
        fail(
            f"{repository}: write a repository without tag, as in ghcr.io/shop/web",
            EXIT_USAGE,
        )
    named = named_in(loaded.policies)
    if canonical(repository) not in named and not loaded.problems:
        told = ", ".join(sorted(named.values())) or "none"
        fail(f"no policy's images name {repository}; they name: {told}", EXIT_USAGE)
    return canonical(repository)


def _show(found: "Images", question: "Question", output: Output, *, head: bool) -> None:
    from controller.cli.ending import say, say_document
    from controller.show.document import as_json, as_yaml
    from controller.show.images import image_documents, image_name, images_table

    if output in (Output.JSON, Output.YAML):
        written = as_json if output is Output.JSON else as_yaml
        say_document(written(image_documents(found.rows, found.trouble)))
    elif output is Output.NAME:
        for one in found.rows:
            say(image_name(one))
    elif found.rows:
        several = len(question.namespaces) != 1
        wide = output is Output.WIDE
        for line in images_table(found.rows, time.time(), wide=wide, head=head, namespaces=several):
            say(line)


def _end(found: "Images", loaded: "Loaded", wanted: str) -> int:
    """Says on stderr what is missing, as whoever reads the list must not take it for all there is."""
    from controller.cli.ending import EXIT_ERROR, EXIT_REFUSED, tell

    told = [*map(str, loaded.problems), *found.trouble]
    for line in told:
        tell(line)
    if not found.rows and not told:
        what = wanted or "a repository that a policy's images name"
        tell(f"Nothing: no governed workload in view runs {what}")
    if found.refused:
        return EXIT_REFUSED
    return EXIT_ERROR if told else 0
