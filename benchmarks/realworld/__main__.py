"""`python -m benchmarks.realworld --corpus DIR [--rules a,b] [-o json]`.

Why: one command scores every rule on recordings that cannot be handed on with this repository.
Never here: rules, counting.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.realworld import corpus, pod_rows, replay, report
from benchmarks.realworld.interface import Rule
from benchmarks.realworld.kayenta import KAYENTA
from benchmarks.realworld.peers import MANN_WHITNEY, MEAN, WELCH
from benchmarks.realworld.rollctl import ROLLCTL
from benchmarks.realworld.scores import Outcome, Row, of_cases, of_releases, outcomes

RULES: tuple[Rule, ...] = (WELCH, MANN_WHITNEY, MEAN, KAYENTA, ROLLCTL)
WANTED = (
    f"a directory with {corpus.CASES} and {corpus.RELEASES}; docs/realworld.md says what is in them"
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints both levels; leaves with 2 and a reason where there is nothing to read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.realworld")
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help=WANTED)
    parser.add_argument("--rules", default=",".join(rule.name for rule in RULES))
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    given = parser.parse_args(arguments)
    missing = [
        name for name in (corpus.CASES, corpus.RELEASES) if not (given.corpus / name).is_file()
    ]
    if missing:
        parser.error(f"{given.corpus} has no {' and no '.join(missing)}: give {WANTED}")
    unknown = set(given.rules.split(",")) - {rule.name for rule in RULES}
    if unknown:
        parser.error(f"no such rule: {', '.join(sorted(unknown))}")
    rules = [rule for rule in RULES if rule.name in given.rules.split(",")]
    print(told(scored(given.corpus, rules), given.output))


def scored(directory: Path, rules: Sequence[Rule]) -> dict[str, list[Row]]:
    """Every rule at both levels, and our own pod by pod where there are pods to be read."""
    releases, cases = corpus.releases(directory), corpus.cases(directory)
    levels = {
        "releases": [r for rule in rules for r in of_releases(rule.name, outcomes(rule, releases))],
        "cases": [r for rule in rules for r in of_cases(rule.name, outcomes(rule, cases))],
    }
    replayed = [Outcome(one.truth, replay.decide(one)) for one in pod_rows.replays(directory)]
    if replayed and ROLLCTL in rules:
        levels["releases, pod by pod"] = list(of_releases(ROLLCTL.name, replayed))
    return levels


def told(levels: dict[str, list[Row]], output: str) -> str:
    """Both levels in the asked spelling."""
    if output == "json":
        plain = {level: [report.plain(row) for row in rows] for level, rows in levels.items()}
        return json.dumps(plain, indent=2)
    return "\n\n".join(f"{level}\n{report.table(rows)}" for level, rows in levels.items())


if __name__ == "__main__":
    main()
