"""What is known of one repository: its builds, and what is attached to them.

Why: the choice must be a function of one picture that does not change while it is made.
Never here: how a registry is asked, the choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from controller.engine.builds.attestation import Attestation
from controller.engine.builds.build import Build, CiAnswer
from controller.engine.builds.ci import Attached


@dataclass(frozen=True, slots=True)
class Shelf:
    """One repository as it was last read; never changed, only replaced.

    `made` is when the images of digests that run were made, where they say so and no tag is
    among the builds for them. `attached` are, by digest, the artifacts that refer to it; `attestations` the verdicts that
    are believed; `posted` is what CIs said by webhook, by digest. `unread` says why the picture
    is old, "" while it is fresh: nothing is rolled out of an old picture.
    """

    builds: tuple[Build, ...] = ()
    attached: Mapping[str, tuple[Attached, ...]] = field(default_factory=dict)
    attestations: tuple[Attestation, ...] = ()
    posted: Mapping[str, CiAnswer] = field(default_factory=dict)
    made: Mapping[str, float] = field(default_factory=dict)
    unread: str = ""
