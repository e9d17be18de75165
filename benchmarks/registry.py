"""What polling 1,000 repositories of a real registry costs, with conditions and without.

Why: a watcher asks all the time and finds nothing new, and registries count what is pulled.
Never here: a network; server and client share one machine, so the server's CPU is shown apart.

    python -m benchmarks.registry
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.content import OCI_INDEX, OCI_MANIFEST, described, written
from controller.adapters.registry.settings import HostSettings, RegistrySettings
from controller.builds_read import Asked, BuildsReader, Ran
from controller.engine.builds.shelf import Shelf
from controller.ports.registry import Descriptor, ImageReference, Repository
from tests.controller.engine.builds.made import rule_of
from tests.testbed.registry import Distribution, running

CHOICE = rule_of("repository: shop/web, semver: '>=1.0 <2'").choice
REPOSITORIES, TAGS, PLATFORMS, ROUNDS = 1_000, 5, 8, 3
CONFIG = "application/vnd.oci.image.config.v1+json"

Poll = Callable[[OciRegistry, ImageReference], object]


class Watched:
    """One reading of a repository as the service makes it: its tags, the digests of those that
    may be news beside what runs, and what is attached to them."""

    def __init__(self) -> None:
        self._shelves: dict[tuple[OciRegistry, Repository], Shelf] = {}

    def __call__(self, registry: OciRegistry, image: ImageReference) -> None:
        """Reads one."""
        ran = frozenset({Ran(image.tag, "")})
        asked = Asked(image.repository, frozenset({CHOICE}), ran, attached=True)
        before = self._shelves.get((registry, image.repository), Shelf())
        read = BuildsReader(registry, {}).read(asked, before, time.time())
        self._shelves[registry, image.repository] = read.shelf


POLLS: dict[str, Poll] = {
    "as the service watches": Watched(),
    "digest (HEAD)": lambda registry, image: registry.resolve(image),
    "index (GET)": lambda registry, image: registry.manifest(image),
    "tags": lambda registry, image: registry.tags(image.repository),
}


@dataclass(frozen=True)
class Cost:
    """Of one round over all repositories: requests, bytes of bodies, seconds."""

    requests: int
    received_bytes: int
    ours_seconds: float
    servers_seconds: float
    wall_seconds: float


def main() -> None:
    """Prints one line for each kind of poll and way."""
    with running(Distribution()) as server:
        host = server.host
        images = _filled(host)
        before_megabytes = _memory_megabytes()
        clients = {
            "conditional": _client(host, RegistrySettings().remembered_answers),
            "unconditional": _client(host, 0),
        }
        print(f"{len(images)} repositories, distribution v3 on loopback, median of {ROUNDS} rounds")
        for name, poll in POLLS.items():
            for way, cost in _compared(poll, clients, images, server.pid).items():
                print(_told(f"{name}, {way}", cost))
        grown = _memory_megabytes() - before_megabytes
        print(
            f"memory for {len(images)} repositories, what is remembered of them twice: {grown:.0f} MB"
        )


def _client(host: str, remembered: int) -> OciRegistry:
    settings = {host: HostSettings(plain_http=True)}
    return OciRegistry(RegistrySettings(settings, remembered_answers=remembered))


def _filled(host: str) -> list[ImageReference]:
    """An index of some platforms in each repository, under some tags."""
    registry = _client(host, 0)
    found = []
    for number in range(REPOSITORIES):
        repository = Repository(host, f"shop/service-{number:04}")
        config = registry.push_blob(repository, written({"service": number}), CONFIG)
        image = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described(config)}
        raw = written({**image, "layers": []})
        digest = registry.push_manifest(repository, raw, OCI_MANIFEST)
        part = described(Descriptor(OCI_MANIFEST, digest, len(raw)))
        parts = [
            {**part, "platform": {"os": "linux", "architecture": f"cpu{one}"}}
            for one in range(PLATFORMS)
        ]
        index = written({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": parts})
        for tag in range(TAGS):
            registry.push_manifest(repository, index, OCI_INDEX, f"1.{tag}.0")
        found.append(ImageReference(repository, f"1.{TAGS - 1}.0"))
    registry.close()
    return found


def _compared(
    poll: Poll, clients: dict[str, OciRegistry], images: list[ImageReference], server: int
) -> dict[str, Cost]:
    """Both ways in turn, after a first round that nobody counts."""
    for client in clients.values():
        _round(poll, client, images, server)
    rounds: dict[str, list[Cost]] = {way: [] for way in clients}
    for _ in range(ROUNDS):
        for way, client in clients.items():
            rounds[way].append(_round(poll, client, images, server))
    middle = ROUNDS // 2
    return {
        way: sorted(costs, key=lambda one: one.ours_seconds)[middle]
        for way, costs in rounds.items()
    }


def _round(poll: Poll, client: OciRegistry, images: list[ImageReference], server: int) -> Cost:
    before, servers, began = client.traffic, _cpu_seconds(server), time.perf_counter()
    ours = time.process_time()
    for image in images:
        poll(client, image)
    after = client.traffic
    return Cost(
        after.requests - before.requests,
        after.received_bytes - before.received_bytes,
        time.process_time() - ours,
        _cpu_seconds(server) - servers,
        time.perf_counter() - began,
    )


def _told(name: str, cost: Cost) -> str:
    return (
        f"{name:32} {cost.requests} requests, {cost.received_bytes / 1e6:.2f} MB of bodies, "
        f"{cost.ours_seconds:.2f} s CPU of ours, {cost.servers_seconds:.2f} s of the server's, "
        f"{cost.wall_seconds:.1f} s in all"
    )


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
