"""From the text of a file to trees, one a document, within firm limits.

Why: the text may be hostile or merely broken; what leaves here is small, shallow, free of
duplicate keys and of tags that name code.
Never here: keys that mean something, files.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import Reader

from policies.nodes import Entry, Items, Mapping, Node, Scalar
from policies.problems import START, Notes, Place, quote

MOST_BYTES = 1024 * 1024
MOST_DOCUMENTS = 1_000
MOST_NODES = 10_000
DEEPEST = 30

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset({"str", "int", "float", "bool", "null"})
_ADVICE = {
    "cannot start any token": "indent with spaces, never tabs; quote text that begins with @ or `",
    "mapping values are not allowed": 'indent with spaces and quote text that holds ": "; '
    "check this line's indentation",
    "expected": "brackets, quotes and indentation must match; check this line and the one above",
}


class _Fatal(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, place: Place, what: str, advice: str) -> None:
        super().__init__(what)
        self.place, self.what, self.advice = place, what, advice


def read_documents(text: str, notes: Notes) -> tuple[Node, ...]:
    """The documents of `text` up to the first place where it is no YAML; empty documents
    are left out. Whatever is wrong is noted, nothing is raised."""
    documents: list[Node] = []
    try:
        _check_text(text)
        documents.extend(_documents(text, notes))
    except _Fatal as fatal:
        rule, _, instead = fatal.advice.partition("; ")
        notes.add(fatal.place, "", fatal.what, rule, instead)
    return tuple(node for node in documents if not _is_nothing(node))


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.sort == "null"


def _check_text(text: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise _Fatal(
            START,
            f"the file has {size} bytes",
            f"at most {MOST_BYTES} are read; split it into several files",
        )
    strange = Reader.NON_PRINTABLE.search(text)
    if strange:
        raise _Fatal(
            _place_of(text, strange.start()),
            f"the character U+{ord(strange.group()):04X} may not stand in YAML",
            "a policy file is printable UTF-8 text; remove it",
        )


def _place_of(text: str, offset: int) -> Place:
    before = text[:offset]
    return Place(before.count("\n") + 1, offset - before.rfind("\n"))


def _documents(text: str, notes: Notes) -> Iterator[Node]:
    """Yields each document as soon as it is whole. Raises _Fatal."""
    builder = _Builder(text, notes)
    count = 0
    for event in _events(text):
        if isinstance(event, yaml.DocumentStartEvent):
            count += 1
            _check_count(count, _mark(event))
            builder = _Builder(text, notes)
        elif isinstance(event, yaml.DocumentEndEvent):
            yield from builder.finished
        else:
            builder.take(event)


def _check_count(count: int, place: Place) -> None:
    if count > MOST_DOCUMENTS:
        raise _Fatal(
            place,
            f"document {count} of this file",
            f"at most {MOST_DOCUMENTS} documents are read; split it into several files",
        )


def _events(text: str) -> Iterator[yaml.Event]:
    """PyYAML's events, with its errors in our words."""
    try:
        yield from yaml.parse(text, Loader=_PARSER)
    except yaml.MarkedYAMLError as error:
        place = _place(error.problem_mark or error.context_mark)
        raise _Fatal(place, f"no YAML: {error.problem}", _advice(str(error.problem))) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        what = f"no YAML: {quote(str(error))}"
        raise _Fatal(START, what, "a file is YAML 1.1; check it") from error


def _advice(problem: str) -> str:
    found = (advice for words, advice in _ADVICE.items() if words in problem)
    return next(found, "a file is YAML 1.1; check this place")


def _mark(event: yaml.Event) -> Place:
    return _place(event.start_mark)


