"""Why a build must not be rolled out yet: what is known against it, and what is not known.

Why: every gate is asked, also after one has said no, so that a person sees all that is
missing.
Never here: which build is newer, what holds the whole workload.
"""

from collections.abc import Iterator
from math import inf, isinf

from controller.engine.builds.attestation import standing
from controller.engine.builds.build import Build, CiAnswer, Stock
from controller.engine.builds.objection import Cause, Objection
from policies.durations import format_duration
from policies.images.model import Gates, ImageRule


def gate_objections(rule: ImageRule, stock: Stock, build: Build) -> tuple[Objection, ...]:
    """Every reason against the build itself."""
    if not build.digest:
        return (Objection(Cause.UNKNOWN, "its digest is not known yet"),)
    return (
        *_quarantined(rule.gates, stock, build),
        *_turned_away(stock, build),
        *_ci(rule.gates, stock, build),
        *_verified(rule.gates, stock, build),
        *_age(rule.gates, stock, build),
    )


def _quarantined(gates: Gates, stock: Stock, build: Build) -> Iterator[Objection]:
    """By this workload's record, and by what any place of this environment, or of the one that
    must verify it, says."""
    for entry in stock.quarantine:
        if entry.digest in build.digests and entry.until > stock.now:
            yield _bar(entry.until, stock.now, entry.reason)
    for environment in sorted({stock.environment, gates.verified_in} - {None}, key=str):
        bad = standing(stock.attestations, build.digests, environment or "").quarantine(stock.now)
        if bad is not None and bad.quarantined_until is not None:
            reason = f"{bad.evidence or bad.verdict} ({environment}, {bad.place})"
            yield _bar(bad.quarantined_until, stock.now, reason)


def _bar(until: float, now: float, reason: str) -> Objection:
    length = "good" if isinf(until) else f"another {_rounded(until - now)}"
    return Objection(Cause.QUARANTINED, f"in quarantine for {length}: {reason}", until)


def _turned_away(stock: Stock, build: Build) -> Iterator[Objection]:
    for digest in sorted(build.digests & stock.turned_away.keys()):
        reason = f"{stock.turned_away[digest]}; only a person rolls it out again"
        yield Objection(Cause.TURNED_AWAY, reason)


def _ci(gates: Gates, stock: Stock, build: Build) -> Iterator[Objection]:
    if gates.ci_verdict is None:
        return
    answers = {stock.ci[digest] for digest in build.digests & stock.ci.keys()}
    if CiAnswer.FAILED in answers:
        yield Objection(Cause.CI_FAILED, "the CI says that it failed")
    elif CiAnswer.PASSED not in answers:
        yield Objection(Cause.CI_MISSING, f"no verdict of the CI yet ({gates.ci_verdict})")


def _verified(gates: Gates, stock: Stock, build: Build) -> Iterator[Objection]:
    environment = gates.verified_in
    if environment is None:
        return
    stands = standing(stock.attestations, build.digests, environment)
    if stands.regressed:
        places = ", ".join(one.place for one in stands.regressed)
        yield Objection(Cause.NOT_VERIFIED, f"Regressed in {environment} ({places})")
    elif not stands.verified:
        yield Objection(Cause.NOT_VERIFIED, f"not verified in {environment} yet")


def _age(gates: Gates, stock: Stock, build: Build) -> Iterator[Objection]:
    least = gates.minimum_age_seconds
    if not least:
        return
    if build.since is None:
        yield Objection(Cause.UNKNOWN, "its age is not known", inf)
    elif stock.now < build.since + least:
        until = build.since + least
        short = _rounded(until - stock.now)
        what = f"younger than the minimum age of {format_duration(least)} by {short}"
        yield Objection(Cause.TOO_YOUNG, what, until)


def _rounded(seconds: float) -> str:
    """Whole seconds below an hour, whole minutes above, never less than is left."""
    unit = 1 if seconds < 3_600 else 60
    return format_duration(-(-seconds // unit) * unit)
