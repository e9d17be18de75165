"""Reads the shipped Dockerfile, as far as its laws need it.

Why: there is no container engine where tests run, so what it says is checked instead.
Never here: laws.
"""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.roles import DEPLOY

IMAGE = DEPLOY / "image"
DOCKERFILE = IMAGE / "Dockerfile"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction and what follows it."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """Its words, or those of the JSON list that it is in exec form."""
        if self.text.startswith("["):
            words: list[str] = json.loads(self.text)
            return words
        return shlex.split(self.text)


def stages(file: Path = DOCKERFILE) -> list[list[Instruction]]:
    """The instructions of each stage; those before the first FROM are in none."""
    found: list[list[Instruction]] = []
    for one in _instructions(file.read_text()):
        if one.name == "FROM":
            found.append([])
        if found:
            found[-1].append(one)
    return found


def _instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ").splitlines()
    parts = (line.strip().partition(" ") for line in whole)
    return [Instruction(name.upper(), rest.strip()) for name, _, rest in parts]


def of(stage: list[Instruction], name: str) -> list[Instruction]:
    """All instructions of one name."""
    return [one for one in stage if one.name == name]
