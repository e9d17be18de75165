"""What a comparison takes for its service's past, and how it is told."""

from dataclasses import replace

import pytest

from analysis.past import MetricPast, Past
from controller.annotations import read_record, record_text
from controller.engine.advance import advance
from controller.engine.past import brief_past, told
from controller.engine.record import Act, Rollout
from controller.engine.sight import Sight
from controller.engine.workload import Workload
from tests.fakes import NOW, after, policy, sight, workload

DAY = 86_400.0
ERRORS = MetricPast("errors", 42, 0.1234567, 1.412345, 0.00471234)
PAST = Past((ERRORS,), 40, NOW, NOW - 14 * DAY)


def released(past: Past | None = None) -> Workload:
    """A workload whose new release was just seen, with what was known then."""
    seen = workload("web:v2", {"web:v1": 3, "web:v2": 1})
    change = advance(replace(sight(seen, policy()), past=past))
    assert change is not None
    assert change.decision.act is Act.BEGIN
    return after(seen, change)


def rollout_of(seen: Workload) -> Rollout:
    """The rollout in flight."""
    assert seen.record.rollout is not None
    return seen.record.rollout


def look(seen: Workload, past: Past | None, compared: bool) -> Sight:
    """What one decision looks at."""
    return replace(sight(seen, policy()), past=past, compared=compared)


def test_a_rollout_takes_the_past_that_is_known_when_it_is_seen() -> None:
    """It stands in the record from the first write on."""
    assert rollout_of(released(PAST)).past == PAST
    assert rollout_of(released()).past is None


def test_a_past_that_comes_late_is_taken_in_once() -> None:
    """While nothing was compared a past is taken in, and told; then it stays."""
    seen = released()
    change = advance(look(seen, PAST, compared=False))
    assert change is not None
    assert change.decision.act is Act.LEARN
    assert "12 %" in change.decision.reason
    learned = after(seen, change)
    assert rollout_of(learned).past == PAST
    other = replace(PAST, blocks=1)
    assert advance(look(learned, other, compared=False)) is None
    assert rollout_of(learned).phase is rollout_of(seen).phase


def test_what_was_compared_keeps_its_past() -> None:
    """Nothing that is learned while a comparison runs changes it."""
    assert advance(look(released(), PAST, compared=True)) is None


def test_a_past_survives_its_record() -> None:
    """What a restarted controller reads is what was written, to the last digit."""
    written = rollout_of(released(brief_past(PAST)))
    read = read_record(record_text(released(brief_past(PAST)).record)).rollout
    assert read is not None
    assert read.past == written.past == brief_past(PAST)


def test_a_past_is_short() -> None:
    """An estimate of three digits is kept in three digits."""
    (kept,) = brief_past(PAST).metrics
    assert (kept.spread, kept.burst, kept.rate) == (0.123, 1.41, 0.00471)


@pytest.mark.parametrize(
    ("past", "said"),
    [
        (None, "pods of this service are assumed to differ by 45 %: no history yet"),
        (
            Past((), 3, NOW, NOW),
            "pods of this service are assumed to differ by 45 %: no history yet",
        ),
        (PAST, "pods of this service differ by 12 % (42 pods, 14 days)"),
        (
            Past((ERRORS, MetricPast("latency", 40, 0.034, 1.0, 0.1)), 4, NOW, NOW - 7_200),
            "pods of this service differ by 12 % in errors, 3.4 % in latency (42 pods, 2 hours)",
        ),
        (
            Past((replace(ERRORS, spread=0.0998),), 4, NOW, NOW - 90),
            "pods of this service differ by 10 % (42 pods, 90 seconds)",
        ),
    ],
)
def test_a_past_is_told(past: Past | None, said: str) -> None:
    """In one sentence, with what stands behind it."""
    assert told(past) == said
