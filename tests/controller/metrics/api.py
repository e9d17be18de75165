"""Answers as the query API of Prometheus gives them."""

import json
import re
import time

from controller.adapters.prometheus.settings import PrometheusSettings
from controller.adapters.prometheus.source import PrometheusSource
from controller.ports.metrics import Answer, PodReference, SampleRequest, Unanswered
from tests.controller.metrics.web import Asked, Reply, Web
from tests.controller.metrics.world import WEB_1, request

JSON = {"Content-Type": "application/json"}
NOW = 1_700_000_000.0
QUESTION = request("level", NOW - 60, NOW, WEB_1)


def row(pod: PodReference, *values: tuple[float, str], **labels: str) -> dict[str, object]:
    """One series of one pod."""
    own = {"__name__": "level", "pod": pod.name, "namespace": pod.namespace}
    return {"metric": own | labels, "values": values}


def success(*rows: dict[str, object], **more: object) -> Reply:
    """A whole answer, with anything `more` beside the data."""
    data = {"resultType": "matrix", "result": rows}
    return Reply(body=json.dumps({"status": "success", "data": data} | more).encode(), headers=JSON)


def failure(status: int, message: str = "", **headers: str) -> Reply:
    """A failure as Prometheus words it."""
    said = {"status": "error", "errorType": "execution", "error": message}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(said).encode(), JSON | named)


class Naps:
    """Stands in for sleep: wakes at once and remembers for how long it should have slept."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def source_at(web: Web, **settings: object) -> PrometheusSource:
    """A source that asks this server and never sleeps."""
    return PrometheusSource(PrometheusSettings(web.url, **settings), Naps())  # type: ignore[arg-type]


def answer_to(reply: Reply, question: SampleRequest = QUESTION, **settings: object) -> Answer:
    """What becomes of one question when the server always replies this."""
    with Web(lambda _: reply) as web:
        source = source_at(web, **settings)
        (answer,) = source.read([question])
        source.close()
    return answer


def trouble_of(reply: Reply, **settings: object) -> Unanswered:
    """The trouble that this reply makes."""
    answer = answer_to(reply, QUESTION, **settings)
    assert isinstance(answer, Unanswered)
    assert "\n" not in answer.message
    return answer


def pods_in(asked: Asked) -> set[str]:
    """The pods that a query names."""
    found = re.search(r'pod=~?"([^"]*)"', asked.form["query"])
    return set(found[1].split("|")) if found else set()


def http_date(seconds: float) -> str:
    """Unix seconds as the Date header spells them."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))
