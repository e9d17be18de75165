"""Hands the lead of two replicas over, again and again, in the midst of releases on a real cluster.

Why: the suite hands over four times; what a lease promises is about every time.
Never here: the releases (releases.py), the ways to lose a lead (tests/journeys/replicas.py).

    python -m benchmarks.handovers --times 50
"""

import argparse
import random
import statistics
import sys
import time

from benchmarks.releases import Rounds, compared, stage
from tests.journeys.replicas import Replicas, replicas, usurped

WAYS = (Replicas.kill, Replicas.pause, Replicas.part, Replicas.end)
LONGEST_REIGN_SECONDS = 8.0


class Coup:
    """Parts the leader from its lease, in each way in turn, at a random moment."""

    def __init__(self, two: Replicas, chance: random.Random) -> None:
        self._two = two
        self._chance = chance
        self.seconds: dict[str, list[float]] = {way.__name__: [] for way in WAYS}

    def happens(self) -> int:
        """Once."""
        time.sleep(self._chance.uniform(0.0, LONGEST_REIGN_SECONDS))
        way = WAYS[sum(map(len, self.seconds.values())) % len(WAYS)]
        self.seconds[way.__name__].append(way(self._two))
        return 1


def main() -> int:
    """1 where a verdict was lost, or anybody wrote without the lease."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--times", type=int, default=50)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with stage() as (testbed, folder), replicas(testbed, folder) as two:
        coup = Coup(two, random.Random(given.seed))
        lost = compared(Rounds(testbed, two), given.times, coup.happens)
        wrong, passed = usurped(testbed)
    for way, seconds in coup.seconds.items():
        if seconds:
            spread = f"median {statistics.median(seconds):.1f} s, longest {max(seconds):.1f} s"
            print(f"{way}: {len(seconds)} times, the other led after {spread}")
    print(
        f"the lease passed {passed} times; writes without it: {len(wrong)}; verdicts lost: {lost}"
    )
    return int(lost > 0 or bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
