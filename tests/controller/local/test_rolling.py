"""Laws of rolling: what a rollout on the local platform looks like to the engine."""

from dataclasses import replace

import pytest

from controller.adapters.local.lifecycle import CRASHED, NO_IMAGE
from controller.adapters.local.rolling import MIN_READY_SECONDS
from controller.adapters.local.state import LocalPod, LocalWorkload, Template
from tests.controller.local.world import World


@pytest.fixture
def world() -> World:
    """Three ready pods of v1."""
    world = World()
    world.settle()
    world.seen.clear()
    return world


def release(world: World, version: str) -> None:
    world.want(replace(world.web, template=Template("web", f"shop/web:{version}")))


def available(workload: LocalWorkload, now: float) -> int:
    return sum(
        pod.ready_at is not None and now - pod.ready_at >= MIN_READY_SECONDS
        for pod in workload.staying()
    )


def unready(workload: LocalWorkload, revision: str) -> list[LocalPod]:
    return [p for p in workload.staying() if p.revision == revision and p.ready_at is None]


def test_a_rollout_ends_with_the_new_version_alone(world: World) -> None:
    """A rollout ends with exactly the wanted number of pods, all of the new version."""
    release(world, "v2")
    world.settle()
    assert world.versions() == ["v2", "v2", "v2"]


def test_never_too_many_and_never_too_few(world: World) -> None:
    """In every moment of a rollout at most one pod more than wanted stays, and never fewer
    than wanted are available."""
    release(world, "v2")
    for _ in range(60):
        world.tick()
        assert len(world.web.staying()) <= 4
        assert available(world.web, world.now) >= 3


def test_one_new_pod_at_a_time(world: World) -> None:
    """A new pod is started only when the one before it is ready."""
    release(world, "v2")
    world.settle()
    newest = max(world.web.revisions, key=lambda revision: revision.number).name
    assert all(len(unready(seen, newest)) <= 1 for seen in world.seen)


def test_a_pause_holds_both_versions(world: World) -> None:
    """While it is paused no pod comes or goes, and resuming takes the rollout to its end."""
    release(world, "v2")
    while world.versions().count("v2") < 2:
        world.tick()
    world.want(replace(world.web, paused=True))
    held = world.versions()
    world.tick(100)
    assert world.versions() == held == ["v1", "v1", "v2", "v2"]
    world.want(replace(world.web, paused=False))
    world.settle()
    assert world.versions() == ["v2", "v2", "v2"]


def test_the_bad_go_before_the_good(world: World) -> None:
    """When a half-done rollout is taken back to a third template, the newest pods leave
    before those of the version that served all along."""
    release(world, "v2")
    while world.versions().count("v2") < 2:
        world.tick()
    release(world, "v3")
    while "v2" in world.versions():
        world.tick()
        assert world.versions().count("v1") == 2


def test_a_template_that_returns_is_the_revision_it_was(world: World) -> None:
    """A restored template has the name and the fingerprint it had, and the highest number."""
    first = world.web.revisions[0]
    release(world, "v2")
    world.settle()
    release(world, "v1")
    world.settle()
    restored = world.web.revision(first.name)
    assert restored is not None
    assert restored.template.fingerprint() == first.template.fingerprint()
    assert restored.number == max(revision.number for revision in world.web.revisions) == 3


def test_pods_of_a_crashing_version_never_displace_good_ones(world: World) -> None:
    """A version that cannot start takes no ready pod away."""
    release(world, "v2")
    for _ in range(60):
        first = world.web.revisions[0].name
        world.broken = {pod.name for pod in world.web.pods if pod.revision != first}
        world.tick()
    assert world.versions() == ["v1", "v1", "v1", "v2"]


def test_a_dead_pod_is_started_again_ever_later(world: World) -> None:
    """A pod that dies keeps its name, counts its restarts and waits longer each time."""
    victim = world.web.pods[0].name
    world.broken = {victim}
    waits: dict[int, float] = {}
    for _ in range(60):
        world.tick()
        pod = next(pod for pod in world.web.pods if pod.name == victim)
        if pod.waiting == CRASHED:
            waits[pod.restarts] = max(waits.get(pod.restarts, 0.0), pod.start_at - world.now)
    assert len(waits) >= 4
    assert list(waits.values()) == sorted(waits.values())
    world.broken.clear()
    world.tick(60)
    pod = next(pod for pod in world.web.pods if pod.name == victim)
    assert (pod.waiting, pod.ready_at is not None) == ("", True)


def test_an_unknown_image_waits_until_it_is_pushed(world: World) -> None:
    """A pod whose image nobody pushed says ImagePullBackOff, and starts once it is there."""
    release(world, "v9")
    world.tick(8)
    assert [pod.waiting for pod in world.web.staying()].count(NO_IMAGE) == 1
    world.state = world.state.with_image("shop/web:v9", ["serve", "v9"])
    world.settle()
    assert world.versions() == ["v9", "v9", "v9"]


def test_a_moved_tag_moves_no_running_pod(world: World) -> None:
    """A pod that restarts after its tag has moved runs the digest that it ran before."""
    before = {pod.name: pod.digest for pod in world.web.pods}
    world.state = world.state.with_image("shop/web:v1", ["serve", "something else"])
    world.broken = {world.web.pods[0].name}
    world.tick(2)
    world.broken = set()
    world.settle()
    assert {pod.name: pod.digest for pod in world.web.pods} == before


def test_scaling_is_no_new_revision(world: World) -> None:
    """More or fewer pods are pods of the same revision."""
    world.want(replace(world.web, replicas=5))
    world.settle()
    assert len(world.web.staying()) == 5
    world.want(replace(world.web, replicas=2))
    world.settle()
    assert len(world.web.staying()) == 2
    assert len(world.web.revisions) == 1
