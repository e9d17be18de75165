"""The whole way of an image, on a real registry, API server and Prometheus, as one transcript:

pytest -s tests/journeys/test_push_to_verdict.py
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.controller.adapters.registry.servers import programs
from tests.journeys.conftest import GOOD
from tests.journeys.journey import Journey
from tests.journeys.pushes import NEVER_SECONDS, SECRET, Builder, Image, Place, Site
from tests.testbed.cluster import Testbed
from tests.testbed.images import Behaviour
from tests.testbed.registry import Distribution, Told, running

WIDTH = 150
SHOWN = ("Status:", "Images:", "Next:", "Blocked:")
BAD = Behaviour(error_ratio=0.5, latency_seconds=0.004)
POLL_SECONDS = 5


class Transcript:
    """Says what happens, and when, to whoever runs it with `-s`."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """One line or several; long ones are cut."""
        at = time.monotonic() - self._began
        for line in text.rstrip().splitlines():
            cut = line if len(line) <= WIDTH else f"{line[:WIDTH]}…"
            sys.stdout.write(f"{at:6.1f}s  {cut}\n")
        sys.stdout.flush()


@pytest.fixture
def registry() -> Iterator[Distribution]:
    """A registry for this journey alone."""
    programs()
    with running(Distribution()) as started:
        yield started


@pytest.fixture
def builder(testbed: Testbed, registry: Distribution) -> Iterator[Builder]:
    """Who pushes to it."""
    made = Builder(testbed.catalogue, registry.host)
    yield made
    made.registry.close()


SiteAt = Callable[[Journey, Place], Site]


@pytest.fixture
def site_at(alone: None, registry: Distribution, tmp_path: Path, shipped_account: Path) -> SiteAt:
    """A rollctl with the shipped permissions for one journey's namespace."""
    return lambda journey, place: Site(
        journey, registry.host, tmp_path / place.cluster, shipped_account, place
    )


def rolled_out(site: Site, image: Image, transcript: Transcript) -> None:
    """Waits until the workload wants the image by digest, and tells how soon that was."""
    site.journey.wait(
        lambda: site.rollout_seconds(image) is not None, f"{image.tag} was not rolled out", 30
    )
    seen, wanted = site.seen_seconds(image), site.rollout_seconds(image)
    assert seen is not None
    transcript.say(f"{image.tag} seen {seen:.2f} s, rolled out {wanted:.2f} s after the push")
    assert site.journey.image() == image.name


def kept(site: Site, image: Image, transcript: Transcript) -> None:
    """Waits until the image is found good and the channel points to it."""
    site.journey.wait_phase(image.name, "Promoted", seconds=150)
    site.journey.wait(lambda: site.ask("verify", "stable").returncode == 0, "no channel", 30)
    transcript.say(f"{image.tag} is kept: {site.journey.record['history'][-1]['reason']}")


def shown(site: Site, command: str, tag: str, transcript: Transcript, expected: int) -> str:
    """The output of a command on a tag, which must end as expected."""
    done = site.ask(command, tag)
    transcript.say(f"$ rollctl {command} {site.journey.image().partition('/')[0]}/shop/web:{tag}")
    transcript.say(done.stdout + (f"(exit {done.returncode})" if command == "verify" else ""))
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("way", ["webhook", "polling"])
def test_from_push_to_verdict(
    way: str, journey: Journey, site_at: SiteAt, builder: Builder, registry: Distribution
) -> None:
    """A bad push is seen by the registry's own notification, or by polling, rolled out by digest
    and rolled back; the channel stays with the good one, and whoever asks the registry is told
    why. A better one is kept and gets the channel. The bad image is refused under any tag."""
    transcript = Transcript()
    journey.deploy(builder.push("1.0.0", GOOD).name)
    told = way == "webhook"
    interval_seconds = NEVER_SECONDS if told else POLL_SECONDS
    with site_at(journey, Place(interval_seconds=interval_seconds)) as site:
        if told:
            registry.tell(Told(site.webhook, SECRET))
        site.wait_watched()
        transcript.say(f"rollctl runs; pushes are seen by {way}; 1.0.0 runs")
        v1 = builder.push("1.1.0", GOOD)
        rolled_out(site, v1, transcript)
        kept(site, v1, transcript)
        assert builder.digest("stable") == v1.digest

        v2 = builder.push("1.2.0", BAD)
        rolled_out(site, v2, transcript)
        journey.wait_phase(v2.name, "RolledBack", seconds=90)
        assert journey.image() == v1.name
        transcript.say(f"1.2.0 is rolled back: {journey.record['history'][-1]['reason']}")
        journey.wait(lambda: site.ask("verify", "1.2.0").returncode == 3, "no verdict", 30)
        assert "errors" in shown(site, "verdict", "1.2.0", transcript, 0)
        shown(site, "verify", "1.2.0", transcript, 3)
        assert builder.digest("stable") == v1.digest
        transcript.say("stable is still 1.1.0")

        v3 = builder.push("1.3.0", GOOD)
        rolled_out(site, v3, transcript)
        kept(site, v3, transcript)
        journey.wait(lambda: builder.digest("stable") == v3.digest, "the channel stayed", 30)
        transcript.say("stable is 1.3.0")
        shown(site, "verify", "stable", transcript, 0)

        builder.push_again("1.4.0", v2, BAD)
        journey.wait(lambda: "1.4.0: in quarantine" in site.status(), "not refused", 30)
        transcript.say("1.2.0 is pushed again, as 1.4.0\n$ rollctl status deployment/web")
        lines = [line for line in site.status().splitlines() if line.startswith(SHOWN)]
        transcript.say("\n".join(lines))
        journey.stays(lambda: journey.image() == v3.name, 8.0, "the bad image came back")
        builder.push("9.0.0", GOOD)
        shown(site, "verify", "9.0.0", transcript, 5)
