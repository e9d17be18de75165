"""Reads what a source still holds of a workload's past, and learns from it how its pods differ.

Why: the source keeps what the service did on its good days; a few dozen stretches of it, spread
over days and times of day, say how far apart equally good pods lie, at a few queries each.
Never here: when it is done, storing, statistics.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from analysis.learn import learn
from analysis.past import Past
from analysis.question import Design
from analysis.samples import Arm, Part, Pod, Series, Window
from controller.engine.past import brief_past
from controller.engine.workload import Workload
from controller.ports.metrics import (
    Answer,
    MetricSource,
    PodFamily,
    SampleRequest,
    Samples,
    Trouble,
    Unanswered,
    version_in,
)
from controller.windows import dealt, summed
from policies.model import Policy

LOOK_BACK_SECONDS = 14 * 86_400.0
MOST_STRETCHES, FEWEST_STRETCHES = 40, 4
FEWEST_WINDOWS = 5
LEAD_INTERVALS = 2
"""How long before a stretch a pod must show to be one that was there already: scrapes of pods
do not fall together, and one may be lost."""
MOST_PODS = 20
"""So many at a time, of several versions over the days, are enough to see how they differ."""
MOST_SAMPLES = 6_000_000
"""Of a workload with many series fewer stretches are read."""
NEARER, REFINEMENTS = 8.0, 5
"""Where a time so long ago shows nothing, one so many times nearer is asked next: few queries tell
that there is no past at all, and some more how long one is."""
ROOT_OF_TWO = math.sqrt(2.0)
"""The fractions of its multiples are spread evenly; with them the stretches fall on at least 16
of the 24 hours for a past of any number of days, at equal distances on three for some."""
MOST_TIMEOUTS = 3
"""A metric that was not answered in time so often is not asked for again."""
HOPELESS = frozenset({Trouble.UNREACHABLE, Trouble.REFUSED})

Input = tuple[str, Part]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time, unix seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Recalled:
    """What could be learned, None where nothing could; `why` nothing could, or not all; `failed`
    where that is the source's fault, so that another try may tell more."""

    past: Past | None
    why: str = ""
    failed: bool = False


@dataclass
class History:
    """One workload's samples in a source, as far as they tell how equally good pods differ.

    `family` names its pods; None takes every pod that the source knows. Wherever the source
    fails, the history is shorter; `trouble` is what it said last.
    """

    source: MetricSource
    policy: Policy
    family: PodFamily | None
    trouble: str = field(default="", init=False)
    _gone: bool = field(default=False, init=False)
    _timeouts: Counter[str] = field(default_factory=Counter, init=False)
    _samples: int = field(default=0, init=False)
    _since: float = field(default=math.inf, init=False)

    def recall(self, now: float, look_back_seconds: float = LOOK_BACK_SECONDS) -> Recalled:
        """Finds how far back the samples go, and learns from stretches spread evenly over it."""
        rule = self.policy.analysis
        least = FEWEST_STRETCHES * FEWEST_WINDOWS * rule.interval_seconds
        reach = self._reach(now, look_back_seconds, least)
        if reach is None:
            return self._recalled(None, f"no samples that are {least:.0f} s old")
        stretches = spread_evenly(now, reach, rule.limit_seconds, rule.interval_seconds)
        return self.learn_from(stretches, now)

    def learn_from(self, stretches: Sequence[Stretch], now: float) -> Recalled:
        """Learns from these stretches, one in memory at a time."""
        comparison = self.policy.comparison(Design.SIDE_BY_SIDE, now)
        past = learn(comparison, self._blocks(stretches), now)
        if past.metrics:
            return self._recalled(brief_past(replace(past, since=self._since)), "")
        told = f"too few pods in {past.blocks} stretches of time to tell how they differ"
        return self._recalled(None, told)

    def _recalled(self, past: Past | None, why: str) -> Recalled:
        return Recalled(past, self.trouble or why, failed=bool(self.trouble))

    def _reach(self, now: float, most: float, least: float) -> float | None:
        """For how many seconds back there are samples, None when for less than `least`: nearer
        until there are, then refined."""
        low, high = most, most
        while not self._holds(now - low):
            if self._gone or low < least:
                return None
            low, high = low / NEARER, low
        for _ in range(REFINEMENTS if low < high else 0):
            middle = (low + high) / 2.0
            low, high = (middle, high) if self._holds(now - middle) else (low, middle)
        return low if low >= least else None

    def _holds(self, at: float) -> bool:
        """Whether any metric has samples around that time, as far as anybody answers."""
        if self._gone:
            return False
        width = 2 * LEAD_INTERVALS * self.policy.analysis.interval_seconds
        inputs = {name: (name, part) for name, part in self._inputs() if part is not Part.BAD}
        answers = self._read(list(inputs.values()), Stretch(at - width / 2.0, at + width / 2.0))
        return any(isinstance(one, Samples) and one.series for one in answers.values())

    def _blocks(self, stretches: Sequence[Stretch]) -> Iterator[Sequence[Window]]:
        """The windows of each stretch in which one version alone was there from its beginning."""
        lead = self.policy.analysis.warm_up_seconds + self._margin_seconds
        for number, stretch in enumerate(stretches):
            if number >= FEWEST_STRETCHES and self._samples >= MOST_SAMPLES:
                return
            answers = self._read(list(self._inputs()), Stretch(stretch.start - lead, stretch.end))
            if self._gone:
                return
            block = self._block(stretch, stretch.start - lead, answers)
            if block:
                self._since = min(self._since, stretch.start)
                yield block

    @property
    def _margin_seconds(self) -> float:
        return LEAD_INTERVALS * self.policy.analysis.interval_seconds

    def _block(
        self, stretch: Stretch, lead_from: float, answers: Mapping[Input, Answer]
    ) -> Sequence[Window]:
        found = {key: a.series for key, a in answers.items() if isinstance(a, Samples)}
        blind = {key[0]: a.message for key, a in answers.items() if isinstance(a, Unanswered)}
        born = _first_seen(found)
        if self.family is not None and len({version_in(pod) for pod in born}) > 1:
            return ()
        there = {pod for pod, at in born.items() if at <= lead_from + self._margin_seconds}
        kept = {
            key: _kept(key[1], (one for one in series if one.pod in there))
            for key, series in found.items()
            if key[0] not in blind
        }
        return _windows(stretch, self.policy.analysis.interval_seconds, sorted(there), kept, blind)

    def _inputs(self) -> Iterator[Input]:
        for metric in self.policy.metrics:
            for part in metric.inputs if self._timeouts[metric.name] < MOST_TIMEOUTS else ():
                yield metric.name, part

    def _read(self, inputs: Sequence[Input], stretch: Stretch) -> dict[Input, Answer]:
        """What the source says; a server that is not there is not asked any further."""
        rules = {metric.name: metric for metric in self.policy.metrics}
        requests = [
            SampleRequest(
                rules[name].inputs[part],
                part,
                stretch.start,
                stretch.end,
                family=self.family,
                stratify_by=rules[name].stratify_by,
            )
            for name, part in inputs
        ]
        answers = self.source.read(requests)
        for answer in answers:
            if isinstance(answer, Samples):
                self._samples += sum(len(one.times) for one in answer.series)
        found = dict(zip(inputs, answers, strict=True))
        for (name, _), answer in found.items():
            if isinstance(answer, Unanswered):
                self._note(name, answer)
        return found

    def _note(self, metric: str, unanswered: Unanswered) -> None:
        self.trouble = unanswered.message
        self._timeouts[metric] += unanswered.trouble is Trouble.TIMEOUT
        slow = all(self._timeouts[one.name] >= MOST_TIMEOUTS for one in self.policy.metrics)
        self._gone = self._gone or slow or unanswered.trouble in HOPELESS


