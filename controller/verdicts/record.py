"""The record of one verdict, as it is attached to an image: its fields and their spelling.

Why: another cluster, a CI and a person must be able to read what was found, and on what
evidence, without asking the controller that found it.
Never here: signatures, adding several records up, registries.
"""

from datetime import UTC, datetime
from math import inf
from typing import Annotated, Any

import msgspec

from analysis.verdict import Finding
from controller.engine.builds.attestation import Attestation
from controller.printable import printable
from policies.amounts import format_tolerance
from policies.images.repositories import is_digest

ARTIFACT_TYPE = "application/vnd.rollctl.verdict.v1+json"
API_VERSION = "rollctl/v1"
KIND = "Verdict"
MOST_BYTES = 64 * 1024
MOST_FIGURES = 50

_LONGEST_SENTENCE = 1_000
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
_Sentence = Annotated[str, msgspec.Meta(max_length=_LONGEST_SENTENCE)]


class VerdictError(Exception):
    """A text that is no verdict of rollctl; the message says where it breaks."""


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one metric showed. `effect` with its interval `low`..`high` is a relative change (0.5
    is 50 % more) or, where `tolerance` is in pp, a difference of ratios; None where nothing can
    be said. `baseline` and `candidate` are in the metric's own unit."""

    metric: _Name
    verdict: _Name
    tolerance: str = ""
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    candidate: float | None = None


class Signature(msgspec.Struct, frozen=True):
    """Who vouches for the record: the name of his key, never the key."""

    algorithm: _Name
    key: _Name
    value: _Name


class VerdictRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One place's verdict on one digest.

    `workload` is kind/namespace/name in `cluster`; `verdict` is Healthy, Regressed,
    Inconclusive, NoData or Withdrawn (a person takes the last one back: `by`). A quarantine holds
    until a moment, or for good. `evidence` is one sentence for people.
    """

    digest: str
    verdict: _Name
    environment: _Name
    cluster: _Name
    workload: _Name
    at: _Moment
    image: _Sentence = ""
    policy: _Sentence = ""
    by: _Sentence = ""
    evidence: _Sentence = ""
    quarantined_until: _Moment | None = None
    quarantined_for_good: bool = False
    figures: tuple[Figure, ...] = ()
    signature: Signature | None = None

    def attestation(self) -> Attestation:
        """What adds up with what others said."""
        until = self.quarantined_until
        held = inf if self.quarantined_for_good else until.timestamp() if until else None
        return Attestation(
            digest=self.digest,
            environment=self.environment,
            place=f"{self.cluster}/{self.workload}",
            verdict=self.verdict,
            at=self.at.timestamp(),
            quarantined_until=held,
            evidence=self.evidence,
        )


def moment(seconds: float) -> datetime:
    """Unix seconds as a moment, to the millisecond. Raises ValueError where there is no such
    year."""
    try:
        return datetime.fromtimestamp(round(seconds, 3), UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{seconds} is no time") from error


def figure(finding: Finding) -> Figure:
    """A finding in four digits a number."""
    return Figure(
        metric=finding.question.name,
        verdict=finding.verdict.value,
        tolerance=format_tolerance(finding.question.tolerance),
        effect=_rounded(finding.effect),
        low=_rounded(finding.low),
        high=_rounded(finding.high),
        baseline=_rounded(finding.baseline.value),
        candidate=_rounded(finding.candidate.value),
    )


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")


def write(record: VerdictRecord) -> bytes:
    """The record in its one spelling: keys sorted, no spaces, no defaults. Equal records are
    equal bytes, so attaching one twice leaves one."""
    told = {"apiVersion": API_VERSION, "kind": KIND, **msgspec.to_builtins(record)}
    return canonical(told)


def canonical(document: dict[str, Any]) -> bytes:
    """JSON in its one spelling."""
    return msgspec.json.encode(document, order="sorted")


def parse(body: bytes) -> dict[str, Any]:
    """The JSON of a record, with keys of newer versions. Raises VerdictError."""
    if len(body) > MOST_BYTES:
        raise VerdictError(f"a record of {len(body)} bytes, at most {MOST_BYTES} are read")
    try:
        told = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise VerdictError(f"a record is JSON: {printable(str(error))}") from error
    except UnicodeDecodeError as error:
        raise VerdictError("a record is UTF-8") from error
    except RecursionError as error:
        raise VerdictError("a record is not nested so deep") from error
    if not isinstance(told, dict) or told.get("kind") != KIND:
        raise VerdictError(f"a record says kind: {KIND}")
    return told


def read(body: bytes) -> VerdictRecord:
    """The record of these bytes. Keys of newer versions are passed over, figures that cannot be
    read left out; what a record cannot do without is refused. Raises VerdictError."""
    told = parse(body)
    figures = told.pop("figures", ())
    try:
        record = msgspec.convert(told, VerdictRecord)
    except msgspec.ValidationError as error:
        raise VerdictError(f"no record of rollctl: {error}") from error
    if not is_digest(record.digest):
        raise VerdictError("no record of rollctl: digest is none")
    return msgspec.structs.replace(record, **_shown(record), figures=_figures(figures))


def _figures(told: Any) -> tuple[Figure, ...]:
    read_: list[Figure] = []
    for one in told[:MOST_FIGURES] if isinstance(told, list) else ():
        try:
            read_.append(msgspec.convert(one, Figure))
        except msgspec.ValidationError:
            continue
    return tuple(read_)


def _shown(record: VerdictRecord) -> dict[str, str]:
    """Texts for people, without what would break a line or a terminal."""
    names = ("verdict", "environment", "cluster", "workload", "image", "policy", "by", "evidence")
    return {name: printable(getattr(record, name)) for name in names}
