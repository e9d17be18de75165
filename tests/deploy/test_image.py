"""The image: what its Dockerfile says, and that what it installs runs as the manifests run it."""

import json
import re
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.deploy.accounts import shipped as account_of
from tests.deploy.dockerfile import DOCKERFILE, IMAGE, of, stages
from tests.deploy.image import build
from tests.deploy.rendering import SHIPPED, Rendered, container, of_kind
from tests.journeys.service import free_port
from tests.testbed.api import Document
from tests.testbed.certificates import Authority
from tests.testbed.cluster import Testbed
from tests.testbed.processes import CHECKOUT

START_SECONDS = 90.0
STOP_SECONDS = 30.0
LISTEN = "0.0.0.0:9746"


def test_only_what_is_needed_is_in_the_last_stage() -> None:
    """The last of two stages copies the installation and runs nothing; the base is slim and one
    argument for both."""
    first, last = stages()
    assert [one.text for one in (first[0], last[0])] == ["${PYTHON} AS build", "${PYTHON}"]
    assert re.search(r"^ARG PYTHON=\S+:3\.\d+-slim$", DOCKERFILE.read_text(), re.MULTILINE)
    assert [one.words for one in of(last, "COPY")] == [
        ["--from=build", "/opt/rollctl", "/opt/rollctl"]
    ]
    assert of(last, "RUN") == of(last, "ADD") == of(first, "ADD") == []


@pytest.mark.real
def test_it_runs_as_nobody_without_a_shell() -> None:
    """The user is a number other than root's, the same that the manifests name; the program is
    started without a shell; the port is the one that it is told to listen on."""
    _, last = stages()
    ((user,),) = (one.words for one in of(last, "USER"))
    uid, _, gid = user.partition(":")
    assert "0" not in {uid, gid}
    (entry,) = of(last, "ENTRYPOINT")
    assert entry.text.startswith("[")
    (port,) = of(last, "EXPOSE")
    for one in SHIPPED:
        documents = one.render()
        (deployment,) = of_kind(documents, "Deployment")
        pod = deployment["spec"]["template"]["spec"]
        security = {**pod.get("securityContext", {}), **container(documents)["securityContext"]}
        assert (str(security["runAsUser"]), str(security["runAsGroup"])) == (uid, gid)
        assert str(container(documents)["ports"][0]["containerPort"]) == port.text
        assert f"--listen={LISTEN}" in container(documents)["args"]


