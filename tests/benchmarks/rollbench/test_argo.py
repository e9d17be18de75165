import numpy as np

from benchmarks.rollbench.interface import Answer
from benchmarks.rollbench.rules.argo import background, step
from tests.benchmarks.rollbench.hand_made import ERRORS, MEMORY, ratio, steady, study, verdicts


def test_one_failure_ends_a_step() -> None:
    """With the default failureLimit of zero the first bad measurement rolls back."""
    asked = study(ERRORS, looks=40)
    assert verdicts(step(0.95), asked, errors=steady((0, 6), 40)) == [(Answer.ROLLBACK, 60.0)]


def test_five_successes_promote() -> None:
    """Five minutes of success promote, however much worse than the baseline."""
    asked = study(ERRORS, looks=40)
    assert verdicts(step(0.95), asked, errors=steady((0, 5), 40)) == [(Answer.PROMOTE, 300.0)]


def test_fourth_failure_ends_the_background() -> None:
    """A failureLimit of 3 is exceeded by the fourth failure, at minute twenty."""
    asked = study(ERRORS, looks=120)
    found = verdicts(background(0.95), asked, errors=steady((0, 6), 120))
    assert found == [(Answer.ROLLBACK, 1200.0)]


def test_reads_the_newest_scrapes_only() -> None:
    """Errors between checks are not seen: irate takes the last two samples."""
    bad = np.zeros((1, 40, 2))
    bad[:, np.arange(40) % 4 != 3, 1] = 50.0
    found = verdicts(step(0.95), study(ERRORS, looks=40), errors=ratio(bad, np.full_like(bad, 100)))
    assert found == [(Answer.PROMOTE, 300.0)]


def test_a_lost_scrape_leaves_the_one_before() -> None:
    """A scrape that fails when a check is due does not fail the check."""
    values = steady((0, 0), 40)
    values[:, 4] = np.nan
    assert verdicts(step(0.95), study(ERRORS, looks=40), errors=values) == [(Answer.PROMOTE, 300.0)]


def test_silence_fails() -> None:
    """Without requests the measurement is NaN, which is no success."""
    found = verdicts(step(0.95), study(ERRORS, looks=40), errors=steady((0, 0), 40, total=0.0))
    assert found == [(Answer.ROLLBACK, 60.0)]


def test_other_metrics_are_not_looked_at() -> None:
    """A gauge has no template: the end of the time promotes."""
    levels = np.ones((1, 41, 2, 1, 1))
    levels[:, :, 1] = 100.0
    found = verdicts(step(0.95), study(MEMORY, looks=40), memory=levels)
    assert found == [(Answer.PROMOTE, 600.0)]
