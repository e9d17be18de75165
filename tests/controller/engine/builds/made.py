"""Builds, stocks and records for tests."""

from dataclasses import replace

from controller.engine.builds.attestation import Attestation
from controller.engine.builds.build import Build, Running, Stock
from controller.engine.record import Quarantined, Record
from controller.engine.workload import Workload, WorkloadKey
from policies.images.model import ImageRule
from tests.policies.images.texts import only_image

NOW = 1_000_000.0
SEMVER = "repository: shop/web, semver: '>=1.2 <2'"
NEWEST = "repository: shop/web, newest: '^[a-z0-9.]+$'"
MOVING = "repository: shop/web, tag: latest"


def rule_of(text: str = SEMVER, *, auto: bool = True) -> ImageRule:
    """The rule of a mapping without its braces."""
    return replace(only_image(f"{{{text}}}"), auto_update=auto)


def digest(name: object) -> str:
    """A digest that is easy to tell from others."""
    return f"sha256:{str(name).encode().hex():0>64}"


def build(tag: str, made_ago: float = 3_600.0, of: str = "") -> Build:
    """A build of that tag, with a digest of its own unless it shares that of another."""
    return Build(tag, digest(of or tag), created_at=NOW - made_ago)


def running(tag: str, of: str = "") -> Running:
    """What runs: the build of that tag."""
    return Running(f"shop/web:{tag}", digest(of or tag))


def stock(*builds: Build, runs: str = "1.2.0") -> Stock:
    """A repository with these builds, and what runs."""
    return Stock(builds, running(runs), NOW, environment="production")


def bad(tag: str, for_seconds: float = 3_600.0) -> Quarantined:
    """The build of that tag in quarantine."""
    return Quarantined(digest(tag), f"shop/web:{tag}", NOW + for_seconds, "errors: +45pp")


def word(
    tag: str, verdict: str, environment: str = "staging", place: str = "eu/web", at: float = NOW
) -> Attestation:
    """A place's word on the build of that tag."""
    return Attestation(digest(tag), environment, place, verdict, at, evidence="errors: +45pp")


def workload(record: Record | None = None, *, paused: bool = False) -> Workload:
    """A workload with that record."""
    return Workload(
        key=WorkloadKey("Deployment", "shop", "web"),
        uid="u" * 8,
        generation=1,
        labels={},
        desired_pods=2,
        paused=paused,
        fingerprint="f",
        images={"app": "shop/web:1.2.0"},
        revisions=(),
        pods=(),
        progress_deadline_exceeded=False,
        record=record or Record(),
        record_text="",
    )
