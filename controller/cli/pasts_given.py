"""The past that `rollctl analyze --past FILE` names: of `rollctl calibrate -o json`, or learned
from a recording of a healthy stretch.

Why: what was recorded should be judged with what was known of the service, not only by the
assumption.
Never here: the learning, options.
"""

from pathlib import Path

import msgspec

from analysis.past import Past
from controller.adapters.recording import RecordingError, RecordingSource
from controller.cli.ending import EXIT_USAGE, fail
from controller.engine.past import brief_past
from controller.history import History
from policies.model import Policy


class _Item(msgspec.Struct):
    policy: str
    past: Past | None = None


class _Document(msgspec.Struct):
    items: list[_Item]


def past_given(file: Path, policy: Policy) -> Past:
    """What the file says of this policy's metrics; where it says nothing the command ends."""
    try:
        with file.open("rb") as content:
            beginning = content.read(1)
    except OSError as error:
        fail(f"--past {file}: {error.strerror}", EXIT_USAGE)
    return _written(file, policy) if beginning == b"{" else _recorded(file, policy)


def _written(file: Path, policy: Policy) -> Past:
    try:
        document = msgspec.json.decode(file.read_bytes(), type=_Document)
    except msgspec.DecodeError as error:
        fail(f"--past {file}: not what `rollctl calibrate -o json` prints: {error}", EXIT_USAGE)
    pasts = [one.past for one in document.items if one.past and one.policy == policy.name]
    if len(pasts) != 1:
        fail(f"--past {file}: {len(pasts)} pasts for the policy {policy.name}; there must be one")
    return brief_past(pasts[0])


def _recorded(file: Path, policy: Policy) -> Past:
    try:
        source = RecordingSource([file])
    except RecordingError as error:
        fail(f"--past {error}")
    start, end = source.span() or (0.0, 0.0)
    recalled = History(source, policy, None).recall(end, end - start)
    if recalled.past is None:
        fail(f"--past {file}: {recalled.why}")
    return recalled.past
