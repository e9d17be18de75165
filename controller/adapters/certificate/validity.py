"""Until when a certificate holds, read off its encoding (X.509, DER).

Why: Python's own TLS tells it of a peer's certificate only, and of one that it trusts; a package for two
dates costs more than it gives.
Never here: whether a certificate is to be trusted.
"""

import ssl
from datetime import UTC, datetime

SEQUENCE, VERSION, UTC_TIME, GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
LONG_FORM = 0x80
MOST_LENGTH_BYTES = 4
END = "-----END CERTIFICATE-----"


def expires_at(pem: str) -> float:
    """Unix seconds at which the first certificate of a PEM text ends. Raises ValueError for what is
    none."""
    first = pem[pem.find("-----BEGIN CERTIFICATE") :].partition(END)[0] + END
    certificate = _Reader(ssl.PEM_cert_to_DER_cert(first)).inside(SEQUENCE)
    body = certificate.inside(SEQUENCE)
    if body.tag == VERSION:
        body.take()
    for _serial_and_algorithm_and_issuer in range(3):
        body.take()
    validity = body.inside(SEQUENCE)
    validity.take()
    return _seconds(*validity.take())


class _Reader:
    """Reads one value after another."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def tag(self) -> int:
        """That of the next value. Raises ValueError at the end."""
        if not self._data:
            raise ValueError("a certificate is cut off")
        return self._data[0]

    def take(self) -> tuple[int, bytes]:
        """The next value: its tag and its content. Raises ValueError."""
        tag, (begin, length) = self.tag, self._length()
        content = self._data[begin : begin + length]
        if len(content) < length:
            raise ValueError("a certificate is cut off")
        self._data = self._data[begin + length :]
        return tag, content

    def inside(self, tag: int) -> "_Reader":
        """A reader of the next value, which must have this tag. Raises ValueError."""
        found, content = self.take()
        if found != tag:
            raise ValueError(f"a certificate has tag {found:#x} where {tag:#x} belongs")
        return _Reader(content)

    def _length(self) -> tuple[int, int]:
        """Where the content begins and how long it is."""
        first = self._data[1] if len(self._data) > 1 else LONG_FORM
        if first < LONG_FORM:
            return 2, first
        count = first - LONG_FORM
        if not 0 < count <= MOST_LENGTH_BYTES:
            raise ValueError("a certificate has a value without a length")
        return 2 + count, int.from_bytes(self._data[2 : 2 + count], "big")


def _seconds(tag: int, content: bytes) -> float:
    """Years of two digits are of this century below 50, as RFC 5280 has it; %y would turn at 69."""
    text = content.decode("ascii", "replace")
    if tag == UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    elif tag != GENERALIZED_TIME:
        raise ValueError(f"a certificate has tag {tag:#x} where a time belongs")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
