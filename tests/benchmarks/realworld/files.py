"""Synthetic recordings in the format that realworld reads."""

import json
from pathlib import Path
from typing import Any

from benchmarks.realworld.corpus import stretch
from benchmarks.realworld.interface import Harm, Recorded, Sort

FLAT = [1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0, 1.1, 0.9, 1.0]
DOUBLED = [2.0 * value for value in FLAT]
MINUTE = 60.0


def series(**told: Any) -> dict[str, Any]:
    """One series as the files spell it; `told` overrides."""
    return {
        "metric": "request_latency_p90_seconds",
        "kind": "latency-quantile",
        "direction": "higher_is_worse",
        "interval_s": MINUTE,
        "label": "no-change",
        "baseline": FLAT,
        "candidate": FLAT,
        "ts_baseline": [MINUTE * place for place in range(len(FLAT))],
        "pod_counts": [4, 1],
    } | told


def case(**told: Any) -> dict[str, Any]:
    """One case of the manifest."""
    return series(id="a", source="shop", group="run 1") | told


def release(**told: Any) -> dict[str, Any]:
    """One release; none of its series unless told."""
    return {"release_id": "shop/run 1/web", "run": "run 1", "label": "no-change"} | told


def write(directory: Path, cases: list[Any], releases: list[Any]) -> Path:
    """Both files."""
    (directory / "manifest.json").write_text(json.dumps({"cases": cases}))
    (directory / "releases.json").write_text(json.dumps({"releases": releases}))
    return directory


def recorded(
    old: list[float],
    new: list[float],
    sort: Sort = Sort.LATENCY_QUANTILE,
    harm: Harm = Harm.HIGHER,
    **told: Any,
) -> Recorded:
    """One series side by side, minute by minute, as a rule sees it; `told` overrides."""
    given: dict[str, Any] = {
        "metric": "a metric",
        "interval_seconds": MINUTE,
        "pods": (4, 1),
        "baseline": stretch([MINUTE * place for place in range(len(old))], old),
        "candidate": stretch([MINUTE * place for place in range(len(new))], new),
    }
    return Recorded(sort=sort, harm=harm, **(given | told))
