"""The queries that are told are the policy's own, narrowed to what is meant, and parse."""

from analysis.samples import Arm, Part
from analysis.verdict import Verdict
from controller.show.queries import queries_of, queries_of_recording
from policies.selector import parse_matchers, parse_selector
from tests.fakes import KEY, judgement, policy

SILENT = judgement(Verdict.NO_DATA)
BAD = 'http_requests_total{code=~"5..",namespace="shop",pod=~"web-.*"}'
TOTAL = 'http_requests_total{namespace="shop",pod=~"web-.*"}'


def test_each_input_of_a_silent_metric_is_asked_for_over_all_pods() -> None:
    """One query an input; its selector is one that a policy may hold."""
    asked = queries_of(policy(), SILENT, KEY)
    assert asked == {"errors": (f"count by (pod) ({BAD})", f"count by (pod) ({TOTAL})")}
    for selector in (BAD, TOTAL):
        assert str(parse_selector(selector)) == selector


def test_nothing_is_asked_where_nothing_is_missing() -> None:
    """Without a policy, without a judgement, or with data there is no query."""
    assert queries_of(None, SILENT, KEY) == {}
    assert queries_of(policy(), None, KEY) == {}
    assert queries_of(policy(), judgement(Verdict.HEALTHY), KEY) == {}


def test_of_a_recording_only_what_is_absent_is_asked_for() -> None:
    """The side and the input of which there is no series."""
    matchers = {arm: parse_matchers(f'version="{arm.value}"') for arm in Arm}
    absent = {("errors", Part.TOTAL, Arm.CANDIDATE)}
    asked = queries_of_recording(policy(), SILENT, matchers, absent)
    query = 'count by (pod) (http_requests_total{version="candidate"})'
    assert asked == {"errors": (query,)}
