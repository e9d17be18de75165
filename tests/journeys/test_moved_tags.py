"""A tag that somebody moves, before, during and after a release of it."""

from tests.journeys.conftest import GOOD
from tests.journeys.journey import Journey
from tests.testbed.images import Behaviour

BAD = Behaviour(error_ratio=0.5, latency_seconds=0.004)
ALSO_GOOD = Behaviour(error_ratio=0.0022, latency_seconds=0.004)


def digests(journey: Journey, image: str) -> set[str]:
    """What the pods of an image as written really run."""
    return {
        status["imageID"].partition("@")[2]
        for pod in journey.testbed.pods(journey.namespace, "web")
        if "deletionTimestamp" not in pod["metadata"]
        for status in pod["status"].get("containerStatuses", ())
        if pod["spec"]["containers"][0]["image"] == image and "@" in status.get("imageID", "")
    }


def status(journey: Journey) -> str:
    """What a person is shown."""
    done = journey.rollctl("status", "deployment/web", "-n", journey.namespace)
    return done.stdout + done.stderr


def restart_one(journey: Journey, image: str) -> None:
    """Deletes a pod of this image, as a drained node does; the next one pulls anew."""
    pods = journey.testbed.pods(journey.namespace, "web")
    name = next(p["metadata"]["name"] for p in pods if p["spec"]["containers"][0]["image"] == image)
    journey.testbed.api.remove(f"/api/v1/namespaces/{journey.namespace}/pods/{name}")


def test_a_rollback_returns_to_what_ran_although_its_tag_was_moved(governed: Journey) -> None:
    """The digest that served before comes back, not what the tag has become."""
    image = f"shop/{governed.namespace}:latest"
    ran = governed.testbed.catalogue.publish(image, GOOD)
    governed.deploy(image)
    governed.release("shop/web:v2-errors")
    governed.wait(lambda: governed.acts() == ["Begin"], "the release was not seen")
    governed.testbed.catalogue.publish(image, BAD)
    governed.wait_phase("shop/web:v2-errors", "RolledBack")
    assert governed.image() == f"{image}@{ran}"
    governed.testbed.wait_rolled_out(governed.namespace, "web")
    assert digests(governed, governed.image()) == {ran}


def test_a_tag_that_moves_in_mid_rollout_is_said_and_nothing_is_called_good(
    governed: Journey,
) -> None:
    """Pods of one ReplicaSet run two digests: status says so while the rollout is compared, and a
    verdict on both of them is the verdict of neither."""
    governed.deploy("shop/web:v1")
    image = f"shop/{governed.namespace}:main"
    first = governed.testbed.catalogue.publish(image, GOOD)
    governed.release(image)
    governed.wait_phase(image, "Analyzing")
    second = governed.testbed.catalogue.publish(image, ALSO_GOOD)
    restart_one(governed, image)
    governed.wait(lambda: digests(governed, image) == {first, second}, "no pod pulled the other")
    governed.wait(lambda: "run several digests" in status(governed), "it was not said", 30)
    assert governed.wait_phase(image, "Promoted", "RolledBack", seconds=120) == "Promoted"
    assert governed.record.get("good") is None
    assert governed.record.get("quarantine", []) == []
    if governed.rollout["verdict"] == "Healthy":
        assert "not remembered as good" in governed.rollout["reason"]


def test_a_restart_that_pulls_another_digest_is_said_and_is_no_rollout(governed: Journey) -> None:
    """No template shows it: what was judged is still what is good, and a person is told."""
    governed.deploy("shop/web:v1")
    image = f"shop/{governed.namespace}:stable"
    judged = governed.testbed.catalogue.publish(image, GOOD)
    governed.release(image)
    assert governed.wait_phase(image, "Promoted", "RolledBack", seconds=120) == "Promoted"
    governed.testbed.wait_rolled_out(governed.namespace, "web")
    pulled = governed.testbed.catalogue.publish(image, ALSO_GOOD)
    acts = governed.acts()
    governed.testbed.restart(governed.namespace, "web")
    governed.wait(lambda: digests(governed, image) == {pulled}, "the restart pulled nothing", 90)
    governed.wait(lambda: "was compared with nothing" in status(governed), "it was not said", 30)
    assert governed.acts() == acts
    known = governed.rollout["candidate"]["digests"]
    assert known == {"app": judged}
