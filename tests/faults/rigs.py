"""How each port is made faulty: its real adapter, aimed at a server that does wrong.

Why: the message that a person reads is the adapter's, so the adapter must be there.
Never here: what follows from a fault.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from unittest.mock import patch

from controller.adapters.kubernetes import connection
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.informer import Informer, Resource
from controller.adapters.kubernetes.structs import Pod
from controller.adapters.kubernetes.writer import KubernetesWriter
from controller.adapters.prometheus.settings import PrometheusSettings
from controller.adapters.prometheus.source import PrometheusSource
from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.settings import HostSettings, RegistrySettings
from controller.engine.change import Change
from controller.engine.record import Act, Decision
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.journal import Entry, JournalError
from controller.ports.metrics import Answer, MetricSource, SampleRequest
from controller.ports.platform import Unavailable, Writer
from controller.ports.registry import (
    Artifact,
    ImageFacts,
    ImageReference,
    Index,
    Manifest,
    Registry,
    Repository,
)
from tests.controller.engine.simulated import SimulatedCluster
from tests.controller.kubernetes.fake_api import PATH, FakeApi, Misdeed, PlainCredentials
from tests.controller.kubernetes.test_informer import kept
from tests.crash.journeys import CountingRegistry, Outside
from tests.fakes import FakeClock
from tests.faults.play import Rig, Switch
from tests.testbed.web import AnyWeb, Reply

PATIENCE_SECONDS = 0.2
OF_OTHERS = Entry(
    WorkloadKey("Deployment", "others", "web"), Decision(0.0, Act.HOLD, "r-1", "", "held"), True
)
NOBODY = Reply()
TIMES = 1_000


def _nobody_there() -> AnyWeb:
    """The address of a server that is gone."""
    with AnyWeb(lambda _: NOBODY) as web:
        return web


@contextmanager
def _serving(reply: Reply) -> Iterator[AnyWeb]:
    if reply is NOBODY:
        yield _nobody_there()
    else:
        with AnyWeb(lambda _: reply) as web:
            yield web


class _Source:
    """One source until the switch is thrown, then the other."""

    def __init__(self, sound: MetricSource, faulty: MetricSource) -> None:
        self.sound, self.faulty, self.is_faulty = sound, faulty, False

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        return (self.faulty if self.is_faulty else self.sound).read(requests)

    def describe(self) -> str:
        return self.faulty.describe()


def metrics(reply: Reply) -> Rig:
    """A Prometheus that answers so."""

    @contextmanager
    def rig(outside: Outside) -> Iterator[Switch]:
        with _serving(reply) as web:
            settings = PrometheusSettings(
                web.url,
                timeout_seconds=PATIENCE_SECONDS,
                budget_seconds=3 * PATIENCE_SECONDS,
                largest_answer_bytes=1_000_000,
            )
            faulty = PrometheusSource(settings, lambda _: None)
            source = _Source(outside.source, faulty)
            outside.source = source  # type: ignore[assignment] # one port, another class
            yield lambda on: setattr(source, "is_faulty", on)
            faulty.close()

    return rig


class _Cluster(SimulatedCluster):
    """Changed through `through` while that is set."""

    through: Writer | None = None
    lost = False

    def apply(self, change: Change) -> None:
        if self.through is not None:
            self.through.apply(change)
            return
        super().apply(change)
        if self.lost:
            raise Unavailable("PATCH deployments/web: the answer was lost")

    def publish(self, workload: Workload, findings_text: str) -> None:
        if self.through is not None:
            self.through.publish(workload, findings_text)
            return
        super().publish(workload, findings_text)

    def announce(self, change: Change) -> None:
        if self.through is not None:
            self.through.announce(change)
            return
        super().announce(change)


def _replaced(outside: Outside) -> _Cluster:
    """The outside's cluster, as one whose writing may fail."""
    cluster = outside.cluster
    cluster.__class__ = _Cluster
    assert isinstance(cluster, _Cluster)
    return cluster


def writes(reply: Reply) -> Rig:
    """An API server that answers so to whatever changes something."""

    @contextmanager
    def rig(outside: Outside) -> Iterator[Switch]:
        cluster = _replaced(outside)
        with (
            _serving(reply) as web,
            patch.object(connection, "ANSWER_SECONDS", PATIENCE_SECONDS),
            patch.object(connection, "WHOLE_ANSWER_SECONDS", 3 * PATIENCE_SECONDS),
        ):
            credentials = PlainCredentials(web.url)
            writer = KubernetesWriter(Connection(credentials), "controller")
            yield lambda on: setattr(cluster, "through", writer if on else None)
            credentials.pool.clear()

    return rig


@contextmanager
def lost_answers(outside: Outside) -> Iterator[Switch]:
    """An API server that does what it is asked to and never gets to say so."""
    cluster = _replaced(outside)
    yield lambda on: setattr(cluster, "lost", on)


@contextmanager
def stale_picture(outside: Outside) -> Iterator[Switch]:
    """A watch that goes on showing what was, as one behind a cache does."""
    cluster = outside.cluster
    trouble = patch.object(cluster, "trouble", lambda: "")

    def switch(on: bool) -> None:
        cluster.stalled = cluster.truth() if on else None
        (trouble.start if on else trouble.stop)()

    yield switch


