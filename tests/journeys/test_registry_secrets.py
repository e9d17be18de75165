"""A release among logins, tokens, keys and forged webhooks, and everything that it leaves behind."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from controller.adapters.registry.content import OCI_MANIFEST
from controller.webhook_desk import MOST_A_MINUTE
from tests.controller.adapters.registry.servers import LOGIN, programs
from tests.journeys.conftest import BAD, STEADY
from tests.journeys.journey import Journey
from tests.journeys.pushes import SECRET, Builder, Place, Site
from tests.testbed.certificates import Authority
from tests.testbed.registry import PASSWORD, USER, Distribution, Told, running
from tests.testbed.token_server import TokenServer
from tests.testbed.web import Asked, Reply

TOKEN_SECONDS = 3
WRONG = "mistyped-password-of-the-robot"
KEY = "of-the-testbed-to-sign-with"
CODED = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class Guarded:
    """A registry that wants short-lived tokens, and every token that was issued. Whoever is
    refused one is told what he sent."""

    def __init__(self, registry: Distribution, tokens: TokenServer) -> None:
        self.registry, self.tokens = registry, tokens
        self.issued: list[str] = []
        self._issue, tokens.answer = tokens.answer, self._remembered

    def _remembered(self, asked: Asked) -> Reply:
        reply = self._issue(asked)
        if reply.status != 200:
            error = {"code": "DENIED", "message": f"you sent {asked.headers} {asked.path}"}
            return Reply(reply.status, json.dumps({"errors": [error]}).encode())
        self.issued.append(json.loads(reply.body)["access_token"])
        return reply


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    """One that runs."""
    programs()
    pair = Authority(tmp_path).server()
    with (
        TokenServer(pair, TOKEN_SECONDS) as tokens,
        running(Distribution(tokens=(tokens.url, pair.certificate))) as registry,
    ):
        yield Guarded(registry, tokens)


def login_file(folder: Path, host: str, password: str = PASSWORD) -> Path:
    """Docker's own file, with this password."""
    coded = base64.b64encode(f"{USER}:{password}".encode()).decode()
    file, fresh = folder / "config.json", folder / "config.json.new"
    fresh.write_text(json.dumps({"auths": {host: {"auth": coded}}}))
    fresh.rename(file)
    return file


def forged(host: str) -> dict[str, Any]:
    """A push that nobody made, as the registry would tell of it."""
    target = {"mediaType": OCI_MANIFEST, "repository": "shop/web", "tag": "1.9.0"}
    return {"events": [{"action": "push", "target": target, "request": {"host": host}}]}


def strangers_post(site: Site, host: str) -> None:
    """More forged messages than are looked into: with a wrong token, none, and a false signature."""
    answers = []
    signed = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": f"v1,{CODED}"}
    for header in ({"Authorization": f"Bearer {WRONG}"}, {}, signed):
        for _ in range(MOST_A_MINUTE // 2):
            done = requests.post(site.webhook, json=forged(host), headers=header, timeout=10)
            answers.append(done.status_code)
            assert SECRET not in done.text + str(done.headers)
    assert set(answers) == {401, 429}


def said(site: Site, builder: Builder, keys: Path) -> dict[str, str]:
    """What every command prints, and every record at an image says."""
    name = ("deployment/web", "-n", site.journey.namespace)
    done = {word: site.journey.rollctl(word, *name) for word in ("status", "explain", "history")}
    found = {}
    for tag in ("1.1.0", "1.2.0"):
        for word in ("verdict", "verify"):
            done[f"{word} {tag}"] = site.ask(word, tag, "--verdict-key-file", str(keys))
        for one in builder.registry.referrers(builder.repository, builder.digest(tag)):
            artifact = builder.registry.artifact(builder.repository, one.digest)
            found[f"record at {tag}"] = artifact.content.decode() + str(one.annotations)
    assert [done[f"verify {tag}"].returncode for tag in ("1.1.0", "1.2.0")] == [0, 3]
    return found | {what: one.stdout + one.stderr for what, one in done.items()}


def kept(site: Site, journal: Path) -> dict[str, str]:
    """What is on the cluster, in the log, on the pages and in the journal."""
    journey = site.journey
    kinds = ("apps/v1/deployments", "apps/v1/replicasets", "events.k8s.io/v1/events")
    found = {"log": site.service.log.read_text(), "metrics": site.service.page("metrics")}
    for kind in kinds:
        group, _, plural = kind.rpartition("/")
        path = f"/apis/{group}/namespaces/{journey.namespace}/{plural}"
        found[plural] = json.dumps(journey.testbed.api.read(path))
    files = list(journal.parent.glob(f"{journal.name}*"))
    return found | {file.name: file.read_bytes().decode("latin-1") for file in files}


def test_no_secret_is_in_anything_that_is_left_behind(
    journey: Journey, alone: None, guarded: Guarded, tmp_path: Path, shipped_account: Path
) -> None:
    """With tokens that end every few seconds, a password that is wrong for a while, forged
    webhooks by the hundred and a registry that dies, releases end as ever; and nothing that
    anybody can read has a password, a token, the webhooks' secret or the verdicts' key in it."""
    host, keys, journal = guarded.registry.host, tmp_path / "keys", tmp_path / "rollctl.db"
    keys.write_text(f"ours {KEY}\n")
    place = Place(
        interval_seconds=5,
        options=("--verdict-key-file", str(keys), "--journal", str(journal)),
        tokens=guarded.tokens.host,
        config={"credentialsFile": str(login_file(tmp_path, host))},
    )
    builder = Builder(journey.testbed.catalogue, host, LOGIN, guarded.tokens.host)
    journey.deploy(builder.push("1.0.0", STEADY).name)
    with Site(journey, host, tmp_path / "site", shipped_account, place) as site:
        guarded.registry.tell(Told(site.webhook, SECRET))
        site.wait_watched()
        strangers_post(site, host)
        login_file(tmp_path, host, WRONG)
        journey.wait(lambda: "docker login" in site.status(), "the wrong password was not told", 90)
        assert journey.acts() == []
        login_file(tmp_path, host)
        good = builder.push("1.1.0", STEADY)
        journey.wait_phase(good.name, "Promoted", seconds=150)
        bad = builder.push("1.2.0", BAD)
        journey.wait_phase(bad.name, "Analyzing", seconds=60)
        guarded.registry.kill()
        journey.wait_phase(bad.name, "RolledBack", seconds=90)
        journey.wait(lambda: "not carried" in site.status(), "the outage was not told", 90)
        guarded.registry.start()
        journey.wait(lambda: site.ask("verify", "1.2.0").returncode == 3, "not carried", 120)
        everything = said(site, builder, keys) | kept(site, journal)
    builder.registry.close()
    assert "***" in everything["log"], "a server's echo must have been redacted"
    assert len(guarded.issued) > 5, "tokens must have ended on the way"
    wrong = base64.b64encode(f"{USER}:{WRONG}".encode()).decode()
    for secret in (PASSWORD, CODED, WRONG, wrong, SECRET, KEY, *guarded.issued):
        for where, text in everything.items():
            assert secret not in text, f"a secret is in {where}"
