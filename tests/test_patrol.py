"""Guardians in uniform: where their shifts begin, what they leave behind, and whom they answer."""

import math

import numpy as np
import pytest

from sim.guardians import UNIT, deal_shifts, rosters_of
from sim.interventions import measures
from sim.kernels import offend, patrol
from sim.kernels.walk import DECI
from sim.model import CityModel
from tests.conftest import LIVELY, entrance, live, live_up_to, small_world


def one_unit(model, cell, force="order_guard"):
    """The model's units replaced by one that stands at a cell from now on, on shift for ever."""
    units = np.zeros(1, dtype=UNIT).view(np.recarray)
    units.force = model.force_names.index(force)
    units.origin = units.target = cell
    units.shift_to[:] = units.until = 2**60
    units.leave = units.arrive = model.now
    units.call = patrol.STOP
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
    for cell in draw.choice(np.flatnonzero(model.city.walkable), 500):
        time = int(model.now - draw.integers(0, 6000))
        found = entrance(patrol.guardians_at)(model.city.ground, model.units, model.forces, model.groups["patrol"], int(cell), time)
        signals.append(found[0])
        assert found[0] == pytest.approx(plain_signal(model, model.units, int(cell), time))
    assert 30 < np.count_nonzero(signals) < 500 and len(np.unique(signals)) > 20


