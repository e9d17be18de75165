"""Laws of the threshold rules that the demo compares itself with."""

import pytest

from analysis.samples import Series
from controller.demo.figures import Counters
from controller.demo.thresholds import RULES, RatioAt, Rule, acts_at

STEADY = Rule(
    "over 5 % for 5 minutes", whole_service=False, above=0.05, every_seconds=15, for_seconds=300
)
CHECK = Rule("one check a minute", whole_service=False, above=0.01, every_seconds=60, for_seconds=0)


def always(share: float | None) -> RatioAt:
    return lambda _start, _end: share


def test_a_rule_never_acts_below_its_threshold() -> None:
    """A share at or below the threshold is never acted on, for however long."""
    assert all(acts_at(rule, always(rule.above), 20) is None for rule in RULES)


def test_a_rule_waits_as_long_as_it_says() -> None:
    """A share above the threshold from the start is acted on at the first look after the
    rule's time."""
    assert acts_at(STEADY, always(0.08), 20) == pytest.approx(315)
    assert acts_at(CHECK, always(0.08), 20) == pytest.approx(60)


def test_a_dip_starts_the_time_anew() -> None:
    """A single look below the threshold starts the rule's time anew."""
    dipping = lambda _start, end: 0.0 if end == 150 else 0.08  # noqa: E731
    assert acts_at(STEADY, dipping, 1000) == pytest.approx(465)


def test_silence_is_not_bad() -> None:
    """Without requests there is nothing to act on."""
    assert acts_at(CHECK, always(None), 20) is None


def test_past_the_recording_the_last_minute_recorded_counts() -> None:
    """A look past the end of the recording asks for the last minute that there is."""
    starts: list[float] = []

    def ratio(start: float, _end: float) -> float:
        starts.append(start)
        return 0.08

    acts_at(CHECK, ratio, 90)
    assert starts == [0.0]
    acts_at(STEADY, ratio, 90)
    assert max(starts) == 30.0


def test_counters_are_read_between_samples() -> None:
    """A counter stands at zero before its first sample, rises straight between two, and
    stays after its last."""
    total = Series("web-1", "", (10.0, 20.0), (100.0, 300.0))
    bad = Series("web-1", "", (10.0, 20.0), (0.0, 10.0))
    counters = Counters((bad,), (total,))
    assert counters.served(0, 9).total == 0
    assert counters.served(0, 15).total == pytest.approx(200)
    assert counters.served(10, 99).bad_ratio == pytest.approx(0.05)
