"""`rollctl analyze --past`: a recording judged with what is known of the service."""

import json
from pathlib import Path

import pytest

from controller.cli.pasts_given import past_given
from controller.show.document import as_json
from controller.show.pasts import Calibrated, pasts_document
from tests.controller.cli.test_analyze import POLICY, analyzed, recording
from tests.controller.engine.test_past import PAST
from tests.fakes import KEY, policy

MINUTES, PODS = 20, 10


def healthy_stretch() -> str:
    """OpenMetrics text: pods of one version, half of which fail half as much again."""
    lines = []
    for pod in range(PODS):
        for time in range(0, MINUTES * 60, 15):
            labels = f'namespace="shop",pod="web-{pod}"'
            bad = int(time / 15 * (3 if pod % 2 else 2))
            lines.append(f'http_requests_total{{{labels},code="200"}} {300 * time / 15} {time}')
            lines.append(f'http_requests_total{{{labels},code="500"}} {bad} {time}')
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a policy, a release to judge, and pasts of every form."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "same.om").write_text(recording(0.005))
    (tmp_path / "healthy.om").write_text(healthy_stretch())
    known = Calibrated(KEY, policy(), PAST, "", {})
    (tmp_path / "past.json").write_text(as_json(pasts_document([known])))
    (tmp_path / "empty.om").write_text("# EOF\n")
    (tmp_path / "broken.json").write_text('{"items": 3}')
    (tmp_path / "two.json").write_text(as_json(pasts_document([known, known])))
    return tmp_path


@pytest.mark.parametrize("file", ["healthy.om", "past.json"])
def test_a_past_is_taken_and_told(folder: Path, file: str) -> None:
    """From a recording of a healthy stretch, or as `calibrate -o json` printed it."""
    code, told = analyzed(folder, "same.om", more=("--past", str(folder / file), "-o", "json"))
    assert code in {0, 5}
    assert "pods of this service differ by" in json.loads(told)["paragraph"]


def test_a_recording_says_how_its_pods_differ(folder: Path) -> None:
    """Pods at 2 and 3 errors a window lie a fifth from their mean."""
    past = past_given(folder / "healthy.om", policy(warm_up_seconds=0.0))
    (errors,) = past.metrics
    assert errors.pods == PODS
    assert 0.15 < errors.spread < 0.45


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("empty.om", "no samples"),
        ("broken.json", "calibrate -o json"),
        ("two.json", "2 pasts for the policy"),
        ("nowhere.om", "No such file"),
    ],
)
def test_a_past_that_says_nothing_ends_the_command(
    folder: Path, file: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is judged by an assumption who named a past."""
    with pytest.raises(SystemExit):
        past_given(folder / file, policy())
    assert told in capsys.readouterr().err
