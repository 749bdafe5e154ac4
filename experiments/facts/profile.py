"""When the police tell of something, hour by hour and day by day, beside when it is reported in the model: shape only, as notices are a
selection."""

import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.stats import binomtest

from experiments.facts.draw import INSIDE, KNOWN
from experiments.facts.notices import KINDS
from experiments.facts.rows import offences
from sim.city.city import CityError

BLOCK, DAYS = 4, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""Hours of a block, and names of weekdays."""
TITLES = {"violence": "Violence", "robbery": "Robbery", "damage": "Damage", "gun_explosive": "Shootings,\nexplosions"}


def read_profile(file):
    """int64 (categories, 7, 24) of the categories of KINDS: notices by weekday and hour, those without a doubtful time (n_clean). Raises
    `CityError` if the file is none."""
    count = np.zeros((len(KINDS), 7, 24), dtype=np.int64)
    try:
        with Path(file).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["category"] in KINDS:
                    count[list(KINDS).index(row["category"]), int(row["weekday"]), int(row["hour"])] += int(row["n_clean"])
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise CityError(f"{file}: cannot be read as notices by weekday and hour ({error})") from None
    return count


def lived_profile(runs, kinds):
    """float64 (7, 24): offences of some kinds that are reported in the model, by weekday and hour."""
    at = pd.concat([offences(run, "reported", *kinds)["at"] for run in runs])
    count = np.zeros((7, 24))
    np.add.at(count, (at.dt.dayofweek, at.dt.hour), 1)
    return count


def in_blocks(count):
    """(shares of the blocks of hours float64 (6,), shares of weekdays float64 (7,)) of counts (7, 24)."""
    whole = max(count.sum(), 1)
    return count.sum(axis=0).reshape(-1, BLOCK).sum(axis=1) / whole, count.sum(axis=1) / whole


def apart(told, lived):
    """One row a category: notices, and how much of them would have to move to other hours, or days, to be as the model has it (total
    variation, %), and as if all were alike."""
    rows = []
    for category, known, model in zip(KINDS, told, lived, strict=True):
        row = {"category": category, "notices": int(known.sum())}
        for name, mine, other in zip(("hours", "weekdays"), in_blocks(known), in_blocks(model), strict=True):
            row[f"{name}, model"] = 50 * np.abs(mine - other).sum()
            row[f"{name}, all alike"] = 50 * np.abs(mine - 1 / len(mine)).sum()
        rows.append(row)
    return pd.DataFrame(rows)


def draw_profiles(told, lived, file):
    """A row a category: blocks of hours and weekdays, the model as bars, notices as points with 95 % intervals (Wilson 1927)."""
    figure, axes = plt.subplots(len(KINDS), 2, figsize=(9, 2.3 * len(KINDS)))
    labels = [[f"{h:02d}–{h + BLOCK:02d}" for h in range(0, 24, BLOCK)], DAYS]
    for row, (category, known, model) in enumerate(zip(KINDS, told, lived, strict=True)):
        for column, (mine, other) in enumerate(zip(in_blocks(known), in_blocks(model), strict=True)):
            axis, n = axes[row, column], int(known.sum())
            axis.bar(range(len(other)), 100 * other, color=INSIDE, alpha=0.45, label="model, reported")
            spans = [binomtest(round(share * n), max(n, 1)).proportion_ci(method="wilson") for share in mine]
            axis.errorbar(range(len(mine)), 100 * mine, yerr=100 * np.abs(np.array(spans).T - mine), fmt="o", color=KNOWN, ms=4, lw=1,
                          label="notices of the police, 95 %")  # fmt: skip
            axis.set_xticks(range(len(mine)), labels[column], fontsize=8)
            axis.set_ylim(bottom=0)
            if column == 0:
                axis.set_ylabel(f"{TITLES[category]}\n%", fontsize=9)
            for side in ("right", "top"):
                axis.spines[side].set_visible(False)
    axes[0, 0].legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(0, 1.35), ncol=2)
    figure.tight_layout()
    figure.savefig(file, dpi=130, bbox_inches="tight")
    plt.close(figure)
