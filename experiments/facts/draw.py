"""A picture of every fact: what is known, how far a model may lie from it, and where this one lies."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

INSIDE, OUTSIDE, KNOWN = "#1f77b4", "#d55e00", "#333333"


def draw_groups(table, folder):
    """One PNG a group of facts, one panel a fact."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for group, rows in table.groupby("group", sort=False):
        figure = draw_group(rows)
        figure.savefig(Path(folder) / f"facts_{group.replace(' ', '_')}.png", dpi=130, bbox_inches="tight")
        plt.close(figure)


def draw_group(rows):
    """A figure of some facts, a panel each: the tolerance as a band, the target as a line, the model as a point with its interval."""
    figure, axes = plt.subplots(len(rows), 1, figsize=(8.5, 0.75 * len(rows) + 0.6), squeeze=False)
    for axis, row in zip(axes[:, 0], rows.itertuples(), strict=True):
        draw_fact(axis, row)
    figure.suptitle(f"{rows['group'].iloc[0]}: known (line, tolerance shaded) and simulated (point, 95 % interval)", fontsize=10, x=0.02,
                    ha="left")  # fmt: skip
    figure.tight_layout(h_pad=0.4, rect=(0, 0, 1, 0.99))
    return figure


def draw_fact(axis, row):
    axis.axvspan(row.low, row.high, color="#cccccc", alpha=0.6, lw=0)
    axis.axvline(row.target, color=KNOWN, lw=1.5)
    shown = [row.low, row.high, row.target]
    if np.isfinite(row.value):
        colour = INSIDE if row.inside else OUTSIDE
        if np.isfinite(row.ci_low):
            axis.plot([row.ci_low, row.ci_high], [0, 0], color=colour, lw=2)
            shown += [row.ci_low, row.ci_high]
        axis.plot(row.value, 0, "o" if row.inside else "D", color=colour)
        shown.append(row.value)
    else:
        axis.text(row.target, 0.1, "cannot be told from these runs", fontsize=8, ha="center")
    reach = 0.06 * (max(shown) - min(shown))
    axis.set_xlim(min(shown) - reach, max(shown) + reach)
    axis.set_yticks([])
    axis.set_ylabel(f"{row.id.replace('_', ' ')}\n{row.unit}", rotation=0, ha="right", va="center", fontsize=8)
    axis.tick_params(labelsize=8)
    for side in ("left", "right", "top"):
        axis.spines[side].set_visible(False)
