"""What a workload's record wants of its repository: a channel that points somewhere, a verdict that
is attached.

Why: both follow from the record alone, so a restarted service wants the very same again.
Never here: registries, threads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.verdict import Verdict
from controller.engine.builds.channel import channel_digest
from controller.engine.builds.containers import containers_of, judged_digest
from controller.engine.record import Act, Decision, Record, Rollout
from controller.engine.unproven import without_proof
from controller.engine.workload import Workload
from controller.ports.registry import Repository
from controller.verdicts.record import VerdictRecord, moment
from policies.images.model import ImageRule
from policies.images.repositories import canonical
from policies.model import Policy

DECISIVE = frozenset({Verdict.HEALTHY.value, Verdict.REGRESSED.value})


@dataclass(frozen=True, slots=True)
class MoveTag:
    """The channel's tag should stand for the digest, which was found good at `at` (unix seconds):
    of several workloads with one channel the latest word counts."""

    repository: Repository
    tag: str
    digest: str
    at: float


@dataclass(frozen=True, slots=True)
class Attach:
    """The verdict should be attached to its digest."""

    repository: Repository
    record: VerdictRecord


Errand = MoveTag | Attach


def errands(workload: Workload, policy: Policy, cluster: str, now: float) -> tuple[Errand, ...]:
    """Everything that is wanted now, done or not; `cluster` is how this one is called, without
    which no verdict can say its place. Raises ValueError for a record whose times are none."""
    found: list[Errand] = []
    for rule in policy.images:
        host, _, path = canonical(rule.repository).partition("/")
        for container in containers_of(rule, workload.images):
            repository = Repository(host, path)
            found += _channel(rule, workload.record, container, repository, now)
            found += _verdict(workload, policy, cluster, container, repository)
    return tuple(dict.fromkeys(found))


def _channel(
    rule: ImageRule, record: Record, container: str, repository: Repository, now: float
) -> Iterator[MoveTag]:
    digest = channel_digest(rule, record, container, now)
    if rule.channel is not None and digest:
        yield MoveTag(repository, rule.channel, digest, _found_good_at(record))


def _found_good_at(record: Record) -> float:
    """When the last known good was found so, as far as that is remembered."""
    good = record.good
    promoted = [
        decision.at
        for decision in record.history
        if decision.act is Act.PROMOTE and good is not None and decision.to_images == good.images
    ]
    return max(promoted, default=0.0)


def _verdict(
    workload: Workload, policy: Policy, cluster: str, container: str, repository: Repository
) -> Iterator[Attach]:
    """The word on the candidate of the last rollout, where its image is new and the policy says what
    environment this is."""
    record, rollout = workload.record, workload.record.rollout
    decision = _decisive(record, rollout) if rollout is not None else None
    if rollout is None or decision is None or policy.environment is None or not cluster:
        return
    digest = judged_digest(rollout.candidate, container)
    if not digest or digest == judged_digest(rollout.baseline, container):
        return
    key = workload.key
    until = _quarantined_until(record, rollout, container)
    told = VerdictRecord(
        digest=digest,
        verdict=decision.verdict,
        environment=policy.environment,
        cluster=cluster,
        workload=f"{key.kind}/{key.namespace}/{key.name}",
        at=moment(decision.at),
        image=rollout.candidate.images.get(container, "").partition("@")[0],
        policy=rollout.policy,
        evidence=without_proof(decision.reason)[:1_000],
        quarantined_until=moment(until) if until is not None else None,
    )
    yield Attach(repository, told)


def _decisive(record: Record, rollout: Rollout) -> Decision | None:
    """The decision by which the verdict on this rollout was acted on by rollctl."""
    acts = (Act.PROMOTE, Act.ROLL_BACK, Act.AWAIT_PERSON)
    return next(
        (
            decision
            for decision in reversed(record.history)
            if decision.rollout == rollout.id
            and decision.act in acts
            and decision.verdict in DECISIVE
            and decision.by == "rollctl"
        ),
        None,
    )


def _quarantined_until(record: Record, rollout: Rollout, container: str) -> float | None:
    digests = {
        rollout.candidate.digests.get(container),
        judged_digest(rollout.candidate, container),
    }
    until = [entry.until for entry in record.quarantine if entry.digest in digests]
    return max(until, default=None)
