"""What the labels of a series say: which pod it is of, and what tells it from the pod's others.

Why: a series must get the same key from every source, so that a restart on another source,
or a different order of labels, changes nothing.
Never here: reading text, storing samples.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.samples import Part
from controller.ports.metrics import PodReference

EDGE = "le"
TARGET = "instance"
NAME = "__name__"


@dataclass(frozen=True, slots=True)
class PodLabels:
    """Which labels name the pod and its namespace."""

    pod: str = "pod"
    namespace: str = "namespace"

    def pod_of(self, labels: Mapping[str, str]) -> PodReference:
        """The pod of a series; one that names none is of its target, if it names that."""
        name = labels.get(self.pod) or labels.get(TARGET, "")
        return PodReference(labels.get(self.namespace, ""), name)

    def identity(self, labels: Mapping[str, str], part: Part) -> tuple[str, float | None]:
        """What tells the series from the other series of its pod: key and upper edge."""
        edge = upper_edge(labels.get(EDGE, "")) if part is Part.BUCKETS else None
        others = dict(labels)
        for known in (self.pod, self.namespace, NAME, *(() if edge is None else (EDGE,))):
            others.pop(known, None)
        return spelled(others), edge


def stratum(labels: Mapping[str, str], stratify_by: Sequence[str]) -> str:
    """What a series is compared within: its values of these labels, "" where it has none."""
    return spelled({name: labels[name] for name in stratify_by if labels.get(name)})


def upper_edge(text: str) -> float | None:
    """The upper edge of a bucket in the metric's unit; None for what is no edge."""
    try:
        edge = float(text)
    except ValueError:
        return None
    return None if math.isnan(edge) else edge


def spelled(labels: Mapping[str, str]) -> str:
    """Labels as OpenMetrics writes them inside the braces, sorted by name."""
    plain = ",".join([f'{name}="{labels[name]}"' for name in sorted(labels)])
    if plain.count('"') == 2 * len(labels) and "\\" not in plain and "\n" not in plain:
        return plain
    return ",".join(f'{name}="{_escaped(labels[name])}"' for name in sorted(labels))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
