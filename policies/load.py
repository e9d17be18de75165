"""From files, or their text, to policies and problems.

Why: the one door through which policies come in; a file is taken whole or not at all.
Never here: what a key means, watching files for change, keeping old policies (reload).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate, chain
from pathlib import Path

from policies import grammar
from policies.build import build_policy, build_workloads
from policies.checks import check_policy
from policies.clashes import Claim, Places, find_clashes
from policies.model import Policy, SourcePlace
from policies.nodes import Items, Node
from policies.nodes import Mapping as MappingNode
from policies.presets import expand
from policies.problems import START, Notes, Problem, Spot, Unreadable
from policies.tables import Row
from policies.yaml_text import MOST_BYTES, read_documents

SUFFIXES = frozenset({".yaml", ".yml"})
MOST_FILES = 1_000
MOST_POLICIES = 1_000
MOST_BYTES_TOGETHER = 16 * MOST_BYTES

_PRESETS = Path(__file__).parent / "presets"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read: the policies of every file without a problem, and all problems.

    `places` tells for each policy where each key of it was written, by its path."""

    policies: tuple[Policy, ...] = ()
    problems: tuple[Problem, ...] = ()
    places: Mapping[SourcePlace, Places] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file as read alone."""

    policies: tuple[Policy, ...]
    claims: tuple[Claim, ...]
    problems: tuple[Problem, ...]


def load(paths: Sequence[Path]) -> Loaded:
    """Reads files, and the *.yaml and *.yml in directories, sorted and not deeper; never
    raises for what a path or a file holds."""
    files = _files(paths)
    end = _end_of_readable(files)
    too_many = [_one_too_many(path) for path in files[end : end + 1]]
    return _joined([*map(_read_path, files[:end]), *too_many])


def load_text(text: str, file: str) -> Loaded:
    """Reads the text of one file; `file` is what problems call it. Never raises."""
    return _joined([_read_text(text, file)])


def _files(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(_files_of(path) for path in paths)))


def _end_of_readable(files: Sequence[Path]) -> int:
    """How many of the files are few and small enough together."""
    sizes = accumulate(map(_size_of, files[:MOST_FILES]))
    return sum(1 for size in sizes if size <= MOST_BYTES_TOGETHER)


def _size_of(path: Path) -> int:
    """What of the file would be read."""
    try:
        return min(path.stat().st_size, MOST_BYTES)
    except (OSError, ValueError):
        return 0


def _files_of(path: Path) -> Iterable[Path]:
    try:
        children = sorted(path.iterdir()) if path.is_dir() else None
    except OSError:
        return (path,)
    if children is None:
        return (path,)
    return [child for child in children if _is_policy_file(child)]


def _is_policy_file(path: Path) -> bool:
    return path.suffix in SUFFIXES and not path.name.startswith(".")


def _read_path(path: Path) -> _Reading:
    try:
        text = _text_of(path)
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} is no UTF-8"
        return _unread(path, what, "a policy file is UTF-8 text", "save it as UTF-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        what = f"cannot be read: {reason}"
        return _unread(path, what, "a policy file is a readable file", "check path and rights")
    return _read_text(text, str(path))


def _text_of(path: Path) -> str:
    """At most one byte more than a file may have, which is then refused by its size."""
    if not path.is_file():
        raise ValueError("not a file" if path.exists() else "there is no such file")
    with path.open("rb") as stream:
        content = stream.read(MOST_BYTES + 1)
    errors = "replace" if len(content) > MOST_BYTES else "strict"
    return content.decode("utf-8-sig", errors)


def _unread(path: Path, what: str, rule: str, instead: str) -> _Reading:
    notes = Notes(str(path))
    notes.add(START, "", what, rule, instead)
    return _Reading((), (), tuple(notes.problems))


def _one_too_many(path: Path) -> _Reading:
    rule = (
        f"at most {MOST_FILES} files and {MOST_BYTES_TOGETHER} bytes are read, and neither this nor "
        "any file after it was"
    )
    return _unread(path, "a file too many", rule, "put several policies into one file")


def _read_text(text: str, file: str) -> _Reading:
    notes = Notes(file)
    documents = read_documents(text, notes)
    rows = tuple(chain.from_iterable(_row(document, notes) for document in documents))
    policies = () if notes.count else tuple(build_policy(row, file) for row in rows)
    return _Reading(policies, tuple(_claim(row, file) for row in rows), tuple(notes.problems))


def _row(document: Node, notes: Notes) -> tuple[Row, ...]:
    try:
        row = grammar.POLICY.read(expand(document, _shipped_presets()), Spot("", notes))
    except Unreadable:
        return ()
    check_policy(row)
    return (row,)


@cache
def _shipped_presets() -> Mapping[str, Items]:
    """The metrics of every preset in the package."""
    return {name: _preset(name) for name in grammar.PRESETS}


def _preset(name: str) -> Items:
    text = (_PRESETS / f"{name}.yaml").read_text(encoding="utf-8")
    for document in read_documents(text, Notes(name)):
        metrics = document.get(grammar.METRICS.key) if isinstance(document, MappingNode) else None
        if isinstance(metrics, Items):
            return metrics
    raise ValueError(f"the preset {name} has no metrics")


def _claim(row: Row, file: str) -> Claim:
    head, spec = row.get(grammar.HEAD), row.get(grammar.SPEC)
    workloads = spec.get(grammar.WORKLOADS) if spec else None
    readable = workloads is not None and workloads.complete
    return Claim(
        source=SourcePlace(file, row.place.line),
        name=head.get(grammar.NAME) if head else None,
        workloads=build_workloads(workloads) if workloads and readable else None,
        places=row.all_places(),
    )


def _joined(readings: Sequence[_Reading]) -> Loaded:
    claims = tuple(chain.from_iterable(reading.claims for reading in readings))
    own = chain.from_iterable(reading.problems for reading in readings)
    problems = tuple(sorted({*own, *find_clashes(claims[:MOST_POLICIES]), *_too_many(claims)}))
    broken = {problem.file for problem in problems}
    policies = chain.from_iterable(reading.policies for reading in readings)
    sound = tuple(policy for policy in policies if policy.source.file not in broken)
    places = {claim.source: claim.places for claim in claims}
    return Loaded(sound, problems, {policy.source: places[policy.source] for policy in sound})


def _too_many(claims: Sequence[Claim]) -> tuple[Problem, ...]:
    """A problem for each file past the limit."""
    first = {claim.source.file: claim for claim in reversed(claims[MOST_POLICIES:])}
    rule = f"at most {MOST_POLICIES} are read over all files"
    return tuple(
        claim.problem("", "a policy too many", rule, "remove some") for claim in first.values()
    )
