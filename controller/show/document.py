"""The stable document of -o json and -o yaml.

Why: other programs read it, so its names change only with its version.
Never here: layout for people.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from controller.show.explanation import explained, figures
from controller.show.seen import Seen
from controller.show.story import decisions

API_VERSION = "rollctl/v1"


def document(one: Seen) -> dict[str, Any]:
    """One workload."""
    key = one.workload.key
    return {
        "apiVersion": API_VERSION,
        "kind": "Status",
        "namespace": key.namespace,
        "target": one.target,
        "images": dict(one.workload.images),
        "phase": one.phase,
        "verdict": one.verdict,
        "paused": one.workload.paused,
        "record": msgspec.to_builtins(one.record),
        "report": msgspec.to_builtins(one.report),
    }


def explanation_document(one: Seen, now: float) -> dict[str, Any]:
    """Why one workload is as it is."""
    key = one.workload.key
    return {
        "apiVersion": API_VERSION,
        "kind": "Explanation",
        "namespace": key.namespace,
        "target": one.target,
        "phase": one.phase,
        "explanation": figures(explained(one, now)),
        "decisions": msgspec.to_builtins(decisions(one)),
    }


def documents(all_seen: Sequence[Seen]) -> dict[str, Any]:
    """All workloads."""
    items = [document(one) for one in all_seen]
    return {"apiVersion": API_VERSION, "kind": "StatusList", "items": items}


def as_json(content: dict[str, Any]) -> str:
    """Indented JSON; signs that are not seen are spelled as escapes."""
    return _seen(msgspec.json.format(msgspec.json.encode(content), indent=2))


def as_json_line(content: dict[str, Any]) -> str:
    """The same in one line."""
    return _seen(msgspec.json.encode(content))


def _seen(body: bytes) -> str:
    signs = body.decode()
    return "".join(sign if sign.isprintable() or sign == "\n" else _escaped(sign) for sign in signs)


def _escaped(sign: str) -> str:
    pair = sign.encode("utf-16-be").hex()
    return "".join(f"\\u{pair[start : start + 4]}" for start in range(0, len(pair), 4))


def as_yaml(content: dict[str, Any]) -> str:
    """The same as YAML."""
    from controller.show.yaml_text import yaml_text

    return yaml_text(content)
