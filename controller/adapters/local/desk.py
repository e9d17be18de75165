"""What a person does with the local platform: push an image, deploy, scale, pause.

Why: to the engine these are the world's own moves, as kubectl's and a pipeline's are.
Never here: anything that rollctl itself does to a workload.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from controller.adapters.local.state import LocalWorkload, State, Template
from controller.adapters.local.store import Store
from controller.ports.platform import Refused


class Desk:
    """The person's side of one local platform."""

    def __init__(self, directory: Path) -> None:
        self._store = Store(directory)
        self._store.create()

    def push(self, reference: str, command: Sequence[str]) -> str:
        """Makes an image of a command, in which {host} and {port} stand for the pod's own,
        and gives its digest. Pushing another command under the same reference moves the tag."""
        state = self._store.change(lambda state: state.with_image(reference, list(command)))
        return state.tags[reference]

    def create(self, name: str, image: str, replicas: int, labels: Mapping[str, str]) -> None:
        """Creates a workload. Raises Refused when there is one of that name."""

        def added(state: State) -> State:
            if name in state.workloads:
                raise Refused(f"there is a workload {name} already")
            template = Template(name, image)
            uid = str(uuid.uuid4())
            return state.with_workload(
                LocalWorkload(name, uid, 1, dict(labels), replicas, False, template)
            )

        self._store.change(added)

    def set_template(self, name: str, template: Template) -> None:
        """Wants another template: a rollout, when its image is another."""
        self._want(name, template=template)

    def set_image(self, name: str, image: str) -> None:
        """Wants another image in the same template."""

        def changed(state: State) -> State:
            local = _named(state, name)
            return _wanted(state, local, template=replace(local.template, image=image))

        self._store.change(changed)

    def scale(self, name: str, replicas: int) -> None:
        """Wants another number of pods."""
        self._want(name, replicas=replicas)

    def pause(self, name: str) -> None:
        """Stops the rolling where it is."""
        self._want(name, paused=True)

    def resume(self, name: str) -> None:
        """Lets the rolling go on."""
        self._want(name, paused=False)

    def delete(self, name: str) -> None:
        """Removes a workload and all its pods."""
        self._store.change(
            lambda state: replace(
                state, workloads={n: w for n, w in state.workloads.items() if n != name}
            )
        )

    def _want(self, name: str, **wanted: Any) -> None:
        self._store.change(lambda state: _wanted(state, _named(state, name), **wanted))


def _named(state: State, name: str) -> LocalWorkload:
    local = state.workloads.get(name)
    if local is None:
        raise Refused(f"there is no workload {name}")
    return local


def _wanted(state: State, local: LocalWorkload, **wanted: Any) -> State:
    return state.with_workload(replace(local, generation=local.generation + 1, **wanted))