def test_a_guard_lowers_offending_there_and_then():
    """The same thousand moments at one cell: fewer offences within sight of a standing guard, the same number beyond it."""
    world = small_world({})
    model = live(world, days=1)
    table, kind = world.offences.table, world.offences.names.index("vandalism")
    cell, far = [int(c) for c in np.flatnonzero(model.city.walkable)[[40, 300]]]
    reward, bold = table[kind].reward, 0.0

    def dares(units, at):
        risk, *_ = entrance(offend.perceived_risk)(
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


def test_caution_after_a_stop_decays_by_its_half_life():
    model = live(small_world({}), days=1)
    cell = int(np.flatnonzero(model.city.walkable)[40])
    units = one_unit(model, cell, "police")
    half_life = model.groups["patrol"].caution_half_life
    end = model.now + 900 * DECI
    entrance(patrol.leave_traces)(model.city.ground, units, model.forces, model.groups["patrol"], model.scene, 0, end)
    certainty = model.forces.certainty[model.force_names.index("police")]
    assert entrance(patrol.caution_left)(model.scene, model.groups["patrol"], cell, end) == pytest.approx(certainty, rel=1e-6)
    later = end + int(half_life * DECI)
    assert entrance(patrol.caution_left)(model.scene, model.groups["patrol"], cell, later) == pytest.approx(certainty / 2, rel=1e-6)
    assert model.scene.guard_seconds[model.force_names.index("police"), cell] >= 900


def test_a_longer_stop_leaves_more_caution_than_driving_by():
    model = live(small_world({}), days=1)
    cells = np.flatnonzero(model.city.walkable)[[40, 400]]
    left = []
    for cell, seconds in zip(cells.tolist(), (60, 900), strict=True):
        model.scene.caution[:] = 0
        unit, end = one_unit(model, cell), model.now + seconds * DECI
        entrance(patrol.leave_traces)(model.city.ground, unit, model.forces, model.groups["patrol"], model.scene, 0, end)
        left.append(model.scene.caution[cell])
    assert left[0] < 0.2 * left[1]


def test_the_unit_that_can_be_there_first_is_sent():
    model = live(small_world({}), days=1)
    cells = np.flatnonzero(model.city.walkable)
    near, far = (one_unit(model, int(c), "police") for c in cells[[50, 500]])
    units = np.concatenate([far, near]).view(np.recarray)
    chosen, seconds = entrance(patrol.send)(
        model.city.ground, units, model.forces, model.groups["patrol"], model.scene, int(cells[52]), model.now, patrol.POLICE, 90.0
    )
    assert chosen == 1
    rules, force = model.groups["patrol"], model.forces[model.force_names.index("police")]
    way = model.city.grid.distance_m(cells[50], cells[52]) * rules.detour
    assert seconds == pytest.approx(90 + rules.call_handling + way / force.response_speed)
    assert units[1].until == units[1].arrive + int(force.call_service * DECI)


def test_a_unit_under_way_to_a_call_gets_there_before_it_goes_to_the_next():
    model = live(small_world({}), days=1)
    home, first, second = (int(c) for c in np.flatnonzero(model.city.walkable)[[5, 300, 60]])
    unit, rules = one_unit(model, home, "police"), model.groups["patrol"]
    handled = model.city.ground, unit, model.forces, rules
    _, once = entrance(patrol.send)(*handled, model.scene, first, model.now, patrol.POLICE, 0.0)
    on_the_way = model.now + int(once * DECI / 2)
    _, twice = entrance(patrol.send)(*handled, model.scene, second, on_the_way, patrol.POLICE, 0.0)
    assert unit.target[0] == first and 0 < patrol.standing_share(unit, 0, on_the_way) < 1
    way = model.city.grid.distance_m(first, second) * rules.detour / model.forces[unit.force[0]].response_speed
    free = (unit.until[0] - on_the_way) / DECI
    assert twice == pytest.approx(free + rules.call_handling + way)
    entrance(patrol.patrol_until)(*handled, model.sites, model.scene, 1, unit.until[0] + 1)
    assert unit.target[0] == second and unit.call[0] == patrol.CALL
    assert unit.arrive[0] == on_the_way + int(twice * DECI)


def test_what_two_stops_leave_does_not_depend_on_which_is_told_first():
    model = live(small_world({}), days=1)
    cells = np.flatnonzero(model.city.walkable)[[100, 101]]
    units = np.concatenate([one_unit(model, int(c), "police") for c in cells]).view(np.recarray)
    units[1].leave = units[1].arrive = model.now - 6000
    stops = [(0, model.now + 9000), (1, model.now + 4000)]
    left = []
    for order in (stops, stops[::-1]):
        for layer in (model.scene.caution, model.scene.caution_at, model.scene.sight):
            layer[:] = 0
        for stop in order:
            entrance(patrol.leave_traces)(model.city.ground, units, model.forces, model.groups["patrol"], model.scene, *stop)
        left.append([model.scene.caution.copy(), model.scene.caution_at.copy(), model.scene.sight.copy()])
    assert all(np.array_equal(a, b) for a, b in zip(*left, strict=True))
    assert len(np.unique(left[0][1])) > 1 and left[0][2].sum() > 0


def test_nobody_on_shift_means_nobody_comes():
    model = live(small_world({}), days=1)
    units = one_unit(model, int(np.flatnonzero(model.city.walkable)[5]), "police")
    units.shift_to[:] = 0
    street = model.city.ground, units, model.forces, model.groups["patrol"], model.scene
    assert entrance(patrol.send)(*street, 300, model.now, patrol.POLICE, 0.0)[0] == -1


def test_people_work_their_yearly_hours():
    model = CityModel(small_world({"police.outdoors": 500.0}, days=3))
    units = np.concatenate([model.units] * 200).view(np.recarray)
    units.key = np.arange(len(units))
    worked = 0
    for day in range(60):
        deal_shifts(units, model.forces, np.full(len(model.levers.squads), -1), model.parameters, 1, day)
        worked += (units.shift_to[:, day % 2] > 0).sum() * model.parameters["shift.hours"]
    assert worked / len(units) / 60 * 365 == pytest.approx(model.forces.hours[0], rel=0.03)


@pytest.mark.parametrize("roster, begins", [("day", "day_from"), ("evening", "evening_from"), ("night", "night_from"), ("all", None)])
def test_a_squad_of_one_roster_works_in_that_shift_alone_and_as_many_hours(roster, begins):
    chosen = [measures()["order_guards"](dose=3.0, roster=roster)]
    model = CityModel(small_world({"police.outdoors": 300.0}, days=3), measures=chosen)
    squads = sorted(model.levers.squads)
    mine = model.units.squad == squads.index("order_guards")
    rows, police, hours = model.units[mine], model.units[~mine], model.parameters.group("shift")
    worked, at, of_police = 0, set(), set()
    for day in range(120):
        for units in (rows, police):
            deal_shifts(units, model.forces, rosters_of(model.levers), model.parameters, 1, day)
        of_police |= set((police.shift_from[police.shift_to[:, day % 2] > 0, day % 2] // (3600 * DECI) - day * 24).tolist())
        on = rows.shift_to[:, day % 2] > 0
        worked += on.sum() * hours.hours
        at |= set((rows.shift_from[on, day % 2] // (3600 * DECI) - day * 24 + 4).tolist())
    assert len(rows) > 10 and worked / len(rows) / 120 * 365 == pytest.approx(model.forces.hours[rows.force[0]], rel=0.1)
    starts = [hours.day_from, hours.evening_from, hours.night_from] if begins is None else [getattr(hours, begins)]
    assert at == {int((start - 4) % 24) + 4 for start in starts}
    assert len(of_police) == 3  # others go on as ever


def test_a_unit_on_its_way_is_seen_in_every_cell_that_it_passes():
    """Its seconds add up, whatever the way, and along it lie in proportion; a part of what a stop leaves."""
    model = live(small_world({}), days=1)
    ground, rules, cols = model.city.ground, model.groups["patrol"], model.city.grid.cols
    row, scene = model.city.grid.rows // 2, model.scene
    unit = one_unit(model, row * cols + 3)
    unit.target, unit.arrive = row * cols + 13, model.now + 500 * DECI
    scene.guard_seconds[:], scene.sight[:] = 0, 0
    entrance(patrol.leave_traces)(ground, unit, model.forces, rules, scene, 0, model.now + 500 * DECI)
    force = model.forces[unit.force[0]]
    passed = scene.guard_seconds[unit.force[0]].reshape(-1, cols)
    assert passed.sum() == pytest.approx(500) and np.array_equal(np.flatnonzero(passed[row]), np.arange(3, 14))
    assert passed[row, 4:13] == pytest.approx(np.full(9, 500 / 11), abs=500 / 11) and np.count_nonzero(passed) == 11
    middle = scene.sight.reshape(-1, cols)[row, 8] / patrol.SIGHT
    stood = one_unit(model, row * cols + 8)
    scene.sight[:] = 0
    entrance(patrol.leave_traces)(ground, stood, model.forces, rules, scene, 0, model.now + 500 * DECI)
    assert 0 < middle < force.visibility * rules.passing * 500 < scene.sight[row * cols + 8] / patrol.SIGHT


def test_a_shift_begins_at_a_site_whatever_its_distance():
    """A hundred shifts of squads on foot begin at every site as often as its weight says, and none of them elsewhere."""
    model = CityModel(small_world({}, days=2), [measures()["order_guards"](dose=10.0, strategy="hubs")])
    live_up_to(model, "tempt")
    squad = sorted(model.levers.squads).index("order_guards")
    first, last = model.sites.first[squad : squad + 2]
    sites = model.sites.cell[first:last]
    mine = np.flatnonzero((model.units.squad == squad) & (model.units.shift_from[:, 0] > 0))
    begins = {}
    for u in mine:
        model.units.until[u] = model.units.shift_from[u, 0]
        entrance(patrol.next_leg)(
            model.city.ground, model.units, model.forces, model.groups["patrol"], model.sites, 1, u, model.units.until[u], True
        )
        begins[u] = model.units.target[u]
    counts = np.bincount(np.searchsorted(np.sort(sites), list(begins.values())), minlength=len(sites))
    assert len(mine) > 100 and set(begins.values()) <= set(sites)
    assert (counts > 0.3 * len(mine) / len(sites)).all()
    assert (model.units.arrive[mine] == model.units.leave[mine]).all()
    stays = (model.units.until - model.units.arrive)[mine] / DECI
    mean = model.sites.stay_s[squad]
    assert stays.min() >= 0.5 * mean and stays.max() <= 1.5 * mean and stays.mean() == pytest.approx(mean, rel=0.1)


def test_a_call_that_was_taken_is_seen_through_after_the_end_of_the_shift():
    model = live(small_world({}), days=1)
    cells = np.flatnonzero(model.city.walkable)
    unit, rules = one_unit(model, int(cells[50]), "police"), model.groups["patrol"]
    unit.shift_from[0], unit.shift_to[0] = (0, 0), (model.now + 60 * DECI, 0)
    handled = model.city.ground, unit, model.forces, rules
    chosen, seconds = entrance(patrol.send)(*handled, model.scene, int(cells[52]), model.now, patrol.POLICE, 0.0)
    done = model.now + int(seconds * DECI) + int(model.forces[unit.force[0]].call_service * DECI)
    assert chosen == 0 and seconds > 60 and unit.shift_to[0, 0] == done
    entrance(patrol.patrol_until)(*handled, model.sites, model.scene, 1, done + 10)
    assert unit.call[0] == patrol.IDLE and not patrol.on_duty(unit, 0, done)
    assert entrance(patrol.send)(*handled, model.scene, int(cells[52]), done, patrol.POLICE, 0.0)[0] == -1


def test_guards_who_notice_an_offence_call_the_police_like_anyone_else():
    sharp = {"force.order_guard.notices": 1.0, "force.police.notices": 0.0, "force.police.arrests": 0.0}
    both = [measures()["order_guards"](dose=5.0), measures()["police_reinforcement"](dose=1.0)]
    model = live(small_world(LIVELY | sharp, days=24), both, days=24)
    log = model.log.all()
    urgent = np.flatnonzero(model.world.offences.table.urgent > 0)
    known = log[(log.happened == 1) & (log.recorded == 1) & np.isin(log.kind, urgent)]
    by_guards = known[known.reported == 0]
    assert len(by_guards) > 5 and (known.response >= 0).all()


def test_who_lives_elsewhere_offends_only_while_in_the_city():
    model = live(small_world(LIVELY | {"offender.outside": 0.4}, days=1), days=0)
    live_up_to(model, "tempt")
    people, moments = model.world.people, model.motives.moments
    from_elsewhere = people.zone[model.offenders.row[moments.offender]] < 0
    stays = np.array([
        entrance(offend.stays_in)(moments, model.offenders, people, model.world.offences.table, model.where, model.world.offences.target,
                        model.world.outdoors, m)
        for m in range(len(moments))
    ])  # fmt: skip
    assert from_elsewhere.sum() > 20 and stays[from_elsewhere].all()
    assert not stays[~from_elsewhere].all()
