"""One world: the city, its people and its calendar, before anything happens. What does not change while it is lived in."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim import dawn, harms
from sim.casework import make_services
from sim.city.city import City
from sim.clock import Clock, make_clock
from sim.config import TARGETS
from sim.kernels.move import OFFENDER, ROLES, WALKER
from sim.kernels.plan import PURPOSES, TO_HAUNT
from sim.parameters import Parameters
from sim.population.destinations import reachable
from sim.population.networks import grounds, groups_of, live_near
from sim.population.offenders import make_offenders
from sim.population.people import RESIDENT, make_people, thin
from sim.population.stand_ins import StandIns, make_stand_ins

APPLIES = {
    "crowd": ("person", "market", "crew"), "reach": ("person", "thing", "dwelling"), "on_woman": ("person",), "on_youth": ("person",),
    "on_drinker": ("person",), "owned": ("thing", "dwelling"), "occupied": ("dwelling",),
}  # fmt: skip
"""Fields of an offence that only some targets have."""


MIDSUMMER = 197
"""Day of the year on which whatever follows the seasons is at its height: 16 July."""


@dataclass(frozen=True)
class Offences:
    """The types of offence: names in order, `target` int64 codes of TARGETS, `table` the registry's group `offence`."""

    names: list
    target: np.ndarray
    layer: list
    table: np.recarray

    def table_on(self, date):
        """The table on a date: its rates follow the year as a cosine that is greatest in the middle of July."""
        today = self.table.copy()
        today.rate *= 1.0 + today.season * np.cos(2 * np.pi * (date.timetuple().tm_yday - MIDSUMMER) / 365.0)
        return today


@dataclass(frozen=True)
class Kinds:
    """What a case may be about: every type of offence, then every course. `table`: float64 columns of CASE_FIELDS for each."""

    names: list
    table: np.recarray


@dataclass(frozen=True)
class Start:
    """What a world begins with: open `cases` (CASE), the `skill` of services, `lives` of every course, and what courses did on the day
    before (`harms`, HARM); `made` float64 (kinds of offence,), the sum of all offenders' motives in the years before."""

    cases: np.recarray
    skill: np.ndarray
    lives: list
    harms: np.recarray
    made: np.ndarray


@dataclass(frozen=True)
class World:
    """Everything that all scenarios of one seed share. `fraction` of the residents' trips are walked; `walkers` int32 are their rows and
    `walkers_at` int64 (roles, zones) how many of each role live where, `walkers_group` int32 (walkers,) the place of each in that, −1 for
    those who live elsewhere; `start` is None until it is known."""

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
    walkers_group: np.ndarray
    reachable: np.ndarray
    outdoors: np.ndarray
    zone_first: np.ndarray
    stand_ins: StandIns
    kinds: Kinds
    services: tuple
    courses: tuple
    start: Start | None

    @cached_property
    def walker_of_offender(self):
        """int64 (offenders,): the place of each offender among the walkers; all of them walk."""
        return np.searchsorted(self.walkers, self.offenders.row)

    @cached_property
    def row_of(self):
        """int32 (greatest id + 1,): the row of the people by id; −1 for ids that nobody has."""
        rows = np.full(self.people.id.max() + 1, -1, dtype=np.int32)
        rows[self.people.id] = np.arange(len(self.people))
        return rows


def make_offences(types, parameters):
    """`types`: name → {target, layer, …} in order, from the configuration."""
    names = list(types)
    target = np.array([TARGETS.index(types[n]["target"]) for n in names], dtype=np.int64)
    needless = lambda name, field: types[name]["target"] not in APPLIES.get(field, TARGETS)  # noqa: E731
    return Offences(names, target, [types[n]["layer"] for n in names], parameters.table("offence", names, needless))


CASE_FIELDS = ("investigate", "solve", "detain", "custody", "custody_days", "harm")
"""What the registry says of every kind of case: of types of offence among all else, of courses in `case.<course>`."""


def make_kinds(offences, courses, parameters):
    """The kinds of case, for the names of `courses` in order."""
    tables = offences.table, parameters.table("case", list(courses))
    columns = [np.concatenate([table[field] for table in tables]) for field in CASE_FIELDS]
    return Kinds([*offences.names, *courses], np.rec.fromarrays(columns, names=list(CASE_FIELDS)))


