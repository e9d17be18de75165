"""`rollctl calibrate`: what is learned, shown and kept, and how it ends."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from controller.adapters.pasts import SqlitePasts
from controller.cli.calibrating import Asked, calibrate_all
from controller.cli.platforms import Where
from controller.engine.workload import Workload
from controller.historian import definitions
from controller.ports.metrics import Answer, SampleRequest, Trouble, Unanswered
from tests.controller.service_past import PastSource, named, steady
from tests.fakes import KEY, POLICY_TEXT, FakeLister, FakePlatform, policy

DAY = 86_400.0


class AwaySource(PastSource):
    """Nobody there."""

    def served(self, request: SampleRequest) -> Answer:
        return Unanswered(Trouble.UNREACHABLE, "Prometheus does not answer")


class Desk:
    """Somebody at a terminal, with a policy and a source."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, source: PastSource) -> None:
        self.file = folder / "policy.yaml"
        self.file.write_text(POLICY_TEXT.replace("limit: 30m", "limit: 150s"))
        self.journal = folder / "rollctl.db"
        monkeypatch.setattr("controller.cli.calibrating._source", lambda _: source)

    def calibrate(self, *workloads: Workload, **changes: object) -> int:
        lister = FakeLister(*(workloads or (named(),)))
        asked = Asked(
            policies=(self.file,),
            target="deployment/web",
            labels="",
            prometheus="http://prometheus",
            prometheus_config=None,
            days=14.0,
            journal=str(self.journal),
            keeps=True,
            as_json=False,
            head=True,
        )
        where = Where(lister, FakePlatform(), ("shop",))
        return calibrate_all(where, replace(asked, **changes))  # type: ignore[arg-type]


@pytest.fixture
def past_source() -> PastSource:
    """Thirty days of a steady service."""
    return PastSource(pods=steady(time.time(), 30 * DAY))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, past_source: PastSource) -> Desk:
    """A desk with that source."""
    return Desk(tmp_path, monkeypatch, past_source)


def test_what_is_learned_is_shown_and_kept(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """One row a metric, and in the service's file the same, for the queries of the policy."""
    assert desk.calibrate() == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:6] == ["NAMESPACE", "NAME", "METRIC", "PODS", "DAYS", "SPREAD"]
    assert row.split()[:5] == ["shop", "web", "errors", "10", "14"]
    store = SqlitePasts(desk.journal)
    kept = store.kept(KEY)
    store.close()
    assert kept is not None
    assert kept.definitions == definitions(policy())
    assert kept.past.metrics[0].pods == 10


def test_a_dry_run_keeps_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows the same and writes no file."""
    assert desk.calibrate(journal=None, keeps=False) == 0
    assert "errors" in capsys.readouterr().out
    assert not desk.journal.exists()


def test_without_a_file_it_says_that_nothing_is_kept(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody shall believe that the service knows what it does not."""
    assert desk.calibrate(journal=None) == 0
    assert "not kept" in capsys.readouterr().err


def test_a_document_holds_the_whole_past(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Other programs, and `analyze --past`, read it."""
    assert desk.calibrate(as_json=True) == 0
    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert (item["namespace"], item["target"], item["policy"]) == (
        "shop",
        "deployment/web",
        "shop-web",
    )
    assert item["past"]["metrics"][0]["pods"] == 10


def test_without_history_the_assumption_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason, with a code of its own, and nothing is kept."""
    desk = Desk(tmp_path, monkeypatch, PastSource(pods=steady(time.time(), 100.0)))
    assert desk.calibrate() == 5
    told = capsys.readouterr()
    assert "45 % (assumed)" in told.out
    assert "no samples that are 300 s old" in told.err
    store = SqlitePasts(desk.journal)
    assert store.kept(KEY) is None
    store.close()


def test_a_source_that_is_away_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the source said is told."""
    desk = Desk(tmp_path, monkeypatch, AwaySource())
    assert desk.calibrate() == 1
    assert "Prometheus does not answer" in capsys.readouterr().err


def test_all_workloads_of_the_policies(
    desk: Desk, past_source: PastSource, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a name all that one policy claims are learned, and no others."""
    others = [
        replace(named(), key=replace(KEY, name="unclaimed"), labels={"app": "other"}),
        replace(named(), key=replace(KEY, name="unnamed"), naming=None),
    ]
    assert desk.calibrate(named(), *others, target=None) == 0
    told = capsys.readouterr()
    names = [line.split()[1] for line in told.out.splitlines()[1:]]
    assert names == ["unnamed", "web"]
    assert "the names of its pods tell nothing" in told.err


def test_a_workload_that_no_policy_claims_is_refused(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one that was named must be claimed by exactly one policy."""
    with pytest.raises(SystemExit) as ended:
        desk.calibrate(replace(named(), labels={}))
    assert ended.value.code == 1
    assert "claimed by 0 of these policies" in capsys.readouterr().err
