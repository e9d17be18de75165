"""`rollctl verdict` and `rollctl verify`, against a real registry, and what verdicts add up to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.adapters.registry.settings import HostSettings
from controller.cli import app
from controller.ports.registry import Artifact, ImageReference, Registry, Repository
from controller.verdicts.record import ARTIFACT_TYPE, VerdictRecord, moment, write
from controller.verdicts.signing import sign
from controller.verdicts_at import HEALTHY, QUARANTINED, UNKNOWN, verdicts_at
from tests.controller.adapters.registry.fake import FakeRegistry
from tests.controller.adapters.registry.images import push_image, push_index
from tests.controller.adapters.registry.servers import client, programs
from tests.testbed.registry import distribution

NOW = 1_700_000_000.0
KEY = b"0123456789abcdef"
REPOSITORY = Repository("registry.example", "shop/web")


def record(digest: str, verdict: str = "Healthy", environment: str = "staging") -> VerdictRecord:
    """A word on the digest."""
    return VerdictRecord(
        digest=digest,
        verdict=verdict,
        environment=environment,
        cluster="eu-1",
        workload="Deployment/shop/web",
        at=moment(NOW - 60),
        evidence="errors: as told",
    )


def attach(registry: Registry, repository: Repository, word: VerdictRecord) -> None:
    """At the digest that it is about."""
    registry.attach(repository, word.digest, Artifact(ARTIFACT_TYPE, write(word)))


@pytest.mark.parametrize(
    ("words", "asked", "state"),
    [
        ([], "", UNKNOWN),
        ([("Healthy", "staging")], "", HEALTHY),
        ([("Healthy", "staging")], "production", UNKNOWN),
        ([("Healthy", "staging"), ("Regressed", "production")], "", QUARANTINED),
        ([("Healthy", "staging"), ("Regressed", "production")], "staging", HEALTHY),
        ([("Inconclusive", "staging")], "", UNKNOWN),
    ],
)
def test_bad_news_anywhere_is_bad(words: list[tuple[str, str]], asked: str, state: str) -> None:
    """Unless one environment is asked for; what decides nothing says nothing."""
    registry = FakeRegistry()
    digest = push_image(registry, REPOSITORY, "x", "1.3.0").digest
    for verdict, environment in words:
        attach(registry, REPOSITORY, record(digest, verdict, environment))
    found = verdicts_at(registry, ImageReference(REPOSITORY, "1.3.0"), {}, NOW)
    assert found.state(asked, NOW) == state


def test_a_word_on_one_platform_is_one_on_the_index() -> None:
    """A pod names the image of its platform."""
    registry = FakeRegistry()
    _index, (part, _other) = push_index(registry, REPOSITORY, "1.3.0")
    attach(registry, REPOSITORY, record(part.digest, "Regressed"))
    found = verdicts_at(registry, ImageReference(REPOSITORY, "1.3.0"), {}, NOW)
    assert found.state("", NOW) == QUARANTINED


def test_with_keys_what_is_not_signed_is_left_out_and_told() -> None:
    """Also where it is good news."""
    registry = FakeRegistry()
    digest = push_image(registry, REPOSITORY, "x", "1.3.0").digest
    attach(registry, REPOSITORY, record(digest))
    image = ImageReference(REPOSITORY, "1.3.0")
    found = verdicts_at(registry, image, {"ours": KEY}, NOW)
    assert found.state("", NOW) == UNKNOWN
    assert "not signed" in found.left_out[0]
    attach(registry, REPOSITORY, sign(record(digest), "ours", KEY))
    assert verdicts_at(registry, image, {"ours": KEY}, NOW).state("", NOW) == HEALTHY


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """A real registry with a good, a bad and an unknown image."""
    programs()
    with distribution() as started:
        registry, repository = (
            client(started, HostSettings(plain_http=True)),
            Repository(started, "w"),
        )
        for tag, verdict in (("good", "Healthy"), ("bad", "Regressed"), ("new", "")):
            digest = push_image(registry, repository, tag, tag).digest
            if verdict:
                attach(registry, repository, record(digest, verdict))
        registry.close()
        yield started


@pytest.mark.parametrize(
    ("tag", "code", "told"),
    [("good", 0, ": healthy"), ("bad", 3, ": quarantined"), ("new", 5, ": unknown")],
)
def test_verify_ends_as_it_says(tmp_path: Path, host: str, tag: str, code: int, told: str) -> None:
    """0 healthy, 3 bad, 5 unknown; and `verdict` shows who said so."""
    config = tmp_path / "registries.yaml"
    config.write_text(f"registries: [{{host: '{host}', plainHttp: true}}]\n")
    options = ["--registry-config", str(config)]
    done = CliRunner().invoke(app, ["verify", f"{host}/w:{tag}", *options])
    assert (done.exit_code, told in done.stdout) == (code, True), done.output
    shown = CliRunner().invoke(app, ["verdict", f"{host}/w:{tag}", *options])
    assert shown.exit_code == 0, shown.output
    assert ("Deployment/shop/web" in shown.stdout) == (tag != "new")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["verify", "UPPER/case"], 2, "names no image"),
        (["verify", "a.invalid/w:1", "--require", "pretty"], 2, "write healthy"),
        (["verdict", "a.invalid/w:1", "--registry-config", "/nowhere"], 2, "cannot be read"),
    ],
)
def test_what_cannot_be_asked_ends_with_one_line(
    arguments: list[str], code: int, told: str
) -> None:
    """That says what to write."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == code, done.output
    assert told in done.output


def test_a_tag_that_is_not_there_is_no_verdict(tmp_path: Path, host: str) -> None:
    """It is an error, never unknown: a typing mistake must not look like news to come."""
    config = tmp_path / "registries.yaml"
    config.write_text(f"registries: [{{host: '{host}', plainHttp: true}}]\n")
    done = CliRunner().invoke(app, ["verify", f"{host}/w:gone", "--registry-config", str(config)])
    assert done.exit_code == 1, done.output
