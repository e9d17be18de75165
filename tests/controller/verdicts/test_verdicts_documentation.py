"""docs/images.md shows reasons and records as they are."""

import re
from dataclasses import replace
from pathlib import Path

import msgspec

from controller.engine.builds.build import Stock
from controller.engine.builds.choose import choose
from controller.engine.record import Quarantined
from controller.verdicts.record import write
from tests.controller.engine.builds.made import NOW, build, digest, rule_of, running, word
from tests.controller.verdicts.made import RECORD

DOCUMENT = (Path(__file__).parents[3] / "docs" / "images.md").read_text(encoding="utf-8")


def shown(what: str) -> str:
    """The block between two marks."""
    found = re.search(
        rf"<!-- {what} begins? -->\n```\w*\n(.*?)\n```\n<!-- {what} ends? -->", DOCUMENT, re.DOTALL
    )
    assert found is not None
    return found[1]


def test_reasons_are_shown_as_told() -> None:
    """The reasons in the document are those of the choice, and 1.3.0 is next."""
    rule = rule_of(
        "repository: shop/web, semver: '>=1.2 <2', require: {verifiedIn: staging, minimumAge: 10m}"
    )
    bad = Quarantined(digest("1.4.0"), "", NOW + 590_400, RECORD.evidence)
    stock = Stock(
        builds=(build("1.3.0"), build("1.3.1", made_ago=360), build("1.4.0")),
        running=running("1.2.0"),
        now=NOW,
        environment="production",
        quarantine=(bad,),
        attestations=(word("1.3.0", "Healthy"), word("1.4.0", "Healthy")),
    )
    choice = choose(rule, stock)
    assert "\n".join(choice.reasons) == shown("reasons")
    assert choice.next == build("1.3.0")
    assert choose(rule, replace(stock, quarantine=())).next == build("1.4.0")


def test_the_record_is_shown_as_written() -> None:
    """The record in the document is one that is written, indented."""
    assert msgspec.json.format(write(RECORD), indent=2).decode() == shown("record")
