"""`rollctl lint` and `rollctl schema`: policy files, before they are trusted.

Why: a mistake is cheapest where it is typed.
Never here: the rules.
"""

from pathlib import Path
from typing import Annotated

import typer


def lint(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", help="Policy files.")],
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
) -> None:
    """Say every mistake in policy files, with line and column."""
    from controller.cli.ending import note, say
    from policies.lint import lint as warnings_of
    from policies.load import load

    loaded = load(paths)
    warnings = warnings_of(loaded)
    for problem in loaded.problems:
        say(str(problem))
    for warning in warnings:
        note(f"{warning} (warning)")
    failed = bool(loaded.problems) or (strict and bool(warnings))
    count = f"{len(loaded.problems)} mistakes, {len(warnings)} warnings"
    note(f"{len(loaded.policies)} policies good, {count}")
    raise SystemExit(1 if failed else 0)


def schema() -> None:
    """Print the JSON Schema of a policy file, for editors."""
    import json

    from controller.cli.ending import say_document
    from policies.schema import json_schema

    say_document(json.dumps(json_schema(), indent=2))
