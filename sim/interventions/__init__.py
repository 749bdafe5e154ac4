"""The measures of the pledge, one file each. A measure is found by its file: nothing lists them."""

import importlib
import pkgutil

from sim.interventions.measure import Cost, Measure


def measures():
    """All measures by name: the class of every module in this package that defines one. {name: class}."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name != "measure":
            for value in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
                if isinstance(value, type) and issubclass(value, Measure) and value is not Measure:
                    found[module.name] = value
    return found


__all__ = ["Cost", "Measure", "measures"]
