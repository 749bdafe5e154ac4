"""What is counted for whom: the rights ledger, every outcome by area, and the pledge's three journeys. From saved files alone."""

import numpy as np
import pandas as pd

AGES = ("under 18", "18–29", "30–64", "65 and older")
AGES_END = np.array([18.0, 30.0, 65.0, 128.0])
JOURNEYS = ("bus_home", "from_cinema", "evening_run")
BURDENED, OTHERS = "burdened areas", "other areas"
PER = 100_000
"""Journeys to which victims are counted."""


def age_group(age):
    """Name of the group of ages for each age int (n,)."""
    return np.array(AGES)[np.searchsorted(AGES_END, age, side="right")]


def journeys_of(run):
    """{outcome: value}: on each of the journeys victims, and of every 100,000 journeys; % that felt safe; % that were given up."""
    lived, values = run.journeys, {}
    hits = run.events.loc[run.events["happened"].eq(1), "journey"]
    for number, name in enumerate(JOURNEYS, start=1):
        made, given_up, unsafe = lived.loc[lived["journey"].eq(name), ["made", "given_up", "unsafe"]].sum()
        values[f"{name}_victims"] = float(hits.eq(number).sum())
        values[f"{name}_hit"] = PER * values[f"{name}_victims"] / made if made else np.nan
        values[f"{name}_safe"] = 100.0 * (1.0 - unsafe / made) if made else np.nan
        values[f"{name}_given_up"] = 100.0 * given_up / (made + given_up) if made + given_up else np.nan
    return values


def ledger(run):
    """A row for everything in the rights ledger of a run: `what`, the home or place `zone`, the group of ages (empty where it is unknown),
    and `number`."""
    zone_of, maps, summary = run.maps["zone"], run.maps, run.summary
    seconds = np.array([maps["guard_seconds"][f].astype(float) * rate for f, rate in enumerate(summary["checks_an_hour"])])
    known = zone_of >= 0
    checks = np.bincount(zone_of[known], weights=seconds.sum(axis=0)[known] / 3600.0, minlength=len(maps["watched"]))
    watched, guarded = np.moveaxis(maps["exposed"], -1, 0)
    parts = [_by_age("watched_hours", maps["watched"], watched), _by_age("checks", checks, guarded)]
    seen = run.events[run.events["happened"].eq(1) & run.events["noticed"].eq(1)]
    parts.append(_rows("interventions", zone_of[seen["cell"]], age_group(seen["offender_age"]), 1.0))
    held = run.visits[run.visits["service"].eq("detention") & run.visits["result"].ne("given up")]
    parts.append(_rows("detentions", held["zone"], age_group(held["age"]), 1.0))
    wrong = held[held["innocent"].eq(1)]
    parts.append(_rows("wrongful_detentions", wrong["zone"], age_group(wrong["age"]), 1.0))
    for what, wanted in (("referrals", False), ("wrong_referrals", True)):
        names = [f"{c}.{t}" for c, course in summary["courses"].items() for t, rule in course["transitions"].items()
                 if rule.get("refers") and (not wanted or rule.get("wrong", False))]  # fmt: skip
        mine = run.harms[run.harms["what"].isin(names)]
        parts.append(_rows(what, mine["zone"], age_group(mine["age"]), 1.0))
    return pd.concat(parts, ignore_index=True)


def _by_age(what, total, exposed):
    """Rows for what is counted by zone, `total` (zones,), shared among ages as they were seen there: `exposed` (zones, ages). Where nobody
    was seen they share as in all zones together."""
    seen = exposed.sum(axis=1, keepdims=True)
    everywhere = exposed.sum(axis=0) / max(exposed.sum(), 1e-300)
    share = np.where(seen > 0, exposed / np.where(seen > 0, seen, 1.0), everywhere)
    zones = np.repeat(np.arange(len(total)), len(AGES))
    return _rows(what, zones, np.tile(AGES, len(total)), (total[:, None] * share).ravel())


def _rows(what, zone, age, number):
    zone = np.asarray(zone)
    return pd.DataFrame(
        {"what": what, "zone": zone, "age": np.broadcast_to(age, zone.shape), "number": np.broadcast_to(number, zone.shape)}
    )


LEDGER = ("watched_hours", "checks", "interventions", "detentions", "wrongful_detentions", "referrals", "wrong_referrals")


def by_group(run):
    """{(outcome, group): value} of a run: offences, victims, harm, felt safety and the rights ledger by district, for the most burdened
    areas and the others; and the ledger by age."""
    run = run.in_memory()
    zones, zone_of = run.summary["zones"], run.maps["zone"]
    groups = {**{name: np.array(zones["district"]) == name for name in dict.fromkeys(zones["district"])}}
    burdened = np.array(zones["burdened"], dtype=bool)
    groups |= {BURDENED: burdened, OTHERS: ~burdened} if burdened.any() else {}
    n, events = len(zones["district"]), run.events[run.events["happened"].eq(1)]
    kinds, harm = list(run.summary["offences"]), run.summary["harm"]
    aimed = events[events["kind"].isin([k for k, name in enumerate(kinds) if run.summary["offences"][name]["target"] != "market"])]
    count = lambda zone, weights=None: np.bincount(zone[zone >= 0], None if weights is None else weights[zone >= 0], n).astype(float)  # noqa: E731
    place = zone_of[aimed["cell"].to_numpy()]
    at_home = run.harms["zone"].to_numpy()
    found = {
        "happened": count(place),
        "victims": count(aimed.loc[aimed["victim"] >= 0, "victim_zone"].to_numpy()),
        "harm": (count(place, aimed["kind"].map(dict(enumerate(map(harm.get, kinds)))).to_numpy())
                 + count(at_home, run.harms["what"].map(harm).fillna(0.0).to_numpy())) / 1e6,
    }  # fmt: skip
    rows = ledger(run)
    found |= {what: np.zeros(n) for what in LEDGER}
    found |= {what: count(mine["zone"].to_numpy().astype(int), mine["number"].to_numpy()) for what, mine in rows.groupby("what")}
    values = {(what, group): float(per[mask].sum()) for group, mask in groups.items() for what, per in found.items()}
    safe, asked = run.maps["safe_by_zone"], run.maps["asked_by_zone"]
    values |= {("safe_share", g): float(100 * (safe * asked)[m].sum() / max(asked[m].sum(), 1)) for g, m in groups.items()}
    ages = rows[rows["age"] != ""].groupby(["what", "age"])["number"].sum()
    values |= {(what, age): float(ages.get((what, age), 0.0)) for what in LEDGER for age in AGES}
    return values
