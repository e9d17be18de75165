"""`rollctl analyze`: the same engine on recordings, or on a Prometheus of the past.

Why: a policy can be tried before it is trusted.
Never here: the engine.
"""

from pathlib import Path
from typing import Annotated

import typer

from controller.cli.options import PlainOutput, PlainOutputOption, Plot


def analyze(
    policy_file: Annotated[Path, typer.Option("--policy-file", "-f", help="Policy file.")],
    baseline: Annotated[str, typer.Option(help="Its series, as in 'version=\"v1\"'.")],
    candidate: Annotated[str, typer.Option(help="Its series, as in 'version=\"v2\"'.")],
    samples: Annotated[
        list[Path] | None,
        typer.Option("--samples", help="OpenMetrics recording with timestamps (repeatable)."),
    ] = None,
    more_samples: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="Further recordings.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="Which policy of the file; default: its only one.")
    ] = None,
    prometheus: Annotated[str | None, typer.Option(help="Ask this Prometheus instead.")] = None,
    prometheus_config: Annotated[
        Path | None,
        typer.Option(
            help="YAML file with authentication, TLS, headers and labels (docs/metrics.md)."
        ),
    ] = None,
    start: Annotated[float | None, typer.Option(help="With --prometheus: unix seconds.")] = None,
    end: Annotated[float | None, typer.Option(help="With --prometheus: unix seconds.")] = None,
    output: PlainOutputOption = PlainOutput.TEXT,
    plot: Plot = None,
    past: Annotated[
        Path | None,
        typer.Option(
            help="What is known of the service's pods: the output of `rollctl calibrate -o json`,"
            " or an OpenMetrics recording of a healthy stretch (docs/calibrate.md)."
        ),
    ] = None,
) -> None:
    """Compare two versions on recorded samples, as the service would have."""
    from controller.cli.analyzing import Trial, chosen_policy, matchers_of, try_all

    trial = Trial(
        policy=chosen_policy(policy_file, policy),
        matchers=matchers_of(baseline, candidate),
        files=tuple((samples or []) + (more_samples or [])),
        prometheus=prometheus,
        prometheus_config=prometheus_config,
        start=start,
        end=end,
        as_json=output is PlainOutput.JSON,
        plot=plot,
        past=past,
    )
    raise SystemExit(try_all(trial))
