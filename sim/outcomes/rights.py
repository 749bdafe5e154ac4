"""What is counted for whom: the rights ledger, and every outcome by area. From saved files alone."""

import numpy as np
import pandas as pd

AGES = ("under 18", "18–29", "30–64", "65 and older")
AGES_END = np.array([18.0, 30.0, 65.0, 128.0])
BURDENED, OTHERS = "burdened areas", "other areas"


def age_group(age):
    """Name of the group of ages for each age int (n,)."""
    return np.array(AGES)[np.searchsorted(AGES_END, age, side="right")]


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
    """{(outcome, group): value} of a run, for every district, the most burdened areas and the others: offences in all layers, by group of
    types and by place; victims, avoidance, felt safety, what courses did and whom services served or refused by home; response times; the
    rights ledger, which is also told by age."""
    run = run.in_memory()
    summary, zone_of, rows = run.summary, run.maps["zone"], ledger(run)
    zones = len(summary["zones"]["district"])
    count = lambda zone, weights=None: _by_zone(zone, zones, weights)  # noqa: E731
    found = _street_by_zone(run, count) | _lives_by_zone(run, count)
    found |= {what: np.zeros(zones) for what in LEDGER}
    found |= {what: count(mine["zone"].to_numpy().astype(int), mine["number"].to_numpy()) for what, mine in rows.groupby("what")}
    found["gave_up"] = run.maps["gave_up"]
    groups = areas(summary)
    values = {(what, group): float(per[mask].sum()) for group, mask in groups.items() for what, per in found.items()}
    safe, asked = run.maps["safe_by_zone"], run.maps["asked_by_zone"]
    answered = run.events[run.events["response"] >= 0]
    place = zone_of[answered["cell"].to_numpy()]
    for group, mask in groups.items():
        values["safe_share", group] = float(100 * (safe * asked)[mask].sum() / max(asked[mask].sum(), 1))
        values["response", group] = float(answered.loc[np.append(mask, False)[place], "response"].median())
    ages = rows[rows["age"] != ""].groupby(["what", "age"])["number"].sum()
    values |= {(what, age): float(ages.get((what, age), 0.0)) for what in LEDGER for age in AGES}
    return values


def areas(summary):
    """{group: bool (zones,)}: every district, and where there are such the most burdened areas and the others."""
    district, burdened = np.array(summary["zones"]["district"]), np.array(summary["zones"]["burdened"], dtype=bool)
    groups = {name: district == name for name in dict.fromkeys(summary["zones"]["district"])}
    return groups | ({BURDENED: burdened, OTHERS: ~burdened} if burdened.any() else {})


def _by_zone(zone, zones, weights=None):
    """float64 (zones,): how many, or the sum of the `weights`, in each; without those in none (−1)."""
    zone = np.asarray(zone)
    return np.bincount(zone[zone >= 0], None if weights is None else np.asarray(weights)[zone >= 0], zones).astype(float)


def _street_by_zone(run, count):
    """{outcome: (zones,)} of what happened on the street, by place, and of victims by home; harm with that done in homes."""
    kinds, harm, zone_of = run.summary["offences"], run.summary["harm"], run.maps["zone"]
    place, events = zone_of[run.events["cell"].to_numpy()], run.events
    happened = events["happened"].eq(1).to_numpy()
    aimed = happened & events["kind"].isin([k for k, kind in enumerate(kinds.values()) if kind["target"] != "market"]).to_numpy()
    hurt = aimed & events["victim"].ge(0).to_numpy()
    weights = events["kind"].map(dict(enumerate(map(harm.get, kinds)))).to_numpy()
    at_home = count(run.harms["zone"], run.harms["what"].map(harm).fillna(0.0))
    found = {"happened": count(place[aimed]), "victims": count(events.loc[hurt, "victim_zone"])}
    found |= {"harm": (count(place[aimed], weights[aimed]) + at_home) / 1e6, "turned_away": count(place[~happened])}
    for group in dict.fromkeys(kind["group"] for kind in kinds.values()):
        mine = happened & events["kind"].isin([k for k, kind in enumerate(kinds.values()) if kind["group"] == group]).to_numpy()
        found[f"happened_{group}"] = count(place[mine])
    for layer in ("reported", "recorded"):
        found[layer] = count(place[happened & events[layer].eq(1).to_numpy()])
    return found


def _lives_by_zone(run, count):
    """{outcome: (zones,)} of courses and services, by where those whom they are about live."""
    found = {}
    for name, course in run.summary["courses"].items():
        hurts = [f"{name}.{t}" for t, rule in course["transitions"].items() if rule.get("harm")]
        if hurts:
            found[f"{name}_harms"] = count(run.harms.loc[run.harms["what"].isin(hurts), "zone"])
    refused = run.visits["result"].eq("given up")
    for service in dict.fromkeys(run.visits["service"]):
        mine = run.visits["service"].eq(service)
        found |= {
            f"{service}_{end}": count(run.visits.loc[mine & (refused == no), "zone"]) for end, no in (("served", False), ("refused", True))
        }
    return found
