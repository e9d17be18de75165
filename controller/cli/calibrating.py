"""Learns the pasts that `rollctl calibrate` was asked for, shows and keeps them.

Why: the same reading as in the service, with somebody waiting for it.
Never here: options, layout, the reading itself.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from controller.cli.ending import EXIT_ERROR, EXIT_USAGE, fail, note, say, say_document
from controller.cli.platforms import Where, name_of
from controller.engine.workload import Workload
from controller.foresight import smallest_harm
from controller.historian import definitions
from controller.history import History, Recalled, family_of
from controller.ports.metrics import MetricSource
from controller.ports.pasts import Kept
from controller.show.document import as_json
from controller.show.pasts import Calibrated, pasts_document, pasts_table
from policies.load import load
from policies.model import Policy, claimants

EXIT_NOTHING = 5
DAY_SECONDS = 86_400.0
UNNAMED = "the names of its pods tell nothing"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed. `journal` is where it is kept; `keeps` says whether it should be."""

    policies: tuple[Path, ...]
    target: str | None
    labels: str
    prometheus: str | None
    prometheus_config: Path | None
    days: float
    journal: str | None
    keeps: bool
    as_json: bool
    head: bool


def calibrate_all(where: Where, asked: Asked) -> int:
    """Prints what was learned of all workloads asked for; 5 where nothing was, 1 where that is
    the source's fault. Raises PlatformError and PastsError."""
    policies = _policies(asked.policies)
    source = _source(asked)
    wanted = list(_governed(where, asked, policies))
    if not wanted:
        fail(f"no workload here is governed by a policy of {', '.join(map(str, asked.policies))}")
    found = [(*one, _learned(source, *one, asked)) for one in wanted]
    _show(found, asked)
    _keep(found, asked)
    if any(recalled.past for *_, recalled in found):
        return 0
    return EXIT_ERROR if any(recalled.failed for *_, recalled in found) else EXIT_NOTHING


Found = tuple[Workload, Policy, Recalled]


def _policies(paths: tuple[Path, ...]) -> Sequence[Policy]:
    loaded = load(paths)
    if loaded.problems:
        fail("\n".join(str(problem) for problem in loaded.problems))
    return loaded.policies


def _source(asked: Asked) -> MetricSource:
    from controller.adapters.prometheus.settings_file import read_settings
    from controller.adapters.prometheus.source import PrometheusSource

    if asked.prometheus is None and asked.prometheus_config is None:
        fail("the past is in a Prometheus; name it with --prometheus", EXIT_USAGE)
    try:
        return PrometheusSource(read_settings(asked.prometheus_config, asked.prometheus))
    except ValueError as error:
        fail(str(error), EXIT_USAGE)


def _governed(
    where: Where, asked: Asked, policies: Sequence[Policy]
) -> Iterator[tuple[Workload, Policy]]:
    """The workloads asked for that one policy claims; the one that was named must be claimed."""
    for workload in _workloads(where, asked):
        key = workload.key
        claims = claimants(policies, key.kind, key.namespace, workload.labels)
        if len(claims) == 1:
            yield workload, claims[0]
        elif asked.target is not None:
            fail(f"{key}: claimed by {len(claims)} of these policies; one must claim it")


def _workloads(where: Where, asked: Asked) -> Iterator[Workload]:
    if asked.target is not None:
        yield where.lister.one(where.namespace, name_of(asked.target)).workload
        return
    for sighting in where.lister.list(where.namespaces, asked.labels):
        yield sighting.workload


def _learned(source: MetricSource, workload: Workload, policy: Policy, asked: Asked) -> Recalled:
    family = family_of(workload)
    if family is None:
        return Recalled(None, UNNAMED)
    if sys.stderr.isatty():
        note(f"reading the past of {workload.key} ...")
    return History(source, policy, family).recall(time.time(), asked.days * DAY_SECONDS)


def _show(found: Sequence[Found], asked: Asked) -> None:
    told = [_calibrated(*one) for one in found]
    if asked.as_json:
        say_document(as_json(pasts_document(told)))
        return
    for line in pasts_table(told, head=asked.head):
        say(line)
    for one in told:
        if one.past is None:
            note(f"{one.key}: no history, assuming as above: {one.why}")
        elif one.why:
            note(f"{one.key}: a shorter history than asked for: {one.why}")


def _calibrated(workload: Workload, policy: Policy, recalled: Recalled) -> Calibrated:
    past = recalled.past
    harms = {metric.name: smallest_harm(policy, metric, past) for metric in policy.metrics}
    return Calibrated(workload.key, policy, past, recalled.why, harms)


def _keep(found: Sequence[Found], asked: Asked) -> None:
    if not asked.keeps:
        return
    if asked.journal is None:
        note("not kept: name the service's own file with --journal (it learns this by itself too)")
        return
    from controller.adapters.pasts import SqlitePasts

    with closing(SqlitePasts(asked.journal)) as pasts:
        for workload, policy, recalled in found:
            if recalled.past is not None:
                pasts.keep(workload.key, Kept(definitions(policy), recalled.past))