def _place(mark: Any) -> Place:
    return START if mark is None else Place(mark.line + 1, mark.column + 1)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end was not seen yet."""

    place: Place
    anchor: str | None
    children: list[Node] = field(default_factory=list)


class _Builder:
    """Puts the events of one document together, without recursion."""

    def __init__(self, text: str, notes: Notes) -> None:
        self._text, self._notes = text, notes
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._count = 0
        self.finished: list[Node] = []

    def take(self, event: yaml.Event) -> None:
        """Takes the next event. Raises _Fatal past a limit."""
        match event:
            case yaml.ScalarEvent():
                self._close(self._scalar(event), event.anchor)
            case yaml.AliasEvent():
                self._close(self._aliased(event), None)
            case yaml.CollectionStartEvent():
                self._begin(event)
            case yaml.SequenceEndEvent():
                done = self._open.pop()
                size = 1 + sum(child.size for child in done.children)
                self._close(Items(done.place, tuple(done.children), size), done.anchor)
            case yaml.MappingEndEvent():
                done = self._open.pop()
                self._close(self._mapping(done), done.anchor)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        place = _mark(event)
        self._count_in(1, place)
        self._check_tag(event.tag, frozenset({"map", "seq"}), place)
        self._open.append(_Open(place, event.anchor))
        if len(self._open) > DEEPEST:
            raise _Fatal(
                place,
                f"nested deeper than {DEEPEST} levels",
                f"at most {DEEPEST} are read; no policy needs more than 8",
            )

    def _count_in(self, values: int, place: Place) -> None:
        """Counts an alias as all that it stands for, before anything walks through it."""
        self._count += values
        if self._count > MOST_NODES:
            raise _Fatal(
                place,
                f"more than {MOST_NODES} values in one document, aliases followed",
                f"at most {MOST_NODES} are read; split it, or use fewer aliases",
            )

    def _close(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        (self._open[-1].children if self._open else self.finished).append(node)

    def _aliased(self, event: yaml.AliasEvent) -> Node:
        name = event.anchor or ""
        if name not in self._anchors:
            raise _Fatal(
                _mark(event),
                f"the alias *{name} stands for nothing",
                f"an anchor stands before its alias; write &{name} at the first use",
            )
        node = self._anchors[name]
        self._count_in(node.size, _mark(event))
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        place = _mark(event)
        self._count_in(1, place)
        raw = self._raw(event.start_mark, event.end_mark)
        if event.tag is not None and event.tag != "!":
            self._check_tag(event.tag, _SCALAR_TAGS, place)
            return Scalar(place, event.value, event.tag.removeprefix(_PREFIX), raw)
        plain = event.implicit[0] and event.tag is None
        return Scalar(place, event.value, _sort_of(event.value) if plain else "str", raw)

    def _raw(self, start: Any, end: Any) -> str:
        return self._text[start.index : end.index] if start and end else ""

    def _check_tag(self, tag: str | None, known: frozenset[str], place: Place) -> None:
        if tag is None or tag == "!" or tag.removeprefix(_PREFIX) in known:
            return
        what = f"the tag {quote(tag.replace(_PREFIX, '!!'))} is not read"
        self._notes.add(place, "", what, "only YAML's core tags are", "remove the tag")

    def _mapping(self, done: _Open) -> Mapping:
        pairs = zip(done.children[::2], done.children[1::2], strict=True)
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in pairs:
            if isinstance(key, Scalar) and key.sort == "merge":
                merged = {**self._merged(value), **merged}
            elif self._is_new_key(key, own) and isinstance(key, Scalar):
                own[key.text] = Entry(key, value)
        entries = tuple({**merged, **own}.values())
        size = 1 + sum(1 + entry.value.size for entry in entries)
        return Mapping(done.place, entries, size)

    def _is_new_key(self, key: Node, known: dict[str, Entry]) -> bool:
        if not isinstance(key, Scalar):
            rule, instead = "a key is one word", "quote it if braces belong to it"
            self._notes.add(key.place, "", f"{key.name} as a key", rule, instead)
            return False
        if key.text in known:
            first = known[key.text].key.place.line
            what = f"the key {quote(key.text)} stands here again, after line {first}"
            self._notes.add(
                key.place, key.text, what, "a key stands once in a mapping", "remove one of them"
            )
            return False
        return True

    def _merged(self, value: Node) -> dict[str, Entry]:
        sources = value.nodes if isinstance(value, Items) else (value,)
        entries: dict[str, Entry] = {}
        for source in sources:
            if isinstance(source, Mapping):
                entries = {**{e.key.text: e for e in source.entries}, **entries}
            else:
                what = f"<< merges {source.name}"
                self._notes.add(
                    source.place, "<<", what, "only mappings can be merged", "write *anchor"
                )
        return entries


def _sort_of(text: str) -> str:
    """What YAML 1.1 takes an unquoted value for."""
    resolvers: Any = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in (*resolvers.get(text[:1], ()), *resolvers.get(None, ())):
        if pattern.match(text):
            return str(tag).removeprefix(_PREFIX)
    return "str"
