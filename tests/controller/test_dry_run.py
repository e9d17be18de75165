"""A dry run decides as ever, and the platform never hears of it."""

from dataclasses import replace

from analysis.verdict import Verdict
from controller.dry_run import DryRun, without_hold
from controller.engine.advance import advance
from controller.engine.record import Act
from controller.engine.workload import Workload
from tests.fakes import KEY, FakePlatform, policy, sight, workload

(DRY,) = without_hold((policy(),))


def shown(shadow: DryRun) -> Workload:
    """The workload as the dry run shows it."""
    found = shadow.workload(KEY)
    assert found is not None
    return found


def step(shadow: DryRun, verdict: Verdict | None = None) -> Act | None:
    """One decision, pretended."""
    change = advance(sight(shown(shadow), DRY, verdict))
    if change is None:
        return None
    shadow.apply(change)
    return change.decision.act


def rolled_back() -> tuple[FakePlatform, DryRun]:
    """A dry run that would have rolled back."""
    platform = FakePlatform(workload("web:v2", {"web:v1": 2, "web:v2": 2}))
    shadow = DryRun(platform)
    acts = [step(shadow), step(shadow), step(shadow, Verdict.REGRESSED)]
    assert acts == [Act.BEGIN, Act.ANALYZE, Act.ROLL_BACK]
    return platform, shadow


def test_nothing_is_written() -> None:
    """The platform is as it was, and the dry run sees what it would have made of it."""
    platform, shadow = rolled_back()
    assert (platform.applied, platform.published, platform.announced) == ([], [], [])
    assert platform.workloads[KEY].images == {"app": "web:v2"}
    assert shown(shadow).images["app"].startswith("web:v1@")
    assert step(shadow) is None


def test_a_newer_release_is_followed() -> None:
    """A release after a rollback that was only pretended is a rollout of its own."""
    platform, shadow = rolled_back()
    real = platform.workloads[KEY]
    platform.show(replace(real, images={"app": "web:v3"}, fingerprint="f-web:v3", generation=9))
    assert step(shadow) is Act.SUPERSEDE
    assert shown(shadow).images == {"app": "web:v3"}
    assert step(shadow) is None


def test_a_workload_made_anew_is_a_new_one() -> None:
    """What was pretended of a workload does not stick to its name."""
    platform, shadow = rolled_back()
    fresh = replace(workload("web:v5", {"web:v5": 2}), uid="another")
    platform.show(fresh)
    assert shown(shadow) == fresh


def test_a_dry_run_never_holds() -> None:
    """Nothing can be held without writing, so before is compared with after."""
    assert DRY.analysis.hold is None
    assert "dry run" in DryRun(FakePlatform()).describe()
