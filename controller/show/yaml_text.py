"""Documents as YAML that every reader takes.

Why: PyYAML measures a key before it escapes it, and so writes some that are longer than it reads.
Never here: what stands in a document. Imported where YAML was asked for, as it is slow to load.
"""

from typing import Any

import yaml

LONGEST_KEY = 100
"""A sign takes ten once it is escaped, and 1,024 may stand before a key's colon."""


class _Dumper(yaml.SafeDumper):
    def check_simple_key(self) -> bool:
        """Whether a key may stand on the line of its value; a longer one gets a line of its own."""
        key = getattr(self.event, "value", None) or ""
        return super().check_simple_key() and len(key) <= LONGEST_KEY


def yaml_text(content: dict[str, Any]) -> str:
    """The content, with escapes throughout where a sign is not seen."""
    text = _dumped(content, unescaped=True)
    return text if text.replace("\n", "").isprintable() else _dumped(content, unescaped=False)


def _dumped(content: dict[str, Any], *, unescaped: bool) -> str:
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=unescaped)
    return text.rstrip()
