from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import binomtest

from benchmarks.rollbench import against, results, served
from benchmarks.rollbench.__main__ import _play
from benchmarks.rollbench.cell import Cell
from benchmarks.rollbench.interface import Answer, Answers, Batch, Study
from benchmarks.rollbench.report import limits, report
from benchmarks.rollbench.results import Result, result_of
from benchmarks.rollbench.runner import play

GOOD, BAD = Cell("clean", 2, 2), Cell("errors x4", 2, 2)
ORACLE = "oracle SPRT"


@dataclass(frozen=True)
class Always:
    """Says the same of everything."""

    answer: Answer
    name: str = "always"

    def begin(self, study: Study) -> "Saying":
        return Saying(self.answer, study.runs)


@dataclass(frozen=True)
class Saying:
    answer: Answer
    runs: int

    def observe(self, batch: Batch) -> Answers:
        said = self.answer if batch.at_seconds >= 30.0 else Answer.WATCH
        return np.full(self.runs, said, dtype=np.int8)


def result(answer: Answer, cell: Cell, runs: int = 20) -> Result:
    (outcome,) = play(cell, [(Always(answer), 0.05)], runs)
    return result_of(cell, "always", 0.05, outcome)


@given(some.integers(0, 40), some.integers(1, 40))
def test_limits_are_exact(hits: int, more: int) -> None:
    """The limits are scipy's Clopper-Pearson interval."""
    expected = binomtest(hits, hits + more).proportion_ci(method="exact")
    assert limits(hits, hits + more) == pytest.approx((expected.low, expected.high))


def test_always_rolling_back_scores_one() -> None:
    """Who rolls everything back is always wrong about good releases, at the second it spoke."""
    found = result(Answer.ROLLBACK, GOOD)
    assert (found.rolled_back, found.runs, found.median_seconds) == (20, 20, 30.0)
    assert found.mean_seconds == 30.0


def test_never_rolling_back_scores_nothing() -> None:
    """Who only promotes is never wrong about good releases; its delay is the time limit."""
    found = result(Answer.PROMOTE, GOOD)
    assert (found.rolled_back, found.promoted, found.promoted_seconds) == (0, 20, 30.0)
    assert found.mean_seconds == 1800.0


def test_waiting_serves_more_bad_requests() -> None:
    """Harm goes on until it is rolled back, also where it was called good."""
    acts, waits = result(Answer.ROLLBACK, BAD), result(Answer.WATCH, BAD)
    assert result(Answer.PROMOTE, BAD).bad_served == waits.bad_served
    assert waits.inconclusive == waits.runs
    assert waits.bad_served == pytest.approx(60 * acts.bad_served, rel=0.1)


def test_interrupted_grid_goes_on(tmp_path: Path) -> None:
    """What was played with as many runs is not played again; with fewer it is."""
    kept = replace(result(Answer.PROMOTE, GOOD), rule=ORACLE)
    results.save(tmp_path, kept)
    _play((GOOD, (ORACLE,), (0.05,), 20, tmp_path))
    assert list(results.load(tmp_path)) == [kept]
    _play((GOOD, (ORACLE,), (0.05,), 40, tmp_path))
    assert [one.runs for one in results.load(tmp_path)] == [40]


def test_report_sets_rules_against_the_oracle() -> None:
    """Missed, promoted wrongly and the delay over the oracle's stand in the report."""
    late = replace(result(Answer.PROMOTE, BAD), mean_seconds=1800.0)
    oracle = replace(result(Answer.ROLLBACK, BAD), rule=ORACLE, mean_seconds=30.0)
    table = report([late, oracle, result(Answer.ROLLBACK, GOOD)])
    assert "| always | 0.05 | 1 | 1.000 | 1.000 | 60.00 | 0.000 | 0.000 | - |" in table
    assert f"| {ORACLE} | 0.05 | 1 | 0.000 | 0.000 | 1.00 |" in table


def test_infeasible_cells_are_not_held_against_a_rule() -> None:
    """Where nobody can tell, neither delay nor detection is scored."""
    hopeless = Cell("errors x1.5", 1, 1, 1.4)
    assert against.ceiling(hopeless, 0.05) < against.FEASIBLE
    table = report([replace(result(Answer.PROMOTE, BAD), cell=hopeless)])
    assert "| infeasible |" in table


def test_bad_requests_are_set_against_products_that_catch() -> None:
    """Half of what the best catching product served is 0.50; who does not catch is no measure."""
    ours = replace(result(Answer.ROLLBACK, BAD), rule="ours", bad_served=30.0)
    catches = replace(ours, rule="Argo, 95%, step", bad_served=60.0)
    misses = replace(result(Answer.PROMOTE, BAD), rule="Flagger, threshold 5", bad_served=10.0)
    table = "\n".join(served.table([ours, catches, misses]))
    assert (
        "| errors x4 | 0.05 | Argo, 95%, step | 60 | 0.50 (1.00) | 1.00 (1.00) | 0.17 (0.00) |"
        in table
    )
    assert "| none catches | - | 30 a run (1.00) |" in "\n".join(served.table([ours, misses]))
