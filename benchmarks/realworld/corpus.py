"""Recordings read from a directory: what rules see and what only the scores may know, kept apart.

Why: the recordings are other people's and partly without a licence, so they stay where they are;
here is only how their files are read.
Never here: recordings, rules, scores.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from benchmarks.realworld.interface import Harm, Recorded, Release, Sort, Stretch

CASES = "manifest.json"
RELEASES = "releases.json"
HARMED = "regression"
SCORED = frozenset({HARMED, "no-change"})
"""What has another label nobody is sure of; it is left out."""

Number = float | None
TwoTimes = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]
TwoPods = Annotated[list[int], msgspec.Meta(min_length=2, max_length=2)]


@dataclass(frozen=True)
class Truth:
    """What is known afterwards, for the scores only.

    `faulty`: the new version has a defect. `visible`: a series of it is labelled as showing the
    defect. `recorded`: both versions left samples. What shares a `group` hangs together.
    """

    name: str
    source: str
    group: str
    faulty: bool
    visible: bool
    recorded: bool


@dataclass(frozen=True)
class Trial:
    """One release to decide on, and the truth about it."""

    release: Release
    truth: Truth


@dataclass(frozen=True)
class Rollout:
    """Where and when a release took place: `window` (unix seconds), None where unknown."""

    run: str
    service: str
    window: tuple[float, float] | None
    truth: Truth


class _Series(msgspec.Struct):
    metric: str
    kind: Sort
    direction: Harm
    interval_s: float
    label: str
    baseline: list[Number]
    candidate: list[Number]
    ts_baseline: list[float]
    ts_candidate: list[float] | None = None
    pod_counts: TwoPods | None = None
    ctx_baseline: list[Number] | None = None
    ctx_candidate: list[Number] | None = None


class _Case(_Series, kw_only=True):
    id: str
    source: str
    group: str


class _Manifest(msgspec.Struct):
    cases: list[_Case]


class _Release(msgspec.Struct):
    release_id: str
    run: str
    label: str
    service: str = ""
    window: TwoTimes | None = None
    series: list[_Series] = []


class _Releases(msgspec.Struct):
    releases: list[_Release]


def cases(directory: Path) -> tuple[Trial, ...]:
    """Each case of the manifest as a release of one series; OSError or msgspec.DecodeError."""
    read = msgspec.json.decode((directory / CASES).read_bytes(), type=_Manifest)
    return tuple(_case(case) for case in read.cases if case.label in SCORED)


def releases(directory: Path) -> tuple[Trial, ...]:
    """Each whole release, a run being its group; OSError or msgspec.DecodeError."""
    read = msgspec.json.decode((directory / RELEASES).read_bytes(), type=_Releases)
    return tuple(_release(release) for release in read.releases if release.label in SCORED)


def rollouts(directory: Path) -> tuple[Rollout, ...]:
    """Where and when each release of `releases` took place, in the same order."""
    read = msgspec.json.decode((directory / RELEASES).read_bytes(), type=_Releases)
    return tuple(
        Rollout(
            release.run,
            release.service,
            None if release.window is None else (release.window[0], release.window[1]),
            _release(release).truth,
        )
        for release in read.releases
        if release.label in SCORED
    )


def _case(case: _Case) -> Trial:
    shown = Release((_recorded(case),))
    faulty = case.label == HARMED
    return Trial(shown, Truth(case.id, case.source, case.group, faulty, faulty, _seen(shown)))


def _release(release: _Release) -> Trial:
    shown = Release(tuple(_recorded(series) for series in release.series))
    truth = Truth(
        name=release.release_id,
        source=release.release_id.partition("/")[0],
        group=release.run,
        faulty=release.label == HARMED,
        visible=any(series.label == HARMED for series in release.series),
        recorded=_seen(shown),
    )
    return Trial(shown, truth)


def _seen(release: Release) -> bool:
    return any(one.baseline.values.size and one.candidate.values.size for one in release.series)


def _recorded(series: _Series) -> Recorded:
    old_times = series.ts_baseline
    new_times = old_times if series.ts_candidate is None else series.ts_candidate
    return Recorded(
        # A label that says where the series is from is not for rules.
        metric=series.metric.partition("{")[0],
        sort=series.kind,
        harm=series.direction,
        interval_seconds=series.interval_s,
        pods=None if series.pod_counts is None else (series.pod_counts[0], series.pod_counts[1]),
        baseline=stretch(old_times, series.baseline),
        candidate=stretch(new_times, series.candidate),
        day_before=_day_before(series, old_times, new_times),
    )


DAY_SECONDS = 86_400.0


def _day_before(
    series: _Series, old: Sequence[float], new: Sequence[float]
) -> tuple[Stretch, Stretch] | None:
    if not series.ctx_baseline or not series.ctx_candidate:
        return None
    return (
        stretch([time - DAY_SECONDS for time in old], series.ctx_baseline),
        stretch([time - DAY_SECONDS for time in new], series.ctx_candidate),
    )


def stretch(times: Sequence[float], values: Sequence[Number]) -> Stretch:
    """The samples that are there; values beyond the last time are dropped with it."""
    kept = [
        (time, value)
        for time, value in zip(times, values, strict=False)
        if value is not None and math.isfinite(value)
    ]
    both = np.array(kept, dtype=np.float64).reshape(-1, 2)
    return Stretch(both[:, 0], both[:, 1])
