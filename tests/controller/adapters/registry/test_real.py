"""Real registries beside a foreign client: what each writes the other reads."""

import json
import os
import subprocess
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import pytest
import requests
from msgspec.structs import replace as changed

from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.content import OCI_INDEX, OCI_MANIFEST
from controller.adapters.registry.docker_config import DockerConfig
from controller.adapters.registry.keychain import Keychain
from controller.adapters.registry.login import Login
from controller.adapters.registry.referrers import referrers_tag
from controller.adapters.registry.settings import HostSettings, RegistrySettings
from controller.ports.registry import (
    Artifact,
    ImageReference,
    Index,
    Refused,
    RegistryError,
    RegistryUnavailable,
    Repository,
    Unauthorized,
)
from controller.verdicts.record import write
from tests.controller.adapters.registry import images
from tests.controller.adapters.registry.servers import KINDS, LOGIN, client, programs
from tests.controller.verdicts.made import RECORD
from tests.testbed.certificates import Authority
from tests.testbed.registry import USER, distribution
from tests.testbed.token_server import TokenServer

pytestmark = pytest.mark.real

PLAIN = HostSettings(plain_http=True)
VERDICT = "application/vnd.rollctl.verdict.v1+json"


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """A plain registry for anybody."""
    programs()
    with distribution() as running:
        yield running


@pytest.fixture(scope="module")
def registry(host: str) -> Iterator[OciRegistry]:
    """Our client of it."""
    made = client(host, PLAIN)
    yield made
    made.close()


