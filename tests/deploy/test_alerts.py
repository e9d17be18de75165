"""Alerts and dashboard: they ask for metrics that there are, and fire for what they say."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from prometheus_client.parser import text_string_to_metric_families

from controller.telemetry import Telemetry
from tests.controller.metrics import real_prometheus, remote_write
from tests.deploy.generated import CHART_FILES

RULES: list[dict[str, Any]] = yaml.safe_load((CHART_FILES / "alerts.yaml").read_text())["groups"][
    0
]["rules"]
ALERTS = {rule["alert"]: rule for rule in RULES}
DASHBOARD: dict[str, Any] = json.loads((CHART_FILES / "dashboard.json").read_text())
STEP_SECONDS, HOUR_SECONDS = 30.0, 3_600.0

Key = tuple[str, tuple[tuple[str, str], ...]]
Course = Callable[[float], float]
"""The value of a series so many seconds after the beginning of its hour."""


def exported() -> dict[Key, float]:
    """Every series that a fresh rollctl exports."""
    page = Telemetry("1.2.3").page().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def asked(expression: str) -> set[str]:
    """The metrics that an expression names."""
    return set(re.findall(r"\brollctl_\w+", expression))


def test_only_metrics_that_there_are_are_asked_for() -> None:
    """Every metric in an alert or on the dashboard is one that rollctl exports."""
    names = {name for name, _ in exported()}
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    for expression in (*(rule["expr"] for rule in RULES), *panels):
        assert asked(expression)
        assert asked(expression) <= names, expression


def test_every_metric_is_on_the_dashboard() -> None:
    """No metric is exported that nobody looks at."""
    shown = {
        name
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
        for name in asked(target["expr"])
    }
    ours = {name for name, _ in exported() if not name.endswith("_created")}
    assert ours == shown


def test_each_alert_says_what_to_do() -> None:
    """An alert has a severity, a summary and a description, and its name is ours."""
    for rule in RULES:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["alert"].startswith("Rollctl")
        assert all(rule["annotations"][key] for key in ("summary", "description"))


def healthy() -> dict[Key, Course]:
    """An hour of a rollctl that does its work: it looks once a second, each time for 20 ms, and
    has five policies."""
    courses: dict[Key, Course] = {key: _constant(value) for key, value in exported().items()}
    courses["rollctl_tick_seconds_count", ()] = lambda age: age
    courses["rollctl_tick_seconds_sum", ()] = lambda age: 0.02 * age
    courses["rollctl_policies", ()] = lambda _: 5.0
    courses["rollctl_leader", ()] = lambda _: 1.0
    courses["rollctl_shards", ()] = lambda _: 1.0
    return courses


def _constant(value: float) -> Course:
    return lambda _: value


def _event(at: float = 3_300.0) -> Course:
    """A counter that counts once, five minutes before the end of the hour."""
    return lambda age: float(age >= at)


def _decided(act: str, verdict: str) -> Key:
    return "rollctl_decisions_total", (("act", act), ("verdict", verdict))


TROUBLES: Mapping[str, Mapping[Key, Course]] = {
    "RollctlAbsent": {},
    "RollctlStuck": {
        ("rollctl_tick_seconds_count", ()): lambda age: min(age, 3_000.0),
        ("rollctl_tick_seconds_sum", ()): lambda age: 0.02 * min(age, 3_000.0),
    },
    "RollctlLeaderless": {("rollctl_leader", ()): lambda _: 0.0},
    "RollctlSlow": {("rollctl_tick_seconds_sum", ()): lambda age: 8.0 * age},
    "RollctlBlind": {("rollctl_rollouts_blind", ()): lambda _: 2.0},
    "RollctlPlatformStale": {("rollctl_platform_stale", ()): lambda _: 1.0},
    "RollctlHolding": {("rollctl_rollouts_holding", ()): lambda _: 1.0},
    "RollctlBraking": {_decided("AwaitPerson", "Regressed"): _event()},
    "RollctlManyRollbacks": {_decided("RollBack", "Regressed"): lambda age: age // 300},
    "RollctlCannotWrite": {("rollctl_write_failures_total", ()): lambda age: age // 60},
    "RollctlPolicyWrong": {("rollctl_policy_problems", ()): lambda _: 1.0},
    "RollctlNoPolicy": {("rollctl_policies", ()): lambda _: 0.0},
    "RollctlCertificateEnds": {
        ("rollctl_tls_certificate_expiry_timestamp_seconds", ()): lambda _: 1.0
    },
    "RollctlCertificateStale": {("rollctl_tls_certificate_stale", ()): lambda _: 1.0},
    "RollctlDefect": {("rollctl_defects_total", ()): _event()},
}


def test_every_alert_is_tried() -> None:
    """There is a trouble for each alert."""
    assert TROUBLES.keys() == ALERTS.keys()


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Prometheus that takes what it is told."""
    folder: Path = tmp_path_factory.mktemp("alerts")
    flags = ("--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=30d")
    with real_prometheus.running("", folder, *flags) as url:
        remote_write.await_ready(url)
        yield url


def hour(url: str, end: float, courses: Mapping[Key, Course]) -> None:
    """Writes one hour of these series, up to `end`."""
    ages = [n * STEP_SECONDS for n in range(int(HOUR_SECONDS / STEP_SECONDS) + 1)]
    series = [
        (
            {"__name__": name, "instance": "rollctl:9746", **dict(labels)},
            [(end - HOUR_SECONDS + age, course(age)) for age in ages],
        )
        for (name, labels), course in courses.items()
    ]
    remote_write.write(url, series)


def firing(url: str, at: float) -> set[str]:
    """Every alert whose expression holds at this moment."""
    found = set()
    for name, rule in ALERTS.items():
        query = {"query": rule["expr"], "time": str(at)}
        answer = requests.get(f"{url}/api/v1/query", query, timeout=10)
        assert answer.ok, f"{name}: {answer.text}"
        if answer.json()["data"]["result"]:
            found.add(name)
    return found


@pytest.mark.real
def test_each_alert_fires_for_its_trouble_and_for_no_other(prometheus: str) -> None:
    """A real Prometheus finds nothing in a healthy hour, and in an hour with one trouble just
    the alert of that trouble."""
    began = time.time() - (len(TROUBLES) + 2) * 2 * HOUR_SECONDS
    hour(prometheus, began, healthy())
    assert firing(prometheus, began) == set()
    for number, (alert, trouble) in enumerate(TROUBLES.items(), 1):
        end = began + number * 2 * HOUR_SECONDS
        if trouble:
            hour(prometheus, end, {**healthy(), **trouble})
        assert firing(prometheus, end) == {alert}, alert


@pytest.mark.real
def test_the_dashboard_can_be_asked(prometheus: str) -> None:
    """A real Prometheus understands every query of the dashboard."""
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            query = {"query": target["expr"]}
            answer = requests.get(f"{prometheus}/api/v1/query", query, timeout=10)
            assert answer.ok, answer.text
