import re
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rollbench.cell import Cell
from benchmarks.rollbench.drawing import drawn
from benchmarks.rollbench.interface import Answer
from tests.benchmarks.rollbench.hand_made import ERRORS, steady, study, verdicts

README = Path(__file__).parents[3] / "benchmarks" / "README.md"


def examples() -> list[dict[str, Any]]:
    """What each Python block of the page defines."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    found = []
    for number, block in enumerate(blocks):
        defined: dict[str, Any] = {"__name__": f"example_{number}"}
        exec(compile(block, str(README), "exec"), defined)
        found.append(defined)
    return found


def test_example_rule_works() -> None:
    """The rule that newcomers are shown rolls back three percent and not one."""
    (rule,) = examples()[0]["RULES"]
    asked = study(ERRORS, looks=10)
    assert verdicts(rule, asked, errors=steady((1, 3), 10))[0][0] is Answer.ROLLBACK
    assert verdicts(rule, asked, errors=steady((1, 1), 10))[0][0] is Answer.WATCH


def test_example_scenario_works() -> None:
    """The scenario that newcomers are shown trebles traffic after a quarter of an hour."""
    (scenario,) = examples()[1]["SCENARIOS"]
    values = drawn(scenario, Cell("noon"), 5, np.random.default_rng(1), harmed=True).values
    total = np.diff(values["errors"][..., 1].sum(axis=(0, 2, 3)))
    assert 2.8 < total[60:].mean() / total[:60].mean() < 3.2
