"""The table of images, as docs/images.md shows it."""

import re
from dataclasses import replace
from pathlib import Path

from controller.engine.builds.build import Build
from controller.engine.builds.listing import Listed, listed
from controller.engine.builds.shelf import Shelf
from controller.engine.record import Record, Version
from controller.engine.sight import Sight
from controller.engine.workload import Workload
from controller.show.images import images_table
from tests.controller.engine.builds.made import NOW, bad, build, word
from tests.fakes import KEY, pod, revision, workload
from tests.policies.images.texts import with_images
from tests.policies.policy_texts import only_policy

DOCUMENT = (Path(__file__).parents[3] / "docs" / "images.md").read_text(encoding="utf-8")
REPOSITORY = "ghcr.io/shop/web"
GATES = "require: {verifiedIn: staging}"
POLICY = only_policy(with_images(f"{{repository: {REPOSITORY}, semver: '>=1.2 <2', {GATES}}}"))


def named(tag: str, made_ago: float) -> Build:
    """A build whose digest is as hard to read as real ones."""
    return replace(build(tag, made_ago), digest=f"sha256:{tag.replace('.', 'e') * 20}")


BUILDS = (named("1.5.0", 900), named("1.4.0", 9_000), named("1.3.0", 90_000), named("1.2.0", 9e5))


def running(name: str, *numbers: int) -> Workload:
    """A workload with a pod of each of these builds, by number; 1.2.0 was found good."""
    images = {number: f"{REPOSITORY}:{BUILDS[number].tag}" for number in numbers}
    revisions = tuple(revision(n, image, 1) for n, image in images.items())
    pods = tuple(
        pod(one.name, 0, one.images["app"], digests={"app": BUILDS[one.number].digest})
        for one in revisions
    )
    quarantine = (replace(bad("1.4.0"), digest=BUILDS[1].digest, until=NOW + 500_000),)
    good = Version("", {}, {"app": BUILDS[3].digest})
    seen = replace(workload(images[numbers[-1]], {}), revisions=revisions, pods=pods)
    record = Record(quarantine=quarantine, good=good)
    return replace(seen, key=replace(KEY, name=name), record=record)


def rows(*workloads: Workload) -> tuple[Listed, ...]:
    """What is listed of the four builds."""
    verified = replace(word("1.3.0", "Healthy", "production"), digest=BUILDS[2].digest)
    sights = [Sight(one, POLICY, None, NOW) for one in workloads]
    return listed(REPOSITORY, Shelf(BUILDS, attestations=(verified,)), sights)


def test_the_table_is_as_documented() -> None:
    """Column by column."""
    found = re.search(
        r"<!-- images begin -->\n```\n(.*?)\n```\n<!-- images end -->", DOCUMENT, re.DOTALL
    )
    assert found is not None
    table = images_table(
        rows(running("web", 2, 3), running("shop", 2)), NOW, wide=False, head=True, namespaces=False
    )
    assert table == found[1].splitlines()


def test_many_workloads_are_counted_and_named_only_where_there_is_room() -> None:
    """And with their namespace where there are several."""
    many = [running(name, 3) for name in "abcd"]
    last = images_table(rows(*many), NOW, wide=False, head=False, namespaces=True)[-1]
    assert last.endswith("deployment/a in shop, deployment/b in shop, 2 more")
    wide = images_table(rows(*many), NOW, wide=True, head=False, namespaces=False)[-1]
    assert "deployment/a, deployment/b, deployment/c, deployment/d" in wide
    assert "not verified in staging yet" in wide


def test_nothing_of_a_registry_moves_the_cursor() -> None:
    """What others wrote is shown without control characters."""
    evil = replace(rows(running("web", 3))[0], build=Build("1.0\x1b[2J", ""))
    (line,) = images_table([evil], NOW, wide=True, head=False, namespaces=False)
    assert "\x1b" not in line