def crane(*words: str) -> str:
    """What the foreign client says."""
    environment = {**os.environ, "DOCKER_CONFIG": "/nonexistent"}
    done = subprocess.run(
        [str(programs()["crane"]), *words],
        capture_output=True,
        text=True,
        env=environment,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_foreign_client_reads_what_we_push(registry: OciRegistry, host: str) -> None:
    """Tags, digest, manifest, configuration and layers of ours are good for crane, the index
    and a tag we moved too."""
    repository = Repository(host, "ours/web")
    pushed = images.push_image(registry, repository, "one", "v1")
    index, _ = images.push_index(registry, repository, "multi")
    registry.move_tag(repository, index.digest, "stable")
    assert crane("ls", str(repository)).split() == ["multi", "stable", "v1"]
    assert crane("digest", f"{repository}:v1") == pushed.digest
    assert crane("digest", f"{repository}:stable") == index.digest
    assert crane("manifest", f"{repository}:v1").encode() == pushed.raw
    config = json.loads(crane("config", f"{repository}:v1"))
    assert config["created"] == images.CREATED
    assert crane("validate", "--remote", f"{repository}:v1").startswith("PASS")
    assert crane("validate", "--remote", f"{repository}:stable").startswith("PASS")


@pytest.mark.parametrize("kind", ["plain", "referring"])
def test_a_foreign_client_reads_our_verdicts(kind: str, tmp_path: Path) -> None:
    """Listed by the referrers API where there is one, else by the tag that stands for it, a
    verdict of ours is a manifest with a subject and one blob, which is the record."""
    with KINDS[kind](tmp_path) as one:
        repository = Repository(one.host, "judged/web")
        pushed = images.push_image(one.registry, repository, "one", "v1")
        record = changed(RECORD, digest=pushed.digest)
        attached = one.registry.attach(repository, pushed.digest, Artifact(VERDICT, write(record)))
        if kind == "plain":
            listed = crane("manifest", f"{repository}:{referrers_tag(pushed.digest)}")
        else:
            path = f"v2/{repository.path}/referrers/{pushed.digest}"
            listed = requests.get(f"http://{one.host}/{path}", timeout=10).text
        (entry,) = json.loads(listed)["manifests"]
        assert (entry["digest"], entry["artifactType"]) == (attached, VERDICT)
        manifest = json.loads(crane("manifest", f"{repository}@{attached}"))
        assert manifest["subject"]["digest"] == pushed.digest
        (layer,) = manifest["layers"]
        body = crane("blob", f"{repository}@{layer['digest']}")
        assert json.loads(body) == json.loads(write(record))


def test_we_read_what_a_foreign_client_pushes(
    registry: OciRegistry, host: str, tmp_path: Path
) -> None:
    """An image and an index that crane pushed are resolved, listed and read."""
    repository = Repository(host, "theirs/web")
    layer = tmp_path / "layer.tar.gz"
    layer.write_bytes(images.layer("theirs"))
    crane("append", "-f", str(layer), "-t", f"{repository}:v1", "--oci-empty-base")
    crane("mutate", f"{repository}:v1", "-t", f"{repository}:v2", "--label", "a=b")
    crane("index", "append", "-m", f"{repository}:v2", "-t", f"{repository}:multi")
    assert set(registry.tags(repository)) == {"v1", "v2", "multi"}
    for tag in ("v1", "v2", "multi"):
        image = ImageReference(repository, tag)
        assert registry.resolve(image) == crane("digest", f"{repository}:{tag}")
        assert registry.manifest(image).raw.strip().decode() == crane("manifest", str(image))
    assert registry.facts(ImageReference(repository, "v2")).labels == {"a": "b"}
    found = registry.manifest(ImageReference(repository, "multi"))
    assert isinstance(found, Index)
    assert registry.facts(ImageReference(repository, "multi")).labels == {"a": "b"}


def test_a_thousand_tags_are_listed_whole(registry: OciRegistry, host: str) -> None:
    """1,200 tags of a real registry come in pages, each once."""
    repository = Repository(host, "many/web")
    digest = images.push_image(registry, repository, "one", "t0000").digest
    raw = registry.manifest(ImageReference(repository, "", digest)).raw
    for number in range(1, 1_200):
        registry.push_manifest(repository, raw, OCI_MANIFEST, f"t{number:04}")
    before = registry.traffic.requests
    assert sorted(registry.tags(repository)) == [f"t{number:04}" for number in range(1_200)]
    assert registry.traffic.requests - before == 2


def test_writers_at_once_lose_no_verdict(registry: OciRegistry, host: str) -> None:
    """Clients that know nothing of each other attach to one digest at the same time, by the
    tag: every artifact is found in the end, and the image's tags are untouched."""
    repository = Repository(host, "raced/web")
    digest = images.push_image(registry, repository, "one", "v1").digest
    clients = [client(host, PLAIN) for _ in range(4)]
    failures: list[RegistryError] = []

    def write(number: int) -> None:
        for turn in range(2):
            verdict = Artifact(VERDICT, b"{}", annotations={"by": f"{number}-{turn}"})
            try:
                clients[number].attach(repository, digest, verdict)
            except RegistryError as error:
                failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in clients:
        one.close()
    assert not failures
    found = {one.annotations["by"] for one in registry.referrers(repository, digest, VERDICT)}
    assert found == {f"{number}-{turn}" for number in range(4) for turn in range(2)}
    assert registry.tags(repository) == ("v1",)


class Overwriter:
    """Somebody slower, who had read the index before we wrote ours: theirs replaces it in each
    of our waits where `waits` says so."""

    def __init__(self, registry: OciRegistry, image: ImageReference, waits: Iterable[bool]) -> None:
        self.registry, self.image, self.waits = registry, image, iter(waits)

    def __call__(self, _: float) -> None:
        if next(self.waits, False):
            raw = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []})
            self.registry.push_manifest(
                self.image.repository, raw.encode(), OCI_INDEX, self.image.tag
            )


@pytest.mark.parametrize("waits", [(True,), (True, True, True), (False, True)])
def test_who_is_overwritten_writes_again(
    registry: OciRegistry, host: str, waits: tuple[bool, ...]
) -> None:
    """An index that another writer put over ours, at once or after we had looked once, is found
    to lack our verdict, and mended."""
    repository = Repository(host, f"overwritten/web-{len(waits)}")
    digest = images.push_image(registry, repository, "one").digest
    tag = ImageReference(repository, referrers_tag(digest))
    overwriter = Overwriter(registry, tag, waits)
    writer = OciRegistry(RegistrySettings({host: PLAIN}), sleep=overwriter)
    attached = writer.attach(repository, digest, Artifact(VERDICT, b"{}"))
    writer.close()
    assert not list(overwriter.waits), "the other one must have had its turns"
    assert [one.digest for one in registry.referrers(repository, digest)] == [attached]


def test_a_tag_that_never_rests_is_said_so(registry: OciRegistry, host: str) -> None:
    """A writer that is overwritten for ever gives up, and says that it was not done."""
    repository = Repository(host, "restless/web")
    digest = images.push_image(registry, repository, "one").digest
    tag = ImageReference(repository, referrers_tag(digest))
    sleep = Overwriter(registry, tag, repeat(True))
    writer = OciRegistry(RegistrySettings({host: PLAIN}), sleep=sleep)
    with pytest.raises(RegistryUnavailable, match="written by others"):
        writer.attach(repository, digest, Artifact(VERDICT, b"{}"))
    writer.close()


