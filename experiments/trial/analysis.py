"""What a trial found: counts before and during it at treated and at control sites, as its authors compare them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from experiments.trial.sites import kinds_of
from sim.clock import DAWN_HOUR, DAY
from sim.outcomes.space import weighted_displacement_quotient

TREATED, CONTROL, NEAR_TREATED, NEAR_CONTROL, REST = range(5)
"""Parts of the city as a trial sees it: sites, the buffers around them, all else."""
Z95 = 1.96


@dataclass(frozen=True)
class World:
    """One world of a trial: its runs `untreated` and `treated`, the middles of its sites (cells), which of them were treated (bool), and
    the part of the city, int8 (cells,), in which every cell lies."""

    untreated: object
    treated: object
    sites: np.ndarray
    lot: np.ndarray
    part: np.ndarray


def parts(trial, city, sites, lot):
    """int8 (cells,): the part in which each cell lies: that of the nearest site where it is in reach, treated ones first where two are as
    near."""
    away = np.full((2, city.grid.cells), np.inf)
    for cell, treated in zip(sites.tolist(), lot.tolist(), strict=True):
        near = city.grid.around(cell, trial.radius_m + trial.buffer_m)
        kind = TREATED if treated else CONTROL
        away[kind, near] = np.minimum(away[kind, near], city.grid.distance_m(near, cell))
    nearest = away.argmin(axis=0)
    least = away.min(axis=0)
    within = least <= trial.radius_m
    part = np.where(within, nearest, np.where(np.isfinite(least), nearest + NEAR_TREATED, REST))
    return part.astype(np.int8)


def chosen(run, layer, kinds, hours="all", guarded="any"):
    """Offences of a layer and some kinds (numbers), at some hours, with guardians in sight or without."""
    events = run.events
    there = events["happened"].eq(1) & events["kind"].isin(kinds)
    if layer != "happened":
        there &= events[layer].eq(1)
    if guarded != "any":
        there &= events["guardians"].gt(0) == (guarded == "present")
    if hours != "all":
        hour = (events["time"] % DAY / 3600 + DAWN_HOUR) % 24
        night = hour.ge(run.summary["compare"]["night_from"]) | hour.lt(run.summary["compare"]["night_to"])
        there &= night == (hours == "night")
    return events[there]


def counts(run, trial, part, events):
    """int64 (parts, 2): offences in each part of the city before the trial and during it."""
    during = events["time"].ge(trial.before * DAY).astype(int)
    found = np.zeros((REST + 1, 2), dtype=np.int64)
    np.add.at(found, (part[events["cell"]], during), 1)
    return found


def rate_ratio(a_before, a_during, b_before, b_during):
    """(log of the ratio of the changes of a and b, its standard error): the relative effect that Braga and Weisburd (2022) call the log of
    the relative incidence rate ratio; half an event is added to each count where one of them is zero (Haldane 1956)."""
    four = np.array([a_before, a_during, b_before, b_during], dtype=float)
    four += 0.5 * (four == 0).any()
    change = np.log(four[1] / four[0]) - np.log(four[3] / four[2])
    return float(change), float(np.sqrt((1 / four).sum()))


def against(trial, found):
    """The part with which the treated sites are compared: control sites, or all else where every site is treated."""
    return found[CONTROL] if trial.allocate != "all" else found[REST]


def effect_in(world, trial, layer, kinds, hours="all", guarded="any"):
    """What one world says of one outcome: the effect as the trial sees it with its standard error, the same in the buffers, and in the
    world without the treatment (where it shows only how unlike the sites were), the true one against that world (all as log ratios),
    displacement (weighted displacement quotient), and the counts."""
    found = counts(world.treated, trial, world.part, chosen(world.treated, layer, kinds, hours, guarded))
    without = counts(world.untreated, trial, world.part, chosen(world.untreated, layer, kinds, hours, guarded))
    effect, error = rate_ratio(*found[TREATED], *against(trial, found))
    near, _ = rate_ratio(*found[NEAR_TREATED], *(found[NEAR_CONTROL] if trial.allocate != "all" else found[REST]))
    untreated, _ = rate_ratio(*without[TREATED], *against(trial, without))
    true = np.log((found[TREATED, 1] + 0.5) / (without[TREATED, 1] + 0.5))
    compared = against(trial, found)
    quotient = weighted_displacement_quotient(
        (found[TREATED, 1], found[NEAR_TREATED, 1], compared[1]), (found[TREATED, 0], found[NEAR_TREATED, 0], compared[0])
    )
    return {
        "effect": effect, "error": error, "untreated": untreated, "near": near, "true": float(true), "displacement": quotient,
        "treated_before": found[TREATED, 0], "treated_during": found[TREATED, 1], "treated_without": without[TREATED, 1],
        "control_before": compared[0], "control_during": compared[1],
        "near_during": found[NEAR_TREATED, 1], "near_without": without[NEAR_TREATED, 1],
    }  # fmt: skip


def feeling_in(world, trial):
    """How much safer, in standard deviations between people, the treated sites feel of an evening than without the treatment."""
    there = (world.part == TREATED) & world.treated.maps["walkable"].astype(bool)
    change = (world.treated.maps["evening_feel"] - world.untreated.maps["evening_feel"])[there].mean()
    return float(change) * (trial.before + trial.during) / trial.during  # evenings before it are in the mean, and alike


def delivered(world, trial):
    """Guardian minutes a day and site that the treatment brought, at the treated sites."""
    there = world.part == TREATED
    seconds = [run.maps["guard_seconds"].sum(axis=0)[there].sum() for run in (world.treated, world.untreated)]
    return float(seconds[0] - seconds[1]) / 60 / trial.during / max(int(world.lot.sum()), 1)


def over_worlds(values):
    """(mean, low, high of its 95 % t interval, 5th and 95th percentile of single trials) of one value a world; NaN left out."""
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if not len(values):
        return (np.nan,) * 5
    mean, n = values.mean(), len(values)
    half = stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
    return mean, mean - half, mean + half, *np.percentile(values, [5, 95])


def outcomes(trial, offences):
    """(layer, name of the types, kinds, hours, guarded) of every outcome that a report lists: the trial's own first, then all layers by
    group and type, by night, and with guardians in sight and without."""
    groups = list(dict.fromkeys(rule["group"] for rule in offences.values()))
    own = [("reported" if trial.layer == "feeling" else trial.layer, trial.outcome, trial.hours, trial.guarded)]
    names = ["all", *groups, *offences]
    rest = [(layer, name, "all", "any") for layer in ("happened", "reported", "recorded") for name in names]
    rest += [(layer, "all", hours, "any") for layer in ("happened", "reported") for hours in ("day", "night")]
    rest += [("recorded", "all", "all", guarded) for guarded in ("present", "absent")]
    return [(layer, name, kinds_of(name, offences), hours, guarded) for layer, name, hours, guarded in dict.fromkeys([*own, *rest])]


def table_of(worlds, trial):
    """One row an outcome, the trial's own first: rate ratios over the worlds, as the trial sees them (with the spread of single trials),
    and true ones; other outcomes only where something happened at the treated sites before."""
    rows = []
    for n, (layer, name, kinds, hours, guarded) in enumerate(outcomes(trial, worlds[0].treated.summary["offences"])):
        found = pd.DataFrame([effect_in(world, trial, layer, kinds, hours, guarded) for world in worlds])
        if n == 0 or found["treated_before"].sum():
            rows.append({"layer": layer, "offences": name, "hours": hours, "guardians": guarded} | row_of(found))
    return pd.DataFrame(rows)


def row_of(found):
    """What worlds say together: `found` a row a world, as `effect_in` gives them."""
    mean, low, high, least, most = np.exp(over_worlds(found["effect"]))
    significant = (np.abs(found["effect"]) > Z95 * found["error"]).mean()
    return {
        "ratio": mean, "ci_low": low, "ci_high": high, "trial_low": least, "trial_high": most,
        "untreated_ratio": np.exp(over_worlds(found["untreated"])[0]),
        "true_ratio": pooled(found["treated_during"], found["treated_without"]), "buffer_ratio": np.exp(over_worlds(found["near"])[0]),
        "true_buffer": pooled(found["near_during"], found["near_without"]),
        "displacement_quotient": over_worlds(found["displacement"])[0] if significant >= 0.5 else np.nan,
        "significant_share": significant, "worlds": len(found),
        **{name: found[name].mean() for name in ("treated_before", "treated_during", "control_before", "control_during")},
    }  # fmt: skip


def said_of(mean, low, high, trial):
    """What may be said of a result and its interval beside what was published."""
    if not np.isfinite([mean, low, high]).all():
        return "too few worlds to tell"
    if low > trial.high or high < trial.low:
        return "outside"
    if trial.low <= low and high <= trial.high:
        return "inside"
    return "mean inside" if trial.low <= mean <= trial.high else "mean outside"


def pooled(with_, without):
    return with_.sum() / without.sum() if without.sum() else np.nan
