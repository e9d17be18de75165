"""One rollout's evidence as it grows, and what must be read to let it grow.

Why: evidence is a fold over samples, so after a restart a new case reads the samples from
the beginning and comes to the same answer; nothing here is ever saved.
Never here: decisions, and any outside thing.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from analysis.accumulate import Evidence, begin, fold, judge
from analysis.question import Comparison, Design
from analysis.samples import Arm, Part, Pod, Series, Window
from analysis.verdict import Judgement
from controller.engine.arms import arms
from controller.engine.record import Rollout
from controller.engine.workload import Workload, WorkloadKey
from controller.lateness import OVERLAP_SECONDS, Lateness
from controller.ports.metrics import Answer, PodReference, SampleRequest, Unanswered
from controller.windows import closed_edges, dealt, shifted
from policies.model import Policy

LOOK_BACK_INTERVALS = 2


class Case:
    """The comparison of one rollout: who is compared, what was folded, what is known."""

    def __init__(self, key: WorkloadKey, rollout: Rollout, policy: Policy) -> None:
        self.key = key
        self.rollout_id = rollout.id
        self.judgement: Judgement | None = None
        self.trouble: tuple[str, ...] = ()
        self.unread = True
        self.lateness = Lateness()
        self._policy = policy
        self._comparison = policy.comparison(rollout.design, rollout.started_at)
        self._evidence: Evidence = begin(self._comparison, rollout.past)
        self._folded_until = rollout.started_at
        self._roster: dict[str, Pod] = {
            name: Pod(name, Arm.BASELINE, float("-inf")) for name in rollout.baseline_pods
        }

    @property
    def comparison(self) -> Comparison:
        """What was asked when the rollout began."""
        return self._comparison

    def meet(self, workload: Workload, rollout: Rollout) -> None:
        """Takes note of pods that are new; one that is known keeps its first readiness."""
        for pod in arms(workload, rollout):
            known = self._roster.get(pod.name)
            if known is None or known.arm is not pod.arm:
                self._roster[pod.name] = pod

    def edges(self, until: float) -> tuple[float, ...]:
        """The edges of the windows that have closed and are not folded yet."""
        interval = self._comparison.interval_seconds
        return closed_edges(self._comparison.started_at, interval, self._folded_until, until)

    def next_close(self) -> float:
        """When the next window closes, unix seconds."""
        return self._folded_until + self._comparison.interval_seconds

    def requests(self, edges: Sequence[float]) -> list[SampleRequest]:
        """What must be read for these windows, metric by metric, part by part, arm by arm."""
        return [
            SampleRequest(
                selector,
                part,
                *self._range(arm, edges),
                pods=self._pods(arm),
                stratify_by=metric.stratify_by,
            )
            for metric in self._policy.metrics
            for part, selector in metric.inputs.items()
            for arm in Arm
        ]

    def _pods(self, arm: Arm) -> frozenset[PodReference]:
        namespace = self.key.namespace
        pods = self._roster.values()
        return frozenset(PodReference(namespace, pod.name) for pod in pods if pod.arm is arm)

    def _range(self, arm: Arm, edges: Sequence[float]) -> tuple[float, float]:
        """A first read looks back a little, so that counters have a sample to start from; a later
        one as far as shows whether samples came late."""
        start, end = edges[0] - OVERLAP_SECONDS, edges[-1]
        if edges[0] == self._comparison.started_at:
            start = edges[0] - LOOK_BACK_INTERVALS * self._comparison.interval_seconds
        shift = self._shift(arm)
        return start - shift, end - shift

    def _shift(self, arm: Arm) -> float:
        before_after = self._comparison.design is Design.BEFORE_AFTER
        return self._comparison.limit_seconds if before_after and arm is Arm.BASELINE else 0.0

    def take(self, edges: Sequence[float], answers: Sequence[Answer]) -> None:
        """Folds the answers to `requests(edges)`, and judges. A source that answered nothing
        leaves the case where it was: it is asked for the same windows again."""
        troubles = [a.message for a in answers if isinstance(a, Unanswered)]
        self.trouble = tuple(dict.fromkeys(troubles))
        self.unread = False
        if troubles and len(troubles) == len(answers):
            return
        for window in self._windows(edges, answers):
            self._evidence = fold(self._evidence, window)
        self._folded_until = edges[-1]
        self.judgement = judge(self._evidence)

    def give_up(self, trouble: str) -> None:
        """Stops folding for good: without a judgement there is no data, which decides nothing."""
        self.judgement, self.trouble, self.unread = None, (trouble,), False
        self._folded_until = float("inf")

    def _windows(self, edges: Sequence[float], answers: Sequence[Answer]) -> Iterable[Window]:
        first = edges[0] - LOOK_BACK_INTERVALS * self._comparison.interval_seconds
        starts = (first, *edges[1:]) if self._is_first(edges) else tuple(edges)
        blind: dict[str, str] = {}
        parts: dict[tuple[str, Part], list[tuple[Series, ...]]] = {}
        for (name, part, arm), answer in zip(self._inputs(), answers, strict=True):
            if isinstance(answer, Unanswered):
                blind[name] = answer.message
                continue
            shift = self._shift(arm)
            series = shifted(answer.series, shift) if shift else answer.series
            pieces = dealt(series, starts)
            known = parts.setdefault((name, part), [() for _ in pieces])
            parts[name, part] = [a + b for a, b in zip(known, pieces, strict=True)]
        pods = tuple(sorted(self._roster.values(), key=lambda pod: pod.name))
        for index, (start, end) in enumerate(pairwise(edges)):
            seen = {key: p[index] for key, p in parts.items() if key[0] not in blind}
            yield Window(start, end, pods, seen, blind)

    def _is_first(self, edges: Sequence[float]) -> bool:
        return edges[0] == self._comparison.started_at

    def _inputs(self) -> Iterable[tuple[str, Part, Arm]]:
        for metric in self._policy.metrics:
            for part in metric.inputs:
                for arm in Arm:
                    yield metric.name, part, arm
