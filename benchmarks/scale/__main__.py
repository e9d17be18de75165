"""What rollctl needs beside 100, 1,000 and 10,000 Deployments of five pods on a real API server.

Why: memory, CPU, requests and how soon a release is seen must be known before they are felt.
Never here: the crowd (crowd.py), how a figure is taken (watched.py).

    python -m benchmarks.scale --sizes 100 1000 10000 --page docs/scale.md
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.scale.crowd import NAMESPACES, PODS, RELEASES, Crowd, namespace_of
from benchmarks.scale.watched import Stretch, Watched, watched
from tests.deploy.accounts import shipped
from tests.testbed.cluster import Testbed

BEGIN, END = "<!-- figures begin -->\n", "<!-- figures end -->\n"
LEARNING_SECONDS, ROLLING_SECONDS = 30.0, 120.0
NEWS_A_WORKLOAD, MOST_NEWS, MOST_AT_ONCE = 10, 20_000, 1_000

Rows = dict[str, str]


def main() -> None:
    """Prints the table, and writes it into a page where one is named."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sizes", type=int, nargs="+", default=[100, 1_000, 10_000])
    asked.add_argument("--steady-seconds", type=float, default=330.0)
    asked.add_argument("--page", type=Path)
    given = asked.parse_args()
    with Testbed.start(nodes=1) as testbed, tempfile.TemporaryDirectory() as folder:
        for number in range(NAMESPACES):
            testbed.create_namespace(namespace_of(number))
        account = shipped(testbed, "cluster")
        crowd = Crowd.planted(testbed)
        columns = []
        for size in given.sizes:
            crowd.grow(size)
            with watched(testbed, crowd, account, Path(folder) / str(size)) as service:
                columns.append(_figures(service, crowd, given.steady_seconds))
            print(columns[-1], flush=True)
            crowd.calm()
    _tell(_table(columns), given.page)


def _figures(service: Watched, crowd: Crowd, steady_seconds: float) -> Rows:
    """Everything that is measured at one size, from quiet to busy."""
    size = crowd.size
    sets = f"{PODS * size:,} / {RELEASES * size:,}"
    rows = {"Deployments": f"{size:,}", "pods / ReplicaSets": sets}
    rows["from start to ready"] = f"{service.synced_seconds:.1f} s"
    service.during(LEARNING_SECONDS)
    rows |= _quiet(service.during(steady_seconds))
    rows["memory then (at most until then)"] = _memory(service)
    rows["from a release to the first act on it"] = f"{service.seen_after_seconds():.1f} s"
    rows |= _busy(service, min(NEWS_A_WORKLOAD * size, MOST_NEWS))
    at_once = min(MOST_AT_ONCE, size // 2)
    crowd.release(range(at_once))
    service.during(LEARNING_SECONDS + at_once / 20)
    return rows | _rolling(service, at_once)


def _quiet(used: Stretch) -> Rows:
    hours = used.seconds / 3600
    return {
        "CPU when nothing happens": f"{used.cpu_seconds / used.seconds:.1%} of a core",
        "requests to the API server then": f"{used.requests.total() / hours:.0f} an hour",
    }


def _busy(service: Watched, events: int) -> Rows:
    before = service.spent()
    wrote, seen = service.news(events)
    cpu = (service.spent() - before).cpu_seconds
    return {
        "pods changed at once": f"{events:,} in {wrote:.1f} s",
        "a release that comes last is seen after": f"{seen:.1f} s",
        "CPU for a change of a pod": f"{1e3 * cpu / events:.2f} ms",
    }


def _rolling(service: Watched, at_once: int) -> Rows:
    used = service.during(ROLLING_SECONDS)
    minutes = used.seconds / 60
    patches = used.requests["patch"]
    return {
        "rollouts held at the same time": f"{at_once:,}",
        "CPU then": f"{used.cpu_seconds / used.seconds:.0%} of a core",
        "patches then": f"{patches / minutes:.0f} a minute",
        "queries to Prometheus then": f"{used.queries / minutes:.0f} a minute",
        "a tick then": f"{used.tick_seconds / max(1, used.ticks):.2f} s",
        "memory then (at most)": _memory(service),
    }


def _memory(service: Watched) -> str:
    now, most = service.memory_megabytes()
    return f"{now:.0f} MB ({most:.0f} MB)"


def _table(columns: list[Rows]) -> str:
    rows = [[name, *(column[name] for column in columns)] for name in columns[0]]
    rows.insert(1, ["---", *("---:" for _ in columns)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _tell(table: str, page: Path | None) -> None:
    print(table)
    if page is not None:
        before, rest = page.read_text().split(BEGIN)
        page.write_text(f"{before}{BEGIN}{table}{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
