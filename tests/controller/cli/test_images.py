"""`rollctl images`, on a local platform and a real registry."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from controller.adapters.local.state import LocalPod, LocalWorkload, Revision, Template
from controller.adapters.local.store import Store
from controller.adapters.registry.settings import HostSettings
from controller.cli import app
from controller.ports.registry import Repository
from tests.controller.adapters.registry.images import push_image
from tests.controller.adapters.registry.servers import client, programs
from tests.fakes import NOW, POLICY_TEXT
from tests.testbed.registry import distribution

TAGS = ("1.1.0", "1.2.0", "1.3.0")


@pytest.fixture(scope="module")
def registry() -> Iterator[tuple[str, dict[str, str]]]:
    """A real registry with three versions of w, and their digests."""
    programs()
    with distribution() as host:
        asked = client(host, HostSettings(plain_http=True))
        yield host, {tag: push_image(asked, Repository(host, "w"), tag, tag).digest for tag in TAGS}
        asked.close()


class Desk:
    """Somebody at a terminal, before a platform whose `web` runs 1.2.0 of w."""

    def __init__(self, folder: Path, host: str, digest: str) -> None:
        self.host = host
        self.platform, self.policies, self.config = (
            folder / name for name in ("platform", "policies", "registries.yaml")
        )
        self.policies.mkdir()
        self.name(f"{host}/w")
        self.config.write_text(f"registries: [{{host: '{host}', plainHttp: true}}]\n")
        store = Store(self.platform)
        store.create()
        template = Template("app", f"{host}/w:1.2.0@{digest}")
        web = LocalWorkload(
            *("web", "uid-1", 1, {"app": "web"}, 1, False, template),
            revisions=(Revision("web-1", 1, template, NOW),),
            pods=(LocalPod("web-1-a", "web-1", NOW, digest, ready_at=NOW),),
        )
        store.change(lambda state: state.with_workload(web))

    def name(self, repository: str) -> None:
        """Writes the policy, of this repository."""
        spec = f"  images: [{{repository: '{repository}', semver: '>=1 <2'}}]\n"
        text = POLICY_TEXT.replace("namespaces: [shop], ", "")
        (self.policies / "web.yaml").write_text(text + spec)

    def images(self, *arguments: str) -> Result:
        """Types the command."""
        where = ["-f", str(self.policies), "--local", str(self.platform)]
        config = ["--registry-config", str(self.config)]
        return CliRunner().invoke(app, ["images", *arguments, *where, *config])


@pytest.fixture
def desk(tmp_path: Path, registry: tuple[str, dict[str, str]]) -> Desk:
    """As it is found."""
    host, digests = registry
    return Desk(tmp_path, host, digests["1.2.0"])


def test_a_table_tells_what_each_build_is_and_who_runs_it(desk: Desk) -> None:
    """One line a build, the best first; with --all the older ones too."""
    done = desk.images()
    assert done.exit_code == 0, done.output
    head, *rows = [line.split() for line in done.stdout.splitlines()]
    assert head == ["REPOSITORY", "TAG", "DIGEST", "AGE", "STATE", "WORKLOADS"]
    assert [(row[0], row[1], *row[4:]) for row in rows] == [
        (f"{desk.host}/w", "1.3.0", "candidate", "-"),
        (f"{desk.host}/w", "1.2.0", "running", "deployment/web"),
    ]
    everything = desk.images("--all", "--no-headers", f"{desk.host}/w").stdout.splitlines()
    assert [line.split()[1] for line in everything] == ["1.3.0", "1.2.0", "1.1.0"]


def test_programs_read_names_and_documents(
    desk: Desk, registry: tuple[str, dict[str, str]]
) -> None:
    """Names are what `rollctl verify` takes; JSON and YAML say the same; wide has whole digests."""
    _host, digests = registry
    names = desk.images("-o", "name").stdout.split()
    assert names == [f"{desk.host}/w:{tag}@{digests[tag]}" for tag in ("1.3.0", "1.2.0")]
    document = json.loads(desk.images("-o", "json").stdout)
    assert document == yaml.safe_load(desk.images("-o", "yaml").stdout)
    newest, runs = document["items"]
    assert (newest["tag"], newest["state"], newest["digest"]) == (
        *("1.3.0", "candidate"),
        digests["1.3.0"],
    )
    assert [(use["target"], use["runs"]) for use in runs["uses"]] == [("deployment/web", True)]
    assert document["trouble"] == []
    assert digests["1.3.0"] in desk.images("-o", "wide").stdout


def test_a_registry_that_does_not_answer_is_an_error(desk: Desk) -> None:
    """It is said where and what, and an empty list does not pass for all there is."""
    desk.name(f"{desk.host}/gone")
    state = desk.platform / "state.json"
    state.write_text(state.read_text().replace(f"{desk.host}/w:", f"{desk.host}/gone:"))
    done = desk.images()
    assert done.exit_code == 1, done.output
    assert f"{desk.host}/gone" in done.stderr
    assert json.loads(desk.images("-o", "json").stdout)["trouble"]


def test_a_broken_policy_is_an_error_and_the_others_are_listed(desk: Desk) -> None:
    """With file and line."""
    (desk.policies / "broken.yaml").write_text("kind: [\n")
    done = desk.images()
    assert done.exit_code == 1, done.output
    assert "broken.yaml:" in done.stderr
    assert "1.3.0" in done.stdout


def test_a_repository_that_no_policy_names_is_a_mistake(desk: Desk) -> None:
    """Which says what they do name."""
    done = desk.images("ghcr.io/shop/wep")
    assert done.exit_code == 2, done.output
    assert f"{desk.host}/w" in done.stderr


def test_nothing_to_list_is_said(desk: Desk) -> None:
    """And is no error, as in kubectl."""
    done = desk.images("-l", "app=nobody")
    assert (done.exit_code, done.stdout) == (0, ""), done.output
    assert "Nothing" in done.stderr
