"""The three versions that the demo releases, and what is true of each.

Why: what the viewer is told of a version and how it really behaves must be one fact.
Never here: anything that rollctl could learn from; it only sees the metrics.
"""

import sys
from dataclasses import dataclass

NAME = "web"
REPLICAS = 3
LABELS = {"app": "web"}
REQUESTS_PER_SECOND_OF_A_POD = 120


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the service; `error_ratio` of its answers fail."""

    version: str
    error_ratio: float
    story: str

    @property
    def image(self) -> str:
        """Its image reference."""
        return f"shop/{NAME}:{self.version}"

    def command(self) -> list[str]:
        """What the image runs."""
        return [
            *(sys.executable, "-m", "controller.demo.service"),
            *("--address", "{host}", "--port", "{port}"),
            *("--version", self.version, "--error-ratio", str(self.error_ratio)),
        ]


FIRST = Release("v1", 0.0005, "v1 serves: one answer in two thousand fails")
BAD = Release("v2", 0.08, "v2 is released, and it is bad: 8 % of its answers fail")
GOOD = Release("v3", 0.0005, "v3 is released, and it is as good as v1")
