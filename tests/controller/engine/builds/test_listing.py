"""What each build is to whom."""

from dataclasses import replace

from analysis.question import Design
from controller.engine.builds.build import Build
from controller.engine.builds.listing import Listed, listed
from controller.engine.builds.shelf import Shelf
from controller.engine.record import Phase, Pin, Record, Rollout, Version
from controller.engine.sight import Sight
from controller.engine.workload import Workload
from tests.controller.engine.builds.made import NOW, SEMVER, bad, build, digest
from tests.fakes import KEY, pod, revision, workload
from tests.policies.images.texts import with_images
from tests.policies.policy_texts import only_policy

REPOSITORY = "docker.io/shop/web"
POLICY = only_policy(with_images(f"{{{SEMVER}}}"))


def running(*tags: str, name: str = "web", record: Record | None = None) -> Workload:
    """A workload with a pod of each of these versions, the last of which its template wants."""
    images = [f"shop/web:{tag}" for tag in tags]
    revisions = tuple(revision(n, image, 1) for n, image in enumerate(images, 1))
    pods = tuple(
        pod(one.name, 0, image, digests={"app": digest(tag)})
        for one, image, tag in zip(revisions, images, tags, strict=True)
    )
    seen = replace(workload(images[-1], {}), revisions=revisions, pods=pods)
    return replace(seen, key=replace(KEY, name=name), record=record or Record())


def rows(*workloads: Workload, builds: tuple[Build, ...] = ()) -> dict[str, Listed]:
    """By tag, what is listed of a repository with these builds, else with four of them."""
    known = builds or tuple(map(build, ("1.2.0", "1.2.1", "1.3.0", "1.1.0")))
    sights = [Sight(one, POLICY, None, NOW) for one in workloads]
    return {one.build.tag: one for one in listed(REPOSITORY, Shelf(known), sights)}


def states(*workloads: Workload, builds: tuple[Build, ...] = ()) -> dict[str, str]:
    """By tag, its state."""
    return {tag: one.state for tag, one in rows(*workloads, builds=builds).items()}


def test_what_runs_is_running_what_is_newer_is_a_candidate_the_rest_was_seen() -> None:
    """An old build is no candidate, since it is never next; and the best is listed first."""
    found = states(running("1.2.1"))
    assert found == {"1.3.0": "candidate", "1.2.1": "running", "1.2.0": "seen", "1.1.0": "seen"}
    assert list(found) == ["1.3.0", "1.2.1", "1.2.0", "1.1.0"]


def test_a_rollout_that_is_compared_shows_who_runs_what() -> None:
    """Old and new both run, and the new one is still a candidate."""
    old, new = (Version("", {"app": f"shop/web:{tag}@{digest(tag)}"}) for tag in ("1.2.0", "1.3.0"))
    rollout = Rollout(*("r", "p", Phase.ANALYZING, NOW), old, old, False, new, Design.SIDE_BY_SIDE)
    found = rows(running("1.2.0", "1.3.0", record=Record(rollout=rollout)))
    assert (found["1.3.0"].state, found["1.2.0"].state) == ("candidate", "running")
    assert [one.name for one in found["1.2.0"].run_by] == ["web"]
    assert [one.name for one in found["1.3.0"].run_by] == ["web"]
    assert found["1.2.1"].run_by == ()


def test_bad_news_of_one_workload_is_the_rows_and_each_workload_has_its_own() -> None:
    """What one has in quarantine and another runs is listed once, as quarantined."""
    burned = running("1.2.0", name="burned", record=Record(quarantine=(bad("1.3.0"),)))
    found = rows(burned, running("1.3.0", name="happy"))["1.3.0"]
    assert found.state == "quarantined"
    assert {use.key.name: use.state for use in found.uses} == {
        "burned": "quarantined",
        "happy": "running",
    }
    assert [one.name for one in found.run_by] == ["happy"]
    assert "in quarantine for another" in found.reasons[0]


def test_a_pin_is_shown() -> None:
    """By its digest, whether or not it runs."""
    pin = Pin({"app": f"shop/web:1.2.0@{digest('1.2.0')}"}, "jo", NOW)
    assert states(running("1.2.1", record=Record(pin=pin)))["1.2.0"] == "pinned"


def test_a_build_whose_digest_is_not_known_is_no_candidate() -> None:
    """What could not be read is said to be unknown, never fine."""
    assert states(running("1.2.0"), builds=(Build("1.3.0", ""),)) == {"1.3.0": "unknown"}


def test_a_pod_that_names_its_platforms_image_runs_the_index() -> None:
    """Also where only its template names the index."""
    index = Build("1.3.0", digest("index"), parts=frozenset({digest("1.3.0")}))
    assert rows(running("1.3.0"), builds=(index,))["1.3.0"].run_by
    seen = running("1.3.0")
    by_index = {"app": f"shop/web:1.3.0@{digest('index')}"}
    asked = replace(seen, images=by_index, revisions=(replace(seen.revisions[0], images=by_index),))
    other = Build("1.3.0", digest("index"), parts=frozenset({digest("elsewhere")}))
    assert rows(asked, builds=(other,))["1.3.0"].run_by


def test_pods_that_leave_run_nothing() -> None:
    """What is on its way out is not who one has to ask."""
    seen = running("1.2.0")
    leaving = replace(seen, pods=tuple(replace(one, leaving=True) for one in seen.pods))
    assert rows(leaving)["1.2.0"].run_by == ()


def test_containers_of_other_repositories_are_left_out() -> None:
    """A build says nothing of a container that a rule does not cover."""
    other = replace(running("1.2.0"), images={"app": "shop/api:1.2.0"})
    assert all(one.uses == () for one in rows(other).values())
