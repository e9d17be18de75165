"""The scenarios, each file exposing SCENARIOS; a new file is found without being named here.

Why: a scenario is added by adding a file.
Never here: a scenario.
"""

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from benchmarks.rollbench.drawing import Scenario


@lru_cache(maxsize=1)
def scenarios() -> dict[str, Scenario]:
    """All scenarios by name."""
    found: dict[str, Scenario] = {}
    for module in iter_modules(__path__):
        if module.name != "parts":
            many = import_module(f"{__name__}.{module.name}").SCENARIOS
            found.update({scenario.name: scenario for scenario in many})
    return found
