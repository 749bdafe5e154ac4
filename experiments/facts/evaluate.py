"""The simulated city beside every known fact."""

import numpy as np
import pandas as pd
from scipy.stats import t

from experiments.effects import LEVEL
from experiments.facts import FITTED, HELD_OUT
from experiments.facts.statistics import STATISTICS

COLUMNS = ["id", "group", "unit", "target", "low", "high", "value", "ci_low", "ci_high", "inside", "half", "rule", "source", "note"]


def evaluate(facts, runs):
    """One row a fact: its target and tolerance, and of the worlds' `runs` without measures the value, with its interval over worlds, and
    whether it lies within the tolerance. What cannot be told from these runs (NaN) lies outside."""
    runs = [run.in_memory() for run in runs]
    rows = []
    for fact in facts:
        value, low, high = over_worlds(STATISTICS[fact.statistic], runs, fact.of)
        rows.append((fact.id, fact.group, fact.unit, fact.target, fact.low, fact.high, value, low, high, fact.holds(value), fact.half,
                     fact.rule, fact.source, fact.note))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def over_worlds(statistic, runs, of):
    """(value, low, high): a statistic of all worlds together, with the jackknife t interval (Tukey 1958) over worlds."""
    whole, n = statistic(runs, *of), len(runs)
    if n < 2 or not np.isfinite(whole):
        return whole, np.nan, np.nan
    without = np.array([statistic(runs[:i] + runs[i + 1 :], *of) for i in range(n)])
    pseudo = n * whole - (n - 1) * without
    reach = t.ppf(0.5 + LEVEL / 2, n - 1) * pseudo.std(ddof=1) / np.sqrt(n)
    return whole, whole - reach, whole + reach


def tally(table):
    """`facts: N of M inside (fitted a of b, held out c of d)`."""
    halves = {half: table[table["half"].eq(half)]["inside"] for half in (FITTED, HELD_OUT)}
    parts = ", ".join(f"{half} {inside.sum()} of {len(inside)}" for half, inside in halves.items())
    return f"facts: {table['inside'].sum()} of {len(table)} inside ({parts})"
