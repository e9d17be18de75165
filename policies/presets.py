"""Ready-made metrics, put in place of `preset`.

Why: most services export the same few names; a policy for one of them is ten lines.
Never here: reading files (load hands the trees in), the meaning of a metric.
"""

from collections.abc import Mapping as AbstractMapping
from dataclasses import replace

from policies import grammar
from policies.checks import KIND_FIELDS
from policies.nodes import Items, Mapping, Node, Scalar, relocated

_INPUTS = frozenset(known.key for known in KIND_FIELDS)
_NAME = grammar.METRIC_NAME.key
_METRICS = grammar.METRICS.key


def expand(document: Node, presets: AbstractMapping[str, Items]) -> Node:
    """The document with the metrics of its preset written out, at the place of the preset's
    name; unchanged where there is none, or where it cannot be understood (the reader says
    why)."""
    spec = document.get(grammar.SPEC.key) if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(spec, Mapping):
        return document
    named = spec.get(grammar.PRESET.key)
    own = spec.get(_METRICS) or Items(spec.place, ())
    if not isinstance(named, Scalar) or named.text not in presets or not isinstance(own, Items):
        return document
    ready = tuple(relocated(node, named.place) for node in presets[named.text].nodes)
    merged = replace(own, nodes=_merged(own.nodes, ready))
    return document.with_entry(grammar.SPEC.key, spec.with_entry(_METRICS, merged))


def _merged(own: tuple[Node, ...], ready: tuple[Node, ...]) -> tuple[Node, ...]:
    by_name = {_name_of(node): node for node in ready if isinstance(node, Mapping)}
    stated = {_name_of(node) for node in own}
    rest = (node for name, node in by_name.items() if name not in stated)
    return (*(_completed(node, by_name.get(_name_of(node))) for node in own), *rest)


def _completed(own: Node, ready: Mapping | None) -> Node:
    """The user's metric, and where it states no input of its own, what it leaves unsaid."""
    if not isinstance(own, Mapping) or ready is None:
        return own
    stated = {entry.key.text for entry in own.entries}
    if stated & _INPUTS:
        return own
    unsaid = tuple(entry for entry in ready.entries if entry.key.text not in stated)
    return replace(own, entries=own.entries + unsaid)


def _name_of(node: Node) -> str | None:
    name = node.get(_NAME) if isinstance(node, Mapping) else None
    return name.text if isinstance(name, Scalar) else None