def family_of(workload: Workload) -> PodFamily | None:
    """The pods of a workload, past ones too: all, or of a large one so many that about MOST_PODS
    live at a time, drawn by their names. None where the platform's names tell nothing."""
    naming = workload.naming
    if naming is None:
        return None
    share = min(1.0, MOST_PODS / max(1, workload.desired_pods))
    first = naming.alphabet[: math.ceil(share * len(naming.alphabet))]
    pods = f"[{first}][{naming.alphabet}]{{{naming.length - 1}}}"
    return PodFamily(workload.key.namespace, naming.versions, pods)


def spread_evenly(
    now: float, reach_seconds: float, limit_seconds: float, interval_seconds: float
) -> tuple[Stretch, ...]:
    """Stretches as long as a comparison may last (shorter where the past is), one in each of as
    many equal parts of it, at another place in each so that they fall on every time of day; in an
    order in which the first few are spread over all of it too."""
    most = min(limit_seconds, reach_seconds / FEWEST_STRETCHES)
    length = max(FEWEST_WINDOWS, math.floor(most / interval_seconds)) * interval_seconds
    count = max(1, min(MOST_STRETCHES, math.floor(reach_seconds / length)))
    part, room = reach_seconds / count, max(0.0, reach_seconds / count - length)
    ends = [now - n * part - room * (n * ROOT_OF_TWO % 1.0) for n in range(count)]
    return tuple(Stretch(ends[number] - length, ends[number]) for number in _scattered(count))


def _scattered(count: int) -> list[int]:
    """0 to count - 1 by their digits in base two read backwards."""
    width = count.bit_length()
    return sorted(range(count), key=lambda number: f"{number:0{width}b}"[::-1])


def _kept(part: Part, series: Iterable[Series]) -> tuple[Series, ...]:
    """Counters are summed, as only their increments are asked for: a pod with a hundred routes
    costs little more than one with one."""
    return tuple(series) if part is Part.VALUE else summed(series)


def _first_seen(found: Mapping[Input, Sequence[Series]]) -> dict[str, float]:
    """When each pod first showed anything in what was read."""
    first: dict[str, float] = {}
    for series in found.values():
        for one in series:
            if one.times:
                first[one.pod] = min(first.get(one.pod, math.inf), one.times[0])
    return first


def _windows(
    stretch: Stretch,
    interval_seconds: float,
    names: Sequence[str],
    found: Mapping[Input, tuple[Series, ...]],
    blind: Mapping[str, str],
) -> Sequence[Window]:
    if not names:
        return ()
    pods = tuple(Pod(name, Arm.BASELINE, -math.inf) for name in names)
    count = round((stretch.end - stretch.start) / interval_seconds)
    edges = [stretch.start + number * interval_seconds for number in range(count + 1)]
    cuts = (edges[0] - LEAD_INTERVALS * interval_seconds, *edges[1:])
    pieces = {key: dealt(series, cuts) for key, series in found.items()}
    return [
        Window(start, end, pods, {key: piece[index] for key, piece in pieces.items()}, blind)
        for index, (start, end) in enumerate(pairwise(edges))
    ]
