"""Our own page of metrics is ours, whatever others have written."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from controller.engine.record import Act, Decision
from controller.telemetry import OTHER, Telemetry
from tests import hostile
from tests.fakes import NOW


@given(st.lists(hostile.sent, max_size=5))
def test_no_text_of_others_makes_a_series(verdicts: list[str]) -> None:
    """A verdict that somebody wrote into a record counts as "other": the page stays as long as it
    was, and the official parser reads it."""
    telemetry = Telemetry("1.0")
    before = telemetry.page().count(b"\n")
    for verdict in verdicts:
        telemetry.decided(Decision(NOW, Act.COMPLETE, "r", f"{verdict}!", verdict))
    page = telemetry.page().decode()
    assert page.count("\n") <= before + 2
    families = {one.name: one for one in text_string_to_metric_families(page)}
    told = {
        sample.labels["verdict"]: sample.value
        for sample in families["rollctl_decisions"].samples
        if sample.name.endswith("_total") and sample.labels["act"] == "Complete"
    }
    assert told == ({OTHER: float(len(verdicts))} if verdicts else {})
