"""All images at once: what is asked, and what is told where something cannot be had."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from controller.builds_read import BuildsReader
from controller.engine.workload import Workload, WorkloadKey
from controller.images_at import Images, ImagesAt, Question
from controller.ports.pull_secrets import NoWorkloadLogins
from controller.ports.registry import (
    Artifact,
    ImageReference,
    RegistryError,
    RegistryUnavailable,
    Repository,
    Unauthorized,
)
from controller.verdicts.record import ARTIFACT_TYPE, VerdictRecord, moment, write
from policies.model import Policy
from tests.controller.adapters.registry.fake import FakeRegistry
from tests.controller.adapters.registry.images import push_image
from tests.fakes import KEY, NOW, FakeLister, pod, revision, workload
from tests.policies.images.texts import with_images
from tests.policies.policy_texts import only_policy

WEB, API = (Repository("registry.example", f"shop/{name}") for name in ("web", "api"))
RULES = [f"{{repository: {repository}, semver: '>=1.2 <2'}}" for repository in (WEB, API)]
POLICY = only_policy(with_images(*RULES))


class Registry(FakeRegistry):
    """A registry of which some repositories cannot be had."""

    def __init__(self) -> None:
        super().__init__()
        self.away: Mapping[Repository, RegistryError] = {}
        self.asked: list[str] = []

    def tags(self, repository: Repository) -> tuple[str, ...]:
        if repository in self.away:
            raise self.away[repository]
        return super().tags(repository)

    def resolve(self, image: ImageReference) -> str:
        self.asked.append(image.tag)
        return super().resolve(image)


@pytest.fixture
def registry() -> Registry:
    """Two repositories of four versions."""
    made = Registry()
    for repository in (WEB, API):
        for tag in ("1.2.0", "1.2.1", "1.3.0", "1.3.1"):
            push_image(made, repository, f"{repository}{tag}", tag)
    return made


def running(registry: Registry, repository: Repository, tag: str, by_digest: str = "") -> Workload:
    """A workload that runs this tag of the repository, and is called after it."""
    image = f"{repository}:{tag}"
    digest = by_digest or registry.named[repository, tag]
    one = replace(revision(1, image, 1), name="r")
    pods = (pod("r", 0, image, digests={"app": digest}),)
    seen = replace(workload(image, {}), revisions=(one,), pods=pods)
    return replace(seen, key=replace(KEY, name=repository.path.rpartition("/")[2]))


def find(
    registry: Registry,
    *workloads: Workload,
    policies: tuple[Policy, ...] = (POLICY,),
    **asked: object,
) -> Images:
    """What is listed."""
    question = replace(Question(()), **asked)  # type: ignore[arg-type]
    at = ImagesAt(FakeLister(*workloads), BuildsReader(registry, {}), lambda: NOW)
    return at.find(question, policies)


def told(found: Images) -> list[tuple[str, str]]:
    """Tags and states."""
    return [(one.build.tag, one.state) for one in found.rows]


def test_what_may_be_next_and_what_runs_is_listed(registry: Registry) -> None:
    """Of what is older than all that runs nothing is asked, unless everything is wanted."""
    web = running(registry, WEB, "1.2.1")
    found = find(registry, web)
    assert told(found) == [("1.3.1", "candidate"), ("1.3.0", "candidate"), ("1.2.1", "running")]
    assert found.trouble == ()
    assert "1.2.0" not in registry.asked
    assert told(find(registry, web, everything=True))[-1] == ("1.2.0", "seen")


def test_one_repository_may_be_asked_for(registry: Registry) -> None:
    """By its full name; of the others nothing is asked."""
    web, api = (running(registry, one, "1.3.0") for one in (WEB, API))
    assert {one.repository for one in find(registry, web, api).rows} == {str(WEB), str(API)}
    registry.away = {WEB: RegistryUnavailable("away")}
    found = find(registry, web, api, repository=str(API))
    assert {one.repository for one in found.rows} == {str(API)}
    assert found.trouble == ()


def test_what_runs_is_listed_where_no_tag_leads_to_it_any_more(registry: Registry) -> None:
    """Its tag was moved or taken away: what runs is never left out."""
    web = running(registry, WEB, "1.3.1")
    gone = registry.named.pop((WEB, "1.3.1"))
    found = find(registry, web)
    (row,) = [one for one in found.rows if one.build.digest == gone]
    assert (row.build.tag, row.state, len(row.run_by)) == ("", "running", 1)
    assert row.build.created_at is not None


def test_what_runs_and_is_gone_from_the_registry_is_trouble(registry: Registry) -> None:
    """A new node could not pull it."""
    lost = f"sha256:{'e' * 64}"
    found = find(registry, running(registry, WEB, "1.3.0", by_digest=lost))
    assert [one.state for one in found.rows if one.build.digest == lost] == ["running"]
    assert "runs, and cannot be had" in found.trouble[0]


def test_a_registry_that_is_away_is_said_and_the_others_are_listed(registry: Registry) -> None:
    """What cannot be read is missing, never fine; a registry that lets us not in is refused."""
    web, api = (running(registry, one, "1.3.0") for one in (WEB, API))
    registry.away = {WEB: RegistryUnavailable("registry.example is away; ask again")}
    found = find(registry, web, api)
    assert {one.repository for one in found.rows} == {str(API)}
    assert found.trouble == ("registry.example is away; ask again",)
    assert not found.refused
    registry.away = {WEB: Unauthorized("registry.example wants a login")}
    assert find(registry, web, api).refused


def test_verdicts_count_of_what_runs_too(registry: Registry) -> None:
    """The digest that runs was found good in this environment: it is verified."""
    digest = registry.named[WEB, "1.3.1"]
    word = VerdictRecord(
        digest=digest,
        verdict="Healthy",
        environment="production",
        cluster="eu-1",
        workload="Deployment/shop/web",
        at=moment(NOW - 60),
    )
    registry.attach(WEB, digest, Artifact(ARTIFACT_TYPE, write(word)))
    assert told(find(registry, running(registry, WEB, "1.3.1"))) == [("1.3.1", "verified")]


def test_a_workload_that_two_policies_claim_is_trouble(registry: Registry) -> None:
    """It is governed by neither, so nothing of it can be said."""
    found = find(registry, running(registry, WEB, "1.3.0"), policies=(POLICY, POLICY))
    assert found.rows == ()
    assert "claimed by 2 policies" in found.trouble[0]


def test_a_workload_that_went_away_meanwhile_is_left_out(registry: Registry) -> None:
    """It is no trouble of the person's."""

    class Gone(FakeLister):
        def one(self, namespace: str, name: str) -> object:  # type: ignore[override]
            return FakeLister().one(namespace, name)

    lister = Gone(running(registry, WEB, "1.3.0"))
    at = ImagesAt(lister, BuildsReader(registry, {}), lambda: NOW)  # type: ignore[arg-type]
    assert at.find(Question(()), (POLICY,)) == Images(())


class Logins(NoWorkloadLogins):
    """Notes who is followed before a registry is asked, and cannot read their secret."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.followed: list[str] = []

    def follow(self, workload: Workload, policy: Policy) -> None:
        assert self.registry.asked == []
        self.followed.append(workload.key.name)

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:
        return ("Secret shop/one may not be read",)


def test_workloads_bring_their_logins(registry: Registry) -> None:
    """Before anything is asked; a secret that cannot be read is said once."""
    logins = Logins(registry)
    lister = FakeLister(*(running(registry, one, "1.3.0") for one in (WEB, API)))
    at = ImagesAt(lister, BuildsReader(registry, {}), lambda: NOW, logins)
    found = at.find(Question(()), (POLICY,))
    assert logins.followed == ["api", "web"]
    assert found.trouble == ("Secret shop/one may not be read",)
    assert found.rows


def test_ungoverned_workloads_are_nobodys(registry: Registry) -> None:
    """Without a policy that names the repository nothing is asked of any registry."""
    elsewhere = replace(running(registry, WEB, "1.3.0"), labels={"app": "other"})
    assert find(registry, elsewhere) == Images(())
    assert registry.asked == []
