"""The rules, each file exposing RULES; a new file is found without being named here.

Why: a rule is added by adding a file.
Never here: a rule.
"""

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from benchmarks.rollbench.interface import Rule


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """All rules by name."""
    found: dict[str, Rule] = {}
    for module in iter_modules(__path__):
        many: tuple[Rule, ...] = import_module(f"{__name__}.{module.name}").RULES
        found.update({rule.name: rule for rule in many})
    return found
