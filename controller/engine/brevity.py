"""How much a record may hold, so that it always fits on its workload.

Why: a record that grew past what a platform takes would be refused, or lost at the next read,
and with it the hold and the quarantine it speaks of; the journal keeps the full text.
Never here: what is decided or told.
"""

from dataclasses import replace

from controller.engine.record import Decision, Pin, Quarantined, Record, Rollout
from controller.printable import cut_bytes

LONGEST_REASON_BYTES = 600
LONGEST_EVIDENCE_BYTES = 300
LONGEST_PERSON_BYTES = 200
MOST_EVIDENCE = 12
MOST_QUARANTINED = 60


def brief(record: Record) -> Record:
    """The record with its texts cut; of the quarantine the entries that last longest stay."""
    longest_first = sorted(record.quarantine, key=lambda entry: -entry.until)
    kept = {entry.digest for entry in longest_first[:MOST_QUARANTINED]}
    return replace(
        record,
        rollout=_rollout(record.rollout) if record.rollout else None,
        pin=_pin(record.pin) if record.pin else None,
        quarantine=tuple(_entry(e) for e in record.quarantine if e.digest in kept),
        history=tuple(_decision(decision) for decision in record.history),
    )


def _rollout(rollout: Rollout) -> Rollout:
    return replace(rollout, reason=cut_bytes(rollout.reason, LONGEST_REASON_BYTES))


def _pin(pin: Pin) -> Pin:
    reason, by = (
        cut_bytes(pin.reason, LONGEST_REASON_BYTES),
        cut_bytes(pin.by, LONGEST_PERSON_BYTES),
    )
    return replace(pin, reason=reason, by=by)


def _entry(entry: Quarantined) -> Quarantined:
    return replace(entry, reason=cut_bytes(entry.reason, LONGEST_EVIDENCE_BYTES))


def _decision(decision: Decision) -> Decision:
    evidence = tuple(
        cut_bytes(line, LONGEST_EVIDENCE_BYTES) for line in decision.evidence[:MOST_EVIDENCE]
    )
    return replace(
        decision,
        reason=cut_bytes(decision.reason, LONGEST_REASON_BYTES),
        by=cut_bytes(decision.by, LONGEST_PERSON_BYTES),
        evidence=evidence,
    )
