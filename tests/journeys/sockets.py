"""Which sockets of a process listen, as the kernel has them.

Why: what listens is known by looking, not by reading the code.
Never here: assertions.
"""

from collections.abc import Iterator
from pathlib import Path

LISTEN, UNCONNECTED = "0A", "07"
ACCEPTS = 0x10000
"""The kernel's flag of a unix socket that takes connections."""


def listening(pid: int) -> set[str]:
    """Every address that a stranger could reach the process at: "tcp 127.0.0.1:9746"."""
    own = set(_own(pid))
    found = set()
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        for fields in _rows(pid, protocol):
            wanted = LISTEN if protocol.startswith("tcp") else UNCONNECTED
            if fields[3] == wanted and fields[9] in own:
                found.add(f"{protocol} {_address(fields[1])}")
    for fields in _rows(pid, "unix"):
        if fields[6] in own and int(fields[3], 16) & ACCEPTS:
            found.add(f"unix {' '.join(fields[7:])}")
    return found


def _rows(pid: int, protocol: str) -> list[list[str]]:
    file = Path(f"/proc/{pid}/net/{protocol}")
    lines = file.read_text().splitlines() if file.exists() else []
    return [line.split() for line in lines[1:]]


def _own(pid: int) -> Iterator[str]:
    """The numbers of its sockets."""
    for file in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(file.readlink())
        except FileNotFoundError:
            continue  # closed meanwhile
        if target.startswith("socket:["):
            yield target[len("socket:[") : -1]


def _address(text: str) -> str:
    """The kernel writes an address of four bytes backwards."""
    host, _, port = text.partition(":")
    if len(host) != 8:
        return f"{host}:{int(port, 16)}"
    return f"{'.'.join(str(byte) for byte in reversed(bytes.fromhex(host)))}:{int(port, 16)}"
