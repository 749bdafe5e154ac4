"""The city without measures beside what is known of the real one: a table from saved runs."""

import numpy as np
import pandas as pd

from experiments.effects import paired_effect
from experiments.runs import scenarios, variants
from experiments.together import each
from sim.outcomes.baseline import a_year, harms_without_source

COLUMNS = ["figure", "model", "ci_low", "ci_high", "known", "known_low", "known_high", "unit", "said", "source", "worlds"]

INSIDE, OVERLAPS, OUTSIDE, FEW = "inside", "overlaps", "outside", "too few events to tell"
NEEDS_A_YEAR, NO_FIGURE = "needs a year of study", "no figure was found"


def baseline(runs):
    """One row a figure: mean of the worlds' baseline runs in a year with its t interval, what is known and its range, what may be `said` of
    the two, and the source. Harms of which nothing is known come last, without. Empty without baseline runs."""
    worlds = list(scenarios(next(iter(variants(runs).values())))["none"].values())
    if not worlds:
        return pd.DataFrame(columns=COLUMNS)
    found, known, rows = each(a_year, worlds, doing="the city without measures"), worlds[0].summary["known"], []
    for figure in [*known, *harms_without_source(worlds[0].summary)]:
        values = np.array([of[figure] for of in found])
        effect = paired_effect(values, np.zeros(len(values)))
        value, low, high, unit, source, _ = known.get(figure, (np.nan, np.nan, np.nan, "times/year", "", ""))
        events = values.sum() * worlds[0].summary["days"] / 365 if unit.endswith("/year") else np.inf
        said = NO_FIGURE if not source else judged(effect, low, high, events, worlds[0].summary["compare"]["least_events"])
        rows.append((figure, effect.mean, effect.low, effect.high, value, low, high, unit, said, source, len(values)))
    return pd.DataFrame(rows, columns=COLUMNS)


def judged(effect, low, high, events, least):
    """What may be said of a mean with its interval beside a known range, with so many `events` behind it."""
    if not np.isfinite(effect.mean):
        return NEEDS_A_YEAR
    if low <= effect.mean <= high:
        return INSIDE
    if events < least or not np.isfinite(effect.low):
        return FEW
    return OVERLAPS if effect.low <= high and effect.high >= low else OUTSIDE
