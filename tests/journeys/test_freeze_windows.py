"""Freeze windows of a policy, by the real clock on a real cluster."""

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl

GOOD, BAD = "shop/web:v3", "shop/web:v2-errors"


def clock_at(seconds: float) -> str:
    """The time of the day, to the minute."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M")


def frozen_until(journey: Journey, closes: float) -> str:
    """The policy of the journey, under a window that has been open for an hour."""
    window = f'{{from: "{clock_at(closes - 3_600)}", to: "{clock_at(closes)}", reason: lunch}}'
    return policy(journey.namespace, limit="15s") + f"  freeze: [{window}]\n"


@pytest.fixture
def frozen(
    journey: Journey, shared_service: Rollctl, request: pytest.FixtureRequest
) -> Iterator[float]:
    """When the window closes, unix seconds: after so many, at the next full minute."""
    if not shared_service.running:
        shared_service.start()
    journey.deploy("shop/web:v1")
    closes = 60.0 * math.ceil((time.time() + request.param) / 60.0)
    file = write(shared_service.policies, journey.namespace, frozen_until(journey, closes))
    journey.wait(lambda: shared_service.governs(journey.namespace), "the policy was not loaded")
    yield closes
    file.unlink()


@pytest.mark.parametrize("frozen", [50.0], indirect=True)
def test_a_good_release_waits_for_the_window_to_close(journey: Journey, frozen: float) -> None:
    """Past its limit it is still held, `status` says for what, and it goes on by itself."""
    journey.release(GOOD)
    journey.wait_phase(GOOD, "Analyzing")
    journey.wait(lambda: "lunch" in said(journey), "the window is not told")
    journey.stays(lambda: journey.paused, frozen - time.time() - 1.0, "let go in the window")
    assert time.time() > journey.rollout["started_at"] + 15.0
    journey.wait_phase(GOOD, "Promoted", seconds=90)
    assert not journey.paused
    assert journey.image() == GOOD


@pytest.mark.parametrize("frozen", [1_800.0], indirect=True)
def test_a_bad_release_is_rolled_back_in_the_window(journey: Journey, frozen: float) -> None:
    """What protects goes on."""
    journey.release(BAD)
    assert journey.wait_phase(BAD, "RolledBack", "Promoted") == "RolledBack"
    rolled_back = next(d for d in journey.record["history"] if d["act"] == "RollBack")
    assert rolled_back["at"] < frozen


def said(journey: Journey) -> str:
    """What `status` tells now."""
    return journey.rollctl("status", "deployment/web", "-n", journey.namespace).stdout
