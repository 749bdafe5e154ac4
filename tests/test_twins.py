"""Kernels of the day against twins in plain Python, written from the rules: plans, choices at the door, sites, moments of motive."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import rng
from sim.interventions import measures
from sim.kernels import feel, move, offend, patrol, plan, victim
from sim.kernels.walk import CAR, CYCLE, DECI, RUN, TRANSIT, WALK
from sim.model import CityModel
from sim.outcomes.log import EVENT
from sim.population.people import IN_COMMUTER, RESIDENT, VISITOR
from tests.conftest import LIVELY, entrance, live_up_to, small_world


def draws(seed, stream, entity, time, purpose, other=0):
    """Four numbers in (0, 1) for one decision."""
    return [(int(word) + 0.5) / 2**32 for word in rng.words(seed, stream, entity, time, purpose, other)]


def gauss(a, b):
    return math.sqrt(-2 * math.log(a)) * math.cos(2 * math.pi * b)


def pick(cumulative, u):
    """Index of the first entry of a cumulative row that reaches `u`; the last where none does."""
    return min(int(np.searchsorted(np.asarray(cumulative, dtype=float), u)), len(cumulative) - 1)


# The day's plan.

NOT_AT_WORK, AT_WORK, AT_SCHOOL = range(3)


class Day:
    """One person's day, tour by tour: a list of (departure, target, mode, purpose, tour, optional)."""

    def __init__(self, model, p, day, day_type, pay, weekday):
        self.model, self.world, self.person = model, model.world, model.world.people[p]
        self.rules, self.walking = model.groups["plan"], model.groups["walk"]
        self.day, self.day_type, self.pay, self.weekday = day, day_type, pay, weekday
        self.trips, self.free = [], 0.0

    def draws(self, purpose, other=0, day=None):
        return draws(self.world.seed, rng.PLAN, int(self.person.id), self.day if day is None else day, purpose, other)

    def second(self, hour):
        return (hour - 4) % 24 * 3600

    def mode(self, distance, u):
        rules, person = self.rules, self.person
        if distance < rules.near:
            shares = {WALK: rules.near_walk, CYCLE: rules.near_cycle, TRANSIT: rules.near_transit, CAR: rules.near_car}
        elif distance < rules.middle:
            shares = {WALK: rules.middle_walk, CYCLE: rules.middle_cycle, TRANSIT: rules.middle_transit, CAR: rules.middle_car}
        else:
            shares = {WALK: 0.0, CYCLE: rules.far_cycle, TRANSIT: rules.far_transit, CAR: rules.far_car}
        shares[CAR] *= bool(person.car)
        shares[CYCLE] *= bool(person.cycle)
        ladder = np.cumsum([shares[m] for m in (WALK, CYCLE, TRANSIT, CAR)])
        return (WALK, CYCLE, TRANSIT, CAR)[int(np.searchsorted(ladder, u * ladder[-1], side="right"))]

    def takes(self, mode, distance):
        w = self.walking
        speed = {WALK: w.speed, CYCLE: w.cycle_speed, RUN: w.run_speed, TRANSIT: w.transit_speed, CAR: w.car_speed}[mode]
        extra = {TRANSIT: self.rules.waits * w.wait, CAR: w.car_access}.get(mode, 0.0)
        return distance * w.ride_detour / speed + extra + self.rules.slack

    def metres(self, a, b):
        return float(self.model.city.grid.distance_m(int(a), int(b)))

    def spot(self, purpose, u):
        return pick(self.world.reachable[purpose, self.person.zone], u)

    def cell(self, spot, u):
        spots = self.model.city.spots
        own = slice(spots.first[spot], spots.first[spot + 1])
        return int(spots.cell[own][pick(spots.cumulative[own], u)])

    def go(self, leave, target, mode, purpose, tour, optional=0):
        self.trips.append((leave, int(target), mode, purpose, tour, optional))

    def there_and_back(self, arrive, stay, target, purpose, tour, optional, u):
        """Out so as to arrive in time, once there was time to pause at home; back by closing time, or not at all."""
        distance, closing = self.metres(self.person.home, target), self.second(self.rules.closing)
        mode = RUN if purpose == plan.TO_RUN else self.mode(distance, u)
        way = self.takes(mode, distance)
        out = max(arrive - way, self.free + self.rules.pause)
        back = max(min(arrive + stay, closing), out + way + self.rules.pause)
        if back <= closing:
            self.go(out, target, mode, purpose, tour, optional)
            self.go(back, self.person.home, mode, plan.TO_HOME, tour)
            self.free = back + way

    def work_or_school(self):
        rules, person = self.rules, self.person
        a, b, goes, stops = self.draws(plan.TOUR_WORK)
        late_a, late_b, _, _ = self.draws(plan.TOUR_WORK, 1)
        if person.day_kind == AT_WORK:
            chance, hours = rules.work_weekday if self.day_type == 0 else rules.work_weekend, (rules.work_begins, rules.work_ends)
            spread, purpose = (rules.work_begins_sd, rules.work_ends_sd), plan.TO_WORK
        else:
            chance, hours = rules.school_days if self.day_type == 0 else 0.0, (rules.school_begins, rules.school_ends)
            spread, purpose = (rules.school_sd, rules.school_sd), plan.TO_SCHOOL
        if person.day_kind == NOT_AT_WORK or goes >= chance:
            return
        begins = max(self.second(hours[0]) + gauss(a, b) * spread[0] * 3600, 3600)
        ends = max(self.second(hours[1]) + gauss(late_a, late_b) * spread[1] * 3600, begins + 3600)
        distance = self.metres(person.home, person.day_place)
        mode = self.mode(distance, self.draws(plan.MODE, day=0)[0])
        self.go(max(begins - self.takes(mode, distance), 0), person.day_place, mode, purpose, plan.MAIN_TOUR)
        if stops < rules.stop and person.zone >= 0:
            e, f, _, h = self.draws(plan.STOP)
            purpose = plan.TO_SHOP if h < rules.stop_shop else plan.TO_OTHER
            place = self.cell(self.spot(purpose, e), f)
            self.go(ends, place, mode, purpose, plan.MAIN_TOUR)
            ends += self.takes(mode, self.metres(person.day_place, place)) + rules.stop_stay
            distance = self.metres(place, person.home)
        self.go(ends, person.home, mode, plan.TO_HOME, plan.MAIN_TOUR)
        self.free = ends + self.takes(mode, distance)

    def daytime(self):
        """Errands by day: of visitors always, of residents who have no work or school today, of the young after school."""
        rules, person = self.rules, self.person
        goes, which, when, stay = self.draws(plan.DAY_TOUR)
        arrive = self.second(rules.day_begins) + when * rules.day_spread * 3600
        chance = {RESIDENT: rules.day_tour, IN_COMMUTER: 0.0, VISITOR: 1.0}[int(person.role)]
        if self.trips:
            arrive = self.free
            chance = rules.after_school if person.day_kind == AT_SCHOOL and person.age >= rules.teen_age else 0.0
        if goes < chance:
            purpose = pick(np.cumsum([rules.day_shop, rules.day_visit, 1.0]), np.nextafter(which, 1))
            purpose = (plan.TO_SHOP, plan.TO_VISIT, plan.TO_OTHER)[purpose]
            e, f, u, _ = self.draws(plan.SPOT, plan.DAY_TOUR)
            target = self.cell(self.spot(purpose, e), f)
            self.there_and_back(arrive, (0.5 + stay) * rules.day_stay * 3600, target, purpose, plan.FREE_TOUR, 0, u)

    def evening(self):
        rules, person = self.rules, self.person
        which, b, c, d = self.draws(plan.EVENING)
        out = rules.bar_weekend if self.weekday in (4, 5) else rules.bar_weekday
        chances = {
            plan.TO_BAR: person.bars / 7 * out * (rules.bar_pay if self.pay else 1.0), plan.TO_RUN: person.runs / 7,
            plan.TO_CINEMA: rules.cinema / 365, plan.TO_VISIT: rules.evening_visit, plan.TO_SHOP: rules.evening_shop,
            plan.TO_OTHER: rules.evening_other,
        }  # fmt: skip
        ladder = np.cumsum(list(chances.values()), dtype=float)
        if which >= ladder[-1]:
            return
        purpose = list(chances)[int(np.searchsorted(ladder, which, side="right"))]
        later = rules.bar_later if self.weekday in (4, 5) else 0.0
        begins, stay = {
            plan.TO_BAR: (rules.bar_begins + later, (rules.bar_stay + later) * (0.5 - 0.5 * math.log(d))),
            plan.TO_RUN: (rules.run_begins, rules.run_stay), plan.TO_CINEMA: (rules.cinema_begins, rules.cinema_stay),
        }.get(purpose, (rules.visit_begins, rules.visit_stay))  # fmt: skip
        e, f, u, _ = self.draws(plan.SPOT, plan.EVENING)
        target = self.cell(self.spot(purpose, e), f)
        arrive = self.second(begins) + gauss(b, c) * rules.evening_sd * 3600
        self.there_and_back(arrive, stay * 3600, target, purpose, plan.EVENING_TOUR, 1, u)

    def haunt(self):
        rules, offender = self.rules, self.model.offenders[self.person.offender]
        goes, when, stay, which = self.draws(plan.ROAM)
        if goes < rules.haunt * offender.activity:
            e, u, _, _ = self.draws(plan.SPOT, plan.ROAM)
            target = self.cell(offender.haunt if which < rules.first_haunt else offender.second_haunt, e)
            arrive = max(self.second(rules.haunt_begins) + when * rules.haunt_spread * 3600, self.free)
            self.there_and_back(arrive, (0.5 + stay) * rules.haunt_stay * 3600, target, plan.TO_HAUNT, plan.HAUNT_TOUR, 0, u)

    def lived(self):
        if self.person.role == VISITOR and self.draws(plan.DAY_TOUR)[0] >= self.rules.visitor_day:
            return []
        self.work_or_school()
        self.daytime()
        if self.person.role != IN_COMMUTER:
            self.evening()
            if self.person.offender >= 0:
                self.haunt()
        return self.trips


