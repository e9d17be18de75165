"""The JSON Schema of a policy file, for editors.

Why: completion and red underlines while typing, from the same table that reads the file.
Never here: a second description of any key.
"""

from policies.grammar import POLICY
from policies.shapes import Schema


def json_schema() -> Schema:
    """The schema of one document (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rollctl RolloutPolicy",
        **POLICY.schema(),
    }
