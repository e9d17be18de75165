"""The engine's one door: from what was seen to what should happen next.

Why: which rules apply in which phase, and in which order, is this one table.
Never here: the rules themselves.
"""

from collections.abc import Mapping
from dataclasses import replace

from controller.engine import acts, rules
from controller.engine.change import Change
from controller.engine.frozen import held_back
from controller.engine.phases import in_flight
from controller.engine.record import Act, Phase
from controller.engine.rules import Rule
from controller.engine.sight import Sight

RULES: Mapping[Phase | None, tuple[Rule, ...]] = {
    None: (rules.see_rollout, rules.roll_out_next),
    Phase.PROGRESSING: (
        rules.follow_newer,
        rules.keep_pin,
        rules.refuse_quarantined,
        rules.refuse_failed_start,
        rules.take_past,
        rules.act_on_verdict,
        rules.hold_share,
    ),
    Phase.ANALYZING: (
        rules.follow_newer,
        rules.take_resume,
        rules.keep_pin,
        rules.refuse_quarantined,
        rules.refuse_failed_start,
        rules.take_past,
        rules.act_on_verdict,
        rules.end_at_limit,
    ),
    Phase.HOLDING: (
        rules.follow_newer,
        rules.take_resume,
        rules.keep_pin,
        rules.refuse_quarantined,
        rules.refuse_failed_start,
        rules.act_on_late_verdict,
    ),
    Phase.PROMOTING: (rules.follow_newer, rules.finish_promotion),
    Phase.ROLLING_BACK: (rules.follow_newer_after_rollback, rules.finish_rollback),
}


def advance(sight: Sight) -> Change | None:
    """The one change that is due now, None while there is none, or a freeze window of the policy holds it
    back. Pure."""
    policy, rollout = sight.policy, sight.record.rollout
    if policy is None:
        return _let_go(sight)
    phase = rollout.phase if rollout is not None and in_flight(rollout) else None
    changes = (rule(sight, policy) for rule in RULES[phase])
    due = next((change for change in changes if change is not None), None)
    return None if due is None or held_back(sight, due) else due


def _let_go(sight: Sight) -> Change | None:
    """A workload that no policy governs any more is left as it is, and never held."""
    rollout = sight.record.rollout
    if rollout is None or not in_flight(rollout):
        return None
    reason = f"policy {rollout.policy} no longer governs this workload"
    unproven = replace(sight, judgement=None)
    return acts.end(unproven, Phase.SUPERSEDED, Act.RELEASE, reason)
