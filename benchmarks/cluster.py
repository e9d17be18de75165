"""Figures from a real cluster: how soon a rollback follows its evidence, how quick a look is.

Why: what a person waits for can only be measured where they wait.
Never here: fakes.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.journeys.conftest import IMAGES
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl
from tests.testbed.cluster import Testbed

NAMESPACE = "bench"
RELEASES, LOOKS, DEPLOYMENTS = 3, 15, 300


def main() -> None:
    """Prints the figures, and says what could not be measured."""
    with Testbed.start(nodes=2) as testbed:
        for reference, behaviour in IMAGES.items():
            testbed.catalogue.publish(reference, behaviour)
        testbed.create_namespace(NAMESPACE)
        with testbed.start_traffic(30.0, "web"):
            _rollbacks(testbed)
        _looks(testbed)


def _rollbacks(testbed: Testbed) -> None:
    journey = Journey(testbed, NAMESPACE)
    folder = Path(tempfile.mkdtemp(prefix="rollctl-bench-"))
    service = Rollctl(folder, testbed.control_plane.kubeconfig, testbed.prometheus.url)
    write(service.policies, NAMESPACE, policy(NAMESPACE))
    journey.deploy("shop/web:v1")
    delays, verdicts = [], []
    with service:
        for number in range(RELEASES):
            bad = f"shop/web:v2-bench-{number}"
            testbed.catalogue.retag("shop/web:v2-errors", bad)
            pushed_at = time.time()
            journey.release(bad)
            journey.wait_phase(bad, "RollingBack", "RolledBack", seconds=90)
            delays.append(_delay(journey))
            verdicts.append(time.time() - pushed_at)
            journey.wait_phase(bad, "RolledBack")
            _forget_quarantine(journey)
        memory = service.memory_megabytes()
    shutil.rmtree(folder)
    print(f"bad release on the real cluster ({RELEASES} times, 2 new pods beside 3 old ones):")
    print(f"  from the scrape that holds the evidence to the patch  {_spread(delays)} s")
    print(f"  from the push to the patch                            {_spread(verdicts)} s")
    print(f"  memory of the service                                 {memory:.0f} MB")


def _delay(journey: Journey) -> float:
    """From the last scrape of the deciding window to the decision that the patch carries."""
    decision = next(d for d in journey.record["history"][::-1] if d["act"] == "RollBack")
    annotations = journey.deployment["metadata"]["annotations"]
    decided_at = json.loads(annotations["rollctl.dev/findings"])["judgement"]["decided_at"]
    query = f'timestamp(http_requests_total{{namespace="{NAMESPACE}"}} @ {decided_at})'
    scrapes = [float(row["value"][1]) for row in journey.testbed.prometheus.query(query)]
    scraped_at = max(at for at in scrapes if at <= decided_at)
    return float(decision["at"]) - scraped_at


def _forget_quarantine(journey: Journey) -> None:
    """Lets the same digest be released, and judged, once more."""
    record = {**journey.record, "quarantine": [], "history": []}
    annotations = {"rollctl.dev/record": json.dumps(record, separators=(",", ":"))}
    journey.testbed.patch_deployment(NAMESPACE, "web", {"metadata": {"annotations": annotations}})


def _looks(testbed: Testbed) -> None:
    for number in range(DEPLOYMENTS):
        testbed.apply_deployment(NAMESPACE, f"idle-{number}", "shop/web:v1", replicas=0)
    kubeconfig = str(testbed.control_plane.kubeconfig)
    ours = [str(Path(sys.executable).with_name("rollctl")), "status", "-A", "--all"]
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        print("status -A: no kubectl on this machine to compare with")
        return
    theirs = [kubectl, "get", "deployments", "-A"]
    pairs = [
        (_wall([*ours, "--kubeconfig", kubeconfig]), _wall([*theirs, "--kubeconfig", kubeconfig]))
        for _ in range(LOOKS)
    ]
    ratios = [one / other for one, other in pairs]
    print(f"rollctl status -A --all against kubectl get deployments -A, {DEPLOYMENTS} there:")
    print(f"  rollctl  {_spread([one for one, _ in pairs])} s")
    print(f"  kubectl  {_spread([other for _, other in pairs])} s")
    print(f"  ratio    {_spread(ratios)}")


def _wall(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _spread(numbers: Sequence[float]) -> str:
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f} to {max(numbers):.2f})"


if __name__ == "__main__":
    main()
