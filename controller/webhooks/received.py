"""A request as it came, and its JSON, within bounds.

Why: anybody may post anything; one place bounds it, so that readers of single forms need not.
Never here: which forms there are, whether the sender is who he says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

MOST_BODY_BYTES = 256 * 1024


class WebhookError(Exception):
    """A body that is not understood; the message says why, for the sender to read."""


@dataclass(frozen=True, slots=True)
class Received:
    """Headers, their names in lower case, and body."""

    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """The header of this name in lower case, "" when absent."""
        return self.headers.get(name, "")


def json_of(body: bytes) -> Any:
    """The JSON of a body. Raises WebhookError."""
    if len(body) > MOST_BODY_BYTES:
        raise WebhookError(f"{len(body)} bytes, at most {MOST_BODY_BYTES} are read")
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise WebhookError(f"the body is no JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise WebhookError("the body is no JSON: it is not UTF-8") from error
    except RecursionError as error:
        raise WebhookError("the body is nested too deep") from error
