"""The file of registries: what it says, and each mistake where it stands."""

from pathlib import Path

import pytest

from controller.adapters.registry.settings import HostSettings
from controller.adapters.registry.settings_file import DOCKER_CONFIG, read_registry_access


def written(folder: Path, text: str) -> Path:
    """The file with this text."""
    file = folder / "registries.yaml"
    file.write_text(text)
    return file


def test_without_a_file_dockers_own_logins_are_used() -> None:
    """Every registry is asked by TLS, with the system's authorities."""
    access = read_registry_access(None)
    assert access.credentials_file == DOCKER_CONFIG.expanduser()
    assert access.settings.of("ghcr.io") == HostSettings()


def test_each_registry_is_trusted_as_far_as_it_says(tmp_path: Path) -> None:
    """By an authority of its own, without TLS or with any certificate; logins from a file."""
    ca, logins = tmp_path / "ca.pem", tmp_path / "config.json"
    ca.touch()
    logins.touch()
    text = f"""
registries:
  - {{host: a.example, caFile: {ca}}}
  - {{host: "B.example:5000", plainHttp: true}}
  - {{host: c.example, insecure: true}}
credentialsFile: {logins}
"""
    access = read_registry_access(written(tmp_path, text))
    assert access.settings.of("a.example") == HostSettings(ca_file=ca)
    assert access.settings.of("b.example:5000") == HostSettings(plain_http=True)
    assert access.settings.of("c.example") == HostSettings(skip_verification=True)
    assert access.credentials_file == logins


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("registries:\n  - {host: a.example, plainHttps: true}", 2, "did you mean plainHttp?"),
        ("registries:\n  - {plainHttp: true}", 2, "host is missing"),
        ("registries:\n  - host: https://a.example/x", 2, "without https:// and path"),
        ("registries:\n  - host: a\n    plainHttp: 'yes'", 3, "plainHttp"),
        ("registries:\n  - {host: a, caFile: /nowhere.pem}", 2, "/nowhere.pem is no file"),
        ("registries:\n  - {host: a, plainHttp: true, insecure: true}", 2, "more than one"),
        ("registries:\n  - {host: a.b}\n  - {host: A.b}", 3, "a.b stands here twice"),
        ("credentialsFile: /nowhere.json", 1, "credentialsFile: /nowhere.json is no file"),
        ("registries: [", 2, "no YAML"),
        ("- a", 1, "a mapping is expected"),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, text: str, line: int, told: str) -> None:
    """With file, line, what is wrong and what to write."""
    file = written(tmp_path, text)
    with pytest.raises(ValueError, match=r"\w") as error:
        read_registry_access(file)
    assert f"{file}:{line}:" in str(error.value)
    assert told in str(error.value)


def test_a_file_that_is_not_there_or_says_nothing_is_told(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(ValueError, match=r"none\.yaml: cannot be read"):
        read_registry_access(tmp_path / "none.yaml")
    with pytest.raises(ValueError, match=r"registries\.yaml"):
        read_registry_access(written(tmp_path, ""))
