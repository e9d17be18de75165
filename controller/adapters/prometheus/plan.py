"""Turns many requests into few queries.

Why: two hundred rollouts that each asked for their own pods would be thousands of queries a
tick; one that catches up an hour must not make all others fetch an hour.
Never here: sending, decoding.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from controller.openmetrics.labels import PodLabels
from controller.ports.metrics import PodFamily, PodReference, SampleRequest
from policies.selector import Matcher, Operator, Selector

WIDEST_EXCESS_SECONDS = 120.0

_META = re.compile(r"[\\.+*?()|\[\]{}^$]")

_FRAME_CHARACTERS = 200
"""Room for the two labels' names, the operators and the range."""

Numbered = tuple[int, SampleRequest]
"""A request and its place among all requests of a read."""


@dataclass(frozen=True, slots=True)
class Query:
    """Raw samples of `selector` and `pods` in (start, end], for all of `requests`.

    `pods` is empty where the requests name none; `family` is then the one that they ask for, if
    any.
    """

    selector: Selector
    pods: tuple[PodReference, ...]
    start: float
    end: float
    requests: tuple[Numbered, ...]
    family: PodFamily | None = None

    def text(self, labels: PodLabels) -> str:
        """The query in PromQL, to be asked at `time`. One second more than needed is asked for,
        as releases differ in whether the first instant belongs to the range."""
        seconds = math.ceil(self.end - self.start) + 1
        namespaces = sorted({pod.namespace for pod in self.pods})
        names = sorted({pod.name for pod in self.pods})
        narrowed = self.selector.narrowed(
            *_one_of(labels.namespace, namespaces),
            *_one_of(labels.pod, names),
            *_of_family(labels, self.family),
        )
        return f"{narrowed}[{seconds}s]"

    @property
    def time(self) -> str:
        """When to ask, unix seconds to the millisecond, as Prometheus keeps time."""
        return f"{math.ceil(self.end * 1000) / 1000:.3f}"

    def halves(self) -> "tuple[Query, ...]":
        """The same in two smaller queries; none where a single pod cannot be divided."""
        middle = len(self.pods) // 2
        if not middle:
            return ()
        return (
            replace(self, pods=self.pods[:middle]),
            replace(self, pods=self.pods[middle:]),
        )


def _one_of(label: str, values: Sequence[str]) -> Iterator[Matcher]:
    if len(values) == 1:
        yield Matcher(label, Operator.EQUAL, values[0])
    elif values:
        yield Matcher(label, Operator.MATCHES, "|".join(_literal(v) for v in values))


def _of_family(labels: PodLabels, family: PodFamily | None) -> Iterator[Matcher]:
    if family is not None:
        yield Matcher(labels.namespace, Operator.EQUAL, family.namespace)
        yield Matcher(labels.pod, Operator.MATCHES, family.pattern)


def _literal(value: str) -> str:
    return _META.sub(r"\\\g<0>", value)


def plan(requests: Sequence[SampleRequest], longest_characters: int) -> list[Query]:
    """Queries that together answer all requests that ask for anything."""
    queries: list[Query] = []
    by_selector: dict[Selector, list[Numbered]] = {}
    for number, request in enumerate(requests):
        if request.pods is None:
            queries.append(_unmerged(number, request))
        elif request.pods and request.start < request.end:
            by_selector.setdefault(request.selector, []).append((number, request))
    for selector, members in by_selector.items():
        for group in _alike_in_time(members):
            queries.extend(_merged(selector, group, longest_characters))
    return queries


def _unmerged(number: int, request: SampleRequest) -> Query:
    selector = request.selector.narrowed(*request.matchers)
    return Query(selector, (), request.start, request.end, ((number, request),), request.family)


def _alike_in_time(members: Iterable[Numbered]) -> list[list[Numbered]]:
    """Groups in which nobody fetches more than twice his own range, or two minutes more."""
    groups: list[_Group] = []
    for member in sorted(members, key=lambda m: (m[1].start - m[1].end, m[1].start)):
        group = next((group for group in groups if group.suits(member[1])), None)
        if group is None:
            groups.append(_Group(member))
        else:
            group.add(member)
    return [group.members for group in groups]


class _Group:
    """Requests that share a range; added from the longest to the shortest."""

    def __init__(self, first: Numbered) -> None:
        self.members = [first]
        self._start, self._end = first[1].start, first[1].end

    def suits(self, request: SampleRequest) -> bool:
        own = request.end - request.start
        union = max(self._end, request.end) - min(self._start, request.start)
        return union - own <= max(WIDEST_EXCESS_SECONDS, own)

    def add(self, member: Numbered) -> None:
        self.members.append(member)
        self._start = min(self._start, member[1].start)
        self._end = max(self._end, member[1].end)


def _merged(
    selector: Selector, group: Sequence[Numbered], longest_characters: int
) -> Iterator[Query]:
    start = min(request.start for _, request in group)
    end = max(request.end for _, request in group)
    room = longest_characters - len(str(selector)) - _FRAME_CHARACTERS
    everyone = {pod for _, request in group for pod in request.pods or ()}
    for pods in _fitting(sorted(everyone, key=lambda p: (p.namespace, p.name)), room):
        here = set(pods)
        asking = tuple(one for one in group if here & (one[1].pods or frozenset()))
        yield Query(selector, pods, start, end, asking)


def _fitting(pods: Iterable[PodReference], room: int) -> Iterator[tuple[PodReference, ...]]:
    """Pods in their order, in lots whose names fit into `room` characters; at least one each."""
    lot: list[PodReference] = []
    used, namespace = 0, ""
    for pod in pods:
        needed = len(_literal(pod.name)) + 1
        if pod.namespace != namespace:
            needed += len(_literal(pod.namespace)) + 1
        if lot and used + needed > room:
            yield tuple(lot)
            lot, used = [], 0
        lot.append(pod)
        used, namespace = used + needed, pod.namespace
    if lot:
        yield tuple(lot)
