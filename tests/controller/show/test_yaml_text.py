"""YAML that is printed is read back."""

import pytest
import yaml

from controller.show.yaml_text import yaml_text


@pytest.mark.parametrize("sign", ["a", "é", "\x1b", "\u2028", "\U000e0041", "\n", '"'])
@pytest.mark.parametrize("long", [1, 90, 100, 101, 120, 128, 129, 2_000])
def test_a_key_of_any_length_and_signs_is_read_back(sign: str, long: int) -> None:
    """PyYAML alone writes some keys of 103 to 128 escaped signs that it cannot read."""
    content = {"a": {sign * long: "b", "c": 1}}
    assert yaml.safe_load(yaml_text(content)) == content
