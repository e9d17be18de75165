"""docs/security.md says what is so."""

import re
from pathlib import Path

from starlette.routing import Route

from controller import status_desk, web, web_server, webhook_desk
from controller.adapters.certificate import renewal
from controller.remembered import ADMITTED_SECONDS, DENIED_SECONDS, MOST_A_MINUTE
from controller.status_desk import StatusDesk
from controller.telemetry import Telemetry
from controller.webhook_desk import WebhookDesk
from controller.webhooks.received import MOST_BODY_BYTES
from tests.controller.viewers_world import FakeViewers
from tests.controller.webhooks.served import FakeWatch
from tests.fakes import FakePlatform
from tests.testbed.processes import CHECKOUT

PAGE = (CHECKOUT / "docs" / "security.md").read_text()
TEXT = " ".join(PAGE.split())


def test_every_path_is_told() -> None:
    """The table of paths is what a service serves with everything turned on; with nothing turned on it
    serves those that are told to be there always, and the one that says why it is not."""
    telemetry, platform = Telemetry("test"), FakePlatform()
    desks = (
        WebhookDesk(Path("/nowhere"), FakeWatch()),
        StatusDesk(platform, FakeViewers({}), (), str),
    )
    everything = web.application(telemetry, str, str, *desks)
    begin, end = "<!-- paths begin -->", "<!-- paths end -->"
    rows = PAGE[PAGE.index(begin) : PAGE.index(end)].splitlines()[3:]
    told = {re.findall(r"`(/[^`]+)`", row)[0]: row.endswith("| always |") for row in rows}
    assert set(told) == {one.path for one in everything.routes if isinstance(one, Route)}
    least = {
        one.path for one in web.application(telemetry, str, str).routes if isinstance(one, Route)
    }
    assert least == {path for path, always in told.items() if always} | {"/api/v1/status"}


def test_every_bound_is_as_told() -> None:
    """The numbers on the page are those of the code."""
    kilobyte = 1024
    assert f"heads up to {web_server.LARGEST_HEAD_BYTES // kilobyte} KB" in TEXT
    assert f"KB within {web_server.HEAD_SECONDS:.0f} s, bodies" in TEXT
    assert f"bodies up to {MOST_BODY_BYTES // kilobyte} KB within {web.BODY_SECONDS:.0f} s" in TEXT
    assert f"{web_server.MOST_CONNECTIONS} connections" in TEXT
    assert f"closed after {web_server.KEEP_ALIVE_SECONDS} s" in TEXT
    assert web_server.UNREAD_SECONDS == 60.0
    assert f"{webhook_desk.MOST_A_MINUTE} webhooks and {MOST_A_MINUTE} questions" in TEXT
    assert f"{status_desk.MOST_AT_ONCE} status requests at once" in TEXT
    assert f"holds for {ADMITTED_SECONDS:.0f} s, a refusal for {DENIED_SECONDS:.0f} s" in TEXT
    assert renewal.LOOK_SECONDS == 10.0


def test_what_the_log_is_said_to_say_it_says() -> None:
    """Each log line that a person is told to look for is in the code."""
    sources = "\n".join(file.read_text() for file in (CHECKOUT / "controller").rglob("*.py"))
    told = re.findall(r"log `([^`]+)`", TEXT)
    assert told
    assert [line for line in told if line not in sources] == []
