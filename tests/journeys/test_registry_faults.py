"""A registry that dies and comes back at every step of a release."""

from tests.journeys.conftest import BAD, STEADY, SiteAt
from tests.journeys.journey import Journey
from tests.journeys.pushes import Builder, Image, Place, Site
from tests.testbed.registry import Distribution

POLL_SECONDS = 5


def rolled_out_after_an_outage(site: Site, registry: Distribution, image: Image) -> None:
    """The registry dies before the push is seen, which is told, and comes back."""
    registry.kill()
    site.journey.wait(lambda: "cannot be reached" in site.status(), "the outage was not told")
    registry.start()
    site.journey.wait(lambda: site.journey.image() == image.name, "not rolled out", 60)


def test_a_registry_that_dies_at_each_step_changes_no_end(
    journey: Journey, site_at: SiteAt, builder: Builder, registry: Distribution
) -> None:
    """Dead before the poll and dead when the verdict falls, with a service that is killed before
    it could carry it: rollouts end as ever meanwhile, and when the registry is back it has the
    verdicts and the channel that it would have had."""
    journey.deploy(builder.push("1.0.0", STEADY).name)
    with site_at(journey, Place(interval_seconds=POLL_SECONDS)) as site:
        site.wait_watched()
        good = builder.push("1.1.0", STEADY)
        rolled_out_after_an_outage(site, registry, good)
        registry.kill()
        journey.wait_phase(good.name, "Promoted", seconds=150)
        journey.wait(lambda: "not carried to the registry" in site.status(), "not told")
        registry.start()
        journey.wait(lambda: site.ask("verify", "stable").returncode == 0, "not carried")
        assert builder.digest("stable") == good.digest

        bad = builder.push("1.2.0", BAD)
        rolled_out_after_an_outage(site, registry, bad)
        registry.kill()
        journey.wait_phase(bad.name, "RolledBack", seconds=90)
        assert journey.image() == good.name
        site.service.kill()
        registry.start()
        site.service.start()
        journey.wait(lambda: site.ask("verify", "1.2.0").returncode == 3, "not carried")
        assert builder.digest("stable") == good.digest
        journey.wait(lambda: "not carried" not in site.status(), "the trouble stayed", 30)
        assert journey.image() == good.name
