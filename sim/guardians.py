"""Guardians: squads become units, units get shifts and sites."""

import zlib
from collections import namedtuple

import numpy as np

from sim.clock import DAWN_HOUR
from sim.kernels.patrol import AMBULANCE, POLICE, RESCUE
from sim.levers import GIVEN, ROSTERS
from sim.population.people import pick_cells, zone_homes
from sim.rng import ROSTER, poissons, uniforms

UNIT = np.dtype(
    [
        ("key", "i8"), ("squad", "i8"), ("force", "i8"), ("shift_from", "i8", 2), ("shift_to", "i8", 2), ("leave", "i8"),
        ("arrive", "i8"), ("until", "i8"), ("decides", "i8"), ("booked_arrive", "i8"), ("booked_until", "i8"), ("origin", "i4"),
        ("target", "i4"), ("booked", "i4"), ("passive", "i1"), ("call", "i1"),
    ],
    align=True,
)  # fmt: skip
"""key: identity (of squad name and number); squad, force: row; shift_from, shift_to: tenths of a second, for even and for odd days;
leave, arrive, until: the present leg, see kernels.patrol; decides: not before this time is there anything to decide; booked,
booked_arrive, booked_until: cell and times of the last call promised for after the present one, if booked_until is later than until;
origin, target: cells; passive 0 or 1; call: IDLE, STOP or CALL."""

Sites = namedtuple("Sites", "first cell weight ordered stay_s")
Sites.__doc__ = """Where squads go: those of squad s are cell[first[s]:first[s+1]] int32, wanted in proportion to weight float64, or
taken in order where ordered[s] bool; there they stay stay_s[s] float64 seconds in the mean."""

DS_HOUR = 36_000
WORKS, WHICH, CALLS, CALL_TIME, CALL_ZONE, CALL_PLACE, IN_PUBLIC, CALL_WAITS = range(8)
"""Purposes of the draws of stream ROSTER."""


def make_units(levers, forces, force_names):
    """All units of the squads in `levers`, by name and number: a unit for every `people` of its force, the last one rounded.

    `forces` is the registry's table `force`. Where a unit is, its first shift says.
    """
    key, squad, force = [], [], []
    hired = {f: sum(squad.people for squad in levers.squads.values() if squad.force == f) for f in force_names}
    for s, name in enumerate(sorted(levers.squads)):
        member = levers.squads[name]
        f = force_names.index(member.force)
        stays = max(1.0 - levers.leavers.get(member.force, 0.0) / hired[member.force], 0.0) if hired[member.force] > 0 else 1.0
        count = int(round(member.people * stays / forces.people[f]))
        key += [zlib.crc32(f"{name}/{i}".encode()) for i in range(count)]
        squad += [s] * count
        force += [f] * count
    units = np.zeros(len(key), dtype=UNIT).view(np.recarray)
    units.key, units.squad, units.force = key, squad, force
    units.passive = 1
    return units


def rosters_of(levers):
    """int64 (squads,): the shift that each squad always has, −1 for all; squads by name, as in `make_units`."""
    return np.array([ROSTERS.index(levers.squads[name].roster) - 1 for name in sorted(levers.squads)], dtype=np.int64)


def keep_history(units, before):
    """Copy the state of units that exist in both tables, by key; new ones start their first shift fresh."""
    _, now, then = np.intersect1d(units.key, before.key, return_indices=True)
    for name in set(UNIT.names) - {"key", "squad", "force", "decides"}:
        units[name][now] = before[name][then]


