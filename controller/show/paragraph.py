"""One paragraph about a release, for somebody with no statistics at three in the morning.

Why: who is woken wants to know what was compared, what was seen, how sure that is, what was
done, and what would have changed it, in this order and nothing else.
Never here: names of tests, the computing of any figure.
"""

from collections.abc import Iterable, Sequence

from analysis.question import Design
from analysis.verdict import Finding, Judgement, Verdict
from controller.show import sightings
from controller.show.circumstances import Circumstances
from controller.show.open_end import open_sentences
from controller.show.words import (
    between,
    counted,
    duration,
    ended,
    figure,
    listed,
    odds,
    signed,
    size,
    tolerated,
)

MOST_TOLD = 3
"""Of so many metrics the figures are told; a fourth would not be read."""


def paragraph(judgement: Judgement, under: Circumstances) -> str:
    """The paragraph for any verdict."""
    if not _of(judgement, judgement.verdict):
        return " ".join(_without_figures(judgement, under))
    told = {
        Verdict.REGRESSED: _regressed,
        Verdict.HEALTHY: _healthy,
        Verdict.INCONCLUSIVE: _inconclusive,
        Verdict.NO_DATA: _no_data,
    }[judgement.verdict]
    return " ".join(told(judgement, under))


def _without_figures(judgement: Judgement, under: Circumstances) -> Iterable[str]:
    yield (
        f"The verdict on the new version ({under.new}) is {judgement.verdict.value}, but no metric"
        " with figures stands behind it."
    )
    yield from under.done


def _regressed(judgement: Judgement, under: Circumstances) -> Iterable[str]:
    worse = _of(judgement, Verdict.REGRESSED)
    yield f"The new version ({under.new}) is worse than the old one ({under.old})."
    yield _compared(worse, under)
    for finding in worse[:MOST_TOLD]:
        yield f"{sightings.seen(finding)}: {_range(finding)}; {_limit(finding)}."
        yield from _chance(finding)
    yield from under.done
    yield from _had_passed(worse[0])
    yield from others(judgement, worse)


def _chance(finding: Finding) -> Iterable[str]:
    if finding.one_in is None:
        return
    yield (
        "A version that is no worse than tolerated looks this bad at most once in"
        f" {odds(finding.one_in)} such comparisons{_granted(finding)}."
    )


def _granted(finding: Finding) -> str:
    """What the odds rest on; that pods stand out as a group rests on nothing."""
    if finding.method == "permutation":
        return ", however much pods of one version differ"
    if finding.pod_spread is None:
        return ""
    return f", even if pods of one version differ by {figure(100 * finding.pod_spread)} %"


def _had_passed(finding: Finding) -> Iterable[str]:
    """What would have let it pass: a tolerance too, where the interval says which."""
    least = sightings.least_harm(finding)
    tolerance = finding.question.tolerance
    granted = ""
    if least is not None and least > tolerance.amount:
        granted = f" if {size(least, tolerance)} or more were tolerated, or"
    yield (f"It would have passed{granted} if the new pods had done about as well as the old ones.")


def _healthy(judgement: Judgement, under: Circumstances) -> Iterable[str]:
    yield (
        f"The new version ({under.new}) is not worse than the old one ({under.old})"
        " by more than the policy tolerates."
    )
    nearest = sorted(_of(judgement, Verdict.HEALTHY), key=sightings.used_up, reverse=True)
    yield _compared(nearest, under)
    for finding in nearest[:MOST_TOLD]:
        yield f"{sightings.seen(finding)}: {_worst(finding)}; {_limit(finding)}."
    yield from others(judgement, nearest[:MOST_TOLD])
    yield from under.done
    yield from _had_stayed_open(nearest[0])


def _worst(finding: Finding) -> str:
    worst = sightings.worst_effect(finding)
    if worst is None:
        return "nothing speaks of harm"
    name = finding.question.name
    sign = signed(worst, finding.question.tolerance)
    if sightings.as_harm(finding.question, worst) <= 0:
        return f"even in the worst case the data leave open, {name} did not get worse ({sign})"
    verb = "rose" if worst > 0 else "fell"
    return f"even in the worst case the data leave open, {name} {verb} by at most {sign}"