def test_the_builder_is_sent_what_is_copied() -> None:
    """What the ignore file lets through is just what the Dockerfile copies, and all is there."""
    first, _ = stages()
    copied = {name for one in of(first, "COPY") for name in one.words[:-1]}
    ignored = (IMAGE / "Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    assert all((CHECKOUT / name).exists() for name in copied)


def locked(file: Path) -> dict[str, list[str]]:
    """The versions that a lock allows for each package."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", file.read_text(), re.MULTILINE):
        found.setdefault(name, []).append(version)
    return found


@pytest.mark.parametrize("name", ["requirements.lock", "build.lock"])
def test_the_image_has_the_versions_that_are_tested(name: str) -> None:
    """The image's locks hold the same versions as the lock that tests run with, each with
    hashes, and name no index."""
    text = (IMAGE / name).read_text()
    everything = locked(CHECKOUT / "requirements.lock")
    mine = locked(IMAGE / name)
    assert mine
    assert {package: everything[package] for package in mine} == mine
    assert text.count("==") <= text.count("--hash=sha256:")
    assert "://" not in text


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as the image has it."""
    return build(tmp_path_factory.mktemp("image"))


@pytest.mark.real
@pytest.mark.slow
def test_what_is_installed_is_small_and_complete(program: Path) -> None:
    """The installation runs, without what builds or tests it, and is compiled, so that nothing
    needs to be written when it runs."""
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    assert "rollback" in done.stdout
    python = program.parent / "python"
    code = "import importlib.metadata as m, json; print(json.dumps(sorted(d.name.lower() for d in m.distributions())))"
    listed = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    names = set(json.loads(listed.stdout))
    assert "rollctl" in names
    assert not names & {"pip", "setuptools", "pytest", "ruff", "mypy", "uv"}
    library = next((program.parents[1] / "lib").iterdir()) / "site-packages"
    modules = list((library / "controller").rglob("*.py"))
    assert modules
    assert all(list((file.parent / "__pycache__").glob(f"{file.stem}.*.pyc")) for file in modules)


class Container:
    """The container of a manifest, run as a process: its arguments and environment, with a
    folder in place of each mount."""

    def __init__(self, program: Path, documents: list[Document], folder: Path) -> None:
        self._program = program
        self._documents = documents
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "log"
        self._trust: ssl.SSLContext | None = None

    def start(self, kubeconfig: Path, prometheus: str) -> None:
        """Starts it, with the ways to the cluster that a pod would be given."""
        one = container(self._documents)
        self._mount(one)
        arguments = [self._located(argument) for argument in one["args"]]
        environment = {each["name"]: each["value"] for each in one.get("env", ())}
        if "ROLLCTL_PROMETHEUS" in environment:
            environment["ROLLCTL_PROMETHEUS"] = prometheus
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(self._program), *arguments, f"--kubeconfig={kubeconfig}"],
                env={"PATH": "/usr/bin:/bin", "HOME": "/", **environment},
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )

    def _mount(self, one: Document) -> None:
        (deployment,) = of_kind(self._documents, "Deployment")
        volumes = {v["name"]: v for v in deployment["spec"]["template"]["spec"]["volumes"]}
        for mount in one["volumeMounts"]:
            place = Path(self._located(mount["mountPath"]))
            place.mkdir(parents=True)
            named = volumes[mount["name"]].get("configMap", {}).get("name", "")
            for name, text in self._data(named).items():
                (place / name).write_text(text)
            if "secret" in volumes[mount["name"]]:
                self._put_pair(place)

    def _put_pair(self, place: Path) -> None:
        """The one Secret that a rendering started here may want: that of the port."""
        authority = Authority(self._folder / "authority")
        pair = authority.server()
        (place / "tls.crt").write_text(pair.certificate.read_text())
        (place / "tls.key").write_text(pair.key.read_text())
        self._trust = ssl.create_default_context(cafile=authority.pair.certificate)

    def _data(self, config_map: str) -> Mapping[str, str]:
        found = of_kind(self._documents, "ConfigMap")
        return next((m["data"] for m in found if m["metadata"]["name"] == config_map), {})

    def _located(self, argument: str) -> str:
        moved = re.sub(r"(^|=)/", rf"\1{self._folder}/", argument)
        return moved.replace(LISTEN, f"127.0.0.1:{self._port}")

    def page(self, name: str) -> str:
        """One of its pages, "" while it does not answer well."""
        try:
            address = f"http{'s' if self._trust else ''}://127.0.0.1:{self._port}/{name}"
            with urllib.request.urlopen(address, timeout=5, context=self._trust) as answer:
                text: str = answer.read().decode()
                return text
        except (OSError, urllib.error.URLError):
            return ""

    def await_ready(self) -> None:
        """Returns when its readiness probe would pass."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while self.page("readyz") != "ok":
            in_time = self._process.poll() is None and time.monotonic() < deadline
            assert in_time, self._log.read_text()[-3000:]
            time.sleep(0.2)

    def stop(self) -> int:
        """SIGTERM, as a kubelet sends it; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """Whatever happened, nothing is left."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def started(
    request: pytest.FixtureRequest, testbed: Testbed, program: Path, tmp_path: Path
) -> Iterator[Container]:
    """The container of one rendering, running under the account that is shipped with it."""
    shipped: Rendered = request.param
    documents = shipped.render()
    dry = "--dry-run" in container(documents)["args"]
    variant = "cluster-dry-run" if dry else "cluster"
    account = account_of(testbed, variant, account=f"rollctl-{shipped.name}")
    one = Container(program, documents, tmp_path)
    one.start(account, testbed.prometheus.url)
    yield one
    one.kill()


STARTABLE = [one for one in SHIPPED if one.name != "chart-full"]


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("started", STARTABLE, ids=lambda one: one.name, indirect=True)
def test_the_shipped_command_runs(started: Container) -> None:
    """With the arguments, environment, policies and rights that are shipped, the installed
    program becomes ready, is alive, can be scraped, and ends well when it is told to."""
    started.await_ready()
    assert started.page("livez") == "ok"
    assert "rollctl_build_info" in started.page("metrics")
    assert started.stop() == 0
