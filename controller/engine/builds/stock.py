"""What one choice looks at, put together from a repository and a workload.

Why: the choice is made of plain values, and only here is known where each comes from.
Never here: the choice.
"""

from collections.abc import Mapping

from controller.engine.builds.build import CiAnswer, Running, Stock
from controller.engine.builds.ci import ci_answer
from controller.engine.builds.containers import running_in
from controller.engine.builds.held import turned_away
from controller.engine.builds.shelf import Shelf
from controller.engine.sight import Sight
from policies.images.model import WEBHOOK, ImageRule
from policies.model import Policy


def stock_of(rule: ImageRule, shelf: Shelf, sight: Sight, policy: Policy, container: str) -> Stock:
    """All that the choice for one container may look at."""
    record = sight.record
    return Stock(
        builds=shelf.builds,
        running=_running(shelf, sight, container),
        now=sight.now,
        environment=policy.environment,
        quarantine=record.quarantine,
        turned_away=turned_away(rule.choice, record),
        ci=_answers(rule.gates.ci_verdict, shelf),
        attestations=shelf.attestations,
    )


def _running(shelf: Shelf, sight: Sight, container: str) -> Running:
    """What runs, with the time that it was made at, where the registry told."""
    running = running_in(sight.workload, container)
    made = shelf.made.get(running.digest)
    same = (one.created_at for one in shelf.builds if running.digest in one.digests)
    return Running(running.reference, running.digest, next(same, made))


def _answers(wanted: str | None, shelf: Shelf) -> Mapping[str, CiAnswer]:
    if wanted is None or wanted == WEBHOOK:
        return shelf.posted
    told = {digest: ci_answer(wanted, artifacts) for digest, artifacts in shelf.attached.items()}
    return {digest: answer for digest, answer in told.items() if answer is not None}
