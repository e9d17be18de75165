"""The sentences of `rollctl explain` and the rows of `rollctl history`.

Why: every act is explained by its evidence, in the order it happened.
Never here: layout of a table of workloads.
"""

from collections.abc import Iterable, Sequence

from controller.engine.record import Act, Decision
from controller.ports.journal import Entry
from controller.printable import printable
from controller.show.explanation import NOTHING_YET, explained
from controller.show.seen import Seen
from controller.show.text import cell, clock, columns, image_list
from controller.show.words import ended

SAID = {
    Act.ADOPT: "took note of a release that nobody watched",
    Act.UPDATE: "rolled out the next build",
    Act.BEGIN: "saw a new release",
    Act.ANALYZE: "began to compare, without holding anything",
    Act.LEARN: "learned from the service's past",
    Act.HOLD: "held the rollout",
    Act.PROMOTE: "let the release go to the end",
    Act.ROLL_BACK: "rolled the release back",
    Act.AWAIT_PERSON: "left it as it was and asked a person",
    Act.RELEASE: "let the rollout go, as ordered",
    Act.SUPERSEDE: "followed somebody else's newer change",
    Act.COMPLETE: "saw the end of it",
    Act.PIN: "pinned the workload",
    Act.UNPIN: "unpinned the workload",
}
HEAD = ("WHEN (UTC)", "NAMESPACE", "TARGET", "ACT", "VERDICT", "TO", "BY", "REASON")


def explain(one: Seen, now: float) -> list[str]:
    """Why it is as it is: a paragraph, the decisions on the last rollout, what comes."""
    rollout = one.rollout
    if rollout is None:
        return [printable(f"{one.target}: {NOTHING_YET}")]
    title = f"{one.target} in {one.workload.key.namespace}: {one.phase}{_verdict(one.verdict)}"
    lines = [title, "", *explained(one, now).lines()]
    for decision in decisions(one):
        lines += ["", *_told(decision)]
    lines += ["", *_now(one, now)]
    return [printable(line) for line in lines]


def decisions(one: Seen) -> list[Decision]:
    """What was decided about the last rollout, and about the workload itself, oldest first."""
    rollout = one.rollout
    about = ("",) if rollout is None else (rollout.id, "")
    return [decision for decision in one.record.history if decision.rollout in about]


def _verdict(verdict: str) -> str:
    return f" ({verdict})" if verdict else ""


def _told(decision: Decision) -> Iterable[str]:
    said = SAID.get(decision.act, decision.act.value)
    yield f"{clock(decision.at)} UTC  {decision.by} {said}{_verdict(decision.verdict)}."
    if decision.act is not Act.COMPLETE:
        yield ended(f"  Why: {decision.reason}")
    if decision.act is Act.ROLL_BACK:
        yield f"  From: {image_list(decision.from_images)}"
        yield f"  To:   {image_list(decision.to_images)}"
    if decision.act in (Act.ROLL_BACK, Act.PROMOTE, Act.AWAIT_PERSON):
        yield from (ended(f"  Evidence: {sentence}") for sentence in decision.evidence)


def _now(one: Seen, now: float) -> Iterable[str]:
    yield "Now:"
    if one.flying:
        yield from (ended(f"  {finding.reason}") for finding in one.findings)
    ahead = one.outlook(now)
    yield ended(f"  Next: {ahead.next}")
    yield from (ended(f"  Blocked: {reason}") for reason in ahead.blocked)
    yield from (ended(f"  Trouble: {line}") for line in one.trouble(now))


def entries_of(all_seen: Iterable[Seen]) -> list[Entry]:
    """All decisions on record, newest first."""
    found = [Entry(s.workload.key, d, True) for s in all_seen for d in s.record.history[::-1]]
    return sorted(found, key=lambda entry: -entry.decision.at)


def history(entries: Sequence[Entry], *, head: bool) -> list[str]:
    """One line a decision."""
    rows = [tuple(map(cell, _row(entry))) for entry in entries]
    return columns([*([HEAD] if head else []), *rows])


def _row(entry: Entry) -> tuple[str, ...]:
    key, decision = entry.key, entry.decision
    act = decision.act.value if entry.applied else f"{decision.act.value} (dry run)"
    return (
        clock(decision.at),
        key.namespace,
        f"{key.kind.lower()}/{key.name}",
        act,
        decision.verdict,
        image_list(decision.to_images),
        decision.by,
        decision.reason,
    )
