"""The laws of the demo service and its visitors, without a cluster.

Why: every journey's numbers come from these two; were they wrong, all would be.
Never here: Kubernetes.
"""

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from controller.demo.service import BUCKETS_SECONDS, Behaviour, Service, Tally
from tests.testbed.addresses import POD_PORT, Addresses
from tests.testbed.hollow_pod import service_command
from tests.testbed.images import Behaviour as ImageBehaviour
from tests.testbed.images import Image
from tests.testbed.processes import CHECKOUT, Process, wait_until

pytestmark = pytest.mark.real


@contextmanager
def _serving(folder: Path, behaviour: ImageBehaviour) -> Iterator[str]:
    address = Addresses().take()
    image = Image("shop/web", "sha256:0", "v1", behaviour)
    command = service_command(image, address)
    process = Process("service", command, folder / "service.log", working_directory=CHECKOUT)
    try:
        wait_until(lambda: _answers(address), 10, process.tail)
        yield f"{address}:{POD_PORT}"
    finally:
        process.stop()


def _answers(address: str) -> bool:
    try:
        return requests.get(f"http://{address}:{POD_PORT}/healthz", timeout=1).ok
    except requests.ConnectionError:
        return False


def _samples(text: str) -> dict[tuple[str, str], float]:
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return {
        (one.name, one.labels.get("le", one.labels.get("code", ""))): one.value for one in samples
    }


def test_histogram_is_cumulative() -> None:
    """A request counts in its own bucket and every wider one, and the widest holds them all."""
    tally = Tally("v1")
    for seconds in (0.001, 0.02, 0.02, 60.0):
        tally.served(200, seconds)
    samples = _samples(tally.exposition())
    name = "http_request_duration_seconds_bucket"
    counts = [samples[name, str(bound)] for bound in BUCKETS_SECONDS]
    assert counts == [1, 1, *[3] * (len(BUCKETS_SECONDS) - 2)]
    assert samples[name, "+Inf"] == samples["http_request_duration_seconds_count", ""] == 4


def test_chances_are_kept() -> None:
    """Errors and slow answers come as often as asked for."""
    behaviour = Behaviour(error_ratio=0.1, slow_ratio=0.2, slow_seconds=5.0, latency_seconds=0.01)
    service = Service(behaviour, seed=7)
    answers = [service.decide() for _ in range(20_000)]
    assert abs(sum(code == 500 for code, _ in answers) / len(answers) - 0.1) < 0.01
    assert abs(sum(seconds > 1 for _, seconds in answers) / len(answers) - 0.2) < 0.01


def test_memory_asked_for_is_resident(tmp_path: Path) -> None:
    """The memory that a version is told to take shows in its metrics."""
    with _serving(tmp_path, ImageBehaviour(memory_bytes=50_000_000)) as target:
        text = requests.get(f"http://{target}/metrics", timeout=5).text
    assert _samples(text)["process_resident_memory_bytes", ""] > 50_000_000


def test_visitors_and_service_count_alike(tmp_path: Path) -> None:
    """Every request that visitors sent is in the service's metrics with the code they saw."""
    targets = tmp_path / "targets"
    with _serving(tmp_path, ImageBehaviour(error_ratio=0.3)) as target:
        targets.write_text(f"{target}\n")
        score = _visit(targets, tmp_path, seconds=2.0)
        samples = _samples(requests.get(f"http://{target}/metrics", timeout=5).text)
    assert score["unanswered"] == 0
    assert 50 < score["sent"] < 350
    assert 0 <= samples["http_requests_total", "200"] - score["succeeded"] <= 2
    assert 0 <= samples["http_requests_total", "500"] - score["failed"] <= 2


def _visit(targets: Path, folder: Path, seconds: float) -> dict[str, int]:
    options = [f"--targets={targets}", "--requests-per-second=100", "--seed=3"]
    command = [sys.executable, "-m", "controller.demo.traffic", *options]
    visitors = Process("traffic", command, folder / "traffic.log", working_directory=CHECKOUT)
    time.sleep(seconds)
    visitors.stop()
    score: dict[str, int] = json.loads(visitors.tail().splitlines()[-1])
    return score


def test_missing_targets_file_harms_nobody(tmp_path: Path) -> None:
    """Visitors whose targets file is not there yet wait for it."""
    score = _visit(tmp_path / "not-there", tmp_path, seconds=0.7)
    assert score == {"sent": 0, "succeeded": 0, "failed": 0, "unanswered": 0}


def test_answers_keep_the_order_of_their_requests(tmp_path: Path) -> None:
    """Two requests sent at once on one connection are answered in the order they came."""
    first, second = b"GET / HTTP/1.1\r\n\r\n", b"GET /x HTTP/1.1\r\nConnection: close\r\n\r\n"
    with _serving(tmp_path, ImageBehaviour(latency_seconds=0.05)) as target:
        host, _, port = target.partition(":")
        with socket.create_connection((host, int(port)), 5) as visitor:
            visitor.sendall(first + second)
            said = visitor.makefile("rb").read()
    assert said.index(b"200 OK") < said.index(b"404 Not Found")
