"""The file that says how far each registry is trusted, and where logins are.

Why: authorities and passwords do not belong on a command line, and a mistake in the file is told
where it stands.
Never here: secrets themselves, requests.
"""

from dataclasses import dataclass
from pathlib import Path

from controller.adapters.registry.settings import HostSettings, RegistrySettings
from policies.images.shapes import Truth
from policies.problems import Notes, Spot, Unreadable
from policies.shapes import ListOf, Text
from policies.tables import Field, Row, Table
from policies.yaml_text import MOST_BYTES, read_documents

DOCKER_CONFIG = Path("~/.docker/config.json")
_MOST_REGISTRIES = 200

_PATH = Text(r"\S(?:.*\S)?", "the path of a file", "/etc/rollctl/ca.pem", 4_096)
_HOST = Text(
    r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?",
    "a registry is HOST or HOST:PORT as images write it, without https:// and path",
    "registry.example:5000",
)

HOST = Field("host", _HOST, "The registry, as images write it.", required=True)
CA_FILE = Field("caFile", _PATH, "The authority (PEM) to trust instead of the system's.")
PLAIN_HTTP = Field("plainHttp", Truth(), "Ask without TLS.", default="false")
INSECURE = Field("insecure", Truth(), "Trust any certificate.", default="false")
REGISTRY = Table((HOST, CA_FILE, PLAIN_HTTP, INSECURE))
REGISTRIES = Field(
    "registries",
    ListOf(REGISTRY, _MOST_REGISTRIES, "[{host: registry.example:5000, caFile: /etc/ca.pem}]"),
    "How far single registries are trusted.",
    default="[]",
)
CREDENTIALS_FILE = Field(
    "credentialsFile",
    _PATH,
    "A Docker config.json with logins by host, read again when it changes; a mounted pull secret is "
    "one. Unless written, ~/.docker/config.json; without it everybody is asked anonymously.",
)
FILE = Table((REGISTRIES, CREDENTIALS_FILE))


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """How registries are reached, and the file that holds the logins."""

    settings: RegistrySettings
    credentials_file: Path


def read_registry_access(file: Path | None) -> RegistryAccess:
    """What the file says; without one, the defaults. Raises ValueError with every mistake, each
    with file, line and field."""
    if file is None:
        return RegistryAccess(RegistrySettings(), DOCKER_CONFIG.expanduser())
    notes = Notes(str(file))
    row = _row(file, notes)
    access = _access(row) if row is not None and not notes.count else None
    if access is None or notes.count:
        raise ValueError("\n".join(map(str, notes.problems)))
    return access


def _row(file: Path, notes: Notes) -> Row | None:
    documents = read_documents(_text(file), notes)
    if not documents and not notes.count:
        raise ValueError(f"{file}: nothing stands there; write registries: or credentialsFile:")
    try:
        return FILE.read(documents[0], Spot("", notes)) if documents else None
    except Unreadable:
        return None


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        return content.decode("utf-8-sig", "replace" if len(content) > MOST_BYTES else "strict")
    except OSError as error:
        raise ValueError(
            f"{file}: cannot be read: {error.strerror}; check path and rights"
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: byte {error.start + 1} is no UTF-8; save it as UTF-8") from error


def _access(row: Row) -> RegistryAccess:
    hosts: dict[str, HostSettings] = {}
    for one in row[REGISTRIES]:
        host = one[HOST].lower()
        if host in hosts:
            one.note(HOST, f"host: {host} stands here twice", "one entry a registry", "remove one")
        hosts[host] = _host(one)
    credentials = Path(row.get(CREDENTIALS_FILE) or DOCKER_CONFIG).expanduser()
    if row.states(CREDENTIALS_FILE) and not credentials.is_file():
        why = "a login that is named must be there"
        row.note(
            CREDENTIALS_FILE,
            f"credentialsFile: {credentials} is no file",
            why,
            "check path and rights",
        )
    return RegistryAccess(RegistrySettings(hosts), credentials)


def _host(row: Row) -> HostSettings:
    ca = row.get(CA_FILE)
    path = Path(ca).expanduser() if ca else None
    if path is not None and not path.is_file():
        row.note(
            CA_FILE,
            f"caFile: {path} is no file",
            "an authority is a PEM file",
            "check path and rights",
        )
    try:
        return HostSettings(path, row[PLAIN_HTTP], row[INSECURE])
    except ValueError:
        rule = "caFile, plainHttp and insecure exclude each other"
        row.note(HOST, f"host: {row[HOST]} has more than one of them", rule, "write one of them")
        return HostSettings()
