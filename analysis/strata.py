"""The strata within which both arms are compared: routes, say.

Why: a release that gets more of the requests that always fail is not worse, and one that fails
on one route only must not hide behind the others.
Never here: how labels are read; tests, which see the sums over all strata only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from analysis.increments import Reading
from analysis.samples import Part

MOST_STRATA = 20
OTHER = "all other"
UNLABELLED = ""
"""The stratum of series that have none of the labels."""

Gains = Mapping[Part, Mapping[float | None, float]]


def admit(known: tuple[str, ...], readings: Iterable[Reading]) -> tuple[str, ...]:
    """The strata told apart from now on: those known, and new ones while there is room; what
    is beyond that is one stratum together."""
    new = sorted({reading.stratum for reading in readings} - set(known))
    return (known + tuple(new))[:MOST_STRATA]


def by_stratum(
    admitted: Sequence[str], readings: Iterable[Reading]
) -> tuple[tuple[Reading, ...], ...]:
    """The readings of each stratum, one a pod, in the order of the strata's names."""
    groups: dict[str, dict[str, list[Reading]]] = {}
    known = frozenset(admitted)
    for reading in readings:
        stratum = reading.stratum if reading.stratum in known else OTHER
        pods = groups.setdefault(stratum, {})
        pods.setdefault(reading.pod.name, []).append(reading)
    return tuple(
        tuple(reduce(_together, many) for many in groups[stratum].values())
        for stratum in sorted(groups)
    )


def _together(one: Reading, other: Reading) -> Reading:
    """What one pod showed in two strata."""
    return replace(
        one,
        parts=one.parts | other.parts,
        increments=_sum(one.increments, other.increments),
        seconds=max(one.seconds, other.seconds),
        values=one.values + other.values,
        stratum=OTHER,
    )


def _sum(one: Gains, other: Gains) -> Gains:
    return {
        part: {
            edge: one.get(part, {}).get(edge, 0.0) + other.get(part, {}).get(edge, 0.0)
            for edge in {**one.get(part, {}), **other.get(part, {})}
        }
        for part in {**one, **other}
    }
