"""Between a workload's containers and a repository's builds.

Why: a rule speaks of a repository, a template of containers, a pod of digests.
Never here: the choice, registries.
"""

from collections.abc import Mapping

from controller.engine.arms import digests_of
from controller.engine.builds.build import Build, Running
from controller.engine.images import by_digest, digest_of
from controller.engine.record import Version
from controller.engine.workload import Workload
from policies.images.model import ImageRule


def containers_of(rule: ImageRule, images: Mapping[str, str]) -> tuple[str, ...]:
    """The containers that the rule is for, by name."""
    return tuple(sorted(name for name, image in images.items() if rule.covers(name, image)))


def running_in(workload: Workload, container: str) -> Running:
    """What the container is wanted to run: the digest that the template names, since a pod may
    name that of its platform alone; else the one that all pods of this template agree on."""
    reference = workload.images[container]
    return Running(reference, digest_of(reference) or _agreed(workload, container))


def _agreed(workload: Workload, container: str) -> str:
    current = workload.current_revision()
    name = current.name if current else ""
    pods = [pod for pod in workload.pods if pod.revision == name and not pod.leaving]
    return digests_of(pods).get(container, "")


def with_build(images: Mapping[str, str], container: str, build: Build) -> dict[str, str]:
    """The images with this build in the container: repository as the template spells it, the tag
    for people, the digest for the cluster."""
    name = images[container].partition("@")[0]
    head, colon, tail = name.rpartition(":")
    repository = head if colon and "/" not in tail else name
    return {**images, container: by_digest(f"{repository}:{build.tag}", build.digest)}


def judged_digest(version: Version, container: str) -> str:
    """The digest that a verdict on this version is about: the one that was asked for, which may
    be an index, before the one that a pod named; "" where neither is known."""
    asked_for = digest_of(version.images.get(container, ""))
    return asked_for or version.digests.get(container, "")
