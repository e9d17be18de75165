"""One cell of the benchmark: a scenario at given pods, spread, traffic and base rate.

Why: cells are what is drawn, stored and scored.
Never here: drawing, rules.
"""

from dataclasses import dataclass

INTERVAL_SECONDS = 15.0


@dataclass(frozen=True)
class Cell:
    """`spread` is the coefficient of variation between pods of one version."""

    scenario: str
    baseline_pods: int = 5
    candidate_pods: int = 5
    spread: float = 0.0
    requests_per_second: float = 20.0
    base_rate: float = 0.005

    @property
    def key(self) -> str:
        """The cell's name in files and tables."""
        pods = f"{self.baseline_pods}+{self.candidate_pods}"
        return f"{self.scenario} {pods} cv{self.spread:g} {self.requests_per_second:g}rps {self.base_rate:g}"
