import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.realworld import __main__ as command
from benchmarks.realworld import corpus
from benchmarks.realworld.corpus import Truth
from benchmarks.realworld.interface import Answer, Release
from benchmarks.realworld.scores import (
    Outcome,
    clopper_pearson,
    effective_cases,
    of_cases,
    of_releases,
    outcomes,
    rate,
)
from tests.benchmarks.realworld.files import DOUBLED, FLAT, case, release, series, write


def outcome(answer: Answer, group: str = "g", source: str = "s", **truth: bool) -> Outcome:
    """One answer; healthy and recorded unless told."""
    told = {"faulty": False, "visible": False, "recorded": True} | truth
    return Outcome(Truth("n", source, group, **told), answer)


def test_rates_count_each_kind_by_itself() -> None:
    """Healthy, faulty, visible and unrecorded releases are four questions."""
    told = [
        outcome(Answer.ROLLBACK),
        outcome(Answer.PROMOTE),
        outcome(Answer.INCONCLUSIVE),
        outcome(Answer.ROLLBACK, faulty=True, visible=True),
        outcome(Answer.PROMOTE, faulty=True),
        outcome(Answer.NO_DATA, faulty=True, recorded=False),
        outcome(Answer.PROMOTE, recorded=False),
    ]
    counted = [(row.rate.hits, row.rate.cases) for row in of_releases("r", told)]
    assert counted == [(1, 3), (1, 2), (1, 1), (1, 2)]


def test_inconclusive_is_neither_hit_nor_hidden() -> None:
    """It is no rollback, and is counted apart."""
    healthy = of_releases("r", [outcome(Answer.INCONCLUSIVE)])[0]
    assert healthy.rate.hits == 0
    assert healthy.answers == {Answer.INCONCLUSIVE: 1}


def test_cases_are_told_by_source_and_label() -> None:
    """A source with both labels has two lines."""
    told = [outcome(Answer.ROLLBACK, source="b"), outcome(Answer.ROLLBACK, source="a", faulty=True)]
    told.append(outcome(Answer.PROMOTE, source="b", faulty=True))
    assert [row.trials for row in of_cases("r", told)] == ["a, faulty", "b, healthy", "b, faulty"]


def test_the_exact_interval_is_the_tables() -> None:
    """Clopper and Pearson's 95 % for 0 of 10 and 5 of 10, to four digits."""
    assert clopper_pearson(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert clopper_pearson(5, 10) == pytest.approx((0.1871, 0.8129), abs=1e-4)


def test_independent_cases_all_count() -> None:
    """A group a case is Clopper and Pearson's interval itself."""
    hits = [(str(place), place < 3) for place in range(20)]
    assert rate(hits).high == pytest.approx(clopper_pearson(3, 20)[1], rel=0.05)


def test_copies_of_a_case_tell_nothing_more() -> None:
    """Ten groups of five equal cases are ten cases."""
    hits = [(str(place // 5), place < 15) for place in range(50)]
    assert effective_cases(hits) == pytest.approx(10.0, abs=1.0)
    assert rate(hits).high - rate(hits).low > 0.4


def test_all_alike_is_one_case_a_group() -> None:
    """Where nothing is seen of the spread between groups, a group counts once."""
    assert effective_cases([("a", True), ("a", True), ("b", True)]) == 2.0


def test_no_cases_have_no_rate() -> None:
    """Nothing asked leaves the whole interval open."""
    found = rate([])
    assert (found.cases, found.low, found.high) == (0, 0.0, 1.0)


@dataclass(frozen=True)
class Eavesdropper:
    """Notes what it is shown."""

    seen: list[object]
    name: str = "eavesdropper"

    def decide(self, shown: Release) -> Answer:
        self.seen.append(shown)
        return Answer.PROMOTE


def test_a_rule_is_handed_the_release_only(tmp_path: Path) -> None:
    """Scoring keeps the truth to itself."""
    write(tmp_path, [case(label="regression")], [])
    spy = Eavesdropper([])
    (told,) = outcomes(spy, corpus.cases(tmp_path))
    assert told.truth.faulty
    assert [type(one) for one in spy.seen] == [Release]


def test_the_command_scores_both_levels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON holds each rule's counts for releases and for cases."""
    bad = series(candidate=DOUBLED, label="regression")
    shown = [release(series=[series()]), release(label="regression", series=[bad]), release()]
    write(tmp_path, [case()], shown)
    command.main(["--corpus", str(tmp_path), "--rules", "welch", "-o", "json"])
    told = json.loads(capsys.readouterr().out)
    assert [(r["hits"], r["cases"]) for r in told["releases"]] == [(0, 1), (1, 1), (1, 1), (1, 1)]
    assert told["cases"][0]["answers"]["Promote"] == 1


def test_the_command_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a rule and kind of trial, shares in per cent."""
    write(tmp_path, [case(candidate=FLAT)], [release(series=[series()])])
    command.main(["--corpus", str(tmp_path), "--rules", "welch,kayenta"])
    told = capsys.readouterr().out
    assert "0/1 = 0.0%" in told
    assert "kayenta" in told


@pytest.mark.parametrize(
    "asked", [[], ["--corpus", "nowhere"], ["--rules", "x", "--corpus", "."]], ids=str
)
def test_the_command_says_what_to_give(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without recordings, or with a rule that is none, it leaves with 2 and says why."""
    write(tmp_path, [], [])
    given = [str(tmp_path) if word == "." else word for word in asked]
    with pytest.raises(SystemExit, match="2"):
        command.main(given)
    said = capsys.readouterr().err
    assert "no such rule: x" in said if "x" in asked else "--corpus" in said or "manifest" in said
