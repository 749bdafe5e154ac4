"""Who lives whose days: where only a share of the people walks, each walker walks for some of the others as well."""

import math
from collections import namedtuple

import numpy as np
from numba import njit

from sim.kernels.move import ADULT
from sim.population.people import RESIDENT
from sim.rng import STAND_IN, unit, words

POOL = 1
"""Purpose of the draw of stream STAND_IN made here."""

StandIns = namedtuple("StandIns", "first row prone walker_prone walker_id")
StandIns.__doc__ = """Those for whom person p walks are row[first[p]:first[p+1]], int32 rows of the people; first int64 (people + 1,).
prone float64 (people,): how easily one is hit of all whose days person p lives, together. walker_prone float64 and walker_id int32
(walkers,): the same of those who walk, and their ids, close together for who is met."""


def make_stand_ins(people, youngest, alike_years, seed):
    """Give everyone aged `youngest` or more who does not walk to one walker of the same zone (or role, if from elsewhere), sex and
    side of 18, for good: so that somebody may be hit twice as easily at any share of walkers.

    Walkers of the same age are preferred, e times those who are `alike_years` older or younger. The walker is the one who wins a race
    keyed by both (weighted rendezvous hashing, after Thaler and Ravishankar 1998): one person less changes only those whose walker that
    was. Offenders walk for themselves alone. Where a group has no walker its people meet nobody.
    """
    home = np.where(people.role == RESIDENT, people.zone, people.zone.max(initial=0) + people.role.astype(np.int64))
    group = home * 4 + people.woman * 2 + (people.age < ADULT)
    order = np.argsort(group, kind="stable").astype(np.int32)
    bounds = np.searchsorted(group[order], np.arange(group.max(initial=0) + 2))
    walks = (people.walks == 1) & (people.offender < 0)
    needs = (people.walks == 0) & (people.age >= youngest)
    walker = np.full(len(people), -1, dtype=np.int64)
    assign(people.id, people.age, order, bounds, walks, needs, alike_years, seed, walker)
    found = np.flatnonzero(walker >= 0)
    rows = found[np.argsort(walker[found], kind="stable")].astype(np.int32)
    first = np.searchsorted(walker[rows], np.arange(len(people) + 1)).astype(np.int64)
    prone = people.prone.astype(float)
    np.add.at(prone, walker[rows], people.prone[rows])
    walkers = np.flatnonzero(people.walks == 1)
    return StandIns(first, rows, prone, prone[walkers], people.id[walkers])


@njit(cache=True)
def assign(ids, age, order, bounds, walks, needs, alike_years, seed, walker):
    """Fill `walker` int64 (people,) with the row of the walker of everyone who `needs` one; −1 is left where there is none."""
    for g in range(len(bounds) - 1):
        members = order[bounds[g] : bounds[g + 1]]
        walkers = members[walks[members]]
        for p in members[needs[members]]:
            soonest = math.inf
            for w in walkers:
                apart = abs(np.int64(age[p]) - np.int64(age[w]))
                wait = -math.log(unit(words(seed, STAND_IN, ids[p], 0, POOL, ids[w])[0])) * math.exp(apart / alike_years)
                if wait < soonest:
                    soonest, walker[p] = wait, w
