"""How much a record may hold, so that it always fits on its workload.

Why: a record that grew past what a platform takes would be refused, or lost at the next read,
and with it the hold and the quarantine it speaks of; the journal keeps the full text.
Never here: what is decided or told.
"""

from dataclasses import replace

from controller.engine.record import Decision, Quarantined, Record, Rollout

LONGEST_REASON = 600
LONGEST_EVIDENCE = 300
MOST_EVIDENCE = 12
MOST_QUARANTINED = 60


def brief(record: Record) -> Record:
    """The record with its texts cut; of the quarantine the entries that last longest stay."""
    longest_first = sorted(record.quarantine, key=lambda entry: -entry.until)
    kept = {entry.digest for entry in longest_first[:MOST_QUARANTINED]}
    pin = record.pin
    return replace(
        record,
        rollout=_rollout(record.rollout) if record.rollout else None,
        pin=replace(pin, reason=cut(pin.reason, LONGEST_REASON)) if pin else None,
        quarantine=tuple(_entry(e) for e in record.quarantine if e.digest in kept),
        history=tuple(_decision(decision) for decision in record.history),
    )


def cut(text: str, longest: int) -> str:
    """The text, or its beginning and a sign that there was more."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _rollout(rollout: Rollout) -> Rollout:
    return replace(rollout, reason=cut(rollout.reason, LONGEST_REASON))


def _entry(entry: Quarantined) -> Quarantined:
    return replace(entry, reason=cut(entry.reason, LONGEST_EVIDENCE))


def _decision(decision: Decision) -> Decision:
    evidence = tuple(cut(line, LONGEST_EVIDENCE) for line in decision.evidence[:MOST_EVIDENCE])
    return replace(decision, reason=cut(decision.reason, LONGEST_REASON), evidence=evidence)