def test_others_entries_in_the_tag_are_kept_as_they_are(registry: OciRegistry, host: str) -> None:
    """An index that another tool keeps under the tag loses neither an entry nor a field."""
    repository = Repository(host, "shared/web")
    digest = images.push_image(registry, repository, "one").digest
    other = images.push_image(registry, repository, "signature")
    entry = {
        "mediaType": OCI_MANIFEST,
        "digest": other.digest,
        "size": len(other.raw),
        "artifactType": "application/vnd.example.signature",
        "data": "e30=",
    }
    raw = json.dumps({"schemaVersion": 2, "manifests": [entry], "annotations": {"a": "b"}})
    tag, media_type = referrers_tag(digest), OCI_INDEX
    whole = raw.replace("{", f'{{"mediaType": "{media_type}", ', 1)
    registry.push_manifest(repository, whole.encode(), media_type, tag)
    registry.attach(repository, digest, Artifact(VERDICT, b"{}"))
    document = json.loads(registry.manifest(ImageReference(repository, tag)).raw)
    assert document["manifests"][0] == entry
    assert document["annotations"] == {"a": "b"}
    assert len(registry.referrers(repository, digest)) == 2


def test_only_the_own_authority_is_trusted(tmp_path: Path) -> None:
    """By TLS a real registry is asked only if its authority is known or verification is off;
    a wrong password is Unauthorized."""
    programs()
    authority = Authority(tmp_path / "own")
    stranger = Authority(tmp_path / "stranger")
    with distribution(authority.server(), password=True) as host:
        repository = Repository(host, "tls/web")

        def push(settings: HostSettings, login: Login = LOGIN) -> None:
            one = client(host, settings, login)
            images.push_image(one, repository, "one", "v1")
            one.close()

        for settings in (HostSettings(), HostSettings(ca_file=stranger.pair.certificate)):
            with pytest.raises(Refused, match="CA file"):
                push(settings)
        trusted = HostSettings(ca_file=authority.pair.certificate)
        with pytest.raises(Unauthorized, match="docker login"):
            push(trusted, Login(USER, "not-the-password"))
        push(trusted)
        push(HostSettings(skip_verification=True))


def test_tokens_of_every_kind_of_login_let_us_in(tmp_path: Path) -> None:
    """The real registry verifies the tokens: without a login one may read and not write, an
    identity token may all, and short-lived tokens are renewed on the way."""
    programs()
    pair = Authority(tmp_path).server()
    with (
        TokenServer(pair) as tokens,
        distribution(tokens=(tokens.url, pair.certificate)) as host,
    ):
        repository = Repository(host, "tokens/web")
        robot = client(host, PLAIN, Login("", "", tokens.identity_token), tokens.host)
        pushed = images.push_image(robot, repository, "one", "v1")
        anybody = client(host, PLAIN, None, tokens.host)
        assert anybody.resolve(ImageReference(repository, "v1")) == pushed.digest
        with pytest.raises(Unauthorized):
            anybody.move_tag(repository, pushed.digest, "v2")
        asked = len(tokens.asked)
        tokens.life_seconds = 0
        fresh = client(host, PLAIN, LOGIN, tokens.host)
        for _ in range(2):
            assert fresh.resolve(ImageReference(repository, "v1")) == pushed.digest
        assert len(tokens.asked) == asked + 2
        wrong = client(host, PLAIN, replace(LOGIN, password="wrong"), tokens.host)
        with pytest.raises(Unauthorized) as caught:
            wrong.resolve(ImageReference(repository, "v1"))
        assert "wrong" not in str(caught.value)
        for one in (robot, anybody, fresh, wrong):
            one.close()


def test_several_threads_share_one_client(registry: OciRegistry, host: str) -> None:
    """One client asked by many threads at once gives each its own answer."""
    repositories = [Repository(host, f"threads/web-{number}") for number in range(8)]
    digests = [images.push_image(registry, one, str(one), "v1").digest for one in repositories]
    settings = RegistrySettings({host: PLAIN})
    shared = OciRegistry(settings, Keychain([DockerConfig({})]))
    answers: dict[int, set[str]] = {}

    def read(number: int) -> None:
        image = ImageReference(repositories[number], "v1")
        answers[number] = {shared.resolve(image) for _ in range(20)}

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared.close()
    assert answers == {number: {digest} for number, digest in enumerate(digests)}
