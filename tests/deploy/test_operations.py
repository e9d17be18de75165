"""docs/operations.md says what is so."""

import re

import yaml

from controller.adapters.kubernetes.permissions import LEASE, PERMISSIONS, REVIEWS
from controller.telemetry import Telemetry
from tests.deploy.generated import CHART_FILES
from tests.deploy.rendering import OVERLAYS
from tests.testbed.processes import CHECKOUT

DOCUMENT = (CHECKOUT / "docs" / "operations.md").read_text()
SOURCES = "\n".join(file.read_text() for file in (CHECKOUT / "controller").rglob("*.py"))


def table(name: str) -> list[str]:
    """The rows of one marked table, without its head."""
    begin, end = f"<!-- {name} begin -->\n", f"<!-- {name} end -->"
    rows = DOCUMENT[DOCUMENT.index(begin) + len(begin) : DOCUMENT.index(end)].splitlines()
    return rows[2:]


def test_every_metric_is_described() -> None:
    """The table of metrics is what a fresh controller exports, with the same words."""
    page = Telemetry("1.2.3").page().decode()
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", page, re.MULTILINE))
    types = dict(re.findall(r"^# TYPE (\S+) (.*)$", page, re.MULTILINE))
    wanted = [
        f"| `{name}` | {types[name]} | {told} |"
        for name, told in helps.items()
        if not name.endswith("_created")
    ]
    assert table("metrics") == wanted


def test_every_alert_is_described() -> None:
    """The table of alerts is what is shipped."""
    (group,) = yaml.safe_load((CHART_FILES / "alerts.yaml").read_text())["groups"]
    wanted = [
        f"| {rule['alert']} | {rule['labels']['severity']} | {rule.get('for', 'at once')} |"
        f" {rule['annotations']['summary'].replace('|', chr(92) + '|')} |"
        for rule in group["rules"]
    ]
    assert table("alerts") == wanted


def test_every_permission_is_described() -> None:
    """The table of permissions is the list that roles are made from."""
    wanted = [
        f"| {one} | {one.why} | {'no' if one.writes else 'yes'} |"
        for one in (*PERMISSIONS, *LEASE, *REVIEWS)
    ]
    assert table("permissions") == wanted


def test_what_the_log_is_said_to_say_it_says() -> None:
    """Each log line that a person is told to look for is in the code."""
    told = re.findall(r"log `([^`]+)`", DOCUMENT)
    assert told
    assert [line for line in told if line not in SOURCES] == []


def test_every_overlay_is_named() -> None:
    """Each shipped overlay is in the table of ways to install, and no other is."""
    named = set(re.findall(r"overlays/([a-z-]+)", DOCUMENT))
    assert named == {folder.name for folder in OVERLAYS.iterdir()}
