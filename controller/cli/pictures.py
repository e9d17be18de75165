"""Makes the picture of a live rollout, and writes any picture where the person wants it.

Why: the looks are in the journal, what was asked of the metrics stands on the workload.
Never here: drawing.
"""

from pathlib import Path

from controller.adapters.trail import read_steps
from controller.cli.ending import EXIT_USAGE, fail, hand_over
from controller.show.aftermath import deciding
from controller.show.course import courses
from controller.show.plot import Picture, draw
from controller.show.seen import Seen
from controller.show.text import image_list

STDOUT = Path("-")


def journal_of(journal: str | None) -> str:
    """The journal that holds the looks; without one the command ends."""
    if journal is None:
        fail("--plot needs the --journal that `rollctl run` keeps: it holds the looks", EXIT_USAGE)
    if not Path(journal).is_file():
        fail(f"--journal {journal}: no such file", EXIT_USAGE)
    return journal


def picture_of(one: Seen, journal: str) -> Picture:
    """The picture of the last rollout. Raises JournalError."""
    rollout, report = one.rollout, one.current
    judgement = report.judgement if report else None
    if rollout is None or judgement is None:
        fail(f"--plot: nothing was compared on {one.target} yet")
    steps = read_steps(journal, one.workload.key, rollout.id)
    if not steps:
        fail(f"--plot: {journal} holds no look at this rollout of {one.target}")
    decision = deciding(one)
    old, new = image_list(rollout.baseline.images), image_list(rollout.candidate.images)
    return Picture(
        title=f"{one.target} in {one.workload.key.namespace}",
        versions=f"{old} → {new}",
        verdict=judgement.verdict,
        courses=courses([finding.question for finding in judgement.findings], steps),
        began_at=rollout.started_at,
        decided_at=decision.at if decision else None,
    )


def write_picture(file: Path, picture: Picture) -> None:
    """Draws it into the file, or onto stdout; what cannot be written ends the command."""
    if not picture.courses:
        fail("--plot: there is nothing to draw, no window was compared")
    drawn = draw(picture)
    if file == STDOUT:
        hand_over(drawn)
        return
    try:
        file.write_text(drawn, encoding="utf-8")
    except OSError as error:
        fail(f"--plot {file}: {error.strerror}")
