"""Per-pod rows of whole releases, read with pyarrow where it is installed.

Why: the one reader that needs a package that the product does not need.
Never here: the engine, rules, scores.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.realworld.corpus import Rollout, rollouts, stretch
from benchmarks.realworld.interface import Sort
from benchmarks.realworld.replay import Observed, Replay

ROWS = "changerca_pods.parquet"
NEEDED = "pyarrow"
NEW = "-v2-"
"""Stands in the names of the new version's pods."""

Row = Mapping[str, Any]


def replays(directory: Path) -> tuple[Replay, ...]:
    """Each release of releases.json with its pods; none without the file or without pyarrow."""
    if not (directory / ROWS).is_file() or find_spec(NEEDED) is None:
        return ()
    rows = import_module("pyarrow.parquet").read_table(directory / ROWS).to_pylist()
    return replayed(rows, rollouts(directory))


def replayed(rows: Iterable[Row], releases: Sequence[Rollout]) -> tuple[Replay, ...]:
    """Rows, each of one pod and one edge at one time, sorted to their releases."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found[row["run"], row["service"]].append(row)
    before = {
        (one.run, one.service): observed(_until(found[one.run, one.service], one.window[0]))
        for one in releases
        if one.window
    }
    return tuple(_replay(one, found[one.run, one.service], before) for one in releases)


def _replay(
    one: Rollout,
    rows: Sequence[Row],
    before: Mapping[tuple[str, str], tuple[Observed, ...]],
) -> Replay:
    if one.window is None:
        return Replay((0.0, 0.0), (), (), one.truth)
    start, end = one.window
    past = tuple(
        block
        for (run, service), block in before.items()
        if service == one.service and run != one.run
    )
    inside = [row for row in rows if start <= row["ts"] <= end]
    return Replay((start - 60.0, end), observed(without_replaced(inside)), past, one.truth)


def _until(rows: Iterable[Row], start: float) -> list[Row]:
    return [row for row in rows if row["ts"] < start and NEW not in row["pod"]]


def without_replaced(rows: Sequence[Row]) -> list[Row]:
    """Rows under an old pod's name that are really those of the new pod that took its place: the
    very same load and memory at the same time."""
    new = {_fingerprint(row) for row in rows if NEW in row["pod"]}
    return [row for row in rows if NEW in row["pod"] or _fingerprint(row) not in new]


def _fingerprint(row: Row) -> tuple[Any, ...]:
    return row["ts"], row["cpu"], row["mem"]


@dataclass
class _Samples:
    sort: Sort
    at: dict[float, float | None] = field(default_factory=dict)


def observed(rows: Iterable[Row]) -> tuple[Observed, ...]:
    """One series for each pod and metric; load and memory are a pod's, the rest an edge's."""
    found: dict[tuple[str, str], _Samples] = {}
    for row in rows:
        for metric, sort, value in _values(row):
            found.setdefault((row["pod"], metric), _Samples(sort)).at[row["ts"]] = value
    shown = (
        Observed(
            pod,
            NEW in pod,
            metric,
            samples.sort,
            stretch(*zip(*sorted(samples.at.items()), strict=True)),
        )
        for (pod, metric), samples in found.items()
    )
    return tuple(one for one in shown if one.samples.times.size)


def _values(row: Row) -> tuple[tuple[str, Sort, float | None], ...]:
    success = row["success"]
    return (
        ("cpu", Sort.GAUGE, row["cpu"]),
        ("memory", Sort.GAUGE, row["mem"]),
        (f"latency {row['edge']}", Sort.LATENCY_QUANTILE, row["lat"]),
        (
            f"errors {row['edge']}",
            Sort.ERROR_RATIO,
            None if success is None else 1.0 - success / 100.0,
        ),
    )
