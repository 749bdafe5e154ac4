"""Kernels against twins in plain Python, written from the rules: choices at the door, sites, what a trip writes, moments of motive."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import rng
from sim.interventions import measures
from sim.kernels import aftermath, feel, move, offend, patrol, plan, victim
from sim.kernels.walk import CAR, DECI, RUN
from sim.model import CityModel
from sim.outcomes.log import EVENT
from tests.conftest import LIVELY, entrance, live_up_to, small_world
from tests.twins import draws, pick


@pytest.fixture(scope="module")
def model():
    """A town in its second evening, about 21 o'clock."""
    model = CityModel(small_world(days=3))
    while model.tick < 144 + 102:
        model.step()
    return model


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
    person, doing = model.world.people[trip.person], model.last_trips(trip.person).purpose
    decision = move.GO if trip.optional else model.tours[trip.person, trip.tour]
    if trip.optional and dark > 0:
        place = min(plain_place(scene, rules, dark, cell) for cell in (person.home, trip.target))
        feels = rules.base + place - person.worry - rules.woman * bool(person.woman) - rules.old * (person.age >= rules.old_age)
        u = draws(model.world.seed, rng.CHOICE, int(person.id), day, feel.GIVE_UP, int(trip.tour))[0]
        if feels - rules.victim * (1 - math.exp(-model.where.hurt[trip.person])) < 0:
            if u < rules.stay * dark:
                decision = move.STAY
            elif u < (rules.stay + rules.drive) * dark and person.car and trip.mode not in (RUN, CAR):
                decision = move.DRIVE
    fear = bool(trip.optional) and decision == move.STAY
    if person.offender >= 0 and doing == plan.TO_HOME:
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
    kept = model.where.hurt.copy(), model.where.gave_up.copy(), model.offenders.copy(), model.tours.copy()
    model.where.hurt[:] = random.exponential(0.5, len(kept[0])) * (random.random(len(kept[0])) < 0.3)
    held = random.random(len(model.offenders)) < 0.4
    model.offenders.away_from[held], model.offenders.away_until[held] = 0, random.integers(86_400, 3 * 86_400) * DECI
    order, decisions = model.trip_order, np.zeros(len(model.trips), dtype=np.uint8)
    expected, gave_up = [], model.where.gave_up.copy()
    for at in order[: model.trip_first[-1]]:
        decision, fear = plain_decision(model, scene, rules, model.trips[at], dark, day)
        model.tours[model.trips.person[at], model.trips.tour[at]] = decision
        gave_up[model.trips.person[at]] += fear
        expected.append(int(decision))
    model.tours[:] = kept[3]
    for first, last in zip(model.trip_first[:-1], model.trip_first[1:], strict=True):  # a tick at a time: nobody sets out twice in one
        feel.choose(
            model.world.people, model.offenders, model.where, model.trips, order, first, last, model.tours, decisions[first:last], scene,
            rules, model.world.seed, day, day * 86_400 * DECI, dark, 1,
        )  # fmt: skip
    found = model.where.gave_up.copy()
    model.where.hurt[:], model.where.gave_up[:], model.offenders[:], model.tours[:] = kept
    assert decisions[: len(expected)].tolist() == expected and np.array_equal(found, gave_up)
    assert dark == 0.0 or len(set(expected)) == 3


# Who is hit again.


def plain_hit_before(scene, table, same_again, kind, cell, time, u):
    """The one hit there last, where the memory of that success, among all that speaks for the place, is what draws."""
    half_lives = [(time - int(at)) / 864_000 / table.repeat_days[kind] for at in (scene.hit_at[kind, cell], scene.recent_at[kind, cell])]
    own, all_ = (table["repeat"][kind] * 0.5**n for n in half_lives)
    return int(scene.hit[kind, cell]) if u < same_again * own / (1 + all_ * float(scene.recent[kind, cell])) else -1


