"""Why a metric has no series for a workload's pods.

Why: no such metric, another label for the pod and pods that nobody scrapes look alike to a query
and are mended in three ways.
Never here: whether there are series.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from analysis.samples import Part, Series
from controller.openmetrics.labels import PodLabels, spelled
from controller.ports.metrics import MetricSource, PodReference, SampleRequest, Unanswered
from policies.selector import Selector

RANGE_SECONDS = 60.0
CONFIG = "the file of --prometheus-config"

Told = tuple[str, str]
"""Why, and what to do."""

_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def absent(
    source: MetricSource,
    labels: PodLabels,
    selector: Selector,
    pods: Collection[PodReference],
    until: float,
) -> Told:
    """Looks for the metric at whatever pod, by whatever labels."""
    bare = Selector(selector.metric)
    wide = SampleRequest(bare, Part.VALUE, until - RANGE_SECONDS, until)
    (answer,) = source.read([wide])
    if isinstance(answer, Unanswered):
        return f"no series for its pods, and why is not known ({answer.message})", "ask again"
    if not answer.series:
        why = f"no pod at all has a series of {bare}"
        return why, "check its name; see that the pods export it and are scraped"
    return _misplaced(labels, selector, pods, answer.series)


def _misplaced(
    labels: PodLabels,
    selector: Selector,
    pods: Collection[PodReference],
    series: Sequence[Series],
) -> Told:
    names = {pod.name for pod in pods}
    namespaces = {pod.namespace for pod in pods}
    own = [one for one in series if one.pod in names]
    other = _label_with(names, series)
    if other:
        why = f"its series name the pod in the label {other}, not in {labels.pod}"
        return why, f"write podLabel: {other} into {CONFIG}"
    if own and selector.matchers:
        asked = ",".join(str(one) for one in selector.matchers)
        why = f"its pods have series of {selector.metric}, but none that meets {{{asked}}}"
        return why, "check the labels that the selector asks for"
    if own:
        other = _label_with(namespaces, own) or "..."
        why = f"its series do not name the namespace in the label {labels.namespace}"
        return why, f"write namespaceLabel: {other} into {CONFIG}"
    some = min(one.pod for one in series) or "a pod without a name"
    why = f"{selector.metric} is there of others ({some}), not of its pods"
    return (
        why,
        f"have its pods scraped; are they, write the label of their name as podLabel into {CONFIG}",
    )


def _label_with(values: Collection[str], series: Iterable[Series]) -> str:
    """The label, of those that tell series apart, that holds one of these values."""
    wanted = {spelled({"x": value})[2:] for value in values}
    for one in series:
        for name, value in _LABEL.findall(one.key):
            if f'"{value}"' in wanted:
                return str(name)
    return ""
