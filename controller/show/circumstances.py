"""Under which circumstances findings were made, and what followed from them.

Why: a paragraph about a live rollout and one about a recording are the same paragraph.
Never here: reading of workloads or policies, words about findings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.question import Design


@dataclass(frozen=True, slots=True)
class Circumstances:
    """`new` and `old` name the two versions; `seconds` is how long they were compared;
    `done` are sentences about what followed; `seconds_left` is how long the policy still waits,
    None where nothing waits; `queries` are, by metric, what to ask a Prometheus when it gave no
    data; `past` says what was known of how much pods of this service differ, "" for nothing."""

    new: str
    old: str
    seconds: float
    design: Design
    done: Sequence[str] = ()
    seconds_left: float | None = None
    queries: Mapping[str, Sequence[str]] = field(default_factory=dict)
    past: str = ""
