"""The tree of `rollctl status TYPE/NAME`.

Why: who looks at one workload wants all of it on one page: what runs, what was found, what
happens next, what is in the way.
Never here: fetching.
"""

from collections.abc import Iterable, Sequence

from analysis.verdict import ArmSummary, Finding
from controller.engine.arms import digests_of, pods_of
from controller.engine.images import pinned_images
from controller.engine.past import told
from controller.engine.record import Record, Rollout
from controller.engine.unproven import unproven
from controller.engine.workload import PodState, Revision
from controller.printable import printable
from controller.show.axis import draw
from controller.show.seen import Seen
from controller.show.sightings import measured
from controller.show.text import SHORT_DIGEST, age, change, clock, columns, image_list, limit

AXIS_WIDTH = 33
SHORT = len("sha256:") + SHORT_DIGEST


def tree(one: Seen, now: float) -> list[str]:
    """All lines."""
    lines = [*columns(_head(one, now)), "", *_branches(one, now)]
    return [*lines, *_metrics(one), *_ahead(one, now)]


def _head(one: Seen, now: float) -> list[tuple[str, str]]:
    key, rollout = one.workload.key, one.rollout
    rows = [("Name:", key.name), ("Namespace:", key.namespace), ("Status:", _status(one, now))]
    rows.append(("Images:", image_list(one.workload.images)))
    if rollout is not None:
        rows += _rollout_rows(one.record, rollout, now)
    if one.workload.paused and (rollout is None or rollout.held_since is None):
        rows.append(("Paused:", "by a person, who is left alone"))
    if one.record.pin is not None:
        pin = one.record.pin
        rows.append(
            (
                "Pinned:",
                f"at {image_list(pinned_images(pin.version))} by {pin.by}, {age(now - pin.at)} ago",
            )
        )
    rows += [
        ("Quarantine:", f"{entry.image} ({entry.digest[:19]}) until {clock(entry.until)}")
        for entry in one.record.quarantine
        if entry.until > now
    ]
    return [(name, printable(value)) for name, value in rows]


def _status(one: Seen, now: float) -> str:
    rollout = one.rollout
    verdict = f" ({one.verdict})" if one.verdict else ""
    since = rollout.ended_at or rollout.started_at if rollout else None
    return f"{one.phase}{verdict}" + (
        f", {age(now - since)} ago" if since and not one.flying else ""
    )


def _rollout_rows(record: Record, rollout: Rollout, now: float) -> list[tuple[str, str]]:
    proof = unproven(record, rollout) or (
        "found Healthy before" if rollout.proven else "pinned by a person"
    )
    rows = [
        (
            "Rollout:",
            f"{image_list(rollout.baseline.images)} -> {image_list(rollout.candidate.images)}",
        ),
        ("Policy:", rollout.policy),
        ("Started:", f"{clock(rollout.started_at)} UTC ({age(now - rollout.started_at)} ago)"),
        ("Returns to:", f"{image_list(rollout.target.images)} ({proof})"),
    ]
    if rollout.held_since is not None:
        rows.append(("Held:", f"by rollctl since {clock(rollout.held_since)} UTC"))
    return [*rows, ("History:", told(rollout.past)), ("Reason:", rollout.reason)]


def _branches(one: Seen, now: float) -> list[str]:
    """Revisions with their pods; revisions without pods are history and left out."""
    newest_first = sorted(one.workload.revisions, key=lambda revision: -revision.number)
    lines: list[str] = []
    for revision in newest_first:
        pods = [pod for pod in one.workload.pods if pod.revision == revision.name]
        lines += _branch(one, revision, pods, now) if pods else []
    return lines


def _branch(one: Seen, revision: Revision, pods: Sequence[PodState], now: float) -> list[str]:
    title = f"revision {revision.number}  {image_list(revision.images)}{_side(one, revision)}"
    rows = columns([(*_pod(pod, now), *_differing(pod, pods)) for pod in pods])
    signs = ["├──"] * (len(rows) - 1) + ["└──"]
    leaves = [f"│   {sign} {row}" for sign, row in zip(signs, rows, strict=True)]
    return [printable(f"├── {title}"), *leaves]


def _side(one: Seen, revision: Revision) -> str:
    rollout = one.rollout
    if rollout is None or not one.flying:
        return ""
    for name, version in (("candidate", rollout.candidate), ("baseline", rollout.baseline)):
        names = {pod.revision for pod in pods_of(one.workload, version)}
        if revision.name in names:
            return f" ({name})"
    return ""


def _pod(pod: PodState, now: float) -> tuple[str, ...]:
    state = "leaving" if pod.leaving else pod.waiting or ("ready" if pod.ready_at else "not ready")
    return (
        printable(pod.name),
        printable(state),
        f"restarts {pod.restarts}",
        age(now - pod.created_at),
    )


def _differing(pod: PodState, siblings: Sequence[PodState]) -> tuple[str, ...]:
    """The digests of a pod whose siblings run others."""
    torn = [name for name, digest in sorted(digests_of(siblings).items()) if not digest]
    return tuple(printable(f"{name} {pod.digests.get(name, '?')[:SHORT]}") for name in torn)


def _metrics(one: Seen) -> list[str]:
    if not one.findings:
        return []
    head = ("METRIC", "CANDIDATE", "BASELINE", "EFFECT", "INTERVAL", "TOLERANCE", "", "VERDICT")
    rows = [head, *(_metric(measured(finding)) for finding in one.findings)]
    reasons = [f"{printable(finding.reason)}" for finding in one.findings]
    at = one.report.at if one.report else 0.0
    return [f"└── metrics at {clock(at)} UTC", *_indented(columns(rows)), "", *_indented(reasons)]


def _metric(finding: Finding) -> tuple[str, ...]:
    tolerance = finding.question.tolerance
    span = f"{change(finding.low, tolerance)} .. {change(finding.high, tolerance)}"
    return (
        printable(finding.question.name),
        _value(finding.candidate),
        _value(finding.baseline),
        change(finding.effect, tolerance),
        span,
        f"{limit(tolerance)} {finding.question.worse.value}",
        draw(finding, AXIS_WIDTH),
        finding.verdict.value,
    )


def _value(arm: ArmSummary) -> str:
    return "?" if arm.value is None else f"{arm.value:.4g}"


def _ahead(one: Seen, now: float) -> list[str]:
    ahead = one.outlook(now)
    rows = [("Next:", ahead.next + _when(ahead.at, now))]
    rows += [("Blocked:", reason) for reason in ahead.blocked]
    rows += [("Trouble:", line) for line in one.trouble(now)]
    return ["", *columns([(name, printable(text)) for name, text in rows])]


def _when(at: float | None, now: float) -> str:
    """The service acts within seconds of the limit: where it has not, it is not there."""
    if at is None:
        return ""
    if at >= now:
        return f" (at the latest in {age(at - now)})"
    return f" (due {age(now - at)} ago; does `rollctl run` still run?)"


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
