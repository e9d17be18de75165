"""Records for tests."""

from typing import Any

import msgspec

from controller.verdicts.record import Figure, VerdictRecord, moment

DIGEST = "sha256:" + "a" * 64
KEY = b"a key that two clusters share"

RECORD = VerdictRecord(
    digest=DIGEST,
    verdict="Regressed",
    environment="staging",
    cluster="eu-1",
    workload="Deployment/shop/web",
    at=moment(1_790_000_000.25),
    image="ghcr.io/shop/web:1.3.0",
    policy="shop-web",
    evidence="errors: 45 % of requests fail, 0.5 % before",
    quarantined_until=moment(1_790_600_000),
    figures=(Figure("errors", "Regressed", "3pp", 0.446, 0.387, 0.512, 0.0047, 0.4507),),
)


def changed(**fields: Any) -> VerdictRecord:
    """The record with other fields."""
    return msgspec.structs.replace(RECORD, **fields)