def make_world(city, table, offences, services, courses, parameters, *, seed, residents, fraction, start, days, tick_s, gone=()):
    """Populate a city for one seed.

    `table` an AgeTable; `services` {name: {order, …}} and `courses` {name: {of, …}} as in the configuration; `residents` their number;
    `start` the first date (of the warm-up), `days` in all; `gone` ids of people who are taken out of the world after everyone was made
    (for tests of independence).
    """
    whole = None
    if len(gone):
        whole = make_world(
            city, table, offences, services, courses, parameters, seed=seed, residents=residents, fraction=fraction, start=start,
            days=days, tick_s=tick_s,
        )  # fmt: skip
    clock = make_clock(start, days, tick_s, city.latitude, city.longitude)
    people = make_people(city, table, residents, parameters, seed)
    thin(people, fraction, parameters["population.youngest_walker"], seed)
    destinations, share = reachable(city, parameters), residents / parameters["police.population"]
    live_near(people, city, parameters, share, seed)
    keep_to, homes = grounds(people, city, groups_of(parameters, share)), len(city.places) + np.arange(len(city.zones.name))
    offenders = make_offenders(people, destinations[TO_HAUNT], keep_to, homes, parameters, seed)
    lived = harms.courses_of(people, courses, parameters, seed)
    people, offenders = without(people, offenders, gone)
    lived = tuple(course.without(gone) for course in lived)
    kinds = make_kinds(offences, courses, parameters)
    resident_zone = people.zone[people.role == RESIDENT]
    walkers = np.flatnonzero(people.walks).astype(np.int32)
    zones, group = len(city.zones.name), role_and_zone(people[walkers], len(city.zones.name))
    outdoors = np.array([parameters[f"outdoors.{purpose}"] for purpose in PURPOSES], dtype=np.int64)
    world = World(
        seed, residents, fraction, city, clock, parameters, people, offenders, offences,
        walkers, np.bincount(group[group >= 0], minlength=len(ROLES) * zones).reshape(len(ROLES), zones), group, destinations, outdoors,
        np.searchsorted(resident_zone, np.arange(zones + 1)).astype(np.int64),
        make_stand_ins(people, parameters["population.youngest_walker"], parameters["population.alike_years"], seed),
        kinds, make_services(services, parameters, kinds.table, share), lived, None,
    )  # fmt: skip
    return replace(world, start=begun(world, whole.start.made if whole else None))


def begun(world, made):
    """What the world begins with; `made` is that of the same world before some were taken out."""
    work, lives, before, made = dawn.first(world, made)
    return Start(work.cases, work.skill, lives, before, made)


def without(people, offenders, gone):
    """People and offenders without those whose ids are in `gone`, rows renumbered."""
    keep = ~np.isin(people.id, gone)
    row = np.cumsum(keep) - 1
    stays = keep[offenders.row]
    people, offenders = people[keep], offenders[stays]
    offenders.row = row[offenders.row]
    people.offender[offenders.row] = np.arange(len(offenders))
    return people, offenders


def role_and_zone(walkers, zones):
    """int32 (walkers,): for these rows of people the role in which they are counted on the street, times the number of zones, plus the zone
    in which they live; −1 for those who live in none."""
    role = np.where(walkers.offender >= 0, OFFENDER, WALKER)
    return np.where(walkers.zone >= 0, role * zones + walkers.zone, -1).astype(np.int32)


MOMENT = np.dtype(
    [
        ("offender", "i4"), ("number", "i4"), ("time", "i8"), ("cell", "i4"), ("origin", "i4"), ("outset", "u4"), ("kind", "i1"),
        ("attempt", "i1"),
    ],
    align=True,
)  # fmt: skip
"""A moment of motive: row of the offender, number in the offender's day, time in tenths of a second, kind of offence, and the word by
which it is drawn whether the offender is out (kernel `stays_in`); for one that was put off, the cell where it waits, the cell where it
was first blocked and how many places had been tried, else −1, −1 and 0."""
