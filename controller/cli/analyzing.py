"""Runs the trials of `rollctl analyze` and prints what came of them.

Why: many files in one call cost one start.
Never here: the engine, options.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.past import Past
from analysis.samples import Arm
from analysis.verdict import Verdict
from controller.adapters.recording import RecordingError, RecordingSource
from controller.analyze import Span, UnreadableError, analyze
from controller.cli.ending import EXIT_ERROR, EXIT_USAGE, fail, say, tell
from controller.cli.pasts_given import past_given
from controller.cli.pictures import write_picture
from controller.cli.trial_told import Told, line, page, picture
from controller.ports.metrics import MetricSource
from policies.load import load
from policies.model import Policy
from policies.selector import Matcher, SelectorError, parse_matchers

EXITS = {
    Verdict.HEALTHY: 0,
    Verdict.INCONCLUSIVE: 5,
    Verdict.NO_DATA: 5,
    Verdict.REGRESSED: 3,
}
WORST_FIRST = (3, 5, 1, 0)


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried on what."""

    policy: Policy
    matchers: dict[Arm, tuple[Matcher, ...]]
    files: tuple[Path, ...]
    prometheus: str | None
    prometheus_config: Path | None
    start: float | None
    end: float | None
    as_json: bool
    plot: Path | None
    past: Path | None


def chosen_policy(file: Path, name: str | None) -> Policy:
    """The policy asked for; any mistake in the file ends the command."""
    loaded = load([file])
    if loaded.problems:
        fail("\n".join(str(problem) for problem in loaded.problems))
    found = [policy for policy in loaded.policies if name in (None, policy.name)]
    if len(found) != 1:
        names = ", ".join(policy.name for policy in loaded.policies) or "none"
        fail(f"{file}: name one policy with --policy; there are: {names}", EXIT_USAGE)
    return found[0]


def matchers_of(baseline: str, candidate: str) -> dict[Arm, tuple[Matcher, ...]]:
    """Both sides' matchers; a wrong one ends the command."""
    try:
        return {
            Arm.BASELINE: parse_matchers(baseline),
            Arm.CANDIDATE: parse_matchers(candidate),
        }
    except SelectorError as error:
        fail(f"--baseline or --candidate: {error.message}", EXIT_USAGE)


def try_all(trial: Trial) -> int:
    """Prints one answer for each source and gives the exit code of the worst."""
    if trial.plot is not None and len(trial.files) > 1:
        fail("--plot draws one recording; name one", EXIT_USAGE)
    past = past_given(trial.past, trial.policy) if trial.past is not None else None
    codes = [_tried(trial, past, *found) for found in _sources(trial)]
    return next(code for code in WORST_FIRST if code in codes)


def _sources(trial: Trial) -> Iterator[tuple[str, MetricSource | str, Span | None]]:
    """Each source with its name and span; a message in place of one that cannot be read."""
    if trial.prometheus is not None or trial.prometheus_config is not None:
        yield _prometheus(trial)
    elif not trial.files:
        fail("name recordings with --samples, or a --prometheus", EXIT_USAGE)
    for file in trial.files:
        try:
            recording = RecordingSource([] if _holds_nothing(file) else [file])
        except (RecordingError, OSError) as error:
            yield str(file), str(error), None
            continue
        found = recording.span()
        yield str(file), recording, Span(*found) if found else Span(0.0, 0.0)


def _holds_nothing(file: Path) -> bool:
    """Such a file is no broken recording: nothing was recorded."""
    return file.is_file() and not file.stat().st_size


def _prometheus(trial: Trial) -> tuple[str, MetricSource, Span]:
    from controller.adapters.prometheus.settings_file import read_settings
    from controller.adapters.prometheus.source import PrometheusSource

    if trial.start is None or trial.end is None:
        fail("--prometheus needs --start and --end", EXIT_USAGE)
    try:
        settings = read_settings(trial.prometheus_config, trial.prometheus)
    except ValueError as error:
        fail(str(error), EXIT_USAGE)
    return settings.url, PrometheusSource(settings), Span(trial.start, trial.end)


def _tried(
    trial: Trial, past: Past | None, name: str, source: MetricSource | str, span: Span | None
) -> int:
    if isinstance(source, str) or span is None:
        tell(str(source))
        return EXIT_ERROR
    try:
        found = analyze(source, span, trial.policy, trial.matchers, past)
    except UnreadableError as error:
        tell(f"{name}: {error}")
        return EXIT_ERROR
    told = Told(name, found, trial.policy, trial.matchers, past)
    for words in [line(told)] if trial.as_json else page(told):
        say(words)
    if trial.plot is not None:
        write_picture(trial.plot, picture(told))
    return EXITS[found.judgement.verdict]
