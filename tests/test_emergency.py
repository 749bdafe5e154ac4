"""Crews of ambulance and rescue: whose calls they answer, and where they can be attacked."""

import numpy as np
import pytest

from sim import guardians
from sim.interventions import measures
from sim.kernels import patrol
from sim.kernels.near import nearness
from sim.kernels.walk import DECI
from sim.levers import STATIONS, Levers
from sim.model import CityModel
from tests.conftest import COURSES, JUSTICE, LIVELY, entrance, live, malmo_city, small_world


@pytest.fixture(scope="module")
def malmo():
    return small_world({}, city=malmo_city(), residents=339_313, fraction=0.01, days=30)


def test_calls_are_as_many_as_is_known_and_at_homes_or_in_public(malmo):
    """About 31,000 call-outs of the ambulance and 2,800 of fire and rescue a year (baseline figures)."""
    calls = np.concatenate([guardians.deal_calls(malmo, day) for day in range(60)])
    for service, name in guardians.SERVICES.items():
        mine = calls[calls["service"] == service]
        assert len(mine) / 60 == pytest.approx(malmo.parameters[f"calls.{name}.day"], rel=0.15)
    city = malmo.city
    public = np.zeros(city.grid.cells, dtype=bool)
    public[city.spots.cell[: city.spots.first[len(city.places)]]] = True
    share = [public[calls["cell"][calls["service"] == s]].mean() for s in (patrol.POLICE, patrol.AMBULANCE, patrol.RESCUE)]
    assert share[0] < share[1] < share[2]
    assert (np.diff(calls["time"][: len(calls) // 60]) >= 0).all()


def test_a_call_is_answered_by_its_own_service_alone(malmo):
    model = CityModel(malmo)
    model.units.shift_from[:], model.units.shift_to[:] = 0, 10**9
    for service, force in ((patrol.POLICE, "police"), (patrol.AMBULANCE, "ambulance"), (patrol.RESCUE, "rescue")):
        handled = malmo.city.ground, model.units, model.forces, model.groups["patrol"], model.scene
        unit, _ = entrance(patrol.send)(*handled, int(malmo.city.place_cell[0]), 100, service, 0.0)
        assert model.force_names[model.units.force[unit]] == force


def test_crews_wait_at_their_stations_and_are_no_guardians(malmo):
    model = live(malmo, days=1)
    stations = set(malmo.city.place_cell[malmo.city.places_of("hospital", "fire")].tolist())
    crews = model.forces.answers[model.units.force] > patrol.POLICE
    waits = crews & (model.units.call == patrol.STOP)
    assert waits.sum() > 3 and set(model.units.target[waits].tolist()) <= stations
    assert (model.scene.guard_seconds[model.forces.answers > patrol.POLICE] == 0).all() and model.scene.guard_seconds.sum() > 0
    assert not set(guardians.make_sites(Levers(), malmo, model.hot).cell)


def test_crews_are_in_reach_while_they_stand_at_a_call(malmo):
    model = CityModel(malmo)
    ground, reach, cell = malmo.city.ground, model.scene.reach, int(malmo.city.place_cell[3])
    crew = int(np.flatnonzero(model.forces.answers[model.units.force] == patrol.AMBULANCE)[0])
    model.units.target[crew], model.units.call[crew] = cell, patrol.CALL
    model.units.arrive[crew], model.units.until[crew] = 1000 * DECI, 2000 * DECI
    near = lambda at, time: entrance(patrol.crews_near)(ground, model.units, model.forces, reach, at, time * DECI)  # noqa: E731
    assert [near(cell, t) for t in (999, 2000)] == [0.0, 0.0]
    assert near(cell, 1000) == near(cell, 1999) == pytest.approx(nearness(ground, reach, cell, cell))
    assert near(cell + 1, 1500) == pytest.approx(nearness(ground, reach, cell + 1, cell)) and near(cell + 40, 1500) == 0.0


def test_attacks_happen_where_a_crew_stood():
    world = small_world(LIVELY | COURSES | JUSTICE, days=21)
    model, kind = CityModel(world), world.offences.names.index("attack_on_crew")
    stood, found = [], 0
    while model.day < 21:
        model.step()
        crews = model.forces.answers[model.units.force] > patrol.POLICE
        stood = [*stood, *zip(model.units.target[crews].tolist(), model.units.arrive[crews].tolist(), strict=True)][-40:]
        log = model.log.today[-1] if model.log.today else model.log.all()[:0]
        for row in log[(log["kind"] == kind) & (log["happened"] == 1)]:
            away = [world.city.grid.distance_m(row["cell"], cell) for cell, arrive in stood if arrive <= (row["time"] + 1) * DECI]
            assert min(away) <= world.parameters["risk.reach"] + 2 * world.city.grid.cell_m
            assert row["victim"] == -1
            found += 1
    assert found > 3


def test_a_harder_sentence_and_more_reports_are_what_the_rule_sets(malmo):
    model = CityModel(malmo, [measures()["emergency_services_offence"]()])
    usual, kind = CityModel(malmo), malmo.offences.names.index("attack_on_crew")
    rule = malmo.parameters.group("measure.emergency_services_offence")
    others = np.arange(len(malmo.offences.names)) != kind
    assert model.scene.severity[kind] == pytest.approx(malmo.parameters["risk.severity"] * (rule.sentence - 1))
    assert model.scene.report[kind] - usual.scene.report[kind] == pytest.approx(rule.reporting)
    assert not model.scene.severity[others].any() and not usual.scene.severity.any()
    assert np.array_equal(model.scene.report[others], usual.scene.report[others])


def test_who_leaves_a_force_is_missing_in_all_its_squads(malmo):
    levers = Levers()
    levers.hire("a", "police", 60.0, "random")
    levers.hire("b", "police", 20.0, "hubs")
    levers.hire("c", "ambulance", 20.0, STATIONS)
    levers.leave("police", 40.0)
    model = CityModel(malmo)
    units = guardians.make_units(levers, model.forces, model.force_names)
    assert np.bincount(units.squad).tolist() == [15, 5, 10]
    levers.leave("police", 1000.0)
    assert np.bincount(guardians.make_units(levers, model.forces, model.force_names).squad, minlength=3).tolist() == [0, 0, 10]
