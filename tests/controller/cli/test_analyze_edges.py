"""`rollctl analyze` where recordings are odd: staggered, late, empty, unreadable, or a service."""

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli import app
from tests.controller.cli.test_analyze import POLICY, recording

WARM_UP, INTERVAL, MINUTES = 60, 15, 10
PODS, REQUESTS = 2, 100
SCRAPES = MINUTES * 60 // INTERVAL
ARGUMENTS = ["--baseline", 'version="v1"', "--candidate", 'version="v2"']


def staggered(candidate_from: float, stagger: float, seed: int = 5) -> str:
    """Equal versions, each pod scraped at its own moment within `stagger` seconds."""
    chance, rows = random.Random(seed), []
    for version, begin in (("v1", 0.0), ("v2", candidate_from)):
        for pod in range(PODS):
            offset = begin + chance.uniform(0, stagger) * bool(pod)
            labels = f'namespace="shop",pod="web-{version}-{pod}",version="{version}"'
            for scrape in range(SCRAPES - int(begin // INTERVAL)):
                time, total = offset + scrape * INTERVAL, REQUESTS * scrape
                rows.append(
                    (time, f'http_requests_total{{{labels},code="200"}} {total} {time:.3f}')
                )
    return "\n".join([*(row for _, row in sorted(rows)), "# EOF", ""])


def analyzed(folder: Path, text: str, policy: str = POLICY) -> tuple[int, dict[str, object]]:
    """The exit code and the one JSON line for a recording."""
    (folder / "policy.yaml").write_text(policy)
    (folder / "recording.om").write_text(text)
    command = ["analyze", "-f", str(folder / "policy.yaml"), *ARGUMENTS, "-o", "json"]
    done = CliRunner().invoke(app, [*command, "--samples", str(folder / "recording.om")])
    return done.exit_code, json.loads(done.stdout)


def requests_of(folder: Path, text: str, warm_up: int) -> tuple[int, int]:
    """How many requests were compared: the candidate's and the baseline's, as told."""
    policy = POLICY.replace("warmup: 0s", f"warmup: {warm_up}s")
    _, line = analyzed(folder, text, policy)
    metrics = line["metrics"]
    assert isinstance(metrics, list)
    words = metrics[0]["reason"].split(" requests")
    candidate, baseline = (int(part.split()[-1].replace(",", "")) for part in words[:2])
    return candidate, baseline


def test_pods_that_were_there_are_warm_whenever_they_are_scraped(tmp_path: Path) -> None:
    """Scrapes of pods do not fall together: nobody's first minute is cut for that."""
    text = staggered(candidate_from=0.0, stagger=INTERVAL - 1.0)
    assert requests_of(tmp_path, text, WARM_UP) == requests_of(tmp_path, text, 0)


def test_a_pod_that_comes_later_has_its_warm_up(tmp_path: Path) -> None:
    """The first minute of a pod that starts within the recording is not compared."""
    text = staggered(candidate_from=180.0, stagger=0.0)
    compared, _ = requests_of(tmp_path, text, WARM_UP)
    everything, _ = requests_of(tmp_path, text, 0)
    assert 0 < compared < everything


@pytest.mark.parametrize("text", ["", "# EOF\n"])
def test_nothing_recorded_is_no_data(tmp_path: Path, text: str) -> None:
    """Also a file of no bytes: nothing was found, and nothing is claimed."""
    code, line = analyzed(tmp_path, text)
    assert (code, line["verdict"], line["decided_at_seconds"]) == (5, "NoData", None)


def test_one_broken_file_hides_no_other(tmp_path: Path) -> None:
    """Every readable file has its line; a missing one is told beside them; the worst counts."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "worse.om").write_text(recording(0.08))
    files = [str(tmp_path / name) for name in ("missing.om", "worse.om")]
    command = ["analyze", "-f", str(tmp_path / "policy.yaml"), *ARGUMENTS, "-o", "json"]
    done = CliRunner().invoke(app, [*command, "--samples", *files])
    assert done.exit_code == 3
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["Regressed"]
    assert "missing.om" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--samples"),
        (["--prometheus", "http://127.0.0.1:1"], "--start"),
        (["--prometheus", "nowhere", "--start", "1", "--end", "2"], "http://host:port"),
        (["--samples", "a.om", "--baseline", "version=v1"], "--baseline"),
        (["--samples", "a.om", "--policy", "other"], "shop-web"),
        (["--samples", "a.om", "-o", "yaml"], "yaml"),
    ],
)
def test_wrong_arguments_say_what_to_write(tmp_path: Path, arguments: list[str], told: str) -> None:
    """They end with code 2 before anything is read."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    command = ["analyze", "-f", str(tmp_path / "policy.yaml"), *ARGUMENTS]
    done = CliRunner().invoke(app, [*command, *arguments])
    assert done.exit_code == 2
    assert told in done.stderr


def test_a_prometheus_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """What could not be asked is no verdict."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "prometheus.yaml").write_text("url: http://127.0.0.1:1\n")
    command = ["analyze", "-f", str(tmp_path / "policy.yaml"), *ARGUMENTS]
    source = ["--prometheus-config", str(tmp_path / "prometheus.yaml")]
    done = CliRunner().invoke(app, [*command, *source, "--start", "1", "--end", "60"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "cannot be reached" in done.stderr