class _Skewed(FakeClock):
    """The controller's clock, which goes wrong while the world's goes on."""

    def __init__(self, world: FakeClock) -> None:
        self.world, self.skew_seconds = world, 0.0

    def __call__(self) -> float:
        return self.world.now + self.skew_seconds


def clock(jump_seconds: float) -> Rig:
    """A clock of the controller's machine that jumps, and back when it is set right."""

    @contextmanager
    def rig(outside: Outside) -> Iterator[Switch]:
        skewed = _Skewed(outside.clock)
        outside.clock = skewed
        yield lambda on: setattr(skewed, "skew_seconds", jump_seconds if on else 0.0)

    return rig


def policy_file(text: str | None) -> Rig:
    """A policy file that reads so, or (None) is gone."""

    @contextmanager
    def rig(outside: Outside) -> Iterator[Switch]:
        sound = outside.file.read_text()

        def switch(on: bool) -> None:
            if on and text is None:
                outside.file.unlink()
            else:
                outside.file.write_text(text if on and text else sound)

        yield switch

    return rig


class _Registry(CountingRegistry):
    """Asks `through` first while that is set, which is then to fail: for what the builds are, or for
    what verdicts are carried."""

    through: Registry | None = None
    host = ""
    of_verdicts = False

    def _there(self, repository: Repository) -> Repository:
        return replace(repository, host=self.host)

    def _image(self, image: ImageReference) -> ImageReference:
        return replace(image, repository=self._there(image.repository))

    def _read(self, call: Callable[[Registry], object]) -> None:
        if self.through is not None and not self.of_verdicts:
            call(self.through)

    def _carried(self, call: Callable[[Registry], object]) -> None:
        if self.through is not None and self.of_verdicts:
            call(self.through)

    def resolve(self, image: ImageReference) -> str:
        self._read(lambda it: it.resolve(self._image(image)))
        return super().resolve(image)

    def tags(self, repository: Repository) -> tuple[str, ...]:
        self._read(lambda it: it.tags(self._there(repository)))
        return super().tags(repository)

    def manifest(self, image: ImageReference) -> Manifest | Index:
        self._read(lambda it: it.manifest(self._image(image)))
        return super().manifest(image)

    def facts(self, image: ImageReference) -> ImageFacts:
        self._read(lambda it: it.facts(self._image(image)))
        return super().facts(image)

    def attach(self, repository: Repository, subject: str, artifact: Artifact) -> str:
        self._carried(lambda it: it.attach(self._there(repository), subject, artifact))
        return super().attach(repository, subject, artifact)

    def move_tag(self, repository: Repository, digest: str, tag: str) -> None:
        self._carried(lambda it: it.move_tag(self._there(repository), digest, tag))
        super().move_tag(repository, digest, tag)


def builds(reply: Reply) -> Rig:
    """A registry that answers so to who asks what there is."""
    return _registry(reply, of_verdicts=False)


def verdicts(reply: Reply) -> Rig:
    """A registry that answers so to who carries a verdict or a channel to it."""
    return _registry(reply, of_verdicts=True)


def _registry(reply: Reply, *, of_verdicts: bool) -> Rig:

    @contextmanager
    def rig(outside: Outside) -> Iterator[Switch]:
        faulty = outside.registry
        faulty.__class__ = _Registry
        assert isinstance(faulty, _Registry)
        with _serving(reply) as web:
            faulty.host, faulty.of_verdicts = web.host, of_verdicts
            settings = RegistrySettings(
                {web.host: HostSettings(plain_http=True)},
                timeout_seconds=PATIENCE_SECONDS,
                budget_seconds=3 * PATIENCE_SECONDS,
            )
            client = OciRegistry(settings, sleep=lambda _: None)
            yield lambda on: setattr(faulty, "through", client if on else None)
            client.close()

    return rig


@contextmanager
def full_disk(outside: Outside) -> Iterator[Switch]:
    """A journal whose file may not grow any more, filled by others to its last page."""
    journal = outside.journal

    def switch(on: bool) -> None:
        pages = 1 if on else 1_000_000
        journal._connection.execute(f"pragma max_page_count = {pages}")
        with suppress(JournalError):
            while on:
                journal.append(OF_OTHERS)

    yield switch


def watch(misdeed: Misdeed) -> Rig:
    """An API server whose watches go wrong so, while the workload changes unseen."""

    @contextmanager
    def rig(outside: Outside) -> Iterator[Switch]:
        cluster = outside.cluster
        with FakeApi() as api:
            api.put("web")
            api.misdeeds["watch"].extend([misdeed] * TIMES)
            link = Connection(api.credentials())
            informer = Informer(link, Resource(PATH, Pod, kept), lambda _, __: None)

            def switch(on: bool) -> None:
                cluster.stalled = cluster.truth() if on else None
                (informer.start if on else informer.stop)()
                while on and len(api.misdeeds["watch"]) > TIMES - 2:
                    time.sleep(0.01)

            with patch.object(cluster, "trouble", lambda: informer.trouble(0.0)):
                yield switch

    return rig
