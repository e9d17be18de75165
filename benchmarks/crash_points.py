"""Kills the controller at every statement of every journey, and counts what was lost or doubled.

Why: the suite tries every so-many-th point; the promise is about all of them.
Never here: the harness itself (tests/crash).

    python -m benchmarks.crash_points --each 1
"""

import argparse
import sys

import structlog

from tests.crash.journeys import JOURNEYS
from tests.crash.points import tried


def main() -> int:
    """Prints one line a journey and what differed; 1 where anything did."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--each", type=int, default=1, help="every so-many-th point")
    each = asked.parse_args().each
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    points = retimed = wrong = 0
    for journey in JOURNEYS:
        tally = tried(journey, each)
        points, wrong = points + tally.points, wrong + len(tally.wrong)
        retimed += tally.retimed
        figures = f"{tally.points} crash points, {len(tally.wrong)} lost or doubled anything"
        print(f"{journey.name}: {figures}, {tally.retimed} moved times or evidence", flush=True)
        for line in tally.wrong[:5]:
            print(f"  {line}", flush=True)
    print(
        f"{points} crash points, {len(JOURNEYS)} journeys: {wrong} lost or doubled, {retimed} moved"
    )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
