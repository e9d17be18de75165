"""How soon a push to a real registry is seen and rolled out, by webhook and by polling.

Why: it is what a person who pushed waits for, and only real servers have its delays.
Never here: fakes; the verdict's own time, which `benchmarks.cluster` measures.

    python -m benchmarks.builds
"""

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.journeys.conftest import GOOD
from tests.journeys.journey import Journey
from tests.journeys.pushes import NEVER_SECONDS, SECRET, Builder, Place, Site
from tests.testbed.cluster import Testbed
from tests.testbed.registry import Distribution, Told, running

PUSHES, POLL_SECONDS = 5, 15


def main() -> None:
    """Prints the figures."""
    with Testbed.start(nodes=2) as testbed, testbed.start_traffic(30.0, "web"):
        print(f"from a push to its rollout, real registry and API server ({PUSHES} pushes each):")
        _measured(testbed, "by webhook", NEVER_SECONDS)
        _measured(testbed, f"by polling every {POLL_SECONDS} s", POLL_SECONDS)


def _measured(testbed: Testbed, way: str, interval_seconds: int) -> None:
    """A line for when pushes were seen, and one for when the workload wanted them."""
    journey = Journey(testbed, testbed.create_namespace(f"builds-{interval_seconds}"))
    folder = Path(tempfile.mkdtemp(prefix="rollctl-bench-"))
    with running(Distribution()) as registry:
        builder = Builder(testbed.catalogue, registry.host)
        journey.deploy(builder.push("1.0.0", GOOD).name)
        place = Place(interval_seconds=interval_seconds)
        kubeconfig = testbed.control_plane.kubeconfig
        with Site(journey, registry.host, folder, kubeconfig, place) as site:
            if interval_seconds == NEVER_SECONDS:
                registry.tell(Told(site.webhook, SECRET))
            site.wait_watched()
            seen, wanted = _pushed(site, builder)
        builder.registry.close()
    testbed.delete_deployment(journey.namespace, "web")
    shutil.rmtree(folder)
    print(f"  {way:24} seen after        {_spread(seen)} s")
    print(f"  {way:24} rolled out after  {_spread(wanted)} s")


def _pushed(site: Site, builder: Builder) -> tuple[list[float], list[float]]:
    """Seconds from each push to when it was seen, and to when it was wanted; each rollout ends
    before the next push."""
    seen, wanted = [], []
    for number in range(1, PUSHES + 1):
        image = builder.push(f"1.{number}.0", GOOD)
        site.journey.wait_phase(image.name, "Promoted", seconds=180)
        at = site.seen_seconds(image), site.rollout_seconds(image)
        seen += [at[0]] if at[0] is not None else []
        wanted += [at[1]] if at[1] is not None else []
    return seen, wanted


def _spread(numbers: Sequence[float]) -> str:
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f} to {max(numbers):.2f})"


if __name__ == "__main__":
    main()
