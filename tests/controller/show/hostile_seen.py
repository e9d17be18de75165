"""Workloads on which everything that others can write is hostile."""

from dataclasses import replace

from hypothesis import strategies as st

from analysis.past import Past
from analysis.verdict import Verdict
from controller.engine.outlook import Outlook
from controller.engine.record import Act, Decision, Pin, Quarantined, Record, Rollout, Version
from controller.engine.workload import WorkloadKey
from controller.report import Report
from controller.show.seen import Seen
from tests import hostile
from tests.controller.show.made import EVERY_QUESTION, finding, judged
from tests.controller.show.test_show import held
from tests.fakes import NOW

times = st.floats(0.0, 2e9) | st.sampled_from([NOW, NOW - 5.0, -1e300, 1e18, 1e300])
images = st.dictionaries(hostile.sent, hostile.sent, max_size=3)
versions = st.builds(Version, hostile.sent, images, images)
decisions = st.builds(
    Decision,
    times,
    st.sampled_from(Act),
    st.sampled_from(["", "r"]),
    hostile.sent,
    hostile.sent,
    images,
    images,
    hostile.sent,
    st.lists(hostile.sent, max_size=2).map(tuple),
)
rollouts = st.builds(
    Rollout,
    id=st.just("r"),
    policy=hostile.sent,
    started_at=times,
    limit_at=st.none() | times,
    held_since=st.none() | times,
    ended_at=st.none() | times,
    baseline=versions,
    target=versions,
    candidate=versions,
    baseline_pods=st.lists(hostile.sent, max_size=2).map(tuple),
    verdict=st.sampled_from(["", "Healthy", "Regressed"]) | hostile.sent,
    reason=hostile.sent,
    restored=images,
    past=st.none() | st.just(Past((), 3, NOW, NOW - 86_400.0)),
)
records = st.builds(
    Record,
    st.integers(0, 9),
    images,
    st.none() | rollouts,
    st.none() | versions,
    st.none() | st.builds(Pin, images, hostile.sent, times, hostile.sent, images),
    st.lists(
        st.builds(Quarantined, hostile.sent, hostile.sent, times, hostile.sent), max_size=2
    ).map(tuple),
    st.lists(decisions, max_size=3).map(tuple),
)


@st.composite
def judgements(draw: st.DrawFn) -> object:
    """Findings whose metric and reason are anybody's text."""
    question = replace(draw(st.sampled_from(EVERY_QUESTION)), name=draw(hostile.sent))
    found = finding(question, draw(st.sampled_from(Verdict)))
    return judged(replace(found, reason=draw(hostile.sent), method=draw(hostile.sent)))


reports = st.builds(
    Report,
    times,
    st.sampled_from(["", "r"]),
    st.none() | judgements(),
    st.builds(Outlook, hostile.sent, st.none() | times, st.lists(hostile.sent, max_size=2)),
    hostile.sent,
    st.lists(hostile.sent, max_size=2).map(tuple),
    st.dictionaries(hostile.sent, st.lists(hostile.sent, max_size=1).map(tuple), max_size=1),
)


@st.composite
def seens(draw: st.DrawFn) -> Seen:
    """A workload in rollout, its pods, its record and its report written by somebody else."""
    one = held().workload
    pods = tuple(
        replace(
            pod,
            name=draw(hostile.sent),
            waiting=draw(hostile.sent),
            digests=draw(images),
        )
        for pod in one.pods[:2]
    )
    revisions = tuple(replace(each, images=draw(images)) for each in one.revisions)
    workload = replace(
        one,
        key=WorkloadKey(draw(hostile.sent), draw(hostile.sent), draw(hostile.sent)),
        images=draw(images),
        pods=pods,
        revisions=revisions,
        owned_by=draw(hostile.sent),
        record=draw(records),
    )
    return Seen(workload, draw(st.none() | reports), draw(hostile.sent))
