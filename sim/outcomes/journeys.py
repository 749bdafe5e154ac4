"""The pledge's three journeys: how many were hit on each, felt safe, or gave it up. From saved files alone."""

import numpy as np
import pandas as pd

from sim.clock import DAWN_HOUR
from sim.outcomes.rights import age_group

JOURNEYS = ("bus_home", "from_cinema", "evening_run")
PER = 100_000
"""Journeys to which victims are counted."""
COUNTS = ["made", "given_up", "unsafe"]


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


def journeys_by(run):
    """{(outcome, by, group): value} of a run: each of the journeys as in `journeys_of`, by the hour at which it began (victims: at which
    they were hit), by district of the home, for women and men, and by age. Whoever sets out arrives: what began was completed."""
    district, lived, events, values = run.summary["zones"]["district"], run.journeys, run.events, {}
    hits = events[events["happened"].eq(1) & events["journey"].gt(0)]
    hour = (hits["time"] // 3600 + DAWN_HOUR) % 24
    which = np.array(JOURNEYS)[hits["journey"].to_numpy() - 1]
    hit = _labelled(which, hour, hits["victim_zone"], hits["victim_woman"], age_group(hits["victim_age"]), district)
    began = _labelled(lived["journey"], lived["hour"], lived["zone"], lived["woman"], lived["age"], district)
    began[COUNTS] = lived[COUNTS].to_numpy()
    for by in ("hour", "district", "sex", "age"):
        victims = hit.groupby(["journey", by]).size()
        for key, row in began.groupby(["journey", by])[COUNTS].sum().iterrows():
            made, given_up, unsafe = row
            rates = {"given_up": 100.0 * given_up / (made + given_up) if made + given_up else np.nan}
            rates |= {"hit": PER * victims.get(key, 0) / made, "safe": 100.0 * (1.0 - unsafe / made)} if made else {}
            values |= {(f"{key[0]}_{end}", by, str(key[1])): float(rate) for end, rate in rates.items()}
    return values


def _labelled(journey, hour, zone, woman, age, district):
    """A table of journeys or of hits on them, by the names of their groups."""
    named = np.append(np.array(district, dtype=object), "")  # the last for those who live elsewhere: zone −1
    return pd.DataFrame({
        "journey": np.asarray(journey), "hour": np.asarray(hour), "district": named[np.asarray(zone)],
        "sex": np.where(np.asarray(woman) == 1, "women", "men"), "age": np.asarray(age),
    })  # fmt: skip