@pytest.fixture(scope="module")
def model():
    """A town in its second evening, about 21 o'clock."""
    model = CityModel(small_world(days=3))
    while model.tick < 144 + 102:
        model.step()
    return model


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 3000), st.sampled_from([0, 1, 2]), st.booleans(), st.integers(0, 6))
def test_plans_agree_with_plain_python(model, day, day_type, pay, weekday):
    world, purposes = model.world, set()
    trips, counts = model.trips.copy(), model.trip_counts.copy()
    plan.deal(
        model.city.ground, model.city.spots, model.groups["plan"], model.groups["walk"], world.people, world.reachable, model.offenders,
        world.walkers, trips, counts, world.seed, day, day_type, pay, weekday,
    )  # fmt: skip
    for row, p in enumerate(world.walkers.tolist()):
        expected = Day(model, p, day, day_type, pay, weekday).lived()
        found = trips[row * plan.MOST_TRIPS : row * plan.MOST_TRIPS + counts[row]]
        assert [(int(t.target), t.mode, t.purpose, t.tour, t.optional) for t in found] == [e[1:] for e in expected]
        assert np.all(np.abs(found.depart - np.array([e[0] for e in expected])) <= 1.001)  # whole seconds, cut
        purposes |= {e[3] for e in expected}
    assert len(purposes) >= 7


