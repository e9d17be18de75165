"""Reading a repository: what is asked, and what comes of what is found."""

from collections import Counter

import pytest

from controller.builds_read import Asked, BuildsReader, Ran, look_ups
from controller.engine.builds.shelf import Shelf
from controller.ports.registry import (
    Artifact,
    BadAnswer,
    ImageFacts,
    ImageReference,
    NotFound,
    RegistryUnavailable,
    Repository,
)
from controller.verdicts.record import ARTIFACT_TYPE, VerdictRecord, moment, write
from controller.verdicts.signing import sign
from tests.controller.adapters.registry.fake import FakeRegistry
from tests.controller.adapters.registry.images import CREATED_AT, push_image, push_index
from tests.controller.engine.builds.made import MOVING, NEWEST, rule_of

NOW = 2_000_000_000.0
REPOSITORY = Repository("registry.example", "shop/web")
SEMVER = "repository: registry.example/shop/web, semver: '>=1.2 <2'"


class CountingRegistry(FakeRegistry):
    """Counts what it is asked; `odd` tags have no facts, and those `gone` vanish once listed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()
        self.odd: set[str] = set()
        self.gone: set[str] = set()

    def tags(self, repository: Repository) -> tuple[str, ...]:
        self.asked["tags"] += 1
        return super().tags(repository)

    def resolve(self, image: ImageReference) -> str:
        self.asked["resolve"] += 1
        if image.tag in self.gone:
            raise NotFound("it went away")
        return super().resolve(image)

    def facts(self, image: ImageReference) -> ImageFacts:
        self.asked["facts"] += 1
        if any(self.named.get((image.repository, tag)) == image.digest for tag in self.odd):
            raise BadAnswer("it is a chart")
        return super().facts(image)


def asked(rule: str = SEMVER, *running: Ran, attached: bool = False) -> Asked:
    """What one policy wants of the repository."""
    return Asked(REPOSITORY, frozenset({rule_of(rule).choice}), frozenset(running), attached)


def stocked(*tags: str) -> CountingRegistry:
    """A registry with an image for each of these tags."""
    registry = CountingRegistry()
    for tag in tags:
        push_image(registry, REPOSITORY, tag, tag)
    return registry


def attach(registry: FakeRegistry, digest: str, record: VerdictRecord) -> None:
    """A verdict at the digest."""
    registry.attach(REPOSITORY, digest, Artifact(ARTIFACT_TYPE, write(record)))


def record(digest: str, verdict: str = "Healthy") -> VerdictRecord:
    """Staging's word on a digest."""
    return VerdictRecord(
        digest=digest,
        verdict=verdict,
        environment="staging",
        cluster="eu-1",
        workload="Deployment/shop/web",
        at=moment(NOW - 60),
    )


def test_tags_become_builds_with_digest_parts_and_times() -> None:
    """Of an index its platforms' digests too; made as it says, seen now."""
    registry = stocked("1.2.0", "latest")
    index, parts = push_index(registry, REPOSITORY, "1.3.0")
    shelf = BuildsReader(registry, {}).read(asked(), Shelf(), NOW).shelf
    newest, older = shelf.builds
    assert (newest.tag, newest.digest) == ("1.3.0", index.digest)
    assert newest.parts == {part.digest for part in parts}
    assert newest.created_at == pytest.approx(CREATED_AT)
    assert newest.seen_at == NOW
    assert older.tag == "1.2.0"


def test_a_digest_is_asked_about_once() -> None:
    """The next reading resolves tags alone, and when a digest was first seen stays."""
    registry = stocked("1.2.0", "1.3.0")
    reader = BuildsReader(registry, {})
    first = reader.read(asked(), Shelf(), NOW).shelf
    registry.asked.clear()
    again = reader.read(asked(), first, NOW + 60).shelf
    assert again.builds == first.builds
    assert registry.asked == {"tags": 1, "resolve": 2}


def test_a_tag_that_moved_is_a_new_build() -> None:
    """What is known of the digest it had says nothing of the one it has."""
    registry = stocked("latest")
    reader = BuildsReader(registry, {})
    first = reader.read(asked(MOVING), Shelf(), NOW).shelf
    push_image(registry, REPOSITORY, "other", "latest")
    again = reader.read(asked(MOVING), first, NOW + 60).shelf
    assert again.builds[0].digest != first.builds[0].digest
    assert again.builds[0].seen_at == NOW + 60
    assert registry.asked["tags"] == 0, "one tag is known by name"


