"""Whoever pushes to a real registry, and a rollctl that watches it, in the words of a release.

Why: journeys and the benchmark of pushes should read as what is pushed and what comes of it.
Never here: how the cluster, the registry or the service is run; assertions.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Self

from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.login import Login
from controller.adapters.registry.settings import HostSettings
from controller.ports.registry import ImageReference, Repository
from tests.controller.adapters.registry.images import push_image
from tests.controller.adapters.registry.servers import client
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl
from tests.testbed.images import Behaviour, ImageCatalogue

IMAGES = """\
  environment: {environment}
  images:
    - repository: {host}/shop/web
      semver: ">=1.0 <2"
      autoUpdate: true
{more}
"""
SECRET = "of-the-testbed-and-long"
NEVER_SECONDS = 3_600


@dataclass(frozen=True)
class Image:
    """One push: the image as it is rolled out, and when the registry had it (unix seconds)."""

    name: str
    tag: str
    digest: str
    pushed_at: float


class Builder:
    """A build that pushes `shop/web` to the registry at `host`; `tokens` is its token server."""

    def __init__(
        self, catalogue: ImageCatalogue, host: str, login: Login | None = None, tokens: str = ""
    ) -> None:
        self.repository = Repository(host, "shop/web")
        self.registry: OciRegistry = client(host, HostSettings(plain_http=True), login, tokens)
        self._catalogue = catalogue

    def push(self, tag: str, behaviour: Behaviour) -> Image:
        """A new image that behaves so."""
        digest = push_image(self.registry, self.repository, tag, tag).digest
        return self._pushed(tag, digest, behaviour)

    def push_again(self, tag: str, image: Image, behaviour: Behaviour) -> Image:
        """The very same image under another tag."""
        self.registry.move_tag(self.repository, image.digest, tag)
        return self._pushed(tag, image.digest, behaviour)

    def _pushed(self, tag: str, digest: str, behaviour: Behaviour) -> Image:
        at = time.time()
        name = f"{self.repository}:{tag}@{digest}"
        self._catalogue.publish(name, behaviour)
        return Image(name, tag, digest, at)

    def digest(self, tag: str) -> str:
        """What the tag stands for now."""
        return self.registry.resolve(ImageReference(self.repository, tag))


@dataclass(frozen=True)
class Place:
    """What one rollctl is to others: its cluster, its environment, more lines of its policy's
    entry, how often it polls, and more options of `rollctl run`."""

    cluster: str = "staging-1"
    environment: str = "staging"
    more: str = "      channel: stable"
    interval_seconds: int = NEVER_SECONDS
    options: Sequence[str] = ()
    tokens: str = ""
    config: Mapping[str, str] = field(default_factory=dict)


class Site:
    """One namespace as a cluster of its own, with a rollctl that looks after it and no other."""

    def __init__(
        self, journey: Journey, host: str, folder: Path, kubeconfig: Path, place: Place
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.journey, self._host = journey, host
        self.config, secret = folder / "registries.yaml", folder / "secret"
        plain = [one for one in (host, place.tokens) if one]
        entries = ", ".join(f"{{host: '{one}', plainHttp: true}}" for one in plain)
        more = "".join(f"{key}: {value}\n" for key, value in place.config.items())
        self.config.write_text(f"registries: [{entries}]\n{more}")
        secret.write_text(SECRET)
        options = [
            *("--registry-config", str(self.config), "--cluster", place.cluster),
            *("--registry-interval", str(place.interval_seconds)),
            *("--webhook-secret-file", str(secret), "--namespace", journey.namespace),
            *place.options,
        ]
        prometheus = journey.testbed.prometheus.url
        self.service = Rollctl(folder, kubeconfig, prometheus, *options)
        text = policy(journey.namespace) + IMAGES.format(
            host=host, environment=place.environment, more=place.more
        )
        write(self.service.policies, journey.namespace, text)

    def __enter__(self) -> Self:
        self.service.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.service.stop()

    @property
    def webhook(self) -> str:
        """Where a registry posts its notifications."""
        return f"{self.service.address}/webhooks/registry"

    def wait_watched(self) -> None:
        """Returns when the repository was read once, so that what is pushed then is news."""
        self.journey.wait(
            lambda: any(
                line.get("event") == "a repository is watched" for line in self.service.events()
            ),
            "the repository was not read",
        )

    def seen_seconds(self, image: Image) -> float | None:
        """From the push of a build to the service's line that it is seen."""
        found = [
            datetime.fromisoformat(line["timestamp"]).timestamp()
            for line in self.service.events()
            if line.get("event") == "a build is seen" and line["tag"] == image.tag
        ]
        return found[0] - image.pushed_at if found else None

    def rollout_seconds(self, image: Image) -> float | None:
        """From the push to the decision by which the workload wants the image."""
        found = [
            decision["at"]
            for decision in self.journey.record.get("history", [])
            if decision["act"] == "Update" and image.name in decision["reason"]
        ]
        return float(found[-1]) - image.pushed_at if found else None

    def ask(self, command: str, tag: str, *options: str) -> CompletedProcess[str]:
        """`rollctl verify` or `rollctl verdict` of a tag, as typed by whoever has no cluster."""
        image = f"{self._host}/shop/web:{tag}"
        return self.journey.typed(command, image, "--registry-config", str(self.config), *options)

    def status(self) -> str:
        """What `rollctl status` shows."""
        shown = self.journey.rollctl("status", "deployment/web", "-n", self.journey.namespace)
        return shown.stdout + shown.stderr
