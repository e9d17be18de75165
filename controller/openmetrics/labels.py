"""What the labels of a series say: which pod it is of, and what tells it from the pod's others.

Why: a series must get the same key from every source, so that a restart on another source,
or a different order of labels, changes nothing.
Never here: reading text, storing samples.
"""

import math
from collections.abc import Mapping
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
        known = {self.pod, self.namespace, NAME, EDGE if edge is not None else NAME}
        return spelled({k: v for k, v in labels.items() if k not in known}), edge


def upper_edge(text: str) -> float | None:
    """The upper edge of a bucket in the metric's unit; None for what is no edge."""
    try:
        edge = float(text)
    except ValueError:
        return None
    return None if math.isnan(edge) else edge


def spelled(labels: Mapping[str, str]) -> str:
    """Labels as OpenMetrics writes them inside the braces, sorted by name."""
    return ",".join(f'{name}="{_escaped(labels[name])}"' for name in sorted(labels))


def _escaped(value: str) -> str:
    if "\\" not in value and '"' not in value and "\n" not in value:
        return value
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
