"""A rule meets the containers of a workload, and its channel what is known good there."""

from dataclasses import replace

import pytest

from controller.engine.builds.build import Build, CiAnswer
from controller.engine.builds.channel import channel_digest
from controller.engine.builds.ci import ANNOTATION, Attached, ci_answer
from controller.engine.builds.containers import (
    containers_of,
    judged_digest,
    running_in,
    with_build,
)
from controller.engine.record import Record, Version
from controller.engine.workload import PodState, Revision
from tests.controller.engine.builds.made import NOW, SEMVER, bad, digest, rule_of, workload

IMAGES = {"app": "shop/web:1.2.0", "init": "docker.io/shop/web:1.1.0", "proxy": "envoy:1"}
TYPE = "application/vnd.shop.ci.v1+json"


def pod(name: str, runs: str, *, revision: str = "r1", leaving: bool = False) -> PodState:
    """A pod that runs the build of that tag."""
    return PodState(
        name=name,
        revision=revision,
        created_at=NOW,
        ready_at=NOW,
        digests={"app": digest(runs)} if runs else {},
        restarts=0,
        waiting="",
        out_of_memory=False,
        leaving=leaving,
    )


def test_containers() -> None:
    """A rule is for every container of its repository, or for the one it names."""
    assert containers_of(rule_of(), IMAGES) == ("app", "init")
    assert containers_of(rule_of(f"{SEMVER}, container: init"), IMAGES) == ("init",)


@pytest.mark.parametrize(
    ("pods", "runs"),
    [
        ((), ""),
        ((pod("a", "1.2.0"), pod("b", "")), digest("1.2.0")),
        ((pod("a", "1.2.0"), pod("b", "1.2.1")), ""),
        ((pod("a", "1.2.0"), pod("b", "1.2.1", leaving=True)), digest("1.2.0")),
        ((pod("a", "1.2.0"), pod("b", "1.2.1", revision="r0")), digest("1.2.0")),
    ],
)
def test_what_runs(pods: tuple[PodState, ...], runs: str) -> None:
    """Without a digest in the template the pods of its revision tell it, if they agree."""
    revision = Revision("r1", 1, "f", {"app": "shop/web:1.2.0"}, NOW, 2)
    seen = replace(workload(), pods=pods, revisions=(revision,))
    assert running_in(seen, "app").digest == runs


def test_the_template_knows_first() -> None:
    """A digest in the template is what runs, whatever platform's digest a pod names."""
    by_digest = f"shop/web:1.2.0@{digest('index')}"
    seen = replace(workload(), images={"app": by_digest}, pods=(pod("a", "arm64"),))
    assert running_in(seen, "app").digest == digest("index")
    version = Version("r1", {"app": by_digest}, {"app": digest("arm64")})
    assert judged_digest(version, "app") == digest("index")
    assert judged_digest(replace(version, images={"app": "shop/web"}), "app") == digest("arm64")


@pytest.mark.parametrize(
    ("image", "becomes"),
    [
        ("shop/web", "shop/web"),
        ("shop/web:1.2.0", "shop/web"),
        ("host:5000/shop/web@sha256:0", "host:5000/shop/web"),
        ("host:5000/shop/web:1.2.0@sha256:0", "host:5000/shop/web"),
    ],
)
def test_what_is_rolled_out(image: str, becomes: str) -> None:
    """Tag and digest are the build's, the repository as its user spells it; others stay."""
    images = with_build({"app": image, "proxy": "envoy:1"}, "app", Build("1.3.0", digest("new")))
    assert images == {"app": f"{becomes}:1.3.0@{digest('new')}", "proxy": "envoy:1"}


def test_channel() -> None:
    """A channel is brought to what was last found good, by the digest that was asked for."""
    good = Version("r", {"app": f"shop/web:1.2.0@{digest('index')}"}, {"app": digest("arm64")})
    rule, record = rule_of(f"{SEMVER}, channel: stable"), Record(good=good)
    assert channel_digest(rule, record, "app", NOW) == digest("index")
    assert channel_digest(rule_of(), record, "app", NOW) == ""
    assert channel_digest(rule, Record(), "app", NOW) == ""
    assert channel_digest(rule, record, "proxy", NOW) == ""
    for part in ("index", "arm64"):
        held = replace(record, quarantine=(bad(part),))
        assert channel_digest(rule, held, "app", NOW) == ""


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ([], None),
        ([{}], CiAnswer.PASSED),
        ([{ANNOTATION: "passed"}], CiAnswer.PASSED),
        ([{ANNOTATION: "maybe"}], None),
        ([{ANNOTATION: "maybe"}, {}], CiAnswer.PASSED),
        ([{}, {ANNOTATION: "failed"}, {}], CiAnswer.FAILED),
    ],
)
def test_ci(said: list[dict[str, str]], answer: CiAnswer | None) -> None:
    """An artifact that was attached says passed unless it says otherwise; of another type it
    says nothing."""
    attached = [Attached(TYPE, annotations) for annotations in said]
    others = [Attached("application/spdx+json", {ANNOTATION: "failed"})]
    assert ci_answer(TYPE, attached + others) == answer
