"""`rollctl analyze`: the same engine on recordings."""

import json
import random
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from controller.cli import app

POLICY = """
apiVersion: rollctl/v1
kind: RolloutPolicy
metadata: {name: shop-web}
spec:
  workloads: {namespaces: [shop], selector: {matchLabels: {app: web}}}
  analysis: {warmup: 0s, interval: 15s, limit: 30m}
  metrics:
    - name: errors
      ratio: {bad: 'http_requests_total{code="500"}', total: http_requests_total}
      tolerance: 2pp
"""
MINUTES, PODS, REQUESTS = 10, 5, 300


def recording(bad_share: float, versions: tuple[str, ...] = ("v1", "v2"), begin: int = 0) -> str:
    """OpenMetrics text: pods of each version that fail 0.5 % of requests, those of v2 this."""
    chance = random.Random(7)
    lines = []
    for version in versions:
        share = bad_share if version == "v2" else 0.005
        for pod in range(PODS):
            total = bad = 0
            for time in range(begin, begin + MINUTES * 60, 15):
                failed = sum(chance.random() < share for _ in range(REQUESTS))
                total, bad = total + REQUESTS - failed, bad + failed
                labels = f'namespace="shop",pod="web-{version}-{pod}",version="{version}"'
                lines.append(f'http_requests_total{{{labels},code="200"}} {total} {time}')
                lines.append(f'http_requests_total{{{labels},code="500"}} {bad} {time}')
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a policy and three recordings."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "same.om").write_text(recording(0.005))
    (tmp_path / "worse.om").write_text(recording(0.08))
    (tmp_path / "empty.om").write_text("# EOF\n")
    return tmp_path


def analyzed(folder: Path, *files: str, more: tuple[str, ...] = ()) -> tuple[int, str]:
    """The exit code and what was printed."""
    arguments = ["analyze", "-f", str(folder / "policy.yaml"), "--baseline", 'version="v1"']
    arguments += ["--candidate", 'version="v2"', *more, "--samples"]
    done = CliRunner().invoke(app, [*arguments, *(str(folder / file) for file in files)])
    return done.exit_code, done.stdout


@pytest.mark.parametrize(
    ("file", "code", "verdict"),
    [("same.om", 0, "Healthy"), ("worse.om", 3, "Regressed"), ("empty.om", 5, "NoData")],
)
def test_verdicts_and_exit_codes(folder: Path, file: str, code: int, verdict: str) -> None:
    """Two equal versions are Healthy, a worse one Regressed, and nothing is NoData."""
    ended, told = analyzed(folder, file)
    assert (ended, verdict in told) == (code, True)


def test_one_line_a_file(folder: Path) -> None:
    """Many files in one call give one JSON line each, and the exit code of the worst."""
    code, told = analyzed(folder, "same.om", "worse.om", "empty.om", more=("-o", "json"))
    lines = [json.loads(line) for line in told.splitlines()]
    assert code == 3
    assert [line["verdict"] for line in lines] == ["Healthy", "Regressed", "NoData"]
    keys = {"name", "kind", "verdict", "worse", "unit", "effect", "low", "high", "tolerance"}
    keys |= {"shown", "oneIn", "podSpread", "candidate", "baseline", "remedy", "queries", "reason"}
    for line in lines:
        assert line.keys() == {"file", "verdict", "decided_at_seconds", "paragraph", "metrics"}
        assert all(metric.keys() == keys for metric in line["metrics"])
    assert 0 < lines[1]["decided_at_seconds"] < MINUTES * 60


def test_sides_that_never_overlap(folder: Path) -> None:
    """Before is compared with after, that is said, and Healthy is not claimed."""
    before = recording(0.005, ("v1",)).removesuffix("# EOF\n")
    later = recording(0.005, ("v2",), begin=MINUTES * 60)
    (folder / "apart.om").write_text(before + later)
    code, told = analyzed(folder, "apart.om")
    assert code == 5
    assert "before compared with after" in told


def test_a_broken_recording_names_its_line(folder: Path) -> None:
    """A recording that cannot be read ends with its file and line, and code 1."""
    (folder / "broken.om").write_text("http_requests_total{ 1 2\n# EOF\n")
    code, _ = analyzed(folder, "broken.om")
    assert code == 1


def test_the_paragraph_stands_before_the_table(folder: Path) -> None:
    """Plain words first, with the figures that decided; the figures' own lines below."""
    _, told = analyzed(folder, "worse.om")
    words = " ".join(told.split())
    assert words.index('The new version (version="v2") is worse') < words.index("METRIC VERDICT")
    assert "of every 1,000 requests counted as errors on the new pods" in words
    assert "With this policy rollctl would roll it back." in words


def test_the_picture_has_a_point_for_each_window(folder: Path) -> None:
    """All windows up to the verdict, in well-formed XML."""
    file = folder / "same.svg"
    code, _ = analyzed(folder, "same.om", more=("--plot", str(file)))
    drawn = ET.parse(file).getroot()
    svg = "{http://www.w3.org/2000/svg}"
    points = [use for group in drawn.iter(f"{svg}g") for use in group.findall(f"{svg}use")]
    assert (code, len(points)) == (0, MINUTES * 4)


def test_one_picture_is_of_one_recording(folder: Path) -> None:
    """Several recordings would overwrite each other's picture: that is a wrong argument."""
    code, told = analyzed(folder, "same.om", "worse.om", more=("--plot", str(folder / "a.svg")))
    assert (code, told) == (2, "")


def test_no_data_says_what_to_ask(folder: Path) -> None:
    """The inputs of which there is no series, as queries."""
    _, told = analyzed(folder, "empty.om")
    assert '  count by (pod) (http_requests_total{code="500",version="v2"})' in told.splitlines()


def test_a_name_that_is_no_text_ends_nothing(folder: Path) -> None:
    """Escapes and bytes that are no UTF-8 in a file's name: the page is printable, and the JSON gives
    back what can be given back."""
    (folder / "evil\n\x1b[2J\u202e.om").write_text("# EOF\n")
    (folder / "half\udcff.om").write_text("# EOF\n")
    names = ("evil\n\x1b[2J\u202e.om", "half\udcff.om")
    for name, shown in zip(names, (names[0], "half?.om"), strict=True):
        code, told = analyzed(folder, name, more=("-o", "json"))
        assert (code, json.loads(told)["file"]) == (5, str(folder / shown))
        assert told.removesuffix("\n").isprintable()
        code, told = analyzed(folder, name)
        assert code == 5
        assert all(line.isprintable() for line in told.split("\n"))
