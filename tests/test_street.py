"""Guardians, offenders and victims: kernels against plain twins, and what must hold there and then."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson as scipy_poisson

from sim import rng
from sim.feelings import count_empty_homes
from sim.guardians import UNIT, deal_shifts
from sim.interventions import measures
from sim.kernels import feel, near, offend, patrol, victim
from sim.kernels.move import count_out
from sim.kernels.plan import TO_BAR, TO_HOME
from sim.kernels.walk import DECI, unroll
from sim.model import CityModel, ModelError
from tests.conftest import LIVELY, live, small_world


@settings(max_examples=200, deadline=None)
@given(st.floats(0.001, 1500), st.floats(1e-6, 1 - 1e-6))
def test_poisson_quantiles_agree_with_scipy(mean, u):
    expected = int(scipy_poisson.ppf(u, mean))
    assert abs(offend.poisson(mean, u) - expected) <= (0 if abs(scipy_poisson.cdf(expected, mean) - u) > 1e-9 else 1)


def test_moments_of_a_day_have_the_rates_of_the_registry(lived):
    world = lived.world
    counts = np.zeros(len(world.offenders), dtype=np.int32)
    total = 0
    for day in range(60):
        total += offend.count_moments(world.people, world.offenders, world.offences.table, 99, day, counts)
    rates, youth = world.offences.table.rate, world.offences.table.youth
    young = world.people.age[world.offenders.row] < 18
    expected = (np.where(young, (rates * youth).sum(), rates.sum()) * world.offenders.activity).sum() * 60
    assert abs(total / expected - 1) < 0.05


# Guardians.


def one_unit(model, cell, force="order_guard"):
    """The model's units replaced by one that stands at a cell, on shift for ever."""
    units = np.zeros(1, dtype=UNIT).view(np.recarray)
    units.force = model.force_names.index(force)
    units.origin = units.target = units.base = cell
    units.shift_to[:] = 2**60
    units.until = 2**60
    return units