# At the door.


def plain_place(scene, rules, dark, cell):
    fills = lambda amount, scale: 1 - math.exp(-float(amount) / scale)  # noqa: E731
    return (
        rules.company * fills(scene.ambient[cell], rules.company_density) + rules.guardian * fills(scene.sight_usual[cell],
        rules.guardian_seconds) + rules.camera * scene.camera[cell] - rules.dark * dark * (1 - scene.lamp[cell])
        - rules.disorder * scene.disorder[cell] - rules.heard * fills(scene.heard[cell], rules.heard_scale)
    )  # fmt: skip


def plain_decision(model, scene, rules, trip, dark, day):
    """(what a person decides at the door, whether they give up an outing for fear)."""
    person, state = model.world.people[trip.person], model.where[trip.person]
    decision = move.GO if trip.optional else model.tours[trip.person, trip.tour]
    if trip.optional and dark > 0:
        place = min(plain_place(scene, rules, dark, cell) for cell in (person.home, trip.target))
        feels = rules.base + place - person.worry - rules.woman * bool(person.woman) - rules.old * (person.age >= rules.old_age)
        u = draws(model.world.seed, rng.CHOICE, int(person.id), day, feel.GIVE_UP, int(trip.tour))[0]
        if feels - rules.victim * (1 - math.exp(-state.hurt)) < 0:
            if u < rules.stay * dark:
                decision = move.STAY
            elif u < (rules.stay + rules.drive) * dark and person.car and trip.mode not in (RUN, CAR):
                decision = move.DRIVE
    fear = bool(trip.optional) and decision == move.STAY
    if person.offender >= 0 and state.purpose == plan.TO_HOME:
        offender, leaves = model.offenders[person.offender], (day * 86_400 + trip.depart) * DECI
        decision = move.STAY if offender.away_from <= leaves < offender.away_until else decision
    return decision, fear


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.3, 1.0]), st.floats(-1, 1))
def test_choices_at_the_door_agree_with_plain_python(model, seed, dark, worry):
    """With a street at random, victims and people held among them, more or less afraid."""
    random, rules, day = np.random.default_rng(seed), model.groups["feel"], 1
    scene = model.scene._replace(
        **{n: random.random(model.city.grid.cells, dtype=np.float32) for n in ("lamp", "camera", "disorder")},
        **{n: random.exponential(s, model.city.grid.cells).astype("f4") for n, s in (("ambient", 10), ("sight_usual", 1000), ("heard", 2))},
    )
    rules = rules._replace(base=worry, stay=0.5, drive=0.4)
    kept = model.where.copy(), model.offenders.copy(), model.tours.copy()
    model.where.hurt[:] = random.exponential(0.5, len(model.where)) * (random.random(len(model.where)) < 0.3)
    held = random.random(len(model.offenders)) < 0.4
    model.offenders.away_from[held], model.offenders.away_until[held] = 0, random.integers(86_400, 3 * 86_400) * DECI
    order, decisions = model.trip_order, np.zeros(len(model.trips), dtype=np.uint8)
    expected, gave_up = [], model.where.gave_up.copy()
    for at in order[: model.trip_first[-1]]:
        decision, fear = plain_decision(model, scene, rules, model.trips[at], dark, day)
        model.tours[model.trips.person[at], model.trips.tour[at]] = decision
        gave_up[model.trips.person[at]] += fear
        expected.append(int(decision))
    model.tours[:] = kept[2]
    for first, last in zip(model.trip_first[:-1], model.trip_first[1:], strict=True):  # a tick at a time: nobody sets out twice in one
        feel.choose(
            model.world.people, model.offenders, model.where, model.trips, order, first, last, model.tours, decisions[first:last], scene,
            rules, model.world.seed, day, day * 86_400 * DECI, dark,
        )  # fmt: skip
    found = model.where.gave_up.copy()
    model.where[:], model.offenders[:], model.tours[:] = kept
    assert decisions[: len(expected)].tolist() == expected and np.array_equal(found, gave_up)
    assert dark == 0.0 or len(set(expected)) == 3


