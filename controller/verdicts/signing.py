"""Signing records, and telling whether one may be believed.

Why: whoever may push to a repository may attach a record to any image in it; without a
signature that is whom one believes.
Never here: where keys are kept, what records add up to.

HMAC-SHA256, of the standard library: clusters and CI of one owner share a key, so whoever can
check can also sign. A record names its algorithm, so that another can join. What is signed is the
artifact type and the canonical bytes of the document without its signature, keys of newer
versions included.
"""

import base64
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from controller.verdicts.record import (
    ARTIFACT_TYPE,
    Signature,
    VerdictError,
    VerdictRecord,
    canonical,
    parse,
    read,
    write,
)

ALGORITHM = "hmac-sha256"
LEAST_KEY_BYTES = 16
MOST_RECORDS = 200
MOST_AHEAD_SECONDS = 300.0

Keys = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Believed:
    """The records of one digest that count, and why the others do not, one sentence each."""

    records: tuple[VerdictRecord, ...]
    left_out: tuple[str, ...]


def sign(record: VerdictRecord, name: str, key: bytes) -> VerdictRecord:
    """The record with the signature of the key of this name. Raises ValueError for a key that
    is too short to be one."""
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"a key has at least {LEAST_KEY_BYTES} bytes")
    bare = msgspec.structs.replace(record, signature=None)
    value = _mac(msgspec.json.decode(write(bare)), key)
    return msgspec.structs.replace(record, signature=Signature(ALGORITHM, name, value))


def distrust(body: bytes, keys: Keys) -> str:
    """Why the record of these bytes is not trusted, "" where it is. Raises VerdictError."""
    told = parse(body)
    try:
        signature = msgspec.convert(told.pop("signature", None), Signature | None)
    except msgspec.ValidationError:
        return "its signature is malformed"
    if signature is None:
        return "it is not signed"
    if signature.algorithm != ALGORITHM:
        return f"it is signed by another algorithm than {ALGORITHM}; update rollctl"
    key = keys.get(signature.key)
    if key is None:
        return "it is signed by a key that is not known here"
    fits = hmac.compare_digest(_mac(told, key).encode(), signature.value.encode("utf-8", "replace"))
    return "" if fits else "its signature does not fit: the key or the record was changed"


def believe(digest: str, bodies: Iterable[bytes], keys: Keys, now: float) -> Believed:
    """The records attached to a digest that may be believed at `now` (unix seconds): readable,
    about this digest (one copied from a good image says nothing of another), not of the future
    (its place's later words could not replace it) and, where there are keys, signed by one.
    The same bytes count once, of more than MOST_RECORDS the first by their bytes."""
    records: list[VerdictRecord] = []
    left_out: list[str] = []
    for body in sorted(set(bodies))[:MOST_RECORDS]:
        reason = _unbelievable(digest, body, keys, now)
        if reason:
            left_out.append(reason)
        else:
            records.append(read(body))
    return Believed(tuple(records), tuple(left_out))


def _unbelievable(digest: str, body: bytes, keys: Keys, now: float) -> str:
    try:
        record = read(body)
        reason = distrust(body, keys) if keys else ""
    except VerdictError as error:
        return str(error)
    if record.digest != digest:
        return f"it is about another digest, {record.digest[:19]}"
    if record.at.timestamp() > now + MOST_AHEAD_SECONDS:
        reason = "it was said in the future: a clock is wrong"
    return f"{record.cluster}/{record.workload}: {reason}" if reason else ""


def _mac(document: dict[str, Any], key: bytes) -> str:
    content = ARTIFACT_TYPE.encode() + b"\n" + canonical(document)
    return base64.b64encode(hmac.new(key, content, sha256).digest()).decode()
