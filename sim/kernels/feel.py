"""How safe a place feels, how safe a person feels there, and what people give up because of it."""

import math

import numpy as np
from numba import njit, prange

from sim.kernels import inner, kernel
from sim.kernels.move import DRIVE, GO, STAY, part_of
from sim.kernels.plan import TO_HOME
from sim.kernels.walk import CAR as CAR_MODE
from sim.kernels.walk import DECI
from sim.kernels.walk import RUN as RUN_MODE
from sim.rng import CHOICE, unit, words

GIVE_UP = 0
"""Purpose of the draw of stream CHOICE."""


@inner
def saturating(amount, scale):
    """1 − exp(−amount / scale), in [0, 1) for amounts ≥ 0; most cells have none."""
    return 1.0 - math.exp(-amount / scale) if amount > 0.0 else 0.0


@inner
def feel_place(scene, feel, dark, cell):
    """How safe a cell feels at this hour, float32, in standard deviations of a person's feeling.

    Light counts only after dark; company is the usual number of people at this hour; upkeep, guardians usually seen,
    cameras, and offences that neighbours have heard of do the rest. Weights come from the registry's group `feel`.
    """
    company = saturating(scene.ambient[cell], feel.company_density)
    seen = saturating(scene.sight_usual[cell], feel.guardian_seconds)
    heard = saturating(scene.heard[cell], feel.heard_scale)
    return np.float32(
        feel.company * company
        + feel.guardian * seen
        + feel.camera * scene.camera[cell]
        - feel.dark * dark * (1.0 - scene.lamp[cell])
        - feel.disorder * scene.disorder[cell]
        - feel.heard * heard
    )


@kernel
def feel_places(active, scene, feel, dark, place_feel):
    """Fill `place_feel` float32 (cells,) at the cells `active`."""
    for cell in active:
        place_feel[cell] = feel_place(scene, feel, dark, cell)


@inner
def feeling(people, where, feel, p, place):
    """How safe person `p` feels at a place with feeling `place`: positive is safe. Unit: standard deviations between people."""
    return (
        feel.base
        + place
        - people[p].worry
        - (feel.woman if people[p].woman else 0.0)
        - (feel.old if people[p].age >= feel.old_age else 0.0)
        - feel.victim * (1.0 - math.exp(-where.hurt[p]))
    )


@inner
def feels_unsafe(people, where, scene, feel, dark, p, target):
    """Whether person `p` would not feel safe on an outing: at home or at its target, whichever is worse."""
    there = min(feel_place(scene, feel, dark, people[p].home), feel_place(scene, feel, dark, target))
    return feeling(people, where, feel, p, there) < 0.0


@inner
def at_the_door(people, where, trip, scene, feel, seed, day, dark):
    """What someone decides about a `trip` that may be given up: GO, STAY (which is counted), or DRIVE."""
    p = trip.person
    if dark == 0.0 or not feels_unsafe(people, where, scene, feel, dark, p, trip.target):
        return GO
    u = unit(words(seed, CHOICE, people[p].id, day, GIVE_UP, trip.tour)[0])
    if u < feel.stay * dark:
        where.gave_up[p] += 1
        return STAY
    drives = people[p].car and trip.mode != RUN_MODE and trip.mode != CAR_MODE
    return DRIVE if drives and u < (feel.stay + feel.drive) * dark else GO


@njit(cache=True, parallel=True)
def choose(people, offenders, where, trips, order, first, last, tours, decisions, scene, feel, seed, day, day_ds, dark, threads):
    """The one seam between people's feelings and their movement: `decisions` uint8 (last − first,) GO, STAY or DRIVE.

    Only the first trip of an optional tour is decided; the others follow, by `tours` uint8 (people, 4). The same person on the
    same day draws the same number, whatever the scenario. Whoever is in custody does not leave home. `day_ds`: tenths of a second at
    which the day began; `threads` share the work.
    """
    for index in prange(threads):
        low, high = part_of(trips, order, first, last, np.int64(index), threads)
        for i in range(low, high):
            at = order[i]
            p, tour = np.int64(trips[at].person), trips[at].tour
            if trips[at].optional:
                tours[p, tour] = at_the_door(people, where, trips[at], scene, feel, seed, day, dark)
            o = people[p].offender
            if o >= 0 and where.trip[where.row[p]].purpose == TO_HOME:
                departs = day_ds + np.int64(trips[at].depart) * DECI
                if offenders[o].away_from <= departs < offenders[o].away_until:
                    tours[p, tour] = STAY
            decisions[i - first] = tours[p, tour]


@njit(cache=True, parallel=True)
def survey(people, where, feel, place_feel, youngest, latent):
    """Fill `latent` float32 (people,): how safe each resident feels outdoors in their own area now; NaN for all others."""
    for index in prange(len(latent)):
        p = np.int64(index)
        if people[p].role == 0 and people[p].age >= youngest:
            latent[p] = feeling(people, where, feel, p, place_feel[people[p].home])
        else:
            latent[p] = math.nan
