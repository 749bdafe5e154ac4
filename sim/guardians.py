"""Guardians: squads become units, units get shifts and sites."""

import zlib
from collections import namedtuple

import numpy as np

from sim.rng import ROSTER, uniforms

Units = namedtuple("Units", "key squad force base shift_from shift_to origin target leave arrive until passive call")
Units.__doc__ = """Arrays (units,): key int64 identity (of squad name and number); squad, force int64; base, origin, target int32
cells; shift_from, shift_to int64 (units, 2) tenths of a second, one row for even and one for odd days; leave, arrive, until int64;
passive, call int8."""

Sites = namedtuple("Sites", "first cell weight ordered")
Sites.__doc__ = """Where squads go: those of squad s are cell[first[s]:first[s+1]] int32, wanted in proportion to weight float64, or
taken in order where ordered[s] bool."""

SHIFTS = (7, 15, 23)
SHIFT_HOURS = 8
DS_HOUR = 36_000
WORKS, WHICH = range(2)
"""Purposes of the draws of stream ROSTER."""


def make_units(levers, forces, force_names, base):
    """All units of the squads in `levers`, by name and number: a unit for every `people` of its force, the last one rounded.

    `forces` is the registry's table `force`; `base` int the cell where shifts begin.
    """
    key, squad, force = [], [], []
    for s, name in enumerate(sorted(levers.squads)):
        member = levers.squads[name]
        f = force_names.index(member.force)
        count = int(round(member.people / forces.people[f]))
        key += [zlib.crc32(f"{name}/{i}".encode()) for i in range(count)]
        squad += [s] * count
        force += [f] * count
    n = len(key)
    cell = lambda: np.full(n, base, dtype=np.int32)  # noqa: E731
    time = lambda *shape: np.zeros((n, *shape), dtype=np.int64)  # noqa: E731
    return Units(
        np.array(key, dtype=np.int64), np.array(squad, dtype=np.int64), np.array(force, dtype=np.int64), cell(),
        time(2), time(2), cell(), cell(), time(), time(), time(), np.ones(n, dtype=np.int8), np.zeros(n, dtype=np.int8),
    )  # fmt: skip


def keep_history(units, before):
    """Copy the state of units that exist in both tables, by key; new ones start their first shift fresh."""
    at = {int(k): i for i, k in enumerate(before.key)}
    for i, k in enumerate(units.key):
        j = at.get(int(k))
        if j is not None:
            for name in ("shift_from", "shift_to", "origin", "target", "leave", "arrive", "until", "passive", "call"):
                getattr(units, name)[i] = getattr(before, name)[j]


def deal_shifts(units, forces, parameters, seed, day):
    """The roster of one day: who works, and which eight hours. A person works `hours` a year, in whole shifts."""
    works = forces.hours[units.force] / SHIFT_HOURS / 365.0
    on = uniforms(seed, ROSTER, units.key, day, WORKS, 0) < works
    # The shift is drawn for a week at a time, so that a night is not followed by a morning, but at the change of the week.
    share = np.cumsum([parameters["shift.day"], parameters["shift.evening"], parameters["shift.night"]])
    which = np.searchsorted(share / share[-1], uniforms(seed, ROSTER, units.key, day // 7, WHICH, 0))
    starts = np.array([(hour - 4) % 24 for hour in SHIFTS])[np.minimum(which, 2)]
    begin = (day * 24 + starts) * DS_HOUR
    units.shift_from[:, day % 2] = np.where(on, begin, 0)
    units.shift_to[:, day % 2] = np.where(on, begin + SHIFT_HOURS * DS_HOUR, 0)


def make_sites(levers, world, hot):
    """The sites of every squad by its strategy. `hot` float64 (cells,): decayed count of offences that makes the list of hot spots."""
    first, cells, weights, ordered = [0], [], [], []
    for name in sorted(levers.squads):
        strategy = levers.squads[name].strategy
        where, weight = _sites(strategy, world, hot)
        ordered.append(strategy == "route")
        cells.append(where)
        weights.append(weight)
        first.append(first[-1] + len(where))
    cells = np.concatenate(cells) if cells else np.zeros(0)
    weights = np.concatenate(weights) if weights else np.zeros(0)
    return Sites(np.array(first, dtype=np.int64), cells.astype(np.int32), weights.astype(np.float64), np.array(ordered))


def _round_trip(grid, cells):
    """The cells in the order of a walk from each to the nearest one left."""
    left, tour = list(cells[1:]), [cells[0]]
    while left:
        tour.append(left.pop(int(np.argmin(grid.distance_m(np.array(left), tour[-1])))))
    return np.array(tour)


def _sites(strategy, world, hot):
    city = world.city
    if strategy == "hot_spots":
        count = min(int(world.parameters["hot.spots"]), int((hot > 0).sum()))
        if count:
            top = np.argsort(-hot, kind="stable")[:count]
            return top, hot[top]
    if strategy in ("hubs", "route"):
        at = city.places_of("rail_station", "bus_hub", "square", "nightlife")
        if len(at):
            cells = city.place_cell[at]
            return (_round_trip(city.grid, cells) if strategy == "route" else cells), np.ones(len(at))
    if strategy == "burdened":
        at = np.flatnonzero(city.walkable & (city.home_weight > 0) & city.zones.burdened[np.maximum(city.zone, 0)])
        if len(at):
            return at[:: max(1, len(at) // 100)], np.ones(len(at[:: max(1, len(at) // 100)]))
    stops = city.transit.cell[~city.transit.hub]
    return stops, city.zones.population[city.zone[stops]] + 1.0
