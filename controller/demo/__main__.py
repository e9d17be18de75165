"""`python -m controller.demo`: the whole demo, and 0 only if both releases went right.

Why: one command shows on any machine what rollctl is for, and fails when it does not.
Never here: the story's content.
"""

import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import structlog
from rich.console import Console
from rich.live import Live

from controller.app import open_journal, open_trail
from controller.demo.lines import Lines
from controller.demo.scene import Scene
from controller.demo.stage import Stage
from controller.demo.story import Story, StoryError
from controller.demo.summary import ending, failures, hints, summary
from controller.demo.view import render

EXIT_ERROR, EXIT_INTERRUPTED, EXIT_TERMINATED = 1, 130, 143
FRAMES_A_SECOND = 8


def main() -> int:
    """Runs the demo in a fresh directory."""
    console = Console(highlight=False)
    directory = Path(tempfile.mkdtemp(prefix="rollctl-demo-"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    began_at = time.monotonic()
    try:
        outcomes = _told(console, directory).outcomes
    except StoryError as error:
        console.print(f"The demo failed: {error}", markup=False)
        return EXIT_ERROR
    except KeyboardInterrupt:
        console.print("Interrupted; everything was ended.")
        return EXIT_INTERRUPTED
    wrong = failures(outcomes)
    took = f"The demo took {time.monotonic() - began_at:.0f} s."
    for line in (*summary(outcomes), "", *ending(wrong), took, *hints(directory)):
        console.print(line, markup=False, soft_wrap=True)
    return EXIT_ERROR if wrong else 0


def _told(console: Console, directory: Path) -> Story:
    with (directory / "rollctl.log").open("w", encoding="utf-8") as log:
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            logger_factory=structlog.WriteLoggerFactory(log),
        )
        journal = str(directory / "journal.db")
        with Stage(directory, open_journal(journal), open_trail(journal)) as stage:
            story = Story(stage)
            shown, show = _screen(console)
            with shown:
                for scene in story.scenes():
                    show(scene)
        return story


def _screen(console: Console) -> tuple[AbstractContextManager[object], Callable[[Scene], None]]:
    """The live view on a terminal that can show it, else plain lines."""
    if not console.is_terminal or console.is_dumb_terminal or os.environ.get("NO_COLOR"):
        return nullcontext(), Lines(lambda line: print(line, flush=True)).show  # noqa: T201
    live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
    return live, lambda scene: live.update(render(scene, console.width), refresh=True)


if __name__ == "__main__":
    sys.exit(main())
