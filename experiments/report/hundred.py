"""Uncertainty that people can feel: a hundred small cities, in how many of which a measure helps."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from contourpy import contour_generator
from matplotlib.path import Path as Outline
from scipy.stats import t

from experiments.compare import first_variant
from experiments.effects import LEVEL, POWER
from experiments.report.figures import titled
from experiments.report.picture import COLOUR, Picture
from sim.outcomes.measures import outcome_list

ACROSS, CITIES = 5, 100
"""Measures in a row, and small cities of each."""
HELPS, HURTS, SAME = COLOUR["better"], "#d9a441", "#c9ced4"
SIZE = 84
"""Of a small city, in square points."""


def of_a_hundred(table, outcome, better):
    """In how many of a hundred further worlds each measure makes an outcome better: a row a measure (intervention, effect_pct, effect,
    helps, hurts, same).

    The effect in a further world follows the t distribution about the mean of those that were lived, wider by that world's own luck (the
    posterior predictive of a normal with a flat prior; Gelman and others 2013, 3.2). Where some of them did not change at all, which no
    such distribution knows, the further world is better, worse or the same as often as they were, each counted once more by a third
    (Perks 1947). `better` is the sign of a change for the better. NaN where a single world was lived.
    """
    part = first_variant(table)
    part = part[part["outcome"].eq(outcome)]
    rows = []
    for row in part.itertuples():
        helps, same = (np.round(CITIES * share) for share in chances_of(row, better))
        rows.append((row.intervention, row.effect_pct, row.effect, helps, CITIES - helps - same, same))
    return pd.DataFrame(rows, columns=["intervention", "effect_pct", "effect", "helps", "hurts", "same"])


def chances_of(row, better):
    """Chances that a further world is better and that it is the same, of a `row` of the comparison."""
    n = row.worlds
    if n < 2:
        return np.nan, np.nan
    if row.share_same == 1.0:
        return 0.0, 1.0
    if row.share_same > 0.0:
        return tuple((n * share + 1 / 3) / (n + 1) for share in (row.share_better, row.share_same))
    if row.ci_low == row.ci_high:  # all worlds differ by as much
        return float(better * row.effect > 0), 0.0
    error = row.mde / (t.ppf(0.5 + LEVEL / 2, n - 1) + t.ppf(POWER, n - 1))  # of the mean (`paired_effect`)
    return float(t.cdf(better * row.effect / (error * np.sqrt(n + 1)), n - 1)), 0.0


def outline_of(run):
    """The coast and the border of a city as a marker for matplotlib: its largest piece of land, in a unit square about the origin."""
    city = run.summary["city"]
    land = np.pad((run.maps["zone"] >= 0).reshape(city["rows"], city["cols"]).astype(float), 1)
    line = max(contour_generator(z=land).lines(0.5), key=len)[:: max(1, max(land.shape) // 60)]
    line = line - (line.min(axis=0) + line.max(axis=0)) / 2
    return Outline(np.vstack([line, line[:1]]) / np.abs(line).max())


def picture_of_hundred(runs, table, tongue, outcome):
    """A hundred small cities a measure: in the dark ones it makes an outcome better, in the light ones it does not."""
    better = next(o.better for o in outcome_list(runs[0].summary["offences"]) if o.name == outcome)
    shown = of_a_hundred(table, outcome, better)
    say, city = tongue.say["hundred"], outline_of(runs[0])
    moved = shown[shown["same"].lt(CITIES)] if shown["same"].lt(CITIES).any() else shown
    still = [tongue.titles[label] for label in shown["intervention"] if label not in set(moved["intervention"])]
    note = say["note"] + (f" {say['same']}: {', '.join(still)}." if still else "")

    def draw():
        high = -(-len(moved) // ACROSS)
        figure, axes = plt.subplots(high, ACROSS, figsize=(11.5, 0.3 + 2.75 * high), squeeze=False, layout="constrained")
        for axis in axes.flat:
            axis.set_axis_off()
        x, y = np.tile(np.arange(10), 10), np.repeat(np.arange(10)[::-1], 10)
        for axis, row in zip(axes.flat, moved.itertuples(), strict=False):
            told = np.isfinite(row.helps)
            parts = {HELPS: row.helps, HURTS: row.hurts, SAME: row.same} if told else {SAME: CITIES}
            colours = [colour for colour, cities in parts.items() for _ in range(int(cities))]
            axis.scatter(x, y, marker=city, s=SIZE, c=colours, lw=0)
            axis.set_xlim(-0.7, 9.7)
            axis.set_ylim(-0.7, 9.7)
            axis.set_aspect("equal")
            size = tongue.number(row.effect if outcome == "safe_share" else row.effect_pct, 2, True)
            said = say[outcome]["helps"].format(n=int(row.helps), size=size) if told else say["untold"]
            said = say["same"] if row.same == CITIES else said
            axis.set_title(f"{titled(tongue, row.intervention, 27)}\n{textwrap.fill(said, 30)}", fontsize="small", loc="left")
        return figure

    return Picture(f"hundred_{outcome}", say[outcome]["title"], shown, draw, note)
