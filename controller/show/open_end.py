"""What could have been shown of an open metric by now, and what would settle it.

Why: "inconclusive" alone leaves the reader helpless.
Never here: the law of how intervals shrink.
"""

from collections.abc import Iterable

from analysis.question import Design, Direction
from analysis.verdict import Finding
from controller.show.circumstances import Circumstances
from controller.show.remedy import Remedy, remedy, spread_of
from controller.show.words import counted, duration, figure, size

LONGEST_ADVICE_SECONDS = 7 * 86_400.0


def open_sentences(finding: Finding, under: Circumstances) -> Iterable[str]:
    """What would have been noticed, then what would help."""
    if finding.shown is not None and finding.shown > 0:
        noun = "An increase" if finding.question.worse is Direction.HIGHER else "A decrease"
        least = size(finding.shown, finding.question.tolerance)
        yield f"{noun} of {least} or more would have shown by now."
    if under.design is Design.BEFORE_AFTER:
        yield "Only both versions side by side (`hold` in the policy) could show less than that."
        return
    yield from _assumed(finding)
    found = remedy(finding, under.seconds)
    if found is not None:
        yield f"{_helps(found, finding, under)}."


def _assumed(finding: Finding) -> Iterable[str]:
    """Where nothing is known of the service's past, an assumption makes the interval wide."""
    spread = spread_of(finding)
    if spread is not None and not finding.pods_seen:
        yield (
            "How much healthy pods of this service differ is not known from its past and is taken"
            f" as {figure(100 * spread)} %, which makes the range wide; `rollctl calibrate` shows"
            " what its past says."
        )


def _helps(found: Remedy, finding: Finding, under: Circumstances) -> str:
    ways = [*_time(found, finding, under), *_pods(found)]
    if not ways:
        return (
            "What was seen lies so near to what is tolerated that neither more time nor a few more"
            " pods would tell them apart"
        )
    shown = "that it is worse" if found.toward_harm else "that it is not worse than tolerated"
    alone = (
        "; more time alone would not, as pods of one version differ too"
        if found.seconds is None
        else ""
    )
    told = f"{ways[0]}, or {ways[1]}," if ways[1:] else ways[0]
    return f"If it stays as it is, {told} would show {shown}{alone}"


def _time(found: Remedy, finding: Finding, under: Circumstances) -> Iterable[str]:
    if found.seconds is not None and found.seconds <= LONGEST_ADVICE_SECONDS:
        # A rollback asks for more than the interval that the law is about.
        least = "at least" if found.toward_harm else "about"
        alike = " should pods of one version be alike" if spread_of(finding) is None else ""
        waited = _as_waited(found.seconds, under)
        yield f"{least} {_more(found.seconds)} at this traffic{alike}{waited}"


def _pods(found: Remedy) -> Iterable[str]:
    if found.pods is not None:
        least = "at least " if found.toward_harm else ""
        yield f"{least}{counted(found.pods, 'more pod')} on each side"


def _more(seconds: float) -> str:
    number, _, unit = duration(max(seconds, 1.0)).partition(" ")
    return f"{number} more {unit}"


def _as_waited(seconds: float, under: Circumstances) -> str:
    """Whether the policy waits that long."""
    left = under.seconds_left
    if left is None or left >= seconds:
        return ""
    return f" (the policy waits only {_more(left)})"