def plain_signal(model, units, cell, time):
    """Guardians' signal at a cell in plain Python: 1 − Π(1 − certainty × in view × standing or passing)."""
    spared = 1.0
    cols, side = model.city.grid.cols, model.city.grid.cell_m
    for unit in units:
        force = model.forces[unit.force]
        if unit.passive or not any(unit.shift_from[k] <= time < unit.shift_to[k] for k in (0, 1)):
            continue
        share = 1.0 if time >= unit.arrive else 0.0 if time <= unit.leave else (time - unit.leave) / (unit.arrive - unit.leave)
        ay, ax, by, bx = unit.origin // cols, unit.origin % cols, unit.target // cols, unit.target % cols
        away = math.hypot(ay + share * (by - ay) - cell // cols, ax + share * (bx - ax) - cell % cols) * side
        inner = math.sqrt(force.radius**2 - side**2 / 6)
        view = min(max((inner - away) / (math.sqrt(2) * side) + 0.5, 0.0), 1.0)
        moving = unit.leave < time < unit.arrive
        spared *= 1 - force.certainty * view * (model.groups["patrol"].passing if moving else 1.0)
    return 1 - spared


def test_the_signal_of_guardians_agrees_with_plain_python():
    model = live(small_world(days=2), [measures()["order_guards"](dose=2.0), measures()["police_reinforcement"](dose=1.0)], days=1)
    for _ in range(80):
        model.step()
    draw, signals = np.random.default_rng(4), []
    for cell in draw.choice(np.flatnonzero(model.city.walkable), 300):
        time = int(model.now - draw.integers(0, 6000))
        found = patrol.guardians_at(model.city.ground, model.units, model.forces, model.groups["patrol"], int(cell), time)
        signals.append(found[0])
        assert found[0] == pytest.approx(plain_signal(model, model.units, int(cell), time))
    assert 30 < np.count_nonzero(signals) < 300 and len(np.unique(signals)) > 20


def test_a_guard_lowers_offending_there_and_then():
    """The same thousand moments at one cell: fewer offences within sight of a standing guard, the same number beyond it."""
    world = small_world({})
    model = live(world, days=1)
    table, kind = world.offences.table, world.offences.names.index("vandalism")
    cell, far = [int(c) for c in np.flatnonzero(model.city.walkable)[[40, 300]]]
    reward, bold = table[kind].reward, 0.0

    def dares(units, at):
        risk, *_ = offend.perceived_risk(
            model.city.ground,
            units,
            model.forces,
            model.groups["patrol"],
            model.scene,
            table,
            model.groups["risk"],
            kind,
            at,
            model.now,
            0.0,
        )
        return 1 / (1 + math.exp(-(reward + bold - risk)))

    nobody, guarded = one_unit(model, cell), one_unit(model, cell)
    nobody.shift_to[:] = 0
    assert dares(guarded, cell) < 0.75 * dares(nobody, cell)
    assert dares(guarded, far) == dares(nobody, far)
    guarded.shift_to[:] = 0
    assert dares(guarded, cell) == dares(nobody, cell)


def test_night_risk_answers_to_light_as_the_registry_says():
    """In logits, by day not at all, after dark by the weight of light times the change of the lamp."""
    world = small_world({})
    model = live(world, days=1)
    cell = int(np.flatnonzero(model.city.walkable)[40])
    for kind, name in enumerate(world.offences.names):
        risks = {}
        for dark in (0.0, 1.0):
            for lamp in (0.2, 0.9):
                model.scene.lamp[cell] = lamp
                risks[dark, lamp] = offend.perceived_risk(
                    model.city.ground, model.units, model.forces, model.groups["patrol"], model.scene, world.offences.table,
                    model.groups["risk"], kind, cell, model.now, dark,
                )[0]  # fmt: skip
        assert risks[0.0, 0.2] == risks[0.0, 0.9], name
        assert risks[1.0, 0.9] - risks[1.0, 0.2] == pytest.approx(0.7 * world.offences.table[kind].light, abs=1e-6), name


def test_caution_after_a_stop_decays_by_its_half_life():
    model = live(small_world({}), days=1)
    cell = int(np.flatnonzero(model.city.walkable)[40])
    units = one_unit(model, cell, "police")
    half_life = model.groups["patrol"].caution_half_life
    start, end = model.now, model.now + 900 * DECI
    patrol.leave_traces(model.city.ground, units, model.forces, model.groups["patrol"], model.scene, 0, start, end)
    certainty = model.forces.certainty[model.force_names.index("police")]
    assert patrol.caution_left(model.scene, model.groups["patrol"], cell, end) == pytest.approx(certainty, rel=1e-6)
    later = end + int(half_life * DECI)
    assert patrol.caution_left(model.scene, model.groups["patrol"], cell, later) == pytest.approx(certainty / 2, rel=1e-6)
    assert model.scene.guard_seconds[model.force_names.index("police"), cell] >= 900


def test_a_longer_stop_leaves_more_caution_than_driving_by():
    model = live(small_world({}), days=1)
    cells = np.flatnonzero(model.city.walkable)[[40, 400]]
    left = []
    for cell, seconds in zip(cells.tolist(), (60, 900), strict=True):
        model.scene.caution[:] = 0
        patrol.leave_traces(
            model.city.ground,
            one_unit(model, cell),
            model.forces,
            model.groups["patrol"],
            model.scene,
            0,
            model.now,
            model.now + seconds * DECI,
        )
        left.append(model.scene.caution[cell])
    assert left[0] < 0.2 * left[1]


def test_the_unit_that_can_be_there_first_is_sent():
    model = live(small_world({}), days=1)
    cells = np.flatnonzero(model.city.walkable)
    near, far = (one_unit(model, int(c), "police") for c in cells[[50, 500]])
    units = np.concatenate([far, near]).view(np.recarray)
    chosen, seconds = patrol.send(model.city.ground, units, model.forces, model.groups["patrol"], model.scene, int(cells[52]), model.now)
    assert chosen == 1
    rules, force = model.groups["patrol"], model.forces[model.force_names.index("police")]
    way = model.city.grid.distance_m(cells[50], cells[52]) * rules.detour
    assert seconds == pytest.approx(rules.call_handling + way / force.response_speed)
    assert units[1].until == units[1].arrive + int(rules.call_service * DECI)


def test_a_unit_under_way_to_a_call_gets_there_before_it_goes_to_the_next():
    model = live(small_world({}), days=1)
    home, first, second = (int(c) for c in np.flatnonzero(model.city.walkable)[[5, 300, 60]])
    unit, rules = one_unit(model, home, "police"), model.groups["patrol"]
    handled = model.city.ground, unit, model.forces, rules
    _, once = patrol.send(*handled, model.scene, first, model.now)
    on_the_way = model.now + int(once * DECI / 2)
    _, twice = patrol.send(*handled, model.scene, second, on_the_way)
    assert unit.target[0] == first and 0 < patrol.standing_share(unit, 0, on_the_way) < 1
    way = model.city.grid.distance_m(first, second) * rules.detour / model.forces[unit.force[0]].response_speed
    free = (unit.until[0] - on_the_way) / DECI
    assert twice == pytest.approx(free + rules.call_handling + way)
    patrol.patrol_until(*handled, model.sites, model.scene, 1, unit.until[0] + 1)
    assert unit.target[0] == second and unit.call[0] == patrol.CALL
    assert unit.arrive[0] == on_the_way + int(twice * DECI)


def test_what_two_stops_leave_does_not_depend_on_which_is_told_first():
    model = live(small_world({}), days=1)
    cells = np.flatnonzero(model.city.walkable)[[100, 101]]
    units = np.concatenate([one_unit(model, int(c), "police") for c in cells]).view(np.recarray)
    stops = [(0, model.now, model.now + 9000), (1, model.now - 6000, model.now + 4000)]
    left = []
    for order in (stops, stops[::-1]):
        for layer in (model.scene.caution, model.scene.caution_at, model.scene.sight):
            layer[:] = 0
        for stop in order:
            patrol.leave_traces(model.city.ground, units, model.forces, model.groups["patrol"], model.scene, *stop)
        left.append([model.scene.caution.copy(), model.scene.caution_at.copy(), model.scene.sight.copy()])
    assert all(np.array_equal(a, b) for a, b in zip(*left, strict=True))
    assert len(np.unique(left[0][1])) > 1 and left[0][2].sum() > 0


def test_nobody_on_shift_means_nobody_comes():
    model = live(small_world({}), days=1)
    units = one_unit(model, int(np.flatnonzero(model.city.walkable)[5]), "police")
    units.shift_to[:] = 0
    assert patrol.send(model.city.ground, units, model.forces, model.groups["patrol"], model.scene, 300, model.now)[0] == -1


def test_people_work_their_yearly_hours():
    model = CityModel(small_world({"police.outdoors": 500.0}, days=3))
    units = np.concatenate([model.units] * 200).view(np.recarray)
    units.key = np.arange(len(units))
    worked = 0
    for day in range(60):
        deal_shifts(units, model.forces, model.parameters, 1, day)
        worked += (units.shift_to[:, day % 2] > 0).sum() * model.parameters["shift.hours"]
    assert worked / len(units) / 60 * 365 == pytest.approx(model.forces.hours[0], rel=0.03)


# Victims.


def plain_seconds_near(model, p, centre, start, end):
    """Outdoor seconds of a person near a cell, by walking through the trip."""
    where, world, cols = model.where[p], model.world, model.city.grid.cols

    def near(cell):
        down, right = cell // cols - centre // cols, cell % cols - centre % cols
        table = model.scene.reach
        k = len(table) // 2
        return float(table[down + k, right + k]) if cell >= 0 and max(abs(down), abs(right)) <= k else 0.0

    total = near(int(where.origin)) * max(0, min(end, int(where.depart)) - start) * world.outdoors[where.came] / 10
    total += near(int(where.place)) * max(0, end - max(start, int(where.arrive))) * world.outdoors[where.purpose] / 10
    path, enter = np.empty(4096, np.int32), np.empty(4096, np.int32)
    n, arrive = unroll(
        model.city.ground, model.city.transit, model.groups["walk"], world.seed, int(world.people.id[p]), int(where.depart),
        int(where.origin), int(where.place), int(where.mode), path, enter,
    )  # fmt: skip
    for i in range(n):
        a = int(where.depart) + int(enter[i])
        b = int(where.depart) + int(enter[i + 1]) if i + 1 < n else int(arrive)
        total += near(int(path[i])) * max(0, min(b, end) - max(a, start))
    return total / DECI


def test_more_moments_than_there_is_room_for_is_a_clear_error():
    with pytest.raises(ModelError, match="moments of motive"):
        live(small_world({"offence.assault.rate": 200.0, "offender.activity_spread": 1.6}, days=1), days=1)


def test_whom_one_meets_agrees_with_a_search_through_everybody():
    """The kernel looks at who passes and who stays; a plain search through all rows finds the same person."""
    model = CityModel(small_world(days=1))
    for _ in range(80):
        model.step()
    model.deal(), model.choose(), model.move()
    world, tick_ds = model.world, model.clock.tick_s * DECI
    start, end = model.now, model.now + tick_ds
    busy = np.argsort(model.scene.street[0, model.tick % model.scene.street.shape[1]].sum(axis=0))[::-1][:40]
    met = 0
    for key, cell in enumerate(busy.tolist()):
        found = victim.meet(model.street, 0, cell, 7, 0, key, model.tick, tick_ds, start, world.seed, -9)
        clocks = {}
        for p in np.flatnonzero(world.people.walks):
            seconds = plain_seconds_near(model, p, cell, start, end)
            if seconds > 0:
                u = rng.unit(rng.words(world.seed, rng.VICTIM, 7, 0, victim.RACE + 8 * key, int(world.people.id[p]))[0])
                clocks[p] = -math.log(u) / seconds
        first = min(clocks, key=clocks.get) if clocks else -1
        u = rng.unit(rng.words(world.seed, rng.VICTIM, 7, 0, victim.SUITS + 8 * key, 0)[0])
        suits = first >= 0 and u * victim.most_suitable(world.offences.table, 0) < victim.suitability(model.street, 0, first, start)
        assert found == (first if suits else -1)
        met += found >= 0
    assert met > 3


def test_victims_of_thinned_walkers_are_residents_who_do_not_walk():
    model = live(small_world(fraction=0.3), days=3)
    log = model.log.all()
    people = model.world.people
    hit = log.victim[(log.happened == 1) & (log.kind == 0) & (log.victim >= 0)]
    rows = np.searchsorted(people.id, hit)
    walks = people.walks[rows] == 1
    assert 0.1 < walks.mean() < 0.6
    assert (people.role[rows[~walks]] == 0).all()


def test_nobody_offends_in_custody():
    strict = {f"offence.{n}.custody": 1.0 for n in ("assault", "robbery", "vandalism")} | {"law.on_scene": 0.8}
    lived = live(small_world(LIVELY | strict, days=8), days=8)
    log = lived.log.all()
    people, offenders = lived.world.people, lived.offenders
    away = offenders[(offenders.away_until > 0) & (offenders.away_from < lived.now)]
    assert len(away) > 0
    for offender in away:
        times = log.time[(log.offender == people.id[offender.row])].astype(np.int64) * DECI
        assert not ((times > offender.away_from) & (times < offender.away_until)).any()


# Feeling.


def test_how_safe_a_place_feels_agrees_with_the_formula(lived):
    rules, scene = lived.groups["feel"], lived.scene
    found = np.zeros(lived.city.grid.cells, dtype=np.float32)
    feel.feel_places(lived.active, scene, rules, 0.7, found)
    cells = lived.active
    expected = (
        rules.company * (1 - np.exp(-scene.ambient[cells] / rules.company_density))
        + rules.guardian * (1 - np.exp(-scene.sight_usual[cells] / rules.guardian_seconds))
        + rules.camera * scene.camera[cells]
        - rules.dark * 0.7 * (1 - scene.lamp[cells])
        - rules.disorder * scene.disorder[cells]
        - rules.heard * (1 - np.exp(-scene.heard[cells] / rules.heard_scale))
    )
    assert np.allclose(found[cells], expected, atol=1e-5)
    assert found[cells].std() > 0.01


def test_the_survey_asks_every_resident_who_is_old_enough_and_no_one_else(lived):
    people, rules = lived.world.people, lived.groups["feel"]
    latent = np.empty(len(people), dtype=np.float32)
    feel.survey(people, lived.where, rules, lived.place_feel, int(rules.youngest), latent)
    asked = (people.role == 0) & (people.age >= rules.youngest)
    assert np.array_equal(~np.isnan(latent), asked)
    expected = (
        rules.base + lived.place_feel[people.home] - people.worry - rules.woman * people.woman - rules.old * (people.age >= rules.old_age)
        - rules.victim * (1 - np.exp(-lived.where.hurt))
    )  # fmt: skip
    assert np.allclose(latent[asked], expected[asked], atol=1e-4)


def test_fear_keeps_people_in_only_after_dark_and_only_the_afraid():
    afraid = live(small_world({"feel.base": -3.0, "feel.stay": 0.5}, days=1), days=1)
    at_ease = live(small_world({"feel.base": 4.0, "feel.stay": 0.5}, days=1), days=1)
    assert afraid.where.gave_up.sum() > 10
    assert at_ease.where.gave_up.sum() == 0
    assert afraid.books.footfall.sum() < at_ease.books.footfall.sum()


def test_company_is_the_mean_number_of_people_within_reach(lived):
    ground, reach, cells = lived.city.ground, lived.scene.near, lived.city.grid.cells
    field = np.random.default_rng(1).random(cells, dtype=np.float32)
    out = np.empty_like(field)
    near.means_near(ground, reach, field, out)
    around, plain = len(reach) // 2, np.zeros((cells // ground.cols, ground.cols))
    padded = np.pad(field.reshape(plain.shape), around)
    for (down, right), share in np.ndenumerate(reach):
        plain += share * padded[down : down + plain.shape[0], right : right + plain.shape[1]]
    assert np.allclose(out, plain.reshape(-1), rtol=1e-4)


def test_empty_homes_agree_with_plain_python_whatever_the_number_of_threads():
    model = live(small_world(fraction=0.5), days=1)
    for _ in range(60):
        model.step()
    world, where, weight, leans = model.world, model.where, model.scene.weight, 5.0
    out, everyone = np.zeros((2, len(model.city.zones.name)))
    for p in world.walkers:
        zone, counts = world.people.zone[p], weight[int(world.people.offender[p] >= 0)]
        if zone >= 0:
            everyone[zone] += counts
            out[zone] += counts * (where.purpose[p] != TO_HOME)
    assert 0.1 < out.sum() / everyone.sum() < 0.9
    expected = (out + leans * out.sum() / everyone.sum()) / (everyone + leans)
    for parts in (1, 2, 5):
        counts = np.full((parts, *world.walkers_at.shape), 9, dtype=np.int64)
        count_out(world.people, where, world.walkers, counts)
        assert np.allclose(weight @ counts.sum(axis=0), out, rtol=1e-12)
    empty = np.zeros(len(out), dtype=np.float32)
    count_empty_homes(world, where, weight, leans, empty)
    assert np.allclose(empty, expected, rtol=1e-6)


def test_people_within_reach_are_counted_alike_by_any_number_of_shards():
    """The density that offenders meet, against a plain sum over cells, roles and shards."""
    one, three = (CityModel(small_world(fraction=0.5), shards=shards) for shards in (1, 3))
    for model in (one, three):
        for _ in range(75):
            model.step()
        model.deal(), model.feel(), model.choose(), model.move()
    slot, tick_cs, around = one.tick % one.scene.street.shape[1], one.clock.tick_s * 100, len(one.scene.near) // 2
    for cell in one.active[np.argsort(-one.scene.ambient[one.active])[:50]]:
        found = offend.people_near(one.city.ground, one.scene, int(cell), slot, tick_cs)
        assert found == offend.people_near(three.city.ground, three.scene, int(cell), slot, tick_cs)
        total = 0.0
        for (down, right), share in np.ndenumerate(one.scene.near):
            there = cell + (down - around) * one.city.ground.cols + right - around
            seconds = (
                one.scene.street[:, slot, :, there].sum(axis=0) / 100 + one.scene.presence[:, :, there].sum(axis=0) / 10 * one.clock.tick_s
            )
            total += share * (seconds * one.scene.weight).sum() / one.clock.tick_s
        assert found == pytest.approx(total / (one.city.grid.cell_m**2 / 1e4), rel=1e-6)
    assert found > 0


def test_who_suits_an_offender_is_a_product_of_sex_and_of_age_or_drink():
    model = CityModel(small_world({"offence.robbery.on_woman": 0.5, "offence.robbery.on_youth": 3.0, "offence.robbery.on_drinker": 2.0}))
    people, where, kind = model.world.people, model.where, model.world.offences.names.index("robbery")
    where.arrive[:], where.purpose[:] = 0, TO_BAR
    expected = np.where(people.woman == 1, 0.5, 1.0) * np.where(people.age < 18, 3.0, 2.0)
    found = [victim.suitability(model.street, kind, p, 10) for p in range(len(people))]
    assert np.allclose(found, expected) and len(set(found)) == 4
    assert max(found) <= victim.most_suitable(model.world.offences.table, kind)
    where.purpose[:] = TO_HOME
    assert victim.suitability(model.street, kind, int(np.flatnonzero((people.woman == 0) & (people.age >= 18))[0]), 10) == 1.0
