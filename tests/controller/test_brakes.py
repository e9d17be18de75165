"""The loop over several workloads: what regresses together is not undone together."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from analysis.samples import Part, Series
from controller.engine.record import Act, Phase
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.metrics import Answer, SampleRequest, Samples
from controller.report import read_report
from tests.controller.test_loop import World, releasing
from tests.fakes import KEY, NOW


def of_team(number: int, image: str = "") -> Workload:
    """A rollout of a workload of its own, of an image of its own or of this one."""
    name = image or f"team{number}"
    seen = releasing()

    def own(images: Mapping[str, str]) -> dict[str, str]:
        return {container: text.replace("web", name) for container, text in images.items()}

    return replace(
        seen,
        key=replace(KEY, name=f"w{number}"),
        uid=f"uid-{number}",
        images=own(seen.images),
        revisions=tuple(replace(one, images=own(one.images)) for one in seen.revisions),
        pods=tuple(replace(one, name=f"w{number}-{one.name}") for one in seen.pods),
    )


def failing(request: SampleRequest) -> Answer:
    """Every new pod fails half of its requests, whatever it is."""
    pods = sorted({pod.name for pod in request.pods or ()})
    rate = {Part.BAD: 5.0}.get(request.part, 10.0)

    def value(name: str, at: float) -> float:
        harmed = request.part is not Part.BAD or "web-2" in name
        return rate * (at - NOW + 1_000) if harmed else 0.0

    times = tuple(float(t) for t in range(int(request.start), int(request.end) + 1, 15))
    return Samples(
        tuple(Series(pod, "", times, tuple(value(pod, t) for t in times)) for pod in pods)
    )


def acts(world: World) -> dict[str, Act]:
    """The last act on each workload."""
    return {change.seen.key.name: change.decision.act for change in world.platform.applied}


def trouble(world: World, key: WorkloadKey) -> str:
    """What `status` says stands in the way there."""
    texts = [text for one, text in world.platform.published if one == key]
    report = read_report(texts[-1])
    assert report is not None
    return " ".join(report.outlook.blocked)


def test_the_fourth_of_unrelated_regressions_is_left_to_a_person(tmp_path: Path) -> None:
    """Three are undone; the others stay held, and `status` says that this looks like the
    infrastructure. All regress in one and the same tick."""
    world = World(tmp_path, *(of_team(n) for n in range(6)))
    world.source.answer = failing
    world.ticks(120)
    last = acts(world)
    assert (
        sorted(last.values(), key=lambda act: act.value)
        == [Act.AWAIT_PERSON] * 3 + [Act.ROLL_BACK] * 3
    )
    for key in sorted(world.platform.workloads):
        if last[key.name] is Act.AWAIT_PERSON:
            assert "this looks like the infrastructure" in trouble(world, key)
            assert world.platform.workloads[key].paused


def test_a_restart_forgets_no_brake(tmp_path: Path) -> None:
    """What brakes is read off the records, by whoever comes next."""
    world = World(tmp_path, *(of_team(n) for n in range(6)))
    world.source.answer = failing
    world.ticks(120)
    before = len(world.platform.applied)
    world.restarted()
    world.platform._changed |= set(world.platform.workloads)
    world.ticks(60)
    assert Act.ROLL_BACK not in [c.decision.act for c in world.platform.applied[before:]]


def test_one_image_in_many_workloads_is_rolled_back_in_all(tmp_path: Path) -> None:
    """One bad release in six places is no infrastructure."""
    world = World(tmp_path, *(of_team(n, "shared") for n in range(6)))
    world.source.answer = failing
    world.ticks(120)
    phases = [
        one.record.rollout.phase for one in world.platform.workloads.values() if one.record.rollout
    ]
    assert phases == [Phase.ROLLING_BACK] * 6
