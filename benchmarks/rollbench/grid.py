"""Which cells are played.

Why: the promise is about the worst cell, so the grid must hold those where rules fail.
Never here: how a cell is played.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from benchmarks.rollbench.cell import Cell
from benchmarks.rollbench.scenarios import scenarios

PODS = ((1, 1), (2, 2), (3, 3), (5, 5), (10, 10))
UNEQUAL = ((8, 2), (10, 3))
SPREADS = (0.0, 0.14, 0.45, 1.4)


def names(harmful: bool) -> list[str]:
    """The scenarios of releases that are worse, or of those that are not."""
    return [name for name, scenario in scenarios().items() if scenario.harmful is harmful]


def _cell(name: str, pods: tuple[int, int], spread: float) -> Cell:
    return Cell(name, pods[0], pods[1], spread)


def null_cells() -> Iterator[Cell]:
    """Every trouble of good releases, at all pods and spreads, and thin and thick traffic."""
    for name, pods, spread in product(names(harmful=False), PODS, SPREADS):
        yield _cell(name, pods, spread)
    for pods, spread in product(PODS + UNEQUAL, SPREADS):
        yield replace(_cell("clean", pods, spread), requests_per_second=0.2)
    for pods, spread in product(UNEQUAL, SPREADS):
        yield _cell("clean", pods, spread)
    for requests, rate in ((1.0, 0.001), (200.0, 0.0001), (200.0, 0.05), (20.0, 0.05)):
        for spread in SPREADS:
            yield Cell("clean", 3, 3, spread, requests, rate)


def harm_cells() -> Iterator[Cell]:
    """Steps of errors at all pods and spreads; every other harm at 5+5."""
    steps = ("errors x1.5", "errors x2", "errors x4", "errors x20")
    for name, pods, spread in product(steps, PODS + UNEQUAL, SPREADS):
        yield _cell(name, pods, spread)
    others = [name for name in names(harmful=True) if name not in steps]
    for name, pods, spread in product(others, ((3, 3), (5, 5)), (0.0, 0.14, 0.45)):
        yield _cell(name, pods, spread)


def quick_cells() -> Iterator[Cell]:
    """A few cells of each kind, for minutes instead of hours."""
    for name, spread in product(names(harmful=False), (0.0, 0.45)):
        yield Cell(name, 3, 3, spread)
    for name, spread in product(names(harmful=True), (0.0, 0.45)):
        yield Cell(name, 5, 5, spread)


GRIDS = {"null": null_cells, "harm": harm_cells, "quick": quick_cells}


def cells(grid: str) -> list[Cell]:
    """The cells of a grid; `full` is null and harm."""
    if grid == "full":
        return [*null_cells(), *harm_cells()]
    return list(GRIDS[grid]())
