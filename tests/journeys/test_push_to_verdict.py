"""The whole way of an image, on a real registry, API server and Prometheus, as one transcript:

pytest -s tests/journeys/test_push_to_verdict.py
"""

import sys
import time

import pytest

from tests.journeys.conftest import BAD, STEADY, SiteAt
from tests.journeys.journey import Journey
from tests.journeys.pushes import NEVER_SECONDS, SECRET, Builder, Image, Place, Site
from tests.testbed.registry import Distribution, Told

WIDTH = 150
SHOWN = ("Status:", "Images:", "Next:", "Blocked:")
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
    journey.deploy(builder.push("1.0.0", STEADY).name)
    told = way == "webhook"
    interval_seconds = NEVER_SECONDS if told else POLL_SECONDS
    with site_at(journey, Place(interval_seconds=interval_seconds)) as site:
        if told:
            registry.tell(Told(site.webhook, SECRET))
        site.wait_watched()
        transcript.say(f"rollctl runs; pushes are seen by {way}; 1.0.0 runs")
        v1 = builder.push("1.1.0", STEADY)
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

        v3 = builder.push("1.3.0", STEADY)
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
        builder.push("9.0.0", STEADY)
        shown(site, "verify", "9.0.0", transcript, 5)


def test_another_cluster_learns_of_the_quarantine(
    journey: Journey, elsewhere: Journey, site_at: SiteAt, builder: Builder
) -> None:
    """A rollctl that asks for staging's verdict knows from the registry alone that an image is
    bad there, never rolls it out and says who said so; one that is found good there follows."""
    production = Place(
        cluster="eu-1",
        environment="production",
        more="      channel: production\n      require: {verifiedIn: staging}",
        interval_seconds=POLL_SECONDS,
    )
    first = builder.push("1.0.0", STEADY)
    for one in (journey, elsewhere):
        one.deploy(first.name)
    with (
        site_at(journey, Place(interval_seconds=POLL_SECONDS)) as staging,
        site_at(elsewhere, production) as there,
    ):
        for site in (staging, there):
            site.wait_watched()
        bad = builder.push("1.1.0", BAD)
        elsewhere.wait(lambda: "not verified in staging yet" in there.status(), "not gated")
        journey.wait_phase(bad.name, "RolledBack", seconds=90)
        elsewhere.wait(lambda: "1.1.0: in quarantine" in there.status(), "not learned")
        assert f"(staging, staging-1/Deployment/{journey.namespace}/web)" in there.status()
        assert elsewhere.acts() == []
        good = builder.push("1.2.0", STEADY)
        journey.wait_phase(good.name, "Promoted", seconds=150)
        elsewhere.wait_phase(good.name, "Promoted", seconds=150)
        elsewhere.wait(
            lambda: there.ask("verify", "production").returncode == 0, "no channel there", 30
        )
        assert all("1.1.0" not in entry["reason"] for entry in elsewhere.record["history"])
    assert builder.digest("production") == builder.digest("stable") == good.digest
