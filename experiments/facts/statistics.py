"""Every statistic that a fact may name: functions of saved runs of the city without measures, one run a world."""

import inspect

from experiments.facts import crime, life, people, places

STATISTICS = {
    name: function
    for module in (crime, places, people, life)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if next(iter(inspect.signature(function).parameters), "") == "runs" and function.__module__ == module.__name__ and name[0] != "_"
}
"""{name: function(runs, *of) → float}."""
