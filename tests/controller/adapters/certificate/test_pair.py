"""What is read of a certificate and its key, and what is said of one that is no good."""

import base64
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.adapters.certificate.pair import PairError, PairFiles, read_pair
from controller.adapters.certificate.validity import expires_at
from tests.controller.adapters.certificate.pairs import issued, openssl

KINDS = {
    "ec": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
    "rsa": ("-newkey", "rsa:2048"),
    "ed25519": ("-newkey", "ed25519"),
}


def made(folder: Path, kind: str, days: int) -> PairFiles:
    """A pair of this kind that holds for so many days."""
    files = PairFiles(folder / f"{kind}.crt", folder / f"{kind}.key")
    common = ("req", "-x509", *KINDS[kind], "-noenc", "-subj", "/CN=rollctl.rollctl.svc")
    where = ("-keyout", str(files.key), "-out", str(files.certificate))
    openssl(*common, *where, "-days", str(days))
    return files


@pytest.mark.parametrize("days", [1, 365, 20_000])
@pytest.mark.parametrize("kind", KINDS)
def test_the_end_is_the_one_that_openssl_reads(tmp_path: Path, kind: str, days: int) -> None:
    """For keys of each kind, in this half of the century and (written otherwise) after it."""
    files = made(tmp_path, kind, days)
    told = openssl("x509", "-in", str(files.certificate), "-noout", "-enddate")
    end = datetime.strptime(told.strip(), "notAfter=%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    assert read_pair(files).expires_at == end.timestamp()


def test_of_a_chain_the_first_counts(tmp_path: Path) -> None:
    """The server's own certificate is the first; what comes before it in the file is a remark."""
    first, second = made(tmp_path, "ec", 10), made(tmp_path, "rsa", 100)
    end = expires_at(first.certificate.read_text())
    chain = f"# ours\n{first.certificate.read_text()}{second.certificate.read_text()}"
    first.certificate.write_text(chain)
    assert read_pair(first).expires_at == end


def test_a_certificate_that_is_cut_off_is_none(tmp_path: Path) -> None:
    """Wherever it is cut, it is an error that names the file, and no other kind of error."""
    files = made(tmp_path, "ec", 10)
    whole = files.certificate.read_text()
    for length in range(0, whole.index("-----END"), 31):
        files.certificate.write_text(whole[:length])
        with pytest.raises(PairError, match=r"ec\.crt"):
            read_pair(files)


def test_any_bytes_are_no_certificate() -> None:
    """Values of any tag and length end in one kind of error."""
    chance = random.Random(72)
    for _ in range(3_000):
        data = b"\x30\x82" + chance.randbytes(chance.randint(0, 60))
        body = base64.b64encode(data).decode()
        with pytest.raises(ValueError, match=r"."):
            expires_at(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    """Each way for a pair to be no good has words that name the file and say what to do."""
    good, other = made(tmp_path, "ec", 10), made(tmp_path, "rsa", 10)
    _authority, third = issued(tmp_path / "third")
    locked, empty, nowhere = (tmp_path / name for name in ("locked.key", "empty", "nowhere"))
    openssl("ec", "-in", str(good.key), "-aes256", "-passout", "pass:x", "-out", str(locked))
    empty.write_text("")
    wrong = {
        (good.certificate, other.key): f"{other.key} is not the key of {good.certificate}",
        (good.certificate, third.key): f"{third.key} is not the key of {good.certificate}",
        (good.certificate, locked): f"{locked} is locked by a password",
        (good.certificate, empty): f"{empty} is no key in PEM",
        (empty, good.key): f"{empty} has no certificate in PEM",
        (good.key, good.key): f"{good.key} has no certificate in PEM",
        (
            nowhere,
            nowhere,
        ): f"{nowhere} cannot be read: No such file or directory; {nowhere} cannot",
        (tmp_path, good.key): f"{tmp_path} cannot be read: Is a directory",
    }
    for (certificate, key), told in wrong.items():
        with pytest.raises(PairError) as caught:
            read_pair(PairFiles(certificate, key))
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)
