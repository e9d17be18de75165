"""What a command is told of Deployments that nobody can read."""

import subprocess
import sys

import msgspec
import pytest

from controller.adapters.kubernetes.lister import _sighting
from controller.adapters.kubernetes.structs import Deployment
from controller.ports.platform import Unavailable

TEMPLATES = (
    '"text"',
    "7",
    "null",
    '{"spec": 1}',
    '{"metadata": {"labels": 1}}',
    "[" * 3_000 + "]" * 3_000,
)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_deployment_that_is_none_is_named_in_one_line(template: str) -> None:
    """Whatever stands where its template belongs."""
    one = msgspec.json.decode(
        b'{"metadata": {"name": "web", "namespace": "shop", "uid": "1", "resourceVersion": "1"},'
        b'"spec": {"selector": {}, "template": {}}}',
        type=Deployment,
    )
    one.spec.template = msgspec.Raw(template.encode())
    with pytest.raises(Unavailable) as told:
        _sighting(one, (), ())
    assert str(told.value).startswith("deployment/web in shop cannot be read")
    assert str(told.value).isprintable()


def test_a_garbled_record_is_told_beside_the_answer() -> None:
    """`rollctl status -o json` stays JSON where somebody garbled an annotation."""
    code = (
        "from controller.adapters.kubernetes.picture import _record\n"
        "_record('deployment/\\x1b[2J', '{\"x\":' + '[' * 3000); print('{}')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "{}\n"
    assert "record lost" in done.stderr
    assert done.stderr.removesuffix("\n").isprintable()
