"""Kills the controller by SIGKILL at random moments of releases on a real cluster, again and again.

Why: the crash points are tried in one process with fakes; here the API server, Prometheus, the disk and
the kernel are real, and nobody chose the moment.
Never here: the releases (releases.py).

    python -m benchmarks.sigkills --kills 200
"""

import argparse
import random
import sys
import time
from pathlib import Path

from benchmarks.releases import Rounds, compared, stage
from controller.adapters.journal import SqliteJournal
from controller.engine.workload import WorkloadKey
from tests.journeys.service import Rollctl
from tests.testbed.cluster import Testbed

LONGEST_LIFE_SECONDS, LONGEST_DEATH_SECONDS = 16.0, 1.0


class Victim:
    """One controller with a journal on disk."""

    def __init__(self, testbed: Testbed, folder: Path, chance: random.Random) -> None:
        self._journal = folder / "journal.db"
        kubeconfig, url = testbed.control_plane.kubeconfig, testbed.prometheus.url
        self.service = Rollctl(folder, kubeconfig, url, "--journal", str(self._journal))
        self.policies = self.service.policies
        self._testbed = testbed
        self._chance = chance

    def wait_governed(self, name: str) -> None:
        """Whatever it was doing when it was killed last."""
        self.service.wait_ready()
        self._testbed.wait(lambda: self.service.governs(name), 30.0, "policies were not loaded")

    def journalled(self, key: WorkloadKey) -> tuple[str, ...]:
        """Read from the file, as a person would."""
        journal = SqliteJournal(self._journal)
        entries = journal.entries(key, 1_000)
        journal.close()
        return tuple(entry.decision.act.value for entry in reversed(entries))

    def killed(self) -> int:
        """Lets it live for a while, kills it, and starts it again."""
        time.sleep(self._chance.uniform(0.0, LONGEST_LIFE_SECONDS))
        self.service.kill()
        time.sleep(self._chance.uniform(0.0, LONGEST_DEATH_SECONDS))
        self.service.spawn()
        return 1


def main() -> int:
    """1 where any end differs from that of the undisturbed round."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with stage() as (testbed, folder):
        victim = Victim(testbed, folder, random.Random(given.seed))
        with victim.service:
            wrong = compared(Rounds(testbed, victim), given.kills, victim.killed)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
