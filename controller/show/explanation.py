"""Why a workload is as it is: one paragraph, and the same figures for programs.

Why: the text and the JSON of an explanation must never say different things.
Never here: the sentences about findings, fetching.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from analysis.verdict import Finding, Judgement, Verdict
from controller.engine.past import told
from controller.engine.record import Act, Decision, Rollout
from controller.printable import printable
from controller.show.aftermath import aftermath, deciding
from controller.show.circumstances import Circumstances
from controller.show.paragraph import others, paragraph, queries
from controller.show.remedy import remedy
from controller.show.seen import Seen
from controller.show.text import image_list, wrapped
from controller.show.words import ended
from policies.amounts import unit_of

_UNITS = {"%": "relative", "pp": "points", "%/h": "share an hour"}
NOTHING_YET = "rollctl has decided nothing about it yet."


@dataclass(frozen=True, slots=True)
class Explanation:
    """The paragraph, with what it was made of: no judgement where no figures are known."""

    paragraph: str
    judgement: Judgement | None
    circumstances: Circumstances | None

    def lines(self) -> list[str]:
        """The paragraph as lines, with the queries under it that it speaks of."""
        asked: list[str] = []
        if self.judgement is not None and self.circumstances is not None:
            asked = queries(self.judgement, self.circumstances)
        return [*wrapped(self.paragraph), *(f"  {printable(query)}" for query in asked)]


def explained(one: Seen, now: float) -> Explanation:
    """The explanation of the last rollout."""
    rollout = one.rollout
    if rollout is None:
        return Explanation(NOTHING_YET, None, None)
    judgement = one.current.judgement if one.current else None
    decision = deciding(one)
    under = circumstances(one, rollout, decision, now)
    if judgement is not None and _follows(decision, judgement):
        return explanation(judgement, under)
    words = " ".join(_without_metrics(rollout, decision, judgement, under))
    return Explanation(printable(words), judgement, under)


def explanation(judgement: Judgement, under: Circumstances) -> Explanation:
    """The explanation of what followed from metrics."""
    return Explanation(printable(paragraph(judgement, under)), judgement, under)


def circumstances(
    one: Seen, rollout: Rollout, decision: Decision | None, now: float
) -> Circumstances:
    """Under which the findings of a live rollout were made."""
    report = one.current
    looked_at = [now, *([report.at] if report else [])]
    if decision is not None and decision.act is not Act.AWAIT_PERSON:
        looked_at.append(decision.at)
    waits = decision is None and one.flying and rollout.limit_at is not None
    return Circumstances(
        new=image_list(rollout.candidate.images),
        old=image_list(rollout.baseline.images),
        seconds=max(0.0, min(looked_at) - rollout.started_at),
        design=rollout.design,
        done=tuple(aftermath(one)),
        seconds_left=max(0.0, (rollout.limit_at or 0.0) - now) if waits else None,
        queries=report.queries if report else {},
        past=told(rollout.past) if rollout.past else "",
    )


def _follows(decision: Decision | None, judgement: Judgement) -> bool:
    """Whether what was done followed from these metrics: not so after an order, a pin, a
    quarantine, or pods that never started. What waits for data is compared on."""
    if decision is None or decision.verdict == judgement.verdict.value:
        return True
    return decision.act is Act.AWAIT_PERSON and decision.verdict == Verdict.NO_DATA.value


def _without_metrics(
    rollout: Rollout, decision: Decision | None, judgement: Judgement | None, under: Circumstances
) -> Iterable[str]:
    if decision is None:
        yield f"Of the new version ({under.new}) nothing was measured yet."
    elif judgement is None and decision.evidence:
        yield (
            f"The figures about the new version ({under.new}) are no longer on the workload; what"
            " was noted of them stands below as evidence."
        )
    elif decision.act is not Act.RELEASE:
        yield ended(
            f"No comparison of metrics decided about the new version ({under.new}), but this:"
            f" {rollout.reason}"
        )
    if judgement is not None:
        yield from others(judgement, ())
    yield from under.done


def figures(found: Explanation) -> dict[str, Any]:
    """The explanation for programs: every figure that the paragraph may tell."""
    under, judgement = found.circumstances, found.judgement
    if under is None:
        return {"paragraph": found.paragraph}
    return {
        "paragraph": found.paragraph,
        "verdict": judgement.verdict.value if judgement else "",
        "new": under.new,
        "old": under.old,
        "comparedSeconds": under.seconds,
        "design": under.design.value,
        "metrics": [
            metric(finding, under) for finding in (judgement.findings if judgement else ())
        ],
    }


def metric(finding: Finding, under: Circumstances) -> dict[str, Any]:
    """One finding with its figures, on the tolerance's scale."""
    question = finding.question
    return {
        "name": question.name,
        "kind": question.kind.value,
        "verdict": finding.verdict.value,
        "worse": question.worse.value,
        "unit": _UNITS[unit_of(question.tolerance)],
        "effect": finding.effect,
        "low": finding.low,
        "high": finding.high,
        "tolerance": question.tolerance.amount,
        "shown": finding.shown,
        "oneIn": finding.one_in,
        "podSpread": finding.pod_spread,
        "candidate": msgspec.to_builtins(finding.candidate),
        "baseline": msgspec.to_builtins(finding.baseline),
        "remedy": _remedy(finding, under),
        "queries": list(under.queries.get(question.name, ())),
        "reason": finding.reason,
    }


def _remedy(finding: Finding, under: Circumstances) -> dict[str, Any] | None:
    if finding.verdict is not Verdict.INCONCLUSIVE:
        return None
    found = remedy(finding, under.seconds)
    if found is None:
        return None
    return {"moreSeconds": found.seconds, "morePodsEachSide": found.pods}