def deal_shifts(units, forces, rosters, parameters, seed, day):
    """The roster of one day: who works, and which shift. A person works `hours` a year, in whole shifts; `rosters` int64 (squads,) is the
    number of the shift that a squad always has, −1 where it has all."""
    shift = parameters.group("shift")
    works = forces.hours[units.force] / shift.hours / 365.0
    on = uniforms(seed, ROSTER, units.key, day, WORKS, 0) < works
    # The shift is drawn for a week at a time, so that a night is not followed by a morning, but at the change of the week.
    share = np.cumsum([shift.day, shift.evening, shift.night])
    which = np.searchsorted(share / share[-1], uniforms(seed, ROSTER, units.key, day // 7, WHICH, 0))
    which = np.where(rosters[units.squad] >= 0, rosters[units.squad], which)
    starts = np.array([shift.day_from, shift.evening_from, shift.night_from])[np.minimum(which, 2)]
    begin = ((day * 24 + (starts - DAWN_HOUR) % 24) * DS_HOUR).astype(np.int64)
    units.shift_from[:, day % 2] = np.where(on, begin, 0)
    units.shift_to[:, day % 2] = np.where(on, begin + int(shift.hours * DS_HOUR), 0)
    units.decides = 0


CALL = np.dtype([("time", "i8"), ("cell", "i4"), ("service", "i8"), ("waits", "f8")], align=True)
"""A call that is not about a modelled offence: tenths of a second, the cell to which a unit is sent, whose call it is, and seconds that it
waits before anyone is sent."""
SERVICES = {POLICE: "police", AMBULANCE: "ambulance", RESCUE: "rescue"}


def deal_calls(world, day):
    """The day's calls of police, ambulance and rescue, in order of time: at any hour, as many as a Poisson draw says."""
    calls = np.concatenate([_calls_of(service, name, world, day) for service, name in SERVICES.items()])
    return np.sort(calls, order=("time", "service", "cell")).view(np.recarray)


def _calls_of(service, name, world, day):
    """The calls of one service: at homes, and as often as the registry says at public places."""
    city, rules = world.city, world.parameters.group(f"calls.{name}")
    mean = rules.day * world.residents / world.parameters["police.population"]
    lives = np.cumsum(np.where(zone_homes(city) > 0, city.zones.population, 0.0))
    draw = lambda purpose, ids: uniforms(world.seed, ROSTER, ids, day, purpose, service)  # noqa: E731
    ids = np.arange(int(poissons(draw(CALLS, np.zeros(1, dtype=np.int64))[0], mean)))
    calls = np.zeros(len(ids), dtype=CALL)
    calls["time"] = ((day + draw(CALL_TIME, ids)) * 24 * DS_HOUR).astype(np.int64)
    zone = len(city.places) + np.searchsorted(lives / lives[-1], draw(CALL_ZONE, ids))
    place = (draw(CALL_ZONE, ids) * len(city.places)).astype(np.int64)
    spot = np.where(draw(IN_PUBLIC, ids) < rules.public * (len(city.places) > 0), place, zone)
    calls["waits"] = -np.log(draw(CALL_WAITS, ids)) * world.parameters["patrol.call_waits"]
    calls["cell"], calls["service"] = pick_cells(city.spots, spot, draw(CALL_PLACE, ids)), service
    return calls


def make_sites(levers, world, hot):
    """The sites of every squad by its strategy. `hot` float64 (cells,): decayed count of offences that makes the list of hot spots."""
    first, cells, weights, ordered, stay_s = [0], [], [], [], []
    for name in sorted(levers.squads):
        squad = levers.squads[name]
        given = np.array(squad.cells), np.ones(len(squad.cells))
        where, weight = given if squad.strategy == GIVEN else _sites(squad.strategy, world, hot)
        ordered.append(squad.strategy == "route")
        stay_s.append(squad.stay_s or world.parameters[f"force.{squad.force}.dwell"])
        cells.append(where)
        weights.append(weight)
        first.append(first[-1] + len(where))
    cells = np.concatenate(cells) if cells else np.zeros(0)
    weights = np.concatenate(weights) if weights else np.zeros(0)
    return Sites(
        np.array(first, dtype=np.int64), cells.astype(np.int32), weights.astype(np.float64), np.array(ordered, dtype=bool),
        np.array(stay_s, dtype=np.float64),
    )  # fmt: skip


def _round_trip(grid, cells):
    """The cells in the order of a walk from each to the nearest one left."""
    left, tour = list(cells[1:]), [cells[0]]
    while left:
        tour.append(left.pop(int(np.argmin(grid.distance_m(np.array(left), tour[-1])))))
    return np.array(tour)


def _sites(strategy, world, hot):
    city = world.city
    if strategy == "hot_spots":
        area = world.parameters["hot.hectares"] * 1e4
        count = min(max(1, round(area / city.grid.cell_m**2)), int((hot > 0).sum()))
        if count:
            top = np.argsort(-hot, kind="stable")[:count]
            return top, hot[top]
    if strategy in ("hubs", "route"):
        at = city.places_of("rail_station", "bus_hub", "square", "nightlife")
        if len(at):
            cells = city.place_cell[at]
            return (_round_trip(city.grid, cells) if strategy == "route" else cells), np.ones(len(at))
    if strategy == "stations":
        at = city.places_of("hospital", "fire")
        if len(at):
            return city.place_cell[at], np.ones(len(at))
    if strategy == "burdened":
        at = np.flatnonzero(city.walkable & (city.home_weight > 0) & city.zones.burdened[np.maximum(city.zone, 0)])
        if len(at):
            at = at[:: max(1, len(at) // int(world.parameters["patrol.burdened_sites"]))]
            return at, np.ones(len(at))
    stops = city.transit.cell[~city.transit.hub]
    return stops, city.zones.population[city.zone[stops]] + 1.0
