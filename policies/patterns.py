"""Regular expressions of users, in time linear in the text.

Why: a pattern is a user's, and the text is a tag of anybody who may push or a label of any pod;
one pair of them must not be able to stop the controller, and RE2, which is Prometheus' too, has
no pattern that can.
Never here: what is matched, and what a match is for.
"""

from typing import Any

import re2

MOST_MEMORY_BYTES = 1 << 20


class PatternError(ValueError):
    """No pattern; the message says why, in RE2's words."""


def on_tags(text: str) -> Any:
    """The pattern, ready to be searched for in a tag. Raises PatternError."""
    return _compiled(text, _options())


def on_labels(text: str) -> Any:
    """The pattern as Prometheus reads it on labels: a dot is any character. Raises
    PatternError."""
    options = _options()
    options.dot_nl = True
    return _compiled(text, options)


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MOST_MEMORY_BYTES
    return options


def _compiled(text: str, options: Any) -> Any:
    try:
        return re2.compile(text, options)
    except re2.error as error:
        raise PatternError(_words(error)) from error
    except UnicodeEncodeError as error:
        raise PatternError("it has half of a surrogate pair") from error


def _words(error: Exception) -> str:
    reason = error.args[0] if error.args else error
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
