"""No fault of any port loses or doubles anything, and each tells a person what to know."""

import pytest

from tests.faults import webhooks
from tests.faults.cases import cases
from tests.faults.page import PAGE, row, untroubled
from tests.faults.play import Case, played

BLINDS = {"Prometheus", "API server, a change"}
"""Without metrics, or without a way to write, no rollout ends."""
UNDECIDED = {("clock", "an hour ahead")}
"""The time limit passes while nothing can be compared: a person is asked."""


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"{case.port}: {case.fault}")
def test_a_fault_loses_and_doubles_nothing_and_is_told(case: Case) -> None:
    """While it lasts nothing is decided on too little; when it is over all that was to be done is
    done, once; and docs/faults.md says what was seen."""
    told = played(case)
    if case.port in BLINDS and case.fault != "done, the answer is lost":
        assert told.meanwhile == ()
    if (case.port, case.fault) in UNDECIDED:
        assert told.acts == ("Begin", "Hold", "AwaitPerson")
    else:
        assert told.outcome() == untroubled(case.journey.name).outcome()
    assert row(case, told) in PAGE.read_text(encoding="utf-8").splitlines(), "run `make faults`"


@pytest.mark.parametrize("post", webhooks.POSTS)
def test_a_wrong_post_does_nothing_and_says_why(post: str) -> None:
    """Whatever is posted and not to be believed changes nothing; its sender gets one line."""
    told = webhooks.row(post)
    assert told.endswith("| nothing |")
    assert told.isprintable()
    assert told in PAGE.read_text(encoding="utf-8").splitlines(), "run `make faults`"
