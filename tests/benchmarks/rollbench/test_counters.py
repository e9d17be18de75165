from math import isnan, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from benchmarks.rollbench.counters import Differences

SAMPLE = some.one_of(
    some.just((nan, nan)), some.tuples(some.integers(0, 9), some.integers(0, 9)).map(tuple)
)
SERIES = some.lists(SAMPLE, min_size=1, max_size=12)


def plainly(series: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """One series at a time, one sample at a time."""
    last, found = None, []
    for sample in series:
        if any(isnan(value) for value in sample) or last is None:
            found.append((0.0, 0.0))
        elif any(value < before for value, before in zip(sample, last, strict=True)):
            found.append(sample)
        else:
            found.append((sample[0] - last[0], sample[1] - last[1]))
        last = last if any(isnan(value) for value in sample) else sample
    return found


@given(some.lists(SERIES, min_size=2, max_size=3))
def test_differences_are_those_of_a_plain_reading(many: list[list[tuple[float, float]]]) -> None:
    """Resets, gaps and late starts are differenced series by series, and series never meet."""
    looks = min(len(series) for series in many)
    differences = Differences()
    values = np.array([series[:looks] for series in many], dtype=float)
    found = np.stack([differences.of(values[:, look]) for look in range(looks)], axis=1)
    assert found.tolist() == [[list(pair) for pair in plainly(one[:looks])] for one in many]
