"""One world: the city, its people and its calendar, before anything happens. What does not change while it is lived in."""

from dataclasses import dataclass, replace

import numpy as np

from sim import justice
from sim.casework import CASE, make_services
from sim.city.city import City
from sim.clock import Clock, make_clock
from sim.config import TARGETS
from sim.kernels.move import OFFENDER, ROLES, WALKER
from sim.kernels.plan import PURPOSES, TO_HAUNT
from sim.parameters import Parameters
from sim.population.destinations import reachable
from sim.population.offenders import make_offenders
from sim.population.people import RESIDENT, make_people, thin
from sim.population.stand_ins import StandIns, make_stand_ins

APPLIES = {
    "crowd": ("person", "market"), "reach": ("person", "thing", "dwelling"), "on_woman": ("person",), "on_youth": ("person",),
    "on_drinker": ("person",), "owned": ("thing", "dwelling"),
}  # fmt: skip
"""Fields of an offence that only some targets have."""


@dataclass(frozen=True)
class Offences:
    """The types of offence: names in order, `target` int64 codes of TARGETS, `table` the registry's group `offence`."""

    names: list
    target: np.ndarray
    layer: list
    table: np.recarray


@dataclass(frozen=True)
class World:
    """Everything that all scenarios of one seed share. `fraction` of the residents' trips are walked; `walkers` int32 are their rows and
    `walkers_at` int64 (roles, zones) how many of each role live where; `cases` (CASE) are open at the first dawn."""

    seed: int
    residents: int
    fraction: float
    city: City
    clock: Clock
    parameters: Parameters
    people: np.recarray
    offenders: np.recarray
    offences: Offences
    walkers: np.ndarray
    walkers_at: np.ndarray
    reachable: np.ndarray
    outdoors: np.ndarray
    zone_first: np.ndarray
    stand_ins: StandIns
    services: tuple
    cases: np.recarray


def make_offences(types, parameters):
    """`types`: name → {target, layer, …} in order, from the configuration."""
    names = list(types)
    target = np.array([TARGETS.index(types[n]["target"]) for n in names], dtype=np.int64)
    needless = lambda name, field: types[name]["target"] not in APPLIES.get(field, TARGETS)  # noqa: E731
    return Offences(names, target, [types[n]["layer"] for n in names], parameters.table("offence", names, needless))


def make_world(city, table, offences, services, parameters, *, seed, residents, fraction, start, days, tick_s, gone=()):
    """Populate a city for one seed.

    `table` an AgeTable; `services` {name: {order, …}} as in the configuration; `residents` their number; `start` the first date (of the
    warm-up), `days` in all; `gone` ids of people who are taken out of the world after everyone was made (for tests of independence).
    """
    clock = make_clock(start, days, tick_s, city.latitude, city.longitude)
    people = make_people(city, table, residents, parameters, seed)
    thin(people, fraction, parameters["population.youngest_walker"], seed)
    destinations = reachable(city, parameters)
    offenders = make_offenders(people, destinations[TO_HAUNT], parameters, seed)
    made = len(offenders)
    people, offenders = without(people, offenders, gone)
    resident_zone = people.zone[people.role == RESIDENT]
    walkers = np.flatnonzero(people.walks).astype(np.int32)
    outdoors = np.array([parameters[f"outdoors.{purpose}"] for purpose in PURPOSES], dtype=np.int64)
    world = World(
        seed, residents, fraction, city, clock, parameters, people, offenders, offences,
        walkers, count_by_role(people[walkers], len(city.zones.name)), destinations, outdoors,
        np.searchsorted(resident_zone, np.arange(len(city.zones.name) + 1)).astype(np.int64),
        make_stand_ins(people, parameters["population.youngest_walker"], seed),
        make_services(services, parameters, offences.table, residents / parameters["police.population"]),
        np.zeros(0, dtype=CASE).view(np.recarray),
    )  # fmt: skip
    return replace(world, cases=justice.open_at_first(world, made))


def without(people, offenders, gone):
    """People and offenders without those whose ids are in `gone`, rows renumbered."""
    keep = ~np.isin(people.id, gone)
    row = np.cumsum(keep) - 1
    stays = keep[offenders.row]
    people, offenders = people[keep], offenders[stays]
    offenders.row = row[offenders.row]
    people.offender[offenders.row] = np.arange(len(offenders))
    return people, offenders


def count_by_role(walkers, zones):
    """int64 (roles, zones): how many of these rows of people live in each zone, by the role in which they are counted on the street."""
    counts = np.zeros((len(ROLES), zones), dtype=np.int64)
    at_home = walkers.zone >= 0
    np.add.at(counts, (np.where(walkers.offender >= 0, OFFENDER, WALKER)[at_home], walkers.zone[at_home]), 1)
    return counts


WHERE = np.dtype(
    [
        ("depart", "i8"), ("arrive", "i8"), ("origin", "i4"), ("place", "i4"), ("hurt", "f4"), ("gave_up", "i4"), ("mode", "i1"),
        ("came", "i1"), ("purpose", "i1"),
    ],
    align=True,
)  # fmt: skip
"""A person's last trip: from cell `origin`, for which they `came`, to cell `place` for a `purpose`, `depart` and `arrive` in tenths
of a second of model time; `hurt`: what a victim still carries; `gave_up`: outings given up."""

TRIP = np.dtype(
    [("person", "i4"), ("depart", "i4"), ("target", "i4"), ("mode", "i1"), ("purpose", "i1"), ("tour", "i1"), ("optional", "i1")]
)
"""A planned trip: row of the person, second of the day, target cell; `optional` if it may be given up at the door."""

MOMENT = np.dtype(
    [("offender", "i4"), ("number", "i4"), ("time", "i8"), ("cell", "i4"), ("origin", "i4"), ("kind", "i1"), ("attempt", "i1")], align=True
)
"""A moment of motive: row of the offender, number in the offender's day, time in tenths of a second, kind of offence; for one that was
put off, the cell where it waits, the cell where it was first blocked and how many places had been tried, else −1, −1 and 0."""
