"""What is said of a comparison reads as a person would say it."""

from dataclasses import replace

from analysis.question import Tolerance
from analysis.sentences import sentence
from analysis.verdict import Verdict
from tests.fakes import judgement


def test_equal_is_no_change() -> None:
    """What floating point leaves of the difference of two equal rates is told as nothing."""
    (finding,) = judgement(Verdict.HEALTHY).findings
    question = replace(finding.question, tolerance=Tolerance(0.03, absolute=True))
    told = sentence(replace(finding, question=question, effect=-1.4e-17), "", "")
    assert "+0 pp" in told
    assert "e-" not in told
