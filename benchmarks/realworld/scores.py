"""Answers counted, as rates with intervals that know that cases of one group hang together.

Why: ten cases of one run are not ten witnesses; an interval that takes them for ten is too short.
Never here: rules, files, tables.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from benchmarks.realworld.corpus import Trial, Truth
from benchmarks.realworld.interface import Answer, Rule

ERROR = 0.05


@dataclass(frozen=True)
class Outcome:
    """What a rule said of one trial."""

    truth: Truth
    answer: Answer


@dataclass(frozen=True)
class Rate:
    """`hits` of `cases`, with a two-sided 95 % interval."""

    hits: int
    cases: int
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One line of a table: how often the rule gave the right-or-wrong `answer` in question on the
    trials of one kind, and how often it gave each answer."""

    rule: str
    trials: str
    answer: Answer
    rate: Rate
    answers: dict[Answer, int]


def outcomes(rule: Rule, trials: Iterable[Trial]) -> tuple[Outcome, ...]:
    """The rule is shown the releases only."""
    return tuple(Outcome(trial.truth, rule.decide(trial.release)) for trial in trials)


def of_releases(rule: str, told: Sequence[Outcome]) -> tuple[Row, ...]:
    """The four questions at the level of whole releases."""
    seen = [one for one in told if one.truth.recorded]
    faulty = [one for one in seen if one.truth.faulty]
    return (
        row(rule, "healthy", Answer.ROLLBACK, [one for one in seen if not one.truth.faulty]),
        row(rule, "faulty, recorded", Answer.ROLLBACK, faulty),
        row(rule, "faulty, harm visible", Answer.ROLLBACK, [f for f in faulty if f.truth.visible]),
        row(rule, "nothing recorded", Answer.NO_DATA, [o for o in told if not o.truth.recorded]),
    )


def of_cases(rule: str, told: Sequence[Outcome]) -> tuple[Row, ...]:
    """Each source by itself, healthy before faulty."""
    kinds = sorted({(one.truth.source, one.truth.faulty) for one in told})
    return tuple(
        row(
            rule,
            f"{source}, {'faulty' if faulty else 'healthy'}",
            Answer.ROLLBACK,
            [one for one in told if (one.truth.source, one.truth.faulty) == (source, faulty)],
        )
        for source, faulty in kinds
    )


def row(rule: str, trials: str, answer: Answer, told: Sequence[Outcome]) -> Row:
    """One line of a table."""
    hits = [(one.truth.group, one.answer is answer) for one in told]
    return Row(rule, trials, answer, rate(hits), dict(Counter(one.answer for one in told)))


def rate(hits: Sequence[tuple[str, bool]]) -> Rate:
    """The share of hits among (group, hit) pairs, with Korn and Graubard's interval: Clopper and
    Pearson's on as many independent cases as the spread between groups leaves of them
    (E. Korn, B. Graubard, Survey Methodology 24, 1998, 193-201)."""
    found = sum(hit for _, hit in hits)
    independent = effective_cases(hits)
    if not hits:
        return Rate(0, 0, 0.0, 1.0)
    share = found / len(hits)
    low, high = clopper_pearson(share * independent, independent)
    return Rate(found, len(hits), low, high)


def effective_cases(hits: Sequence[tuple[str, bool]]) -> float:
    """How many independent cases tell as much: between one a group and all of them. Where all are
    alike nothing is seen of the spread, and a group counts once."""
    names = sorted({group for group, _ in hits})
    sizes = np.array([sum(group == name for group, _ in hits) for name in names], dtype=np.float64)
    found = np.array([sum(hit for group, hit in hits if group == name) for name in names])
    total, groups = float(sizes.sum()), len(names)
    share = float(found.sum()) / total if total else 0.0
    if groups < 2 or share in {0.0, 1.0}:
        return float(groups)
    variance = groups / (groups - 1) * float(((found - share * sizes) ** 2).sum()) / total**2
    alone = share * (1.0 - share)
    return float(np.clip(alone / variance if variance else total, groups, total))


def clopper_pearson(hits: float, cases: float) -> tuple[float, float]:
    """The exact two-sided 95 % interval of a share; neither number need be whole."""
    low = stats.beta.ppf(ERROR / 2.0, hits, cases - hits + 1.0) if hits > 0 else 0.0
    high = stats.beta.ppf(1.0 - ERROR / 2.0, hits + 1.0, cases - hits) if hits < cases else 1.0
    return float(low), float(high)
