"""All checks in their order, each made whatever the others found.

Why: whoever mends an installation wants the whole list at once.
Never here: a check.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from controller.doctor.finding import Finding, bad, doubtful
from controller.doctor.metric_checks import METRIC, Place, metrics
from controller.doctor.platform_checks import permissions, platform
from controller.doctor.registry_checks import registries
from controller.doctor.source_checks import SOURCE, source
from controller.doctor.workload_checks import (
    GOVERNED,
    Governed,
    conflicts,
    governed,
    policies,
    sorted_out,
)
from controller.engine.workload import Workload
from controller.openmetrics.labels import PodLabels
from controller.ports.access import Access
from controller.ports.metrics import ClockedSource
from controller.ports.platform import PlatformError, Watcher
from controller.ports.registry import Registry
from policies.load import Loaded

MOST_LOOKED_AT = 3


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined; without a `source` the pods' own pages are read. `namespaces` empty
    means all."""

    loaded: Loaded
    access: Access
    watcher: Watcher
    namespaces: Sequence[str]
    source: ClockedSource | None
    labels: PodLabels
    registry: Registry
    clock: Callable[[], float]


def examine(patient: Patient) -> Iterator[Finding]:
    """Every finding, as it is made."""
    yield from policies(patient.loaded)
    yield from platform(patient.access, patient.clock)
    yield from permissions(patient.access, patient.namespaces)
    if patient.source is not None:
        yield from source(patient.source, patient.clock)
    else:
        told = "the pods' own pages are read, which is not checked"
        yield doubtful(SOURCE, told, "name a Prometheus with --prometheus where there is one")
    yield from _workloads(patient)
    yield from registries(patient.registry, patient.loaded.policies)


def _workloads(patient: Patient) -> Iterator[Finding]:
    rules = patient.loaded.policies
    if not rules:
        return
    try:
        workloads = _seen(patient.watcher)
    except PlatformError as error:
        mend = "mend what is said of platform and permissions"
        yield bad(GOVERNED, f"workloads cannot be seen ({error})", mend)
        return
    found = sorted_out(rules, workloads)
    yield from governed(found)
    yield from conflicts(rules, workloads)
    for one in found:
        yield from _metrics(patient, one)


def _seen(watcher: Watcher) -> list[Workload]:
    """As the service sees them at its start, with no more rights than it has."""
    try:
        watcher.start()
        keys = watcher.keys()
        seen = [watcher.workload(key) for key in keys]
    finally:
        watcher.stop()
    return [one for one in seen if one is not None]


def _metrics(patient: Patient, one: Governed) -> Iterator[Finding]:
    """At a few workloads of a policy, the largest: they show what is true of the policy."""
    if patient.source is None:
        return
    largest = sorted(one.workloads, key=lambda w: (-len(w.pods), w.key))
    for workload in largest[:MOST_LOOKED_AT]:
        place = Place(patient.source, patient.labels, workload, patient.clock() - 1.0)
        yield from metrics(place, one.policy.metrics)
    left = len(largest) - MOST_LOOKED_AT
    if left > 0:
        told = f"policy {one.policy.name}: {left} more workloads were not looked at"
        yield doubtful(METRIC, told, f"the {MOST_LOOKED_AT} largest are; name one with --namespace")
