"""A picture of a trial: what each world's trial would have told its authors, beside what was published, and every kind of offence."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from experiments.facts.draw import INSIDE, KNOWN
from experiments.trial.analysis import Z95, effect_in, feeling_in
from experiments.trial.sites import kinds_of

MOST_ROWS = 22


def draw_trial(trial, worlds, result, table, folder):
    """Write `trial.png`: single trials on the left, all outcomes in the trial's own layer on the right."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5.2), gridspec_kw={"width_ratios": [1, 1.1]})
    _single(left, trial, worlds, result)
    _outcomes(right, trial, table)
    figure.suptitle(f"{trial.title}: {result['sites']} sites in each of {len(worlds)} worlds", fontsize=12, x=0.02, ha="left")
    figure.tight_layout(rect=(0, 0, 1, 0.97))
    figure.savefig(folder / "trial.png", dpi=130)
    plt.close(figure)


def _single(axis, trial, worlds, result):
    """One line a world: its trial's estimate and interval; the published figure and its range behind."""
    if trial.layer == "feeling":
        found = [(feeling_in(world, trial), 0.0) for world in worlds]
        centre, scale, none = np.array([value for value, _ in found]), lambda x: x, 0.0
    else:
        kinds = kinds_of(trial.outcome, worlds[0].treated.summary["offences"])
        effects = [effect_in(world, trial, trial.layer, kinds, trial.hours, trial.guarded) for world in worlds]
        found = [(effect["effect"], effect["error"]) for effect in effects]
        centre, scale, none = np.exp([value for value, _ in found]), np.exp, 1.0
    order = np.argsort(centre)
    axis.axvspan(trial.low, trial.high, color="#cccccc", alpha=0.6, lw=0, label="published interval, or range of the evidence")
    axis.axvline(trial.published, color=KNOWN, lw=1.5, label="published")
    axis.axvline(none, color="#999999", lw=0.8, ls=":")
    for line, i in enumerate(order):
        value, error = found[i]
        axis.plot(scale(np.array([value - Z95 * error, value + Z95 * error])), [line, line], color=INSIDE, lw=1, alpha=0.5)
        axis.plot(centre[i], line, "o", color=INSIDE, ms=4)
    axis.plot(result["found"], -1.5, "D", color="#d55e00", label="mean of the worlds")
    axis.plot(result["true"], -1.5, "|", color="#000000", ms=14, mew=2, label="against the same worlds untreated")
    axis.set_yticks([])
    axis.set_xlabel("difference, standard deviations" if trial.layer == "feeling" else "rate ratio")
    axis.set_title("What each world's trial would have found", fontsize=10, loc="left")
    axis.legend(fontsize=7, loc="upper left", bbox_to_anchor=(0, -0.14), ncol=2, frameon=False)


def _outcomes(axis, trial, table):
    """Every type and group in the trial's layer: rate ratio with its interval over the worlds."""
    layer = "reported" if trial.layer == "feeling" else trial.layer
    rows = table[table["layer"].eq(layer) & table["hours"].eq("all") & table["guardians"].eq("any")].drop_duplicates("offences")
    rows = rows[rows["treated_before"] >= 1].iloc[:MOST_ROWS][::-1]
    for line, row in enumerate(rows.itertuples()):
        axis.plot(np.clip([row.ci_low, row.ci_high], 0.05, 4), [line, line], color=INSIDE, lw=1.5)
        axis.plot(row.ratio, line, "o", color=INSIDE, ms=4)
        axis.plot(row.true_ratio, line, "|", color="#000000", ms=10, mew=1.5)
    axis.axvline(1.0, color="#999999", lw=0.8, ls=":")
    axis.set_yticks(range(len(rows)), [name.replace("_", " ") for name in rows["offences"]], fontsize=8)
    axis.set_xlim(0.3, 1.9)
    axis.set_xlabel("rate ratio")
    axis.set_title(f"Offences {layer}: trials (point, 95 %) and truth (bar)", fontsize=10, loc="left")
    for side in ("right", "top"):
        axis.spines[side].set_visible(False)
