"""The same scenes as plain lines, for a pipe, a log or a dumb terminal.

Why: what cannot be watched must still be readable, and a line a second is enough.
Never here: anything that is not in the scene.
"""

from collections import Counter
from collections.abc import Callable

from analysis.verdict import Finding
from controller.demo.scene import LEAVING, Scene, short
from controller.show import axis

EVERY_SECONDS = 1.0


class Lines:
    """Says what is new in each scene, and the figures once a second."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._story = ""
        self._decisions = 0
        self._figures_at = float("-inf")

    def show(self, scene: Scene) -> None:
        """Says what there is to say of this scene."""
        at = scene.elapsed_seconds
        if scene.story != self._story:
            self._story = scene.story
            self._say(f"{at:5.1f} s  {scene.story}")
        for decided_at, decision in scene.decisions[self._decisions :]:
            self._say(f"{decided_at:5.1f} s  {decision.act.value}: {short(decision.reason)}")
        self._decisions = len(scene.decisions)
        if at - self._figures_at >= EVERY_SECONDS:
            self._figures_at = at
            self._say(f"{at:5.1f} s  {figures(scene)}")


def figures(scene: Scene) -> str:
    """Pods by version, and every finding, in one line."""
    versions = Counter(pod.version for pod in scene.pods if pod.state != LEAVING)
    pods = " + ".join(f"{number} {version}" for version, number in sorted(versions.items()))
    findings = scene.judgement.findings if scene.judgement else ()
    return "; ".join([f"pods {pods}", *(_finding(finding) for finding in findings)])


def _finding(finding: Finding) -> str:
    name = finding.question.name
    if finding.effect is None:
        return f"{name} waits for warm pods"
    effect, limit = axis.amount(finding, finding.effect), axis.tolerated(finding)
    span, mark = axis.span(finding), axis.amount(finding, limit)
    return f"{name} {effect} ({span}; {mark} tolerated) {finding.verdict.value}"