def test_the_same_home_is_hit_again_as_plain_python_says_and_is_forgotten_in_time(model):
    kind, scene, table = model.world.offences.names.index("burglary"), model.scene, model.world.offences.table
    cell, now = int(model.active[5]), 40 * 864_000
    kept = [layer.copy() for layer in (scene.hit, scene.hit_at, scene.recent, scene.recent_at)]
    scene.hit[kind, cell], scene.hit_at[kind, cell] = 7, now
    scene.recent[kind, cell], scene.recent_at[kind, cell] = 1.0, now
    share = model.groups["risk"].same_again
    seen = []
    for days in (0, 1, 5, 20, 200):
        for u in np.linspace(0.005, 0.995, 100):
            time = now + days * 864_000
            found = entrance(aftermath.hit_before)(model.street, kind, cell, time, u)
            assert found == plain_hit_before(scene, table, share, kind, cell, time, u)
            seen.append(found == 7)
    chances = np.reshape(seen, (5, 100)).mean(axis=1)
    assert (np.diff(chances) <= 0).all() and chances[0] > 0.2 and chances[-1] == 0
    for layer, before in zip((scene.hit, scene.hit_at, scene.recent, scene.recent_at), kept, strict=True):
        layer[...] = before


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
    sites = model.sites._replace(cell=cells, weight=weights, first=np.array([0, number]), ordered=np.array([ordered]), stay_s=np.ones(1))
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
    street = np.zeros((ticks, 2, 200), dtype=np.int32)
    passers, passing = np.zeros((ticks, 200), dtype=move.PASSER).view(np.recarray), np.zeros(ticks, dtype=np.int32)
    write = lambda sign: entrance(move.write_trip)(  # noqa: E731
        model.city.ground.cols, model.city.ground.inverse, street, passers, passing, sign, 7, move.OFFENDER, path, enter, entries, start,
        arrive, tick_ds,
    )  # fmt: skip
    assert write(1) and np.array_equal(street[:, move.OFFENDER], expected) and not street[:, move.WALKER].any()
    steps = [passers["steps"][t, : passing[t]].sum() for t in range(ticks)]
    assert steps == np.bincount(seen, minlength=ticks).tolist()
    noted = passing.copy()
    assert write(-1) and not street.any() and np.array_equal(passing, noted)  # taken out again; the notes stay


# A moment of motive.


def plain_opportunity(model, kind, cell, time):
    """Chance that a suitable target offers itself at a cell, before whether the offender is sober enough to see it."""
    world, scene, table, side = model.world, model.scene, model.world.offences.table[kind], model.city.grid.cell_m
    level, target = float(scene.attraction[kind, cell]), world.offences.target[kind]
    if target == victim.PERSON:
        slot, tick_s = model.tick % model.walked.street.shape[1], model.clock.tick_s
        # person-seconds by role and cell
        there = model.walked.street[:, slot].sum(axis=0) / 100 + model.walked.presence.sum(axis=0) * tick_s / 10
        there = (there * scene.weight[:, None]).sum(axis=0).reshape(-1, model.city.grid.cols)
        k, (row, col) = len(scene.near) // 2, divmod(cell, model.city.grid.cols)
        around = np.pad(there, k)[row : row + 2 * k + 1, col : col + 2 * k + 1]
        density = (around * scene.near).sum() / tick_s / (side * side / 1e4)
        level *= density * victim.most_suitable(world.offences.table, kind) / table.crowd
    elif target == victim.DWELLING:
        empty = float(scene.empty[world.city.zone[cell]])
        level *= empty + table.occupied * (1 - empty)
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
    neglect = table.neglect * float(scene.disorder[cell])
    return made + table.light * (1 - dark * (1 - float(scene.lamp[cell]))) + table.eyes * eyes - neglect, made


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
        for m in range(*np.searchsorted(model.motives.moments.time, (model.now, end))):
            moment = model.motives.moments[m]
            if not alone[moment.kind] or model.world.offences.target[moment.kind] == victim.CREW:
                continue
            expected = plain_act(model, moment, dark)
            waiting = int(model.cursor[patrol.WAITING])
            rows = entrance(offend.act)(model.street, moment, m, log, 0, model.world.seed, model.tick, 6000, dark)
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
