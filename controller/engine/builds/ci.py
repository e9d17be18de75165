"""What a CI said of a digest by the artifacts that it attached to it.

Why: an artifact at the image needs no webhook, survives a restart and is seen by everybody.
Never here: asking a registry, verdicts that were posted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from controller.engine.builds.build import CiAnswer

ANNOTATION = "rollctl.dev/ci"


@dataclass(frozen=True, slots=True)
class Attached:
    """An artifact that refers to a digest."""

    artifact_type: str
    annotations: Mapping[str, str] = field(default_factory=dict)


def ci_answer(artifact_type: str, attached: Iterable[Attached]) -> CiAnswer | None:
    """The answer of the artifacts of this type, None where there is none that says something.
    One that was attached says passed, unless its annotation says failed; one failure is more
    than any number that passed."""
    answers = {_answer(one) for one in attached if one.artifact_type == artifact_type}
    if CiAnswer.FAILED in answers:
        return CiAnswer.FAILED
    return CiAnswer.PASSED if CiAnswer.PASSED in answers else None


def _answer(one: Attached) -> CiAnswer | None:
    said = one.annotations.get(ANNOTATION, CiAnswer.PASSED.value)
    return next((answer for answer in CiAnswer if answer.value == said), None)
