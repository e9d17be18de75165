"""Pairs as cert-manager and Kubernetes bring them: files behind links that are turned.

Why: a renewal is only tried where files change as they do in a cluster.
Never here: assertions.
"""

import subprocess
from pathlib import Path

from controller.adapters.certificate.pair import PairFiles
from tests.testbed.certificates import Authority, Pair


class Mount:
    """A mounted Secret: `tls.crt` leads by `..data` to a folder, and an update turns that one link."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = PairFiles(folder / "tls.crt", folder / "tls.key")
        self._versions = 0
        folder.mkdir()
        for name in ("tls.crt", "tls.key"):
            (folder / name).symlink_to(Path("..data") / name)

    def put(self, certificate: str, key: str) -> None:
        """The next version, all of it at once."""
        self._versions += 1
        version = self.folder / f"..{self._versions}"
        version.mkdir()
        (version / "tls.crt").write_text(certificate)
        (version / "tls.key").write_text(key)
        fresh = self.folder / "..data_tmp"
        fresh.symlink_to(version.name)
        fresh.rename(self.folder / "..data")

    def put_pair(self, pair: Pair) -> None:
        """A pair that goes together."""
        self.put(pair.certificate.read_text(), pair.key.read_text())


def issued(folder: Path) -> tuple[Authority, Pair]:
    """An authority of its own and a pair that it made."""
    authority = Authority(folder)
    return authority, authority.server()


def openssl(*arguments: str) -> str:
    """What the openssl program says."""
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True)
    return done.stdout
