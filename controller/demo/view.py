"""The live view of one scene.

Why: what rollctl knows, while it comes to know it, should be a pleasure to watch.
Never here: anything that is not in the scene.
"""

from collections.abc import Iterable

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from analysis.verdict import Finding, Judgement, Verdict
from controller.demo.scene import PodLine, Scene, short
from controller.engine.record import Act, Decision
from controller.show import axis

NARROWEST_AXIS = 20
NAME_WIDTH = 10
MOST_DECISIONS = 6

VERDICT_STYLES = {
    Verdict.REGRESSED: "bold red",
    Verdict.HEALTHY: "bold green",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NO_DATA: "dim",
}
SIDE_STYLES = {"candidate": "magenta", "baseline": "cyan"}
ACT_STYLES = {Act.ROLL_BACK: "bold red", Act.PROMOTE: "bold green", Act.HOLD: "yellow"}


def render(scene: Scene, width: int) -> RenderableType:
    """Everything, at this width."""
    return Group(
        _headline(scene),
        _pods(scene.pods),
        Text(),
        *_judgement(scene.judgement, width),
        Text(),
        _decisions(scene.decisions),
    )


def _headline(scene: Scene) -> Panel:
    story = Text(scene.story, style="bold")
    story.append(f"\nrollctl {scene.next}", style="dim")
    return Panel(
        story,
        title=f"rollctl demo · {scene.elapsed_seconds:.0f} s",
        title_align="left",
        box=ROUNDED,
    )


def _pods(pods: Iterable[PodLine]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 1))
    for column in ("POD", "VERSION", "SIDE", "STATE"):
        table.add_column(column, min_width=9, no_wrap=True)
    table.add_column("REQ/S", justify="right", min_width=6)
    table.add_column("ERRORS", justify="right", min_width=7)
    for pod in pods:
        style = SIDE_STYLES.get(pod.side, "")
        rate, errors = _figures(pod)
        table.add_row(pod.name, pod.version, pod.side, pod.state, rate, errors, style=style)
    return table


def _figures(pod: PodLine) -> tuple[str, str]:
    served = pod.served
    if served is None or served.per_second is None or served.bad_ratio is None:
        return "", ""
    return f"{served.per_second:.0f}", f"{100 * served.bad_ratio:.1f} %"


def _judgement(judgement: Judgement | None, width: int) -> list[RenderableType]:
    if judgement is None:
        return [Text("Nothing to compare yet.", style="dim")]
    axis_width = max(NARROWEST_AXIS, width - NAME_WIDTH - 2)
    return [line for f in judgement.findings for line in _finding(f, axis_width)]


def _finding(finding: Finding, width: int) -> Iterable[RenderableType]:
    style = VERDICT_STYLES[finding.verdict]
    head = Text(finding.question.name.ljust(NAME_WIDTH), style="bold")
    if finding.effect is None:
        yield head.append("waits for warm pods on both sides", style="dim")
    else:
        effect = axis.amount(finding, finding.effect)
        head.append(f"{effect} ({axis.span(finding)})  ")
        yield head.append(finding.verdict.value, style=style)
    indent = " " * NAME_WIDTH
    yield Text(indent) + _coloured(axis.draw(finding, width), style)
    yield Text(indent + axis.legend(finding, width), style="dim")


def _coloured(drawn: str, style: str) -> Text:
    text = Text(drawn, style="dim")
    text.highlight_regex(rf"[{axis.INTERVAL}{axis.EFFECT}{axis.LESS}{axis.MORE}]", style)
    text.highlight_regex(axis.TOLERANCE, "bold white")
    return text


def _decisions(decisions: Iterable[tuple[float, Decision]]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 1))
    table.add_column("AT", justify="right", no_wrap=True)
    table.add_column("DECISION", no_wrap=True)
    table.add_column("WHY", no_wrap=True)
    for at, decision in tuple(decisions)[-MOST_DECISIONS:]:
        act = Text(decision.act.value, style=ACT_STYLES.get(decision.act, ""))
        table.add_row(f"{at:.0f} s", act, Text(short(decision.reason), overflow="ellipsis"))
    return table
