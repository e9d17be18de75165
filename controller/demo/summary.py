"""What came of the demo, in sentences and one table of figures.

Why: the demo is only a proof if it says what was measured, what is assumed and what failed.
Never here: measuring.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.verdict import Verdict
from controller.demo.story import Outcome
from controller.demo.thresholds import RULES, Rule, acts_at
from controller.engine.record import Act, Phase


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """What did not go as it should; none when the bad was rolled back and the good kept."""
    bad, good = outcomes
    wrong: list[str] = []
    if (bad.rollout.phase, bad.rollout.verdict) != (Phase.ROLLED_BACK, Verdict.REGRESSED.value):
        wrong.append(f"the bad release was not rolled back: {_became(bad)}")
    if good.rollout.phase is not Phase.PROMOTED:
        wrong.append(f"the good release was not kept: {_became(good)}")
    return wrong


def ending(wrong: Sequence[str]) -> list[str]:
    """How it ended, in a line or two."""
    return [f"Not as it should be: {line}" for line in wrong] or ["Both went right."]


def _became(outcome: Outcome) -> str:
    rollout = outcome.rollout
    return f"{rollout.phase.value}, {rollout.verdict or 'no verdict'}: {rollout.reason}"


def summary(outcomes: Sequence[Outcome]) -> list[str]:
    """The whole summary, line by line."""
    bad, good = outcomes
    lines = ["", *(_verdict(outcome) for outcome in outcomes)]
    if good.rollout.verdict != Verdict.HEALTHY.value:
        lines.append("(kept since nothing spoke against it; Healthy could not be shown in time)")
    rolled_back_at = bad.at(Act.ROLL_BACK)
    return lines if rolled_back_at is None else [*lines, "", *_table(bad, rolled_back_at)]


def _verdict(outcome: Outcome) -> str:
    release, rollout = outcome.release, outcome.rollout
    decided = outcome.at(Act.ROLL_BACK) or outcome.at(Act.PROMOTE)
    after = f"{decided - outcome.ready_at:.1f} s" if decided else "never"
    return (
        f"{release.version}: {rollout.phase.value}, verdict {rollout.verdict}, decided {after}"
        f" after its first pod was ready\n    {rollout.reason}"
    )


def _table(bad: Outcome, rolled_back_at: float) -> list[str]:
    started = bad.ready_at
    until = rolled_back_at - started
    served = bad.own.served(0.0, rolled_back_at)
    gone = bad.own.served(0.0, float("inf"))
    head = f"Who would have acted when, after {bad.release.version}'s first pod was ready:"
    own = _row("rollctl", f"{until:.0f} s", f"{served.bad:.0f}")
    each_second = served.bad / until
    rules = [_rule_row(rule, bad, rolled_back_at, each_second) for rule in RULES]
    return [
        head,
        _row("", "ACTS AFTER", "BAD ANSWERS"),
        own,
        *rules,
        f"rollctl's row is counted ({gone.bad:.0f} when the last bad pod was gone).",
        "The others stand on the same samples, and past the rollback on the last ratio going on.",
    ]


def _rule_row(rule: Rule, bad: Outcome, rolled_back_at: float, each_second: float) -> str:
    counters = bad.all if rule.whole_service else bad.own
    started, recorded = bad.ready_at, rolled_back_at - bad.ready_at

    def ratio(start: float, end: float) -> float | None:
        return counters.served(started + start, min(started + end, rolled_back_at)).bad_ratio

    at = acts_at(rule, ratio, recorded)
    if at is None:
        peak = ratio(0.0, recorded) or 0.0
        return _row(rule.text, "never", f"{each_second:.0f} a second (at {100 * peak:.1f} %)")
    return _row(rule.text, f"{at:.0f} s", f"about {each_second * at:.0f}")


def _row(who: str, when: str, cost: str) -> str:
    return f"  {who:<66}{when:>10}  {cost}"


def hints(directory: Path) -> list[str]:
    """What to try next, such that it can be copied as it stands."""
    questions = ("status", "explain deployment/web", "history deployment/web")
    command = _command()
    asked = [f"  {command} {question} --local {directory}" for question in questions]
    drawn = f"{asked[1]} --plot rollout.svg --journal {directory}/journal.db"
    return ["Ask it yourself:", *asked, drawn]


def _command() -> str:
    """How rollctl is called from here: by its name, beside this Python, or as a module."""
    beside = Path(sys.executable).with_name("rollctl")
    if shutil.which("rollctl"):
        return "rollctl"
    return str(beside) if beside.exists() else f"{sys.executable} -m controller.cli"
