"""Where the channel's tag should point.

Why: others follow the channel, so it is brought to what is known good until it is there,
however often a controller is restarted.
Never here: moving the tag.
"""

from controller.engine.builds.containers import judged_digest
from controller.engine.quarantine import active
from controller.engine.record import Record
from policies.images.model import ImageRule


def channel_digest(rule: ImageRule, record: Record, container: str, now: float) -> str:
    """The digest that the channel should have: the last found Healthy, "" where the rule has no
    channel, or nothing is known that is good and not in quarantine."""
    if rule.channel is None or record.good is None:
        return ""
    digests = {judged_digest(record.good, container), record.good.digests.get(container, "")}
    if any(entry.digest in digests for entry in active(record, now)):
        return ""
    if not rule.covers(container, record.good.images.get(container, "")):
        return ""
    return judged_digest(record.good, container)
