"""The step of a CI in docs/images.md, run by a shell against a real registry."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.adapters.registry.settings import HostSettings
from controller.ports.registry import Repository
from tests.controller.adapters.registry.images import push_image
from tests.controller.adapters.registry.servers import client, programs
from tests.controller.cli.test_verdict import attach, record
from tests.controller.verdicts.test_verdicts_documentation import shown
from tests.testbed.registry import distribution

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """A registry with an image that staging found good, a bad and an unknown one."""
    programs()
    with distribution() as started:
        repository = Repository(started, "w")
        registry = client(started, HostSettings(plain_http=True))
        for tag, verdict in (("good", "Healthy"), ("bad", "Regressed"), ("new", "")):
            digest = push_image(registry, repository, tag, tag).digest
            if verdict:
                attach(registry, repository, record(digest, verdict))
        registry.close()
        yield started


@pytest.mark.parametrize(
    ("tag", "code", "told"),
    [
        ("good", 0, "promoted: "),
        ("bad", 1, "is bad"),
        ("new", 75, "nothing is known of"),
        ("gone", 2, "could not be asked for"),
    ],
)
def test_the_step_does_as_verify_says(
    tmp_path: Path, host: str, tag: str, code: int, told: str
) -> None:
    """0, 3, 5 and everything else lead where the step sends them, also where the shell ends at
    the first command that fails."""
    config = tmp_path / "registries.yaml"
    config.write_text(f"registries: [{{host: '{host}', plainHttp: true}}]\n")
    step = tmp_path / "promote.sh"
    step.write_text(shown("ci"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-eu", str(step), f"{host}/w:{tag}", "--registry-config", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert told in done.stdout
    assert ("Deployment/shop/web" in done.stdout) == (tag == "bad")
