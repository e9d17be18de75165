"""Plays a grid and prints its table.

python -m benchmarks.rollbench --grid quick --rules 'rollctl; oracle SPRT' --out build/rollbench
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.rollbench import page, plots, results
from benchmarks.rollbench.cell import Cell
from benchmarks.rollbench.grid import cells
from benchmarks.rollbench.report import report
from benchmarks.rollbench.rules import rules
from benchmarks.rollbench.runner import play

Task = tuple[Cell, tuple[str, ...], tuple[float, ...], int, Path]


def _play(task: Task) -> str:
    """One cell, what was played before left out."""
    cell, names, promises, runs, out = task
    wanted = [
        (name, promise)
        for name in names
        for promise in promises
        if not results.done(out, cell, name, promise, runs)
    ]
    if wanted:
        outcomes = play(cell, [(rules()[name], promise) for name, promise in wanted], runs)
        for (name, promise), outcome in zip(wanted, outcomes, strict=True):
            results.save(out, results.result_of(cell, name, promise, outcome))
    return cell.key


def main(arguments: Sequence[str]) -> None:
    """Plays and reports."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rollbench", description=__doc__)
    parser.add_argument("--grid", choices=("quick", "null", "harm", "full"), default="quick")
    parser.add_argument("--rules", default=";".join(rules()), help="names, separated by semicolons")
    parser.add_argument("--promises", default="0.05,0.01", help="false-rollback rates")
    parser.add_argument("--runs", type=int, default=200, help="releases a cell")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--out", type=Path, default=Path("build/rollbench"), help="results")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the tables there as well")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write pictures there as well")
    asked = parser.parse_args(arguments)
    names = tuple(name.strip() for name in asked.rules.split(";"))
    unknown = [name for name in names if name not in rules()]
    if unknown:
        parser.error(f"no such rule: {', '.join(unknown)}; there are {'; '.join(rules())}")
    promises = tuple(float(text) for text in asked.promises.split(","))
    asked.out.mkdir(parents=True, exist_ok=True)
    tasks = [(cell, names, promises, asked.runs, asked.out) for cell in cells(asked.grid)]
    with ProcessPoolExecutor(asked.workers) as pool:
        for number, key in enumerate(pool.map(_play, tasks), start=1):
            print(f"{number}/{len(tasks)} {key}", file=sys.stderr, flush=True)
    found = list(results.load(asked.out))
    print(report(found))
    if asked.page:
        page.write(asked.page, report(found))
    if asked.plots:
        plots.save(asked.plots, found)


if __name__ == "__main__":
    main(sys.argv[1:])
