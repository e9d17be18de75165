"""One tick of the statistics over a fleet, beside a loop of scipy.stats.mannwhitneyu.

Why: peers test each metric of each rollout by itself; here all of a fleet's are looked at in one call.
Never here: reading a source (tick.py measures that), a timed pass or fail.

    python -m benchmarks.engine --rollouts 100,1000,10000
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from analysis import caution, lately, tally
from analysis.counted import granted
from analysis.harm import Shown, rarity
from analysis.look import Look
from analysis.pod_model import Belief
from analysis.question import Direction, Kind, Question, Tolerance
from analysis.tally import totals

Floats = NDArray[np.float64]

METRICS, PODS, SCRAPES, SECONDS = 5, 10, 120, 15.0
QUESTION = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.1))
REPEATS = 5
COMPARED = 1_000
"""The loop of Mann-Whitney tests is timed on so many metrics and scaled up to the fleet's."""


@dataclass(frozen=True)
class Fleet:
    """Requests and bad requests of each window: (metrics of rollouts, scrapes, pods)."""

    total: Floats
    bad: Floats


def fleet(rollouts: int, scrapes: int) -> Fleet:
    """Seeded traffic of 20 requests a second and pod, one in 200 bad."""
    draw = np.random.default_rng(7)
    shape = (rollouts * METRICS, scrapes, PODS)
    total = draw.poisson(300.0, shape).astype(float)
    return Fleet(total, draw.poisson(0.005 * total).astype(float))


HARMED = np.arange(PODS) >= PODS // 2


def begun(metrics: int) -> Shown:
    """Nothing seen yet."""
    none = np.zeros((metrics, PODS, 1))
    sums = tally.Sums(none[..., 0], none, none, none)
    return Shown(sums, caution.begin(metrics, 1), lately.begin(metrics, 1), HARMED, np.zeros(0))


def folded(shown: Shown, bad: Floats, total: Floats) -> Shown:
    """One window of all metrics more: (metrics, pods)."""
    window = tally.window(bad[..., np.newaxis], total, HARMED, granted(QUESTION))
    sums = shown.sums + window
    pair = totals(sums, HARMED), totals(sums, ~HARMED)
    seen = caution.add(shown.caution, totals(window, HARMED), totals(window, ~HARMED))
    return replace(shown, sums=sums, caution=seen, lately=lately.add(shown.lately, pair))


def looked(shown: Shown, scrape: int) -> Floats:
    """How rare each metric's harm is at this look."""
    metrics = shown.sums.exposure.shape[0]
    spread, burst, pods = (np.full((metrics, 1), value) for value in (0.14, 1.0, 100.0))
    known = Belief(spread, burst, pods)
    return rarity(shown, QUESTION, known, Look(scrape / SCRAPES, SCRAPES))


def tick_seconds(drawn: Fleet, scrapes: int) -> float:
    """CPU seconds of one tick: the newest scrape folded and all metrics looked at; the median."""
    shown = begun(len(drawn.total))
    times = []
    for scrape in range(scrapes):
        start = time.process_time()
        shown = folded(shown, drawn.bad[:, scrape], drawn.total[:, scrape])
        looked(shown, scrape + 1)
        times.append(time.process_time() - start)
    return float(np.median(times[-REPEATS:]))


def mann_whitney_seconds(drawn: Fleet) -> float:
    """CPU seconds of one Mann-Whitney test a metric over all its scrapes' error shares."""
    share = drawn.bad[:COMPARED] / drawn.total[:COMPARED]
    start = time.process_time()
    for metric in share:
        mannwhitneyu(metric[:, HARMED].ravel(), metric[:, ~HARMED].ravel(), alternative="greater")
    return (time.process_time() - start) / len(share) * len(drawn.total)


def compared() -> str:
    """1,000 rollouts, in the same process and on the same data."""
    drawn = fleet(1_000, SCRAPES)
    ours, theirs = tick_seconds(drawn, SCRAPES), mann_whitney_seconds(drawn)
    return (
        f"one tick, 1,000 rollouts x {METRICS} metrics x {PODS} pods x {SCRAPES} scrapes:"
        f" {ours:.3f} s CPU, replaying all scrapes {ours * SCRAPES:.2f} s;"
        f" a loop of scipy.stats.mannwhitneyu {theirs:.2f} s;"
        f" ratio 1 : {theirs / ours:.0f}, replaying 1 : {theirs / ours / SCRAPES:.1f}"
    )


def grown(rollouts: int) -> str:
    """One tick at a fleet's size, alone in its process."""
    scrapes = 2 * REPEATS
    seconds = tick_seconds(fleet(rollouts, scrapes), scrapes)
    state = sum(field.nbytes for field in _arrays(begun(rollouts * METRICS)))
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024.0
    return (
        f"{rollouts:6d} rollouts: {seconds:7.3f} s CPU a tick, state {state / 2**20:7.1f} MB,"
        f" peak {peak:5.0f} MB"
    )


def _arrays(shown: Shown) -> list[Floats]:
    sums, guard, late = shown.sums, shown.caution, shown.lately
    pairs = (guard.harmed, guard.reference, *late.last, *late.before_last)
    found = [sums.exposure, sums.events, sums.expected, sums.own, guard.excess]
    found += [array for pair in pairs for array in (pair.events, pair.expected, pair.exposure)]
    bursts = guard.bursts
    return [*found, bursts.events, bursts.exposure, bursts.squares, bursts.expected]


def main(arguments: Sequence[str]) -> None:
    """Print the comparison and the growth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rollouts", default="100,1000,10000")
    parser.add_argument("--only", type=int, help="one size, in this process")
    asked = parser.parse_args(arguments)
    if asked.only:
        print(grown(asked.only))
        return
    print(compared(), flush=True)
    for size in asked.rollouts.split(","):
        command = [sys.executable, "-m", "benchmarks.engine", "--only", size]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