# Where a unit goes next.


def plain_site(model, sites, seed, unit, time, begins):
    """The site whose exponential clock rings first, its rate the site's weight, less the farther away; a route in its order."""
    own = range(sites.first[unit.squad], sites.first[unit.squad + 1])
    cells = [int(sites.cell[i]) for i in own]
    if sites.ordered[unit.squad] and cells:
        there = [i for i, cell in enumerate(cells) if cell == unit.target]
        return cells[(there[-1] + 1 if there else int(unit.key) % len(cells)) % len(cells)]
    a, b, _, _ = rng.words(seed, rng.PATROL, int(unit.key), time // DECI, patrol.NEXT_SITE, 0)
    race, clocks = (int(a) << 32) | int(b), {}
    for i, cell in zip(own, cells, strict=True):
        rate = float(sites.weight[i])
        if not begins:
            away = float(model.city.grid.distance_m(int(unit.target), cell))
            rate *= (cell != unit.target) * math.exp(-away / model.forces[unit.force].spread)
        u = ((int(rng.mix(np.uint64(race ^ cell))) >> 32) + 0.5) / 2**32
        if rate > 0:
            clocks[cell] = -math.log(u) / rate
    return min(clocks, key=clocks.get) if clocks else int(unit.target)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 3 * 864_000), st.booleans(), st.booleans(), st.integers(0, 60))
