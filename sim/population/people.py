"""Everyone is a row: residents of the city, commuters and visitors who enter by its gates.

All draws are keyed by a person's id, which never changes, so that one person more or less leaves all others as they are.
"""

import csv
from dataclasses import dataclass

import numpy as np

from sim.city.city import CityError
from sim.disk import readable
from sim.kernels.move import ADULT
from sim.population.households import form_households
from sim.rng import BUILD, STAND_IN, normals, uniforms

RESIDENT, IN_COMMUTER, VISITOR = range(3)
ROLES = ("resident", "in-commuter", "visitor")
AT_HOME, WORK, SCHOOL = range(3)

# Purposes of the draws of stream BUILD; each a decision made once for a person.
AGE, HOME, CAR, CYCLE, JOB, WORKPLACE, WORK_CELL, SCHOOL_PLACE, BAR, RUN, RUN_OFTEN, WORRY, GATE, OUT, STUDIES, PRONE = range(16)

PERSON = np.dtype(
    [
        ("id", "i4"), ("home", "i4"), ("household", "i4"), ("day_place", "i4"), ("offender", "i4"), ("bars", "f4"), ("runs", "f4"),
        ("worry", "f4"), ("prone", "f4"), ("zone", "i2"), ("group", "i2"), ("age", "i1"), ("woman", "u1"), ("role", "i1"),
        ("day_kind", "i1"), ("car", "u1"), ("cycle", "u1"), ("walks", "u1"),
    ],
    align=True,
)  # fmt: skip
"""id; home: cell (the gate of an outsider); household: id of its first adult, −1 for outsiders; day_place: cell of work or school,
−1 without; offender: row of the offenders, −1 for most; bars, runs: a week; worry: standard normal, how much more easily afraid
than others; prone: mean 1, how much more easily hit than others; zone of the home, −1 for outsiders; group: the criminal group near
which someone lives, −1 for most; age in years; woman, car, cycle, walks: 0 or 1 (walks: trips are walked)."""


@dataclass(frozen=True)
class AgeTable:
    """Women and men (float64) by year of age 0–100."""

    women: np.ndarray
    men: np.ndarray


