"""Schema and documentation know every key that is read."""

import json
from pathlib import Path
from typing import Any

from policies.grammar import POLICY, PRESETS
from policies.load import load_text
from policies.reference import fields_by_path, reference
from policies.schema import json_schema

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


def test_every_key_is_documented() -> None:
    """The reference in docs/policy.md is what the code says of every key."""
    begin, end = "<!-- reference begins -->\n", "\n<!-- reference ends -->"
    assert DOCUMENT[DOCUMENT.index(begin) + len(begin) : DOCUMENT.index(end)] == reference()


def test_documentation_shows_real_problems() -> None:
    """The mistakes shown in docs/policy.md are what the mistaken file really gives."""
    file = "tests/policies/data/six_mistakes.yaml"
    problems = load_text((ROOT / file).read_text(encoding="utf-8"), file).problems
    assert "\n".join(map(str, problems)) in DOCUMENT


def test_presets_are_shown_as_shipped() -> None:
    """Each preset in docs/policy.md is the shipped file, and each shipped file has a name."""
    directory = ROOT / "policies" / "presets"
    assert sorted(path.stem for path in directory.iterdir()) == sorted(PRESETS)
    for path in directory.iterdir():
        assert path.read_text(encoding="utf-8").strip() in DOCUMENT


def test_contract_example_is_shown_as_shipped() -> None:
    """The first example in docs/policy.md is the shipped one."""
    example = (ROOT / "deploy" / "examples" / "shop-web.yaml").read_text(encoding="utf-8")
    assert example.strip() in DOCUMENT


def test_schema_describes_every_key() -> None:
    """The schema is JSON, knows every key with its meaning, and no others."""
    schema = json.loads(json.dumps(json_schema()))
    described = dict(_described(schema, ""))
    expected = {path.replace("[]", ""): known.meaning for path, known in fields_by_path(POLICY)}
    assert described == expected


def _described(schema: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, inner in schema.get("properties", {}).items():
        found.append((prefix + key, inner["description"]))
        found += _described(inner.get("items", inner), f"{prefix}{key}.")
    return found


def test_schema_refuses_unknown_keys() -> None:
    """Editors underline a key that would be refused."""
    assert json_schema()["additionalProperties"] is False
    assert json_schema()["required"] == ["apiVersion", "kind", "metadata", "spec"]