def test_only_what_can_be_news_is_looked_up() -> None:
    """Where names tell the order, nothing below what runs; all where what runs has no place, or
    where only the images tell."""
    tags = ("1.2.0", "1.3.0", "1.4.0", "1.5.0")
    semver, newest = rule_of(SEMVER).choice, rule_of(NEWEST).choice
    assert look_ups(semver, tags, [Ran("1.4.0", "")]) == ("1.5.0", "1.4.0")
    assert look_ups(semver, tags, [Ran("1.4.0", ""), Ran("1.3.0", "")])[-1] == "1.3.0"
    assert len(look_ups(semver, tags, [Ran("of-ann", "")])) == 4
    assert len(look_ups(newest, tags, [Ran("1.5.0", "")])) == 4


def test_a_tag_without_facts_spoils_no_other() -> None:
    """A chart among the versions is told of and has no digest; a tag that vanished is passed over."""
    registry = stocked("1.2.0", "1.3.0", "1.4.0")
    registry.odd, registry.gone = {"1.3.0"}, {"1.4.0"}
    read = BuildsReader(registry, {}).read(asked(), Shelf(), NOW)
    assert [(one.tag, bool(one.digest)) for one in read.shelf.builds] == [
        ("1.3.0", False),
        ("1.2.0", True),
    ]
    assert "1.3.0 cannot be used: it is a chart" in read.notes[0]


def test_a_registry_that_is_away_is_no_reading() -> None:
    """Half a picture is none."""

    class Away(CountingRegistry):
        def resolve(self, image: ImageReference) -> str:
            raise RegistryUnavailable("away")

    registry = Away()
    push_image(registry, REPOSITORY, "x", "1.2.0")
    with pytest.raises(RegistryUnavailable):
        BuildsReader(registry, {}).read(asked(), Shelf(), NOW)


def test_verdicts_and_artifacts_of_news_are_read() -> None:
    """What is attached to a build that may be next is known; nothing is asked where no gate would
    look at it, nor of what runs."""
    registry = stocked("1.2.0", "1.3.0")
    old, new = (registry.named[REPOSITORY, tag] for tag in ("1.2.0", "1.3.0"))
    registry.attach(REPOSITORY, new, Artifact("application/vnd.ci", b"{}"))
    attach(registry, new, record(new))
    attach(registry, old, record(old))
    reader = BuildsReader(registry, {})
    shelf = reader.read(asked(SEMVER, Ran("1.2.0", old), attached=True), Shelf(), NOW).shelf
    assert {one.artifact_type for one in shelf.attached[new]} >= {"application/vnd.ci"}
    assert [(word.digest, word.verdict) for word in shelf.attestations] == [(new, "Healthy")]
    nothing = reader.read(asked(SEMVER, Ran("1.2.0", old)), Shelf(), NOW).shelf
    assert not nothing.attached
    assert not nothing.attestations


def test_where_there_are_keys_only_signed_verdicts_count() -> None:
    """The others are told of, and change nothing."""
    registry = stocked("1.3.0")
    new = registry.named[REPOSITORY, "1.3.0"]
    attach(registry, new, record(new, "Regressed"))
    attach(registry, new, sign(record(new), "ours", b"k" * 16))
    read = BuildsReader(registry, {"ours": b"k" * 16}).read(asked(attached=True), Shelf(), NOW)
    assert [word.verdict for word in read.shelf.attestations] == ["Healthy"]
    assert "it is not signed" in read.notes[0]


def test_when_what_runs_was_made_is_asked_where_the_order_needs_it() -> None:
    """By its digest, once, although no tag names it any more."""
    registry = stocked("1.3.0")
    there = push_image(registry, REPOSITORY, "gone").digest
    reader = BuildsReader(registry, {})
    newest = asked(NEWEST, Ran("gone", there))
    shelf = reader.read(newest, Shelf(), NOW).shelf
    assert shelf.made[there] == pytest.approx(CREATED_AT)
    registry.asked.clear()
    assert reader.read(newest, shelf, NOW).shelf.made == shelf.made
    assert registry.asked["facts"] == 0
