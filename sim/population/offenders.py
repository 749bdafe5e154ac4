"""Offenders: residents, and some from elsewhere, with a motive; a small part of them does most of it. Those whom a criminal network may
draw in have a row as well, and no motive until it does."""

import numpy as np

from sim.population.people import AT_HOME, RESIDENT, VISITOR
from sim.rng import BUILD, normals, uniforms

ACTIVE, ACTIVITY, BOLD, HAUNT_FIRST, HAUNT_SECOND, IDLE = range(60, 66)
"""Purposes of the draws of stream BUILD made here."""
YOUNGEST = 12

OFFENDER = np.dtype(
    [
        ("row", "i4"), ("haunt", "i4"), ("second_haunt", "i4"), ("active", "i4"), ("sought", "i4"), ("bold", "f4"), ("activity", "f8"),
        ("away_from", "i8"), ("away_until", "i8"), ("standing", "f8"), ("drive", "f8"), ("wheels", "f8"), ("heat", "f8"), ("warned", "f8"),
    ],
    align=True,
)  # fmt: skip
"""row of the person; haunt, second_haunt: destinations; active: 1 for those who offend outside any network; bold: standard normal;
activity: mean 1; away_from, away_until: tenths of a second between which the offender is in custody. What lives bring to the street (see
sim.street_lives): standing in a network, drive relative to before, wheels 1 with a car that leads to nobody, heat of the group's feuds,
how far the group is warned, and the row of the offender whom it looks for, −1 for nobody."""


def make_offenders(people, haunts, grounds, homes, parameters, seed):
    """Choose who offends this year and write it into `people.offender`; whoever lives near a network has a row, too.

    `haunts` float32 (zones + 1, spots): cumulative probabilities of where offenders of each zone, and those from elsewhere, keep to;
    whoever lives near a network keeps first to the ground of that group, `grounds` int64 (groups,), and then to the streets where
    they live themselves: the destinations `homes` int64 (zones,).
    Participation follows the age curve of suspects (Brå, table 200 for 1998) and the odds of men; activity is lognormal, its
    spread derived from the concentration of violent convictions (Falk et al. 2014).
    """
    group = parameters.group("offender")
    relative = np.zeros(128)
    for from_age, level in parameters.group("offender.age")._asdict().items():  # a12, a15, … in order
        relative[int(from_age[1:]) :] = level
    weight = relative[people.age] * np.where(people.woman, 1.0, group.men)
    resident = people.role == RESIDENT
    grown = resident & (people.age >= YOUNGEST)
    chance = np.where(grown, group.participation * grown.sum() * weight / weight[grown].sum(), 0.0)
    visitor = people.role == VISITOR
    outside = group.outside / (1 - group.outside) * chance.sum() / max(visitor.sum(), 1)
    chance = np.where(visitor, min(outside, 1.0), chance)
    active = uniforms(seed, BUILD, people.id, 0, ACTIVE, 0) < chance
    rows = np.flatnonzero(active | (people.group >= 0)).astype(np.int32)
    people.offender[:] = -1
    people.offender[rows] = np.arange(len(rows))
    people.walks[rows] = 1
    ids = people.id[rows]
    idle = active[rows] & (uniforms(seed, BUILD, ids, 0, IDLE, 0) < group.idle)
    people.day_place[rows[idle]], people.day_kind[rows[idle]] = -1, AT_HOME
    spread = group.activity_spread
    activity = np.exp(spread * normals(seed, BUILD, ids, 0, ACTIVITY, 0) - spread**2 / 2)
    offenders = np.zeros(len(rows), dtype=OFFENDER).view(np.recarray)
    offenders.row, offenders.active, offenders.activity, offenders.drive = rows, active[rows], activity, 1.0
    offenders.bold = normals(seed, BUILD, ids, 0, BOLD, 0)
    for field, purpose in (("haunt", HAUNT_FIRST), ("second_haunt", HAUNT_SECOND)):
        u = uniforms(seed, BUILD, ids, 0, purpose, 0)
        offenders[field] = (haunts[people.zone[rows]] < u[:, None]).sum(axis=1)
    near = people.group[rows] >= 0
    offenders.haunt[near] = grounds[people.group[rows[near]]]
    offenders.second_haunt[near] = homes[people.zone[rows[near]]]
    offenders.away_from = offenders.away_until = offenders.sought = -1
    return offenders