def _had_stayed_open(finding: Finding) -> Iterable[str]:
    worst = sightings.worst_effect(finding)
    if worst is None:
        return
    harm = sightings.as_harm(finding.question, worst)
    if harm > 0:
        amount = size(harm, finding.question.tolerance)
        yield f"Were only {amount} tolerated, or less, this would still be open."


def _inconclusive(judgement: Judgement, under: Circumstances) -> Iterable[str]:
    still_open = _of(judgement, Verdict.INCONCLUSIVE)
    yield (
        f"It is not known whether the new version ({under.new}) is worse than the old one"
        f" ({under.old}): too little was seen to tell."
    )
    yield _compared(still_open, under)
    for finding in still_open[:MOST_TOLD]:
        yield f"{sightings.seen(finding)}: {_range(finding)}; {_limit(finding)}."
        yield from open_sentences(finding, under)
    yield from others(judgement, still_open)
    yield from under.done


def _no_data(judgement: Judgement, under: Circumstances) -> Iterable[str]:
    silent = _of(judgement, Verdict.NO_DATA)
    names = listed([finding.question.name for finding in silent])
    yield (
        f"Nothing can be said of the new version ({under.new}): there are no usable data for"
        f" {names}. That is neither good nor bad news of the release, so nothing is rolled back"
        " for it."
    )
    for finding in silent[:MOST_TOLD]:
        yield ended(f"Missing: {finding.reason}")
    yield f"That is how it stood {duration(under.seconds)} after the comparison began."
    if queries(judgement, under):
        yield "The queries below show what is there."
    yield from others(judgement, silent)
    yield from under.done


def queries(judgement: Judgement, under: Circumstances) -> list[str]:
    """What to ask a Prometheus by hand about the metrics without data."""
    silent = _of(judgement, Verdict.NO_DATA)
    return [query for finding in silent for query in under.queries.get(finding.question.name, ())]


def _compared(findings: Sequence[Finding], under: Circumstances) -> str:
    """Who was compared with whom, on how much, for how long."""
    new = max(finding.candidate.pods for finding in findings)
    old = max(finding.baseline.pods for finding in findings)
    most = max(findings, key=lambda finding: finding.candidate.exposure)
    first = f"{counted(new, 'new pod')}{sightings.volume(most, most.candidate)}"
    second = f"{counted(old, 'old pod')}{sightings.volume(most, most.baseline)}"
    if under.design is Design.BEFORE_AFTER:
        return (
            f"For {duration(under.seconds)} {first} were compared with what {second} did before"
            f" the rollout, at another time of day."
        )
    known = f" From its past it is known: {under.past}." if under.past else ""
    return f"For {duration(under.seconds)} {first} ran beside {second}.{known}"


def _range(finding: Finding) -> str:
    return between(finding.question, finding.low, finding.high)


def _limit(finding: Finding) -> str:
    return f"the policy tolerates {tolerated(finding.question)}"


def others(judgement: Judgement, told: Sequence[Finding]) -> Iterable[str]:
    """The metrics whose figures were not told, by what is known of them."""
    said = {
        Verdict.REGRESSED: "also worse",
        Verdict.HEALTHY: "within what is tolerated",
        Verdict.INCONCLUSIVE: "still open",
        Verdict.NO_DATA: "without data",
    }
    names = {finding.question.name for finding in told[:MOST_TOLD]}
    for verdict, words in said.items():
        left = [f.question.name for f in _of(judgement, verdict) if f.question.name not in names]
        if left:
            yield f"{words[0].upper()}{words[1:]}: {_shortened(left)}."


def _shortened(names: Sequence[str]) -> str:
    if len(names) <= 2 * MOST_TOLD:
        return listed(names)
    return f"{', '.join(names[:MOST_TOLD])} and {len(names) - MOST_TOLD} others"


def _of(judgement: Judgement, verdict: Verdict) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.verdict is verdict]
