from dataclasses import dataclass, replace

import numpy as np

from benchmarks.rollbench.interface import Answer, Batch, Past, Study
from benchmarks.rollbench.one_by_one import one_by_one
from tests.benchmarks.rollbench.hand_made import ERRORS, ratio, study, verdicts


@dataclass
class Plain:
    """Rolls back when the candidate's pod has more bad requests than the service ever had."""

    study: Study

    def observe(self, batch: Batch) -> Answer:
        most = 3.0 if self.study.past is None else self.study.past.values["errors"].max()
        return Answer.ROLLBACK if batch.values["errors"][1, 0, 0] > most else Answer.WATCH


@dataclass(frozen=True)
class PlainRule:
    name: str = "plain"

    def begin(self, study: Study) -> Plain:
        return Plain(study)


def scrapes() -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Four runs whose candidate has 0, 1, 2 and 3 bad requests a window."""
    bad = np.zeros((4, 10, 2))
    bad[:, :, 1] = np.arange(4.0)[:, np.newaxis]
    return ratio(bad, np.full_like(bad, 100.0))


def test_each_run_is_watched_alone() -> None:
    """A plain rule sees one run, and its answers land where they belong."""
    found = verdicts(one_by_one(PlainRule()), study(ERRORS, looks=10, runs=4), errors=scrapes())
    assert found == [
        (Answer.WATCH, 150.0),
        (Answer.ROLLBACK, 60.0),
        (Answer.ROLLBACK, 30.0),
        (Answer.ROLLBACK, 30.0),
    ]


def test_each_run_has_its_own_past() -> None:
    """Of two services the first half of the runs gets the first one's past."""
    past = np.zeros((2, 3, 5, 2, 1, 2))
    past[0], past[1] = 1.0, 100.0
    asked = replace(study(ERRORS, looks=10, runs=4), past=Past({"errors": past}))
    found = verdicts(one_by_one(PlainRule()), asked, errors=scrapes())
    assert [answer for answer, _ in found] == [Answer.WATCH, Answer.ROLLBACK, *[Answer.WATCH] * 2]
