"""Fuzzes one reader, guided by what its code covers: `make fuzz MINUTES=10`.

Why: bytes from outside are written by nobody who wishes us well.
Never here: the readers.

    python -m tests.fuzz policy --minutes 10
"""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import atheris
import structlog

CORPUS = Path(__file__).parent / "corpus"
LONGEST_SECONDS, MOST_MEGABYTES, LONGEST_BYTES = 10, 1024, 20_000


def main() -> None:
    """Ends with libFuzzer's own word and exit code; a crash is left in the present folder."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("target")
    asked.add_argument("--minutes", type=float, default=1.0)
    given = asked.parse_args()
    # A line for each garbled input would be most of the work.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with atheris.instrument_imports(include=["controller", "policies", "yaml", "analysis"]):
        from tests.fuzz.targets import TARGETS
    if given.target not in TARGETS:
        asked.error(f"no such target; there are {', '.join(TARGETS)}")
    limits = [
        f"-max_total_time={int(60 * given.minutes)}",
        f"-timeout={LONGEST_SECONDS}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
        f"-max_len={LONGEST_BYTES}",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    with tempfile.TemporaryDirectory() as found:
        atheris.Setup(
            [sys.argv[0], *limits, found, str(CORPUS / given.target)], TARGETS[given.target]
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
