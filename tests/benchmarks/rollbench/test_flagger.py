import numpy as np

from benchmarks.rollbench.interface import Answer
from benchmarks.rollbench.rules.flagger import flagger
from benchmarks.rollbench.rules.thresholds import RULES
from tests.benchmarks.rollbench.hand_made import (
    ERRORS,
    LATENCY,
    counters,
    ratio,
    steady,
    study,
    verdicts,
)

(ALERT,) = RULES


def bad_minutes(*minutes: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """The candidate has two percent of errors in these minutes (from 1) of thirty."""
    bad = np.zeros((1, 120, 2))
    for minute in minutes:
        bad[:, 4 * (minute - 1) : 4 * minute, 1] = 2.0
    return ratio(bad, np.full_like(bad, 100.0))


def test_failed_checks_add_up() -> None:
    """The fifth failed check rolls back although others passed in between."""
    found = verdicts(flagger(5, 10), study(ERRORS, looks=120), errors=bad_minutes(1, 3, 5, 7, 9))
    assert found == [(Answer.ROLLBACK, 540.0)]


def test_steps_promote() -> None:
    """Ten checks that passed promote, later by each that failed."""
    found = verdicts(flagger(5, 10), study(ERRORS, looks=120), errors=bad_minutes(2, 4))
    assert found == [(Answer.PROMOTE, 720.0)]


def test_one_percent_is_allowed() -> None:
    """A success rate of exactly 99 % passes."""
    found = verdicts(flagger(5, 10), study(ERRORS, looks=120), errors=steady((0, 1), 120))
    assert found == [(Answer.PROMOTE, 600.0)]


def test_silence_fails() -> None:
    """A check without values fails."""
    found = verdicts(
        flagger(5, 10), study(ERRORS, looks=120), errors=steady((0, 0), 120, total=0.0)
    )
    assert found == [(Answer.ROLLBACK, 300.0)]


def test_slow_requests_fail() -> None:
    """A p99 above half a second fails each check."""
    gained = np.zeros((1, 120, 2, 1, 4))
    gained[..., :] = [90.0, 95.0, 100.0, 100.0]
    found = verdicts(flagger(5, 10), study(LATENCY, looks=120), latency=counters(gained))
    assert found == [(Answer.ROLLBACK, 300.0)]


def test_alert_fires_the_third_time() -> None:
    """Three minutes above one percent roll back, apart from each other or not."""
    found = verdicts(ALERT, study(ERRORS, looks=120), errors=bad_minutes(1, 10, 20))
    assert found == [(Answer.ROLLBACK, 1200.0)]


def test_alert_is_silent_without_requests() -> None:
    """Nothing is not above one percent."""
    found = verdicts(ALERT, study(ERRORS, looks=120), errors=steady((0, 0), 120, total=0.0))
    assert found == [(Answer.PROMOTE, 1800.0)]
