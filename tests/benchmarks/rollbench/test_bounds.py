import pytest

from benchmarks.rollbench.bounds import information_seconds, power_ceiling
from benchmarks.rollbench.cell import Cell

ENDLESS = 1e9


@pytest.mark.parametrize(
    ("requests", "ratio", "seconds"), [(20, 2.0, 35.3), (20, 4.0, 6.2), (1, 4.0, 124.0)]
)
def test_bound_is_that_of_the_design(requests: float, ratio: float, seconds: float) -> None:
    """The closed form at 5 % and five pods a side."""
    cell = Cell("clean", requests_per_second=requests)
    assert information_seconds(cell, ratio, 0.05) == pytest.approx(seconds, rel=0.01)


def test_nothing_is_learned_of_no_harm() -> None:
    """Equal arms are never shown to differ."""
    assert information_seconds(Cell("clean"), 1.0, 0.05) == float("inf")


@pytest.mark.parametrize(
    ("pods", "twice", "four_times"),
    [(1, 0.27, 0.68), (2, 0.45, 0.92), (3, 0.59, 0.98), (5, 0.78, 1.0), (10, 0.96, 1.0)],
)
def test_ceiling_with_endless_traffic(pods: int, twice: float, four_times: float) -> None:
    """Where only the pods' spread of 45 % is left, power is what the design found."""
    cell = Cell("clean", pods, pods, spread=0.45)
    assert power_ceiling(cell, 2.0, 0.05, ENDLESS) == pytest.approx(twice, abs=0.015)
    assert power_ceiling(cell, 4.0, 0.05, ENDLESS) == pytest.approx(four_times, abs=0.015)


@pytest.mark.parametrize("requests", [0.2, 20.0])
def test_ceiling_of_no_harm_is_the_promise(requests: float) -> None:
    """A release that is not worse is called so as often as promised, with few errors as well."""
    cell = Cell("clean", 2, 2, spread=0.14, requests_per_second=requests)
    assert power_ceiling(cell, 1.0, 0.05, 1800.0) == pytest.approx(0.05, abs=0.003)