def read_age_table(path):
    """The age table (CSV: age, women, men; a row a year of age from 0 on). Raises `CityError` if it is none."""
    try:
        with readable(path).open(encoding="utf-8", newline="") as file:
            rows = [(int(r["age"]), float(r["women"]), float(r["men"])) for r in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise CityError(f"population.ages={path}: cannot be read as a table of age, women and men ({error})") from None
    ages, women, men = np.array(rows).T if rows else np.zeros((3, 0))
    counts = np.concatenate([women, men])
    if not np.array_equal(ages, np.arange(len(ages))) or len(ages) > 128 or not np.isfinite(counts).all() or counts.min(initial=0) < 0:
        raise CityError(f"population.ages={path}: needs a row for each year of age from 0 on, 127 at most, with numbers of 0 or more")
    if counts.sum() == 0:
        raise CityError(f"population.ages={path}: nobody lives in it")
    return AgeTable(women, men)


def make_people(city, table, residents, parameters, seed):
    """All rows of one world (a record array of PERSON): `residents` residents, then commuters and visitors in proportion.

    `seed` uint32 of the world. `walks` and `offender` are filled in by `thin` and `make_offenders`.
    """
    share = parameters.group("population")
    commuters = round(residents * share.in_commuters) if len(city.gates) else 0
    visitors = round(residents * share.visitors) if len(city.gates) else 0
    n = residents + commuters + visitors
    ids = np.arange(n, dtype=np.int32)
    role = np.repeat(np.array([RESIDENT, IN_COMMUTER, VISITOR], dtype=np.int8), [residents, commuters, visitors])
    zone = np.full(n, -1, dtype=np.int16)
    zone[:residents] = _zones_by_population(city, residents)
    age, woman = _ages(table, ids, role, share, seed)
    household = np.full(n, -1, dtype=np.int32)
    household[:residents] = form_households(zone[:residents], age[:residents], ids[:residents], seed, share)
    home = np.empty(n, dtype=np.int32)
    home[:residents] = _homes(city, zone[:residents], household[:residents], seed)
    home[residents:] = _gates(city, ids[residents:], seed)
    draw = lambda purpose: uniforms(seed, BUILD, ids, 0, purpose, 0)  # noqa: E731
    drives = (age >= ADULT) & (draw(CAR) < share.car_access)
    cycles = draw(CYCLE) < share.cycle_access
    day_place, day_kind = _day_places(city, ids, age, role, zone, home, parameters, seed)
    grown = age >= ADULT
    young = grown & (age <= share.young_to)
    bars = np.where(grown, share.bars * np.where(young, share.bars_young, 1.0), 0.0) * -np.log(draw(BAR))
    runner = grown & (age <= share.runner_to) & (draw(RUN) < share.runners)
    runs = np.where(runner, share.runs * 2.0 * draw(RUN_OFTEN), 0.0)
    spread = share.prone_spread
    prone = np.exp(spread * normals(seed, BUILD, ids, 0, PRONE, 0) - spread**2 / 2)
    people = np.zeros(n, dtype=PERSON).view(np.recarray)
    columns = {
        "id": ids, "home": home, "household": household, "day_place": day_place, "offender": -1, "group": -1, "bars": bars, "runs": runs,
        "zone": zone, "age": age, "woman": woman,
        "worry": normals(seed, BUILD, ids, 0, WORRY, 0), "prone": prone, "role": role, "day_kind": day_kind, "car": drives, "cycle": cycles,
    }  # fmt: skip
    for name, column in columns.items():
        people[name] = column
    return people


def thin(people, fraction, youngest, seed):
    """Mark whose trips are walked: a share `fraction` in (0, 1] of those aged `youngest` or more, nested across fractions."""
    chosen = uniforms(seed, STAND_IN, people.id, 0, 0, 0) < fraction
    people.walks[:] = chosen & (people.age >= youngest)


def _zones_by_population(city, residents):
    """int16 (residents,): zone of each resident row, in the proportions of the zones, by largest remainders."""
    population = np.where(zone_homes(city) > 0, city.zones.population, 0)
    if population.sum() <= 0:
        raise CityError(f"city {city.name}: no people live on its walkable ground")
    exact = population / population.sum() * residents
    count = np.floor(exact).astype(int)
    count[np.argsort(count - exact, kind="stable")[: residents - count.sum()]] += 1
    return np.repeat(np.arange(len(count)), count).astype(np.int16)


def zone_homes(city):
    """float64 (zones,): home weight in each zone."""
    known = city.zone >= 0
    return np.bincount(city.zone[known], weights=city.home_weight[known], minlength=len(city.zones.name))


def _ages(table, ids, role, share, seed):
    """(age int8, woman uint8): residents by the table, outsiders evenly over the years of work."""
    both = np.concatenate([table.women, table.men])
    cumulative = np.cumsum(both) / both.sum()
    pick = np.searchsorted(cumulative, uniforms(seed, BUILD, ids, 0, AGE, 0))
    age, woman = pick % len(table.women), pick < len(table.women)
    outsider = role != RESIDENT
    age = np.where(outsider, ADULT + age * (share.work_to - ADULT + 1) // len(table.women), age)
    return age.astype(np.int8), woman.astype(np.uint8)


def _homes(city, zone, household, seed):
    """One home cell a household, in its zone, by the zone's home weights."""
    first = len(city.places)
    heads, index = np.unique(household, return_inverse=True)
    head_zone = np.zeros(len(heads), dtype=np.int64)
    head_zone[index] = zone
    return pick_cells(city.spots, first + head_zone, uniforms(seed, BUILD, heads, 0, HOME, 0))[index]


def pick_cells(spots, spot, u):
    """int32 (n,): a cell of each spot in `spot` int (n,), by the spot's weights and `u` float64 (n,) in (0, 1)."""
    out = np.empty(len(spot), dtype=np.int32)
    for s in np.unique(spot):
        mine = spot == s
        low, high = spots.first[s], spots.first[s + 1]
        pick = np.searchsorted(spots.cumulative[low:high], u[mine].astype(np.float32))
        out[mine] = spots.cell[low + np.minimum(pick, high - low - 1)]
    return out


def _gates(city, ids, seed):
    if len(ids) == 0:
        return np.empty(0, dtype=np.int32)
    share = np.array([gate.share for gate in city.gates])
    pick = np.searchsorted(np.cumsum(share) / share.sum(), uniforms(seed, BUILD, ids, 0, GATE, 0))
    return city.gate_cell[np.minimum(pick, len(share) - 1)]


def _day_places(city, ids, age, role, zone, home, parameters, seed):
    """Work or school of everyone: (day_place int32, day_kind int8)."""
    share = parameters.group("population")
    place = np.full(len(ids), -1, dtype=np.int32)
    kind = np.zeros(len(ids), dtype=np.int8)
    draw = lambda purpose, rows: uniforms(seed, BUILD, ids[rows], 0, purpose, 0)  # noqa: E731
    resident = role == RESIDENT
    job, studies = uniforms(seed, BUILD, ids, 0, JOB, 0), uniforms(seed, BUILD, ids, 0, STUDIES, 0) < share.students
    pupil = resident & (age >= share.pupil_from) & (age < share.student_from) & (len(city.places_of("school")) > 0)
    student = resident & (age >= share.student_from) & (age <= share.student_to) & studies & (len(city.places_of("university")) > 0)
    able = resident & ~pupil & ~student & (age >= share.work_from)
    of_working_age = resident & (age >= share.work_from) & (age <= share.work_to)
    left = of_working_age.sum() / max((able & of_working_age).sum(), 1)  # jobs are counted among all, students do not take them
    worker = able & (job < np.where(age <= share.work_to, share.employed * left, np.where(age <= share.work_last, share.employed_old, 0.0)))
    worker |= role == IN_COMMUTER
    rows = np.flatnonzero(pupil)
    school = _near(city, city.places_of("school"), home[rows], draw(SCHOOL_PLACE, rows), share.school_choice)
    place[rows] = pick_cells(city.spots, school, draw(WORK_CELL, rows))
    rows = np.flatnonzero(student)
    campus = city.places_of("university")
    place[rows] = pick_cells(city.spots, campus[(draw(SCHOOL_PLACE, rows) * len(campus)).astype(int)], draw(WORK_CELL, rows))
    rows = np.flatnonzero(worker)
    work_zone = _work_zones(city, zone[rows], draw(WORKPLACE, rows), parameters["population.work_reach"])
    place[rows] = pick_cells(city.spots, len(city.places) + work_zone, draw(WORK_CELL, rows))
    kind[pupil | student] = SCHOOL
    kind[worker] = WORK
    if len(city.gates):
        leaves = worker & resident & (uniforms(seed, BUILD, ids, 0, OUT, 0) < share.out_commuters)
        place[leaves] = _gates(city, ids[leaves], seed)
    return place, kind


def _near(city, options, home, u, choice):
    """One of the nearest places of each home among `options`: the nearest with probability 1 − `choice`, else the second nearest."""
    if len(home) == 0:
        return np.empty(0, dtype=np.int64)
    where, index = np.unique(home, return_inverse=True)
    away = city.grid.distance_m(where[:, None], city.place_cell[options][None, :])
    order = np.argsort(away, axis=1, kind="stable")
    second = order[:, min(1, len(options) - 1)]
    return options[np.where(u < choice, second[index], order[:, 0][index])]


def _work_zones(city, zone, u, reach_m):
    """Zone of work: workplaces weighted by exp(−distance / reach); outsiders (zone −1) by workplaces alone."""
    middle = zone_middles(city)
    work = np.empty(len(zone), dtype=np.int64)
    jobs = np.where(zone_homes(city) > 0, city.zones.workplaces, 0.0)
    for z in np.unique(zone):
        weight = jobs if z < 0 else jobs * np.exp(-city.grid.distance_m(middle, middle[z]) / reach_m)
        mine = zone == z
        work[mine] = np.minimum(np.searchsorted(np.cumsum(weight) / weight.sum(), u[mine]), len(weight) - 1)
    return work


def zone_middles(city):
    """int32 (zones,): the stop in the middle of each zone's homes; the first stop where a zone has none."""
    stops = city.transit.cell[~city.transit.hub] if len(city.transit.cell) else city.gate_cell
    of = {int(city.zone[s]): int(s) for s in stops}
    return np.array([of.get(z, int(stops[0])) for z in range(len(city.zones.name))], dtype=np.int32)