def test_sites_agree_with_plain_python(model, seed, time, begins, ordered, number):
    random, walkable = np.random.default_rng(seed), np.flatnonzero(model.city.walkable)
    cells = random.choice(walkable, number, replace=False).astype(model.sites.cell.dtype)
    weights = (random.exponential(1, number) * (random.random(number) < 0.8)).astype(model.sites.weight.dtype)
    sites = model.sites._replace(cell=cells, weight=weights, first=np.array([0, number]), ordered=np.array([ordered]))
    units = model.units[:1].copy()
    units.squad, units.key = 0, random.integers(0, 1000)
    units.target = random.choice(cells) if number and random.random() < 0.7 else random.choice(walkable)
    found = entrance(patrol.next_site)(model.city.ground, units, model.forces, sites, seed, 0, time, begins)
    assert found == plain_site(model, sites, seed, units[0], time, begins)


# A trip's person-seconds.


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(0, 20_000), st.booleans())
def test_a_trip_writes_the_seconds_of_every_cell_into_every_tick(model, seed, entries, start, rides):
    """Ways of any length and pace, parts of them ridden (cell −1), from any second on: each tick gets what lies in it."""
    random, tick_ds, ticks = np.random.default_rng(seed), 6000, 200
    path = random.integers(100, 130, entries + 1).astype(np.int32)
    path[random.random(entries + 1) < 0.2 * rides] = -1
    enter = np.concatenate([[0], np.cumsum(random.integers(1, 3000, entries + 1))]).astype(np.int32)
    arrive = start + int(enter[entries])
    expected, seen = np.zeros((ticks, 200), dtype=int), []
    for i in range(entries):
        a, b = start + int(enter[i]), start + int(enter[i + 1])
        for tick in range(a // tick_ds, (b - 1) // tick_ds + 1):
            if path[i] >= 0:
                expected[tick, path[i]] += (min(b, (tick + 1) * tick_ds) - max(a, tick * tick_ds)) * move.CENTI
        if path[i] >= 0:  # noted as well in a tick that ends as the person comes
            seen += range((a - (i > 0)) // tick_ds, (b - 1) // tick_ds + 1)
    street = np.zeros((1, ticks, 2, 200), dtype=np.int32)
    passers, passing = np.zeros((1, ticks, 200), dtype=move.PASSER), np.zeros((1, ticks), dtype=np.int32)
    room = entrance(move.write_trip)(
        model.city.ground, street, passers.view(np.recarray), passing, 0, 7, move.OFFENDER, path, enter, entries, start, arrive, tick_ds
    )
    assert room and np.array_equal(street[0, :, move.OFFENDER], expected) and not street[0, :, move.WALKER].any()
    steps = [passers["steps"][0, t, : passing[0, t]].sum() for t in range(ticks)]
    assert steps == np.bincount(seen, minlength=ticks).tolist()


# A moment of motive.


def plain_opportunity(model, kind, cell, time):
    """Chance that a suitable target offers itself at a cell, before whether the offender is sober enough to see it."""
    world, scene, table, side = model.world, model.scene, model.world.offences.table[kind], model.city.grid.cell_m
    level, target = float(scene.attraction[kind, cell]), world.offences.target[kind]
    if target == victim.PERSON:
        slot, tick_s = model.tick % scene.street.shape[1], model.clock.tick_s
        there = scene.street[:, slot].sum(axis=0) / 100 + scene.presence.sum(axis=0) * tick_s / 10  # person-seconds by role and cell
        there = (there * scene.weight[:, None]).sum(axis=0).reshape(-1, model.city.grid.cols)
        k, (row, col) = len(scene.near) // 2, divmod(cell, model.city.grid.cols)
        around = np.pad(there, k)[row : row + 2 * k + 1, col : col + 2 * k + 1]
        density = (around * scene.near).sum() / tick_s / (side * side / 1e4)
        level *= density * victim.most_suitable(world.offences.table, kind) / table.crowd
    elif target == victim.DWELLING:
        level *= float(scene.empty[world.city.zone[cell]])
    elif target in (victim.MARKET, victim.CREW):
        level *= 1 - math.exp(-float(scene.ambient[cell]) / table.crowd)
    if table["repeat"] > 0:
        days = max(time - int(scene.recent_at[kind, cell]), 0) / 864_000
        recent = float(scene.recent[kind, cell]) * 0.5 ** (days / table.repeat_days)
        level *= (1 + table["repeat"] * recent) / (1 + table["repeat"])
    return level


def plain_risk(model, kind, cell, time, dark):
    """(what speaks against acting here and now, what of it guardians and cameras make)."""
    scene, table, rules, patrols = model.scene, model.world.offences.table[kind], model.groups["risk"], model.groups["patrol"]
    now = entrance(patrol.guardians_at)(model.city.ground, model.units, model.forces, patrols, cell, time)[0]
    eyes = 1 - math.exp(-float(scene.ambient[cell]) / rules.eyes_density)
    known = rules.known * (1 - math.exp(-float(scene.sight_usual[cell]) / rules.known_seconds))
    age = max(time - int(scene.caution_at[cell]), 0) / DECI
    caution = float(scene.caution[cell]) * 0.5 ** (age / patrols.caution_half_life)
    made = table.guard * max(now, caution, known) + table.camera * float(scene.camera[cell])
    return made + table.light * (1 - dark * (1 - float(scene.lamp[cell]))) + table.eyes * eyes, made


def displaced(model, cell, mean_m, u, v):
    """A cell at an exponential distance in any direction; −1 where nobody can walk."""
    away, angle = -math.log(u) * mean_m / model.city.grid.cell_m, 2 * math.pi * v
    row, col = divmod(cell, model.city.grid.cols)
    row, col = row + round(away * math.sin(angle)), col + round(away * math.cos(angle))
    inside = 0 < row < model.city.grid.rows - 1 and 0 < col < model.city.grid.cols - 1
    return row * model.city.grid.cols + col if inside and model.city.ground.exits[row * model.city.grid.cols + col] else -1


def plain_act(model, moment, dark):
    """What a moment that nobody put off comes to: ["turned away at", cell], ["waits at", cell], ["acts at", cell] in their order."""
    world, street, time, kind = model.world, model.street, int(moment.time), int(moment.kind)
    offender, table, rules, tick_ds = model.offenders[moment.offender], world.offences.table[kind], model.groups["risk"], 6000
    if offender.away_from <= time < offender.away_until:
        return []
    chooser, target, day = int(world.people.id[offender.row]), int(world.offences.target[kind]), time // 864_000
    draw = lambda purpose, other: draws(world.seed, rng.CRIME, chooser, day, purpose, other)  # noqa: E731
    here, doing, drunk = entrance(victim.position)(
        model.city.ground, model.city.transit, model.groups["walk"], world.people, model.where, int(offender.row), time, world.seed,
        model.path, model.enter,
    )  # fmt: skip
    among_others = target in (victim.PERSON, victim.MARKET, victim.CREW)
    a, _, c, d = draw(offend.START, int(moment.number))
    cell = int(here)
    if doing == plan.TO_HOME and not among_others and a < rules.from_home:
        cell = int(world.people.home[offender.row])
    elif doing == plan.TO_HOME:
        a = a if among_others else (a - rules.from_home) / (1 - rules.from_home)
        own = slice(model.city.spots.first[offender.haunt], model.city.spots.first[offender.haunt + 1])
        cell = int(model.city.spots.cell[own][pick(model.city.spots.cumulative[own], a)])
    reach = table.reach if target in (victim.PERSON, victim.THING, victim.DWELLING) else 0.0
    cell = displaced(model, cell, reach, c, d) if reach and cell >= 0 else cell
    picky, daring, _, _ = draw(offend.LATENT, int(moment.number))
    came = []
    for attempt in range(int(rules.tries)):
        key = int(moment.number) * 16 + attempt
        if cell < 0 or picky >= (1 if drunk else table.sober) * plain_opportunity(model, kind, cell, time):
            break
        patrol.patrol_to(street, world.seed, time)
        risk, made = plain_risk(model, kind, cell, time, dark)
        margin = table.reward + rules.boldness * offender.bold + table.wheels * offender.wheels - risk - model.scene.severity[kind]
        if daring >= 1 / (1 + math.exp(-margin - made)):
            break
        who = street, kind, cell, chooser, day, key, model.tick, tick_ds, time, world.seed, offender.row
        if target == victim.PERSON and entrance(victim.meet)(*who) < 0:
            break
        if daring < 1 / (1 + math.exp(-margin)):
            return [*came, ("acts at", cell)]
        came = came or [("turned away at", cell)]
        a, b, u, _ = draw(offend.SEARCH, key)
        if u >= table.persist:
            return came + [("waits at", cell)] * bool(u < table.persist + rules.wait)
        cell = displaced(model, cell, table.reach if reach else rules.move_on, a, b)
    return came


def test_moments_of_motive_come_to_what_plain_python_says():
    """Two days' moments one by one, in a town full of guardians, so that every ending comes up; crews and feuds have their own tests."""
    many = [measures()[name](dose=2.0) for name in ("order_guards", "police_reinforcement", "cctv")]
    model = CityModel(small_world(LIVELY | {"risk.wait": 0.4}, days=3), many)
    log, endings = np.zeros(4, dtype=EVENT).view(np.recarray), []
    alone = model.world.offences.table.outside > 0
    while model.tick < 2 * 144:
        live_up_to(model, "move")
        dark, end = float(model.clock.dark[model.tick]), model.now + 6000
        for m in range(*np.searchsorted(model.moments.time, (model.now, end))):
            moment = model.moments[m]
            if not alone[moment.kind] or model.world.offences.target[moment.kind] == victim.CREW:
                continue
            expected = plain_act(model, moment, dark)
            waiting = int(model.cursor[patrol.WAITING])
            rows = entrance(offend.act)(model.street, moment, log, 0, model.world.seed, model.tick, 6000, dark)
            found = [("acts at" if row.happened else "turned away at", int(row.cell)) for row in log[:rows]]
            for waits in model.waits[waiting : model.cursor[patrol.WAITING]]:
                found.append(("waits at", int(waits.cell)))
            model.cursor[patrol.WAITING] = waiting
            assert found == expected
            endings.append(tuple(name for name, _ in expected))
        model.patrol()
        model.settle()
        model.tick += 1
    assert {(), ("acts at",), ("turned away at",), ("turned away at", "acts at"), ("turned away at", "waits at")} == set(endings)
    assert len(endings) > 2000 and endings.count(("acts at",)) > 200
