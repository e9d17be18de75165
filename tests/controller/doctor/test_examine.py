"""What `rollctl doctor` finds, on fakes: everything at once, each with what mends it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from analysis.samples import Part, Series
from controller.adapters.kubernetes.permissions import LEASE, PERMISSIONS
from controller.cli.doctoring import document, exit_code, line, tell
from controller.doctor.examine import Patient, examine
from controller.doctor.finding import Finding, Level
from controller.engine.workload import Workload
from controller.openmetrics.labels import PodLabels
from controller.ports.access import Permission
from controller.ports.metrics import Answer, SampleRequest, Samples, Trouble, Unanswered
from controller.ports.platform import PlatformError, Refused, Unavailable
from controller.ports.registry import RegistryError, RegistryUnavailable, Repository, Unauthorized
from policies.load import Loaded, load_text
from tests.fakes import KEY, NOW, POLICY_TEXT, FakePlatform, FakeSource, workload

LABELS = PodLabels()
IMAGES = "  images: [{repository: ghcr.io/shop/web, semver: '>=1'}]\n"


@dataclass
class FakeAccess:
    """Allows everything but what it lacks."""

    lacks: frozenset[str] = frozenset()
    ahead: float | None = 0.0
    down: PlatformError | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    permissions: Sequence[Permission] = PERMISSIONS

    def describe(self) -> str:
        return "a fake platform"

    def server_time(self) -> float | None:
        if self.down:
            raise self.down
        return None if self.ahead is None else NOW + self.ahead

    def needed(self) -> Sequence[Permission]:
        return self.permissions

    def allows(self, permission: Permission, namespace: str) -> bool:
        if self.down:
            raise self.down
        self.asked.append((str(permission), namespace))
        return str(permission) not in self.lacks


@dataclass
class ClockedFake(FakeSource):
    """A source that says what time it is."""

    server_time: float | None = NOW


class FakeRegistry:
    """Lists one tag, or fails."""

    def __init__(self, error: RegistryError | None = None) -> None:
        self.error = error

    def tags(self, repository: Repository) -> tuple[str, ...]:
        if self.error:
            raise self.error
        return ("1.0.0",)


def series(pod: str, *values: float, key: str = "") -> Series:
    """One series, a sample every minute until now."""
    times = tuple(NOW - 60.0 * n for n in reversed(range(len(values))))
    return Series(pod, key, times, values)


SEEN = workload("shop/web:v1", {"shop/web:v1": 2})
PODS = tuple(pod.name for pod in SEEN.pods)


def served(request: SampleRequest) -> Answer:
    """What a busy service shows; of errors, none."""
    if request.part is Part.BAD or "up" in request.selector.metric:
        return Samples(())
    return Samples(tuple(series(pod, 1.0, 5.0, 9.0) for pod in PODS))


def only_wide(*found: Series) -> FakeSource:
    """Nothing of the pods asked for, but this of the metric at large."""

    def answer(request: SampleRequest) -> Answer:
        return Samples(found if request.pods is None else ())

    return ClockedFake(answer=answer)


def loaded(text: str = POLICY_TEXT) -> Loaded:
    """A policy as read."""
    return load_text(text, "policy.yaml")


def patient(*workloads: Workload, **changes: object) -> Patient:
    """A healthy installation, changed as asked."""
    made = Patient(
        loaded=loaded(),
        access=FakeAccess(),
        watcher=FakePlatform(*(workloads or (SEEN,))),
        namespaces=(),
        source=ClockedFake(answer=served),
        labels=LABELS,
        registry=FakeRegistry(),  # type: ignore[arg-type]  # tags are all that a doctor asks for
        clock=lambda: NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def failing(one: Patient) -> list[Finding]:
    """What is not well, each with what to do about it."""
    found = [finding for finding in examine(one) if finding.level is Level.FAIL]
    assert all(finding.mend for finding in found)
    return found


def test_a_healthy_installation_has_nothing_to_mend() -> None:
    """Every check of a healthy installation is made, and all are well."""
    found = list(examine(patient(loaded=loaded(POLICY_TEXT + IMAGES))))
    assert {one.level for one in found} == {Level.OK}, [line(one) for one in found]
    checks = [one.check for one in found]
    assert checks.count("permission") == len(PERMISSIONS)
    assert list(dict.fromkeys(checks)) == [
        *("policies", "platform", "platform clock", "permission", "metrics source"),
        *("metrics clock", "governed", "metric", "traffic", "registry"),
    ]
    assert exit_code(found) == 0


@pytest.mark.parametrize("missing", PERMISSIONS, ids=str)
def test_each_missing_permission_is_told_with_its_rule(missing: Permission) -> None:
    """Whichever permission is missing, that one is told with the rule to add, and the exit code
    says that something is not allowed."""
    found = failing(patient(access=FakeAccess(lacks=frozenset({str(missing)}))))
    assert [one.check for one in found] == ["permission"]
    assert str(missing) in found[0].told
    assert missing.as_rule() in found[0].mend
    assert exit_code(found) == 4


def test_permissions_are_asked_for_where_the_service_runs() -> None:
    """With namespaces named, each is asked for in each of them."""
    access = FakeAccess()
    list(examine(patient(access=access, namespaces=("shop", "till"))))
    assert {namespace for _, namespace in access.asked} == {"shop", "till"}


def test_a_permission_of_one_namespace_is_asked_for_there() -> None:
    """Leases are needed where the service has its own, whatever it governs."""
    needed = tuple(replace(one, namespace="rollctl") for one in LEASE)
    access = FakeAccess(lacks=frozenset({"patch leases.coordination.k8s.io"}), permissions=needed)
    (found,) = failing(patient(access=access, namespaces=("shop", "till")))
    assert {namespace for _, namespace in access.asked} == {"rollctl"}
    assert "is not allowed in rollctl, needed to take and renew the lead" in found.told


def test_all_checks_are_made_whatever_fails_first() -> None:
    """With everything broken each part is told of, not only the first."""

    class Away(FakePlatform):
        def start(self) -> None:
            raise Unavailable("nobody there")

    broken = patient(
        loaded=loaded(POLICY_TEXT + IMAGES + "---\nkind: Nonsense\n"),
        access=FakeAccess(down=Unavailable("nobody there")),
        watcher=Away(),
        source=ClockedFake(down=True, server_time=None),
        registry=FakeRegistry(RegistryUnavailable("ghcr.io does not answer")),
    )
    broken = replace(
        broken, loaded=replace(broken.loaded, policies=loaded(POLICY_TEXT + IMAGES).policies)
    )
    checks = {one.check for one in failing(broken)}
    assert checks == {"policies", "platform", "metrics source", "governed", "registry"}


def test_a_refusal_by_the_platform_is_one() -> None:
    """A token that the platform does not know ends as what is not allowed."""
    found = failing(patient(access=FakeAccess(down=Refused("401"))))
    assert exit_code(found) == 4


@pytest.mark.parametrize(
    ("ahead", "level"),
    [(0.4, Level.OK), (-1.9, Level.OK), (5.0, Level.WARN), (-60.0, Level.FAIL), (None, Level.WARN)],
)
def test_clocks_are_compared(ahead: float | None, level: Level) -> None:
    """A second is well, some are doubtful, many are not; no clock is doubtful."""
    time = None if ahead is None else NOW + ahead
    found = list(
        examine(
            patient(
                access=FakeAccess(ahead=ahead), source=ClockedFake(answer=served, server_time=time)
            )
        )
    )
    levels = {one.check: one.level for one in found}
    assert levels["platform clock"] is levels["metrics clock"] is level


def test_a_policy_that_governs_nothing_is_told() -> None:
    """A policy whose labels nobody has is not well, and its labels are told."""
    (found,) = failing(patient(replace(SEEN, labels={"app": "till"})))
    assert "governs no workload" in found.told
    assert "app=web" in found.told


def test_a_workload_that_two_policies_claim_is_told() -> None:
    """A workload of two policies is under neither, and both are named."""
    second = loaded(POLICY_TEXT.replace("shop-web", "other")).policies
    both = replace(loaded(), policies=(*loaded().policies, *second))
    told = " ".join(one.told for one in failing(patient(loaded=both)))
    assert f"{KEY} is claimed by 2 policies: shop-web, other" in told


def test_no_policy_is_not_well() -> None:
    """An empty folder is told."""
    (found,) = failing(patient(loaded=Loaded()))
    assert found.told == "there is no policy"


@pytest.mark.parametrize(
    ("source", "told", "mend"),
    [
        (only_wide(), "no pod at all has a series of http_requests_total", "check its name"),
        (
            only_wide(series("10.0.0.1:80", 1.0, key=f'kubernetes_pod="{PODS[0]}"')),
            "name the pod in the label kubernetes_pod, not in pod",
            "podLabel: kubernetes_pod",
        ),
        (
            only_wide(series(PODS[0], 1.0, key='code="200",ns="shop"')),
            "do not name the namespace in the label namespace",
            "namespaceLabel: ns",
        ),
        (only_wide(series("till-1", 1.0)), "is there of others (till-1)", "scraped"),
    ],
)
def test_why_a_metric_is_absent(source: FakeSource, told: str, mend: str) -> None:
    """No such metric, another label and pods that nobody scrapes are told apart."""
    (found,) = failing(patient(source=source))
    assert told in found.told
    assert mend in found.mend


def test_a_selector_that_nothing_meets_is_told() -> None:
    """Series of the pods that lack the labels asked for are no absent metric."""
    text = POLICY_TEXT.replace(
        "total: http_requests_total", "total: 'http_requests_total{a=\"b\"}'"
    )
    source = only_wide(series(PODS[0], 1.0))
    (found,) = failing(patient(loaded=loaded(text), source=source))
    assert 'none that meets {a="b"}' in found.told


def test_bad_events_of_their_own_metric_must_be_there() -> None:
    """Of the same metric, none may mean that nothing failed; of another it means that it is
    not there."""
    text = POLICY_TEXT.replace("'http_requests_total{code=~\"5..\"}'", "http_errors_total")

    def answer(request: SampleRequest) -> Answer:
        return Samples(()) if request.pods is None else served(request)

    (found,) = failing(patient(loaded=loaded(text), source=ClockedFake(answer=answer)))
    assert "no pod at all has a series of http_errors_total" in found.told


def test_a_service_without_traffic_is_told() -> None:
    """Counters that stand still are no data."""

    def answer(request: SampleRequest) -> Answer:
        return Samples(tuple(series(pod, 7.0, 7.0) for pod in PODS))

    (found,) = failing(patient(source=ClockedFake(answer=answer)))
    assert (found.check, "nothing was counted" in found.told) == ("traffic", True)


def test_some_pods_without_series_are_doubtful() -> None:
    """One pod that nobody scrapes is told, and is no failure."""

    def answer(request: SampleRequest) -> Answer:
        return Samples((series(PODS[0], 1.0, 5.0),))

    found = list(examine(patient(source=ClockedFake(answer=answer))))
    (one,) = [finding for finding in found if finding.level is not Level.OK]
    assert f"no series of {PODS[1]} (1 of 2 pods)" in one.told
    assert one.level is Level.WARN


def test_a_source_that_fails_in_between_is_told() -> None:
    """A metric that could not be asked for is not taken for an absent one."""

    def answer(request: SampleRequest) -> Answer:
        if request.selector.metric == "up":
            return Samples(())
        return Unanswered(Trouble.TIMEOUT, "is too slow: raise the timeout")

    (found,) = failing(patient(source=ClockedFake(answer=answer)))
    assert "is too slow" in found.told


def test_without_ready_pods_nothing_is_said_of_metrics() -> None:
    """Pods that do not serve have no metrics to look for."""
    pods = tuple(replace(pod, ready_at=None) for pod in SEEN.pods)
    found = list(examine(patient(replace(SEEN, pods=pods))))
    assert [one.told for one in found if one.check == "metric"] == [
        f"{KEY} has no ready pod to look at"
    ]


def test_a_registry_that_lets_nobody_in_is_a_refusal() -> None:
    """A wrong login is told with its repository's own words."""
    found = failing(
        patient(
            loaded=loaded(POLICY_TEXT + IMAGES),
            registry=FakeRegistry(Unauthorized("ghcr.io does not let rollctl in")),
        )
    )
    assert [one.check for one in found] == ["registry"]
    assert exit_code(found) == 4


def test_a_large_policy_is_looked_at_in_part_and_says_so() -> None:
    """Of many workloads the largest few are looked at, and the rest is told."""
    many = [replace(SEEN, key=replace(KEY, name=f"web-{n}")) for n in range(5)]
    found = list(examine(patient(*many)))
    assert sum(one.check == "traffic" for one in found) == 3
    assert any("2 more workloads were not looked at" in one.told for one in found)


def test_lines_and_documents_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """A finding is one printable line, and one entry of the document."""
    evil = Finding(Level.FAIL, "policies", "\x1b[2Jbad\nline", "mend it")
    assert tell([evil], as_document=False) == 1
    assert capsys.readouterr().out == "FAIL  policies         �[2Jbad line; mend it\n"
    assert tell([evil], as_document=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert told == document([evil])
    assert told["healthy"] is False
    assert told["checks"][0]["level"] == "fail"
