"""Offenders: residents, and some from elsewhere, with a motive; a small part of them does most of it."""

import numpy as np

from sim.population.people import RESIDENT, VISITOR
from sim.rng import BUILD, normals, uniforms

ACTIVE, ACTIVITY, BOLD, HAUNT_FIRST, HAUNT_SECOND = range(60, 65)
"""Purposes of the draws of stream BUILD made here."""
YOUNGEST = 12
AGE_BANDS = ((12, "a12"), (15, "a15"), (18, "a18"), (21, "a21"), (25, "a25"), (30, "a30"), (40, "a40"), (50, "a50"), (60, "a60"))

OFFENDER = np.dtype(
    [
        ("row", "i4"), ("haunt", "i4"), ("second_haunt", "i4"), ("bold", "f4"), ("activity", "f8"), ("away_from", "i8"),
        ("away_until", "i8"),
    ],
    align=True,
)  # fmt: skip
"""row of the person; haunt, second_haunt: destinations; bold: standard normal; activity: mean 1; away_from, away_until: tenths of a
second between which the offender is in custody."""


def make_offenders(city, people, parameters, seed):
    """Choose who offends this year and write it into `people.offender`.

    Participation follows the age curve of suspects (Brå, table 200 for 1998) and the odds of men; activity is lognormal, its
    spread derived from the concentration of violent convictions (Falk et al. 2014).
    """
    group = parameters.group("offender")
    age_curve = parameters.group("offender.age")
    relative = np.zeros(128)
    for first, field in AGE_BANDS:
        relative[first:] = getattr(age_curve, field)
    weight = relative[people.age] * np.where(people.woman, 1.0, group.men)
    resident = people.role == RESIDENT
    grown = resident & (people.age >= YOUNGEST)
    chance = np.where(grown, group.participation * grown.sum() * weight / weight[grown].sum(), 0.0)
    visitor = people.role == VISITOR
    outside = group.outside * chance.sum() / max(visitor.sum(), 1)
    chance = np.where(visitor, min(outside, 1.0), chance)
    rows = np.flatnonzero(uniforms(seed, BUILD, people.id, 0, ACTIVE, 0) < chance).astype(np.int32)
    people.offender[:] = -1
    people.offender[rows] = np.arange(len(rows))
    people.walks[rows] = 1
    ids = people.id[rows]
    spread = group.activity_spread
    activity = np.exp(spread * normals(seed, BUILD, ids, 0, ACTIVITY, 0) - spread**2 / 2)
    offenders = np.zeros(len(rows), dtype=OFFENDER).view(np.recarray)
    offenders.row, offenders.activity = rows, activity
    offenders.bold = normals(seed, BUILD, ids, 0, BOLD, 0)
    offenders.haunt = _haunts(city, people, rows, ids, seed, HAUNT_FIRST, group)
    offenders.second_haunt = _haunts(city, people, rows, ids, seed, HAUNT_SECOND, group)
    offenders.away_from = offenders.away_until = -1
    return offenders


def _haunts(city, people, rows, ids, seed, purpose, group):
    """A place that each offender keeps to: squares, hubs, nightlife and malls, the nearer to home the likelier."""
    options = city.places_of("square", "bus_hub", "rail_station", "nightlife", "mall")
    if len(options) == 0:
        return np.full(len(rows), len(city.places))
    u = uniforms(seed, BUILD, ids, 0, purpose, 0)
    away = city.grid.distance_m(people.home[rows][:, None], city.place_cell[options][None, :])
    cumulative = np.cumsum(np.exp(-away / group.haunt_reach) + 1e-9, axis=1)
    pick = (cumulative < (u * cumulative[:, -1])[:, None]).sum(axis=1)
    return options[np.minimum(pick, len(options) - 1)]
