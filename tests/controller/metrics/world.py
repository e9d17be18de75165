"""One small world of samples, that every kind of source is given before it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.samples import Part
from controller.openmetrics.labels import spelled
from controller.ports.metrics import PodReference, SampleRequest
from policies.selector import parse_selector

STEPS = (0.0, 10.0, 20.0, 30.0)
"""Seconds since the world began."""

WEB_1 = PodReference("shop", "web-1")
WEB_2 = PodReference("shop", "web.2")
PAY_1 = PodReference("pay", "web-1")
PODS = (WEB_1, WEB_2, PAY_1)

NASTY = 'a"b\\c\nd{e=~"f"} é'


@dataclass(frozen=True)
class Told:
    """One sample: of which pod, which series, and `step` seconds after the beginning."""

    pod: PodReference
    metric: str
    labels: dict[str, str]
    step: float
    value: float

    def line(self, with_pod: bool, time: str = "") -> str:
        """The sample as a line of text."""
        own = {"pod": self.pod.name, "namespace": self.pod.namespace} if with_pod else {}
        value = {"inf": "+Inf", "nan": "NaN"}.get(repr(self.value), repr(self.value))
        return f"{self.metric}{{{spelled(self.labels | own)}}} {value} {time}".rstrip() + "\n"


def told() -> Iterator[Told]:
    """Everything that is known in this world."""
    for rank, pod in enumerate(PODS):
        for count, step in enumerate(STEPS):
            value = 1000.0 * rank + count
            yield Told(pod, "asked_total", {"code": "200", "path": "/"}, step, value)
            yield Told(pod, "asked_total", {"code": "503", "path": NASTY}, step, value / 10)
            yield Told(pod, "lasted_bucket", {"le": "0.5"}, step, value)
            yield Told(pod, "lasted_bucket", {"le": "+Inf"}, step, value + 1)
            yield Told(pod, "level", {}, step, float("nan") if count == 1 else value)
            if pod == WEB_2:
                yield Told(pod, "limit", {"version": "v2"}, step, float("inf"))


def request(
    selector: str,
    start: float,
    end: float,
    *pods: PodReference,
    part: Part = Part.TOTAL,
) -> SampleRequest:
    """A request for these pods; `start` and `end` in unix seconds."""
    return SampleRequest(parse_selector(selector), part, start, end, frozenset(pods))
