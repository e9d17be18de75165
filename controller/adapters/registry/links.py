"""Finds the next page in the header Link (RFC 8288).

Why: registries give it as a path, an address or relative to the page, quoted or not.
Never here: requests; whether the next page may be asked at all.
"""

import re

_LINK = re.compile(r"<(?P<target>[^<>]{1,4096})>(?P<parameters>[^<]*)")
_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"[^\"]*\bnext\b[^\"]*\"|next\b)", re.IGNORECASE)


def next_link(header: str) -> str:
    """The target whose relation is `next`, as the header writes it; "" when there is none."""
    for matched in _LINK.finditer(header[:16_384]):
        if _NEXT.search(matched["parameters"]):
            return matched["target"]
    return ""
