"""No workload has two policies, and a broken file ends nobody's governing."""

from pathlib import Path

import pytest

from policies.load import Loaded, load, load_text
from policies.model import claimants
from policies.reload import reload


def text(name: str, workloads: str) -> str:
    """A policy of this name that governs these workloads."""
    return (
        f"---\napiVersion: rollctl/v1\nkind: RolloutPolicy\nmetadata: {{name: {name}}}\n"
        f"spec:\n  workloads: {workloads}\n  preset: http-service\n"
    )


WEB = "{namespaces: [shop], selector: {matchLabels: {app: web}}}"
API = "{namespaces: [shop], selector: {matchLabels: {app: api}}}"


@pytest.mark.parametrize(
    "other",
    [
        WEB,
        "{selector: {matchLabels: {app: web}}}",
        "{namespaces: [bank, shop], selector: {}}",
        "{namespaces: [shop], selector: {matchLabels: {app: web, tier: front}}}",
        "{selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}",
    ],
)
def test_provable_overlap_is_refused(other: str) -> None:
    """Policies of which one's conditions are among the other's claim one workload."""
    (problem,) = load_text(text("one", WEB) + text("two", other), "f").problems
    assert (problem.line, problem.column, problem.field) == (13, 14, "spec.workloads")
    assert 'the policy "one" claims too (f:2)' in problem.message


@pytest.mark.parametrize(
    "other", [API, "{namespaces: [bank], selector: {matchLabels: {app: web}}}"]
)
def test_no_overlap_is_fine(other: str) -> None:
    """Policies that share no namespace, or differ in a condition, stand side by side."""
    assert len(load_text(text("one", WEB) + text("two", other), "f").policies) == 2


def test_same_name_twice() -> None:
    """A name stands once over all documents."""
    (problem,) = load_text(text("one", WEB) + text("one", API), "f").problems
    assert (problem.line, problem.column) == (11, 18)


def test_claimants_at_run_time() -> None:
    """A workload that meets both selectors has two claimants, which is a conflict."""
    front = "{namespaces: [shop], selector: {matchLabels: {tier: front}}}"
    policies = load_text(text("one", WEB) + text("two", front), "f").policies
    both = {"app": "web", "tier": "front"}
    assert len(claimants(policies, "Deployment", "shop", both)) == 2
    assert [p.name for p in claimants(policies, "Deployment", "shop", {"app": "web"})] == ["one"]
    assert claimants(policies, "Deployment", "bank", both) == ()
    assert claimants(policies, "StatefulSet", "shop", both) == ()


@pytest.mark.parametrize(
    ("expression", "labels", "claimed"),
    [
        ("{key: app, operator: In, values: [web]}", {"app": "web"}, True),
        ("{key: app, operator: In, values: [web]}", {}, False),
        ("{key: app, operator: NotIn, values: [web]}", {}, True),
        ("{key: app, operator: NotIn, values: [web]}", {"app": "web"}, False),
        ("{key: app, operator: Exists}", {"app": ""}, True),
        ("{key: app, operator: DoesNotExist}", {"app": ""}, False),
    ],
)
def test_label_conditions(expression: str, labels: dict[str, str], claimed: bool) -> None:
    """Label conditions mean what they mean in Kubernetes."""
    workloads = f"{{selector: {{matchExpressions: [{expression}]}}}}"
    (policy,) = load_text(text("one", workloads), "f").policies
    assert policy.workloads.claims("Deployment", "any", labels) is claimed


def names(loaded: Loaded) -> list[str]:
    """The names of the policies in force."""
    return [policy.name for policy in loaded.policies]


def test_broken_file_keeps_its_last_good_policies(tmp_path: Path) -> None:
    """A broken file keeps its old policies, its neighbour takes its new ones, and the problem
    is carried; mended, the new ones are taken."""
    one, two = tmp_path / "1.yaml", tmp_path / "2.yaml"
    one.write_text(text("one", WEB))
    two.write_text(text("two", API))
    first = load([tmp_path])
    one.write_text(text("new", "{selector: {"))
    two.write_text(text("other", API))
    second = reload(first, load([tmp_path]))
    assert names(second) == ["one", "other"]
    assert [Path(problem.file).name for problem in second.problems] == ["1.yaml"]
    assert names(reload(second, load([tmp_path]))) == ["one", "other"]
    one.write_text(text("new", WEB))
    third = reload(second, load([tmp_path]))
    assert (names(third), third.problems) == (["new", "other"], ())


def test_removed_file_ends_its_policies(tmp_path: Path) -> None:
    """A file that is gone takes its policies with it."""
    one = tmp_path / "1.yaml"
    one.write_text(text("one", WEB))
    first = load([tmp_path])
    one.unlink()
    assert reload(first, load([tmp_path])) == Loaded()


def test_vanished_directory_keeps_its_policies(tmp_path: Path) -> None:
    """A directory that cannot be read is broken, and its policies stay in force."""
    directory = tmp_path / "policies"
    directory.mkdir()
    (directory / "1.yaml").write_text(text("one", WEB))
    first = load([directory])
    directory.rename(tmp_path / "elsewhere")
    second = reload(first, load([directory]))
    assert names(second) == ["one"]
    assert "no such file" in second.problems[0].message


def test_kept_policy_wins_over_a_fresh_claim(tmp_path: Path) -> None:
    """What was kept stays the only policy of its workloads, and the newcomer is named."""
    one, two = tmp_path / "1.yaml", tmp_path / "2.yaml"
    one.write_text(text("one", WEB))
    first = load([tmp_path])
    one.write_text("{")
    two.write_text(text("two", WEB))
    second = reload(first, load([tmp_path]))
    assert names(second) == ["one"]
    assert {Path(problem.file).name for problem in second.problems} == {"1.yaml", "2.yaml"}
