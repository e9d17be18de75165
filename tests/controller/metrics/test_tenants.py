"""A store of many tenants, played by a gate before a real server: it refuses whoever names none."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from controller.adapters.prometheus.settings_file import read_settings
from controller.adapters.prometheus.source import PrometheusSource
from controller.ports.metrics import Answer, Samples, Trouble, Unanswered
from tests.controller.metrics.real_victoria_metrics import NOTHING, program
from tests.controller.metrics.remote_write import write
from tests.controller.metrics.web import Asked, Reply, Web
from tests.controller.metrics.world import WEB_1, request
from tests.testbed.processes import wait_until
from tests.testbed.victoria_metrics import VictoriaMetricsServer

pytestmark = pytest.mark.real

TENANT = "shop-team"
LABELS = {"__name__": "level", "namespace": WEB_1.namespace, "pod": WEB_1.name}


@pytest.fixture(scope="module")
def gate() -> Iterator[Web]:
    """Hands on what names the tenant, and refuses the rest as Mimir does."""
    with VictoriaMetricsServer(NOTHING, program=program()) as server:

        def answer(asked: Asked) -> Reply:
            if asked.headers.get("X-Scope-OrgID") != TENANT:
                return Reply(401, b"no org id\n")
            path = asked.path.removeprefix("/prometheus")
            given = requests.post(f"{server.url}{path}", asked.form, timeout=10)
            return Reply(given.status_code, given.content, {"Content-Type": "application/json"})

        write(server.url, [(LABELS, [(time.time() - 5, 7.0)])])
        with Web(answer) as web:
            yield web


def asked_by(gate: Web, file: Path, settings: str) -> Answer:
    """What a rollctl with these lines in its --prometheus-config is answered."""
    file.write_text(f"url: {gate.url}/prometheus\n{settings}")
    source = PrometheusSource(read_settings(file, None))
    (answer,) = source.read([request("level", time.time() - 120, time.time() - 1, WEB_1)])
    source.close()
    return answer


def test_the_tenant_of_the_settings_file_is_let_in(gate: Web, tmp_path: Path) -> None:
    """The header that the file names goes with every query, so the store shows its samples."""
    tenant = f"headers: {{X-Scope-OrgID: {TENANT}}}\n"

    def shown() -> bool:
        answer = asked_by(gate, tmp_path / "prometheus.yaml", tenant)
        assert isinstance(answer, Samples), answer
        return [one.values for one in answer.series] == [(7.0,)]

    wait_until(shown, 60.0, "the sample was never shown")


@pytest.mark.parametrize("settings", ["", "headers: {X-Scope-OrgID: other}\n"])
def test_without_its_tenant_a_person_is_told(gate: Web, tmp_path: Path, settings: str) -> None:
    """A query without the tenant's header, or with another's, is refused with what to check."""
    answer = asked_by(gate, tmp_path / "prometheus.yaml", settings)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.REFUSED
    assert "check token, user or tenant" in answer.message
