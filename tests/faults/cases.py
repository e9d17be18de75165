"""Which port is tried with which fault, and when.

Why: the table in docs/faults.md has one row for each, so what is not here is not promised.
Never here: what comes of it.
"""

from collections.abc import Iterator

from tests.controller.kubernetes.fake_api import Handler, Misdeed
from tests.crash.journeys import BUILD, JOURNEYS, SHORT
from tests.faults import rigs
from tests.faults.misdeeds import EVERYWHERE, JSON, answers
from tests.faults.play import Case
from tests.testbed.web import Reply

BAD = JOURNEYS[0]
IN_ANALYSIS, AT_THE_VERDICT = (30, 60), (40, 80)
"""A verdict is due at 47 s."""
WHEN_PUSHED, WHEN_CARRIED = (0, 80), (100, 150)
"""A build pushed at 2 s is read at 66 s; its verdict comes at 108 s."""

EMPTY = Reply(200, b'{"status":"success","data":{"resultType":"matrix","result":[]}}', JSON)
PARTIAL = Reply(
    200,
    b'{"status":"success","warnings":["store 2 is away"],'
    b'"data":{"resultType":"matrix","result":[]}}',
    JSON,
)
NO_SERVER = {"nobody listens": rigs.NOBODY}
OF_PROMETHEUS = {
    **NO_SERVER,
    **EVERYWHERE,
    "422": answers(422),
    "a part of its stores is away": PARTIAL,
    "an answer without samples": EMPTY,
}
OF_API_SERVER = {**NO_SERVER, **EVERYWHERE, "409": answers(409), "410": answers(410),
                 "422": answers(422)}  # fmt: skip
OF_REGISTRY = {**NO_SERVER, **EVERYWHERE}


def no_json(handler: Handler) -> None:
    """A watch of something else."""
    handler.begin()
    handler.chunk(b"<!doctype html>\n")
    handler.end()


OF_WATCH: dict[str, Misdeed] = {
    "401": lambda handler: handler.refuse(401),
    "403": lambda handler: handler.refuse(403),
    "410": lambda handler: handler.refuse(410),
    "429": lambda handler: handler.refuse(429),
    "500": lambda handler: handler.refuse(500),
    "503": lambda handler: handler.refuse(503),
    "the stream breaks off": lambda handler: None,
    "no JSON": no_json,
}
HOUR_SECONDS = 3_600.0


def cases() -> Iterator[Case]:
    """All of them, in the table's order."""
    for fault, reply in OF_PROMETHEUS.items():
        yield Case("Prometheus", fault, rigs.metrics(reply), BAD, IN_ANALYSIS)
    for fault, reply in OF_API_SERVER.items():
        yield Case("API server, a change", fault, rigs.writes(reply), BAD, AT_THE_VERDICT)
    yield Case(
        "API server, a change", "done, the answer is lost", rigs.lost_answers, BAD, AT_THE_VERDICT
    )
    yield Case("API server, a watch", "shows what was", rigs.stale_picture, BAD, AT_THE_VERDICT)
    for fault, misdeed in OF_WATCH.items():
        yield Case("API server, a watch", fault, rigs.watch(misdeed), BAD, AT_THE_VERDICT)
    for fault, reply in OF_REGISTRY.items():
        yield Case("registry, builds", fault, rigs.builds(reply), BUILD, WHEN_PUSHED)
    for fault, reply in OF_REGISTRY.items():
        yield Case("registry, a verdict", fault, rigs.verdicts(reply), BUILD, WHEN_CARRIED)
    yield Case("journal", "the disk is full", rigs.full_disk, BAD, AT_THE_VERDICT)
    yield Case("clock", "an hour ahead", rigs.clock(HOUR_SECONDS), BAD, IN_ANALYSIS)
    yield Case("clock", "an hour behind", rigs.clock(-HOUR_SECONDS), BAD, IN_ANALYSIS)
    broken = SHORT.replace("warmup: 1s", "warmup: soon")
    yield Case("policy file", "a mistake in it", rigs.policy_file(broken), BAD, IN_ANALYSIS)
    yield Case("policy file", "gone", rigs.policy_file(None), BAD, IN_ANALYSIS)
