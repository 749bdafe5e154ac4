"""How sure matched worlds are of what is best: chances of being first, and what a wrong choice would cost.

The worlds are a sample of worlds. What the mean over all worlds may be is drawn from the t distribution about the mean over those that
were lived, for all choices together, so that what they share is not taken for a difference (the posterior of a multivariate normal with a
flat prior; Box and Tiao 1973); prices and weights of harm are drawn along with it.
"""

import numpy as np
import pandas as pd
from scipy import stats

DRAWS = 20_000
"""Draws of what the means may be."""
NOTHING = "none"
"""The choice to do nothing, which gains nothing and is among the choices."""
SURE = 0.95
"""Chance of being best from which a choice is called the best, and such that one of less than the rest of it may be left out."""


def means(gains, draws=DRAWS, seed=0):
    """float64 (draws, choices): what the mean gains over all worlds may be, from `gains` float64 (choices, worlds, uncertain), matched by
    world and, of each world, by draw of what is uncertain. Raises `ValueError` for a single world."""
    choices, worlds, uncertain = gains.shape
    if worlds < 2:
        raise ValueError("one world says nothing about others")
    rng = np.random.default_rng(seed)
    which = rng.integers(uncertain, size=draws)
    mean = gains.mean(axis=1)
    apart = (gains - mean[:, None, :]) / np.sqrt(worlds * (worlds - 1))
    off = rng.standard_normal((draws, worlds)) * np.sqrt((worlds - 1) / rng.chisquare(worlds - 1, size=draws))[:, None]
    found = np.empty((draws, choices))
    for k in np.unique(which):
        at = which == k
        found[at] = mean[:, k] + off[at] @ apart[:, :, k].T
    return found


def chances(found, names):
    """A row a choice, the likeliest best first: `best` and `top3`, the chances of being first and among three, `loss`, what choosing it
    may be expected to lose against knowing, `mean` gain, and `rank`, `rank_low`, `rank_high` (median, 5th and 95th percentile).

    `found` float64 (draws, choices) as from `means`, `names` of the choices.
    """
    order = stats.rankdata(-found, method="min", axis=1)
    first = found.max(axis=1)
    tied = (found == first[:, None]).sum(axis=1)
    table = pd.DataFrame({
        "choice": list(names),
        "best": np.mean((found == first[:, None]) / tied[:, None], axis=0),
        "top3": np.mean(order <= 3, axis=0),
        "loss": np.mean(first[:, None] - found, axis=0),
        "mean": found.mean(axis=0),
        "rank": np.median(order, axis=0),
        "rank_low": np.percentile(order, 5, axis=0),
        "rank_high": np.percentile(order, 95, axis=0),
    })  # fmt: skip
    return table.sort_values(["best", "mean"], ascending=False, kind="stable").reset_index(drop=True)


def among(gains):
    """`chances` of the choices {name: float64 (worlds, uncertain)}, and of doing nothing beside them."""
    stacked = np.stack([np.zeros_like(next(iter(gains.values()))), *gains.values()])
    return chances(means(stacked), [NOTHING, *gains])


def leaders(table):
    """Names of those who may be best: the one of whom that is sure, or all of whom it cannot be ruled out."""
    if table["best"].iloc[0] >= SURE:
        return [table["choice"].iloc[0]]
    return table.loc[table["best"] >= 1.0 - SURE, "choice"].tolist()


def adjusted(p):
    """p values of several questions asked at once, adjusted so that of all that are called different at a level at most that part is not,
    whatever they share (Benjamini and Yekutieli 2001); NaN stays."""
    p = np.asarray(p, dtype=float)
    found, known = np.full(len(p), np.nan), np.isfinite(p)
    if known.any():
        found[known] = stats.false_discovery_control(p[known], method="by")
    return found


def paired_p(treated, control):
    """p value that matched worlds do not differ (paired t test, Student 1908); 1 where they are the same in every world, NaN for one."""
    d = np.asarray(treated, float) - np.asarray(control, float)
    if len(d) < 2:
        return np.nan
    return 1.0 if not d.any() else float(stats.ttest_1samp(d, 0.0).pvalue) if d.std() > 0 else 0.0
