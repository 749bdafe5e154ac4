"""The simulated city beside every known fact."""

import pandas as pd

from experiments.effects import jackknife
from experiments.facts import FITTED, HELD_OUT
from experiments.facts.statistics import STATISTICS

COLUMNS = ["id", "group", "unit", "target", "low", "high", "value", "ci_low", "ci_high", "inside", "half", "rule"]
COLUMNS += ["scope", "source", "note"]


def evaluate(facts, runs):
    """One row a fact: its target and tolerance, and of the worlds' `runs` without measures the value, with its interval over worlds, and
    whether it lies within the tolerance. What cannot be told from these runs (NaN) lies outside."""
    runs = [run.in_memory() for run in runs]
    rows = []
    for fact in facts:
        statistic = STATISTICS[fact.statistic]
        value, low, high = jackknife(lambda kept, of=statistic, asked=fact.of: of([runs[i] for i in kept], *asked), len(runs))
        rows.append((fact.id, fact.group, fact.unit, fact.target, fact.low, fact.high, value, low, high, fact.holds(value), fact.half,
                     fact.rule, fact.scope, fact.source, fact.note))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def tally(table):
    """`facts: N of M inside (fitted a of b, held out c of d)`."""
    halves = {half: table[table["half"].eq(half)]["inside"] for half in (FITTED, HELD_OUT)}
    parts = ", ".join(f"{half} {inside.sum()} of {len(inside)}" for half, inside in halves.items())
    return f"facts: {table['inside'].sum()} of {len(table)} inside ({parts})"
