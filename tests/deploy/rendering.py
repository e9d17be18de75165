"""Renders what is shipped, with the real kustomize and the real Helm.

Why: only their own programs say what they make of the files.
Never here: clusters.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.deploy.roles import DEPLOY
from tests.testbed.api import Document
from tests.testbed.binaries import ensure_programs

CHART = DEPLOY / "helm" / "rollctl"
OVERLAYS = DEPLOY / "kustomize" / "overlays"
DATA = Path(__file__).parent / "data"
RENDER_SECONDS = 60
KUBERNETES = "1.36.3"


@dataclass(frozen=True, slots=True)
class Overlay:
    """One overlay of kustomize."""

    name: str

    def render(self) -> list[Document]:
        """Its objects."""
        kustomize = ensure_programs("kustomize")["kustomize"]
        return _documents([str(kustomize), "build", str(OVERLAYS / self.name)])


@dataclass(frozen=True, slots=True)
class Release:
    """The chart with some options of `helm template`."""

    name: str
    options: tuple[str, ...] = ()

    def render(self) -> list[Document]:
        """Its objects."""
        done = template(self.options)
        assert done.returncode == 0, done.stderr
        return _read(done.stdout)


Rendered = Overlay | Release

SHIPPED: tuple[Rendered, ...] = (
    *(Overlay(each.name) for each in sorted(OVERLAYS.iterdir())),
    Release("chart"),
    Release("chart-dry-run", ("--set", "dryRun=true")),
    Release("chart-full", ("-f", str(DATA / "full.yaml"))),
)


def template(options: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """`helm template`, however it ends."""
    helm = ensure_programs("helm")["helm"]
    command = [str(helm), "template", "rollctl", str(CHART), "--namespace", "rollctl-chart"]
    return _run([*command, "--kube-version", KUBERNETES, *options])


def lint(options: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """`helm lint --strict`, however it ends."""
    helm = ensure_programs("helm")["helm"]
    command = [str(helm), "lint", "--strict", "--kube-version", KUBERNETES]
    return _run([*command, str(CHART), *options])


def _documents(command: Sequence[str]) -> list[Document]:
    done = _run(command)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "it warns"
    return _read(done.stdout)


def _read(text: str) -> list[Document]:
    return [document for document in yaml.safe_load_all(text) if document]


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=RENDER_SECONDS, check=False
    )


def of_kind(documents: Sequence[Document], kind: str) -> list[Document]:
    """The objects of one kind."""
    return [document for document in documents if document["kind"] == kind]


def container(documents: Sequence[Document]) -> Document:
    """The container of rollctl, wherever it runs."""
    found: list[Document] = [
        one
        for deployment in of_kind(documents, "Deployment")
        for one in deployment["spec"]["template"]["spec"]["containers"]
        if one["name"] == "rollctl"
    ]
    assert len(found) == 1
    return found[0]
