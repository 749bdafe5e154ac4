"""Who is turned away by guardians and cameras alone goes elsewhere, waits, or gives up; and what custody does."""

import numpy as np
import pytest

from sim.interventions import measures
from sim.kernels import offend, patrol
from sim.levers import Levers
from sim.model import CityModel
from sim.scene import apply_levers
from sim.world import MOMENT
from tests.conftest import LIVELY, entrance, live, small_city, small_world

GUARDS = [measures()["order_guards"](dose=0.2, strategy="random")]
THIEVES = LIVELY | {"offence.vandalism.rate": 60.0, "offence.bicycle_theft.rate": 60.0}
"""Moments of motive that need nobody else about, so that whoever comes back finds the same opportunity."""
TYPES = ("assault", "robbery", "pickpocketing", "bicycle_theft", "burglary", "vandalism", "graffiti", "drug_dealing", "sexual_offence")


def attempts_and_what_followed(model):
    """Rows of attempts, and of the offences that came of them, in the same order."""
    log = model.log.all()
    first = {(r.offender, r.moment, r.kind, r.time // 86_400): r for r in log if not r.happened}
    pairs = []
    for r in log[log.happened == 1]:
        for back in (0, model.groups["risk"].wait_s):
            key = (r.offender, r.moment, r.kind, int(r.time - back) // 86_400)
            if key in first and first[key].time == r.time - back and first[key].cell == r.origin:
                pairs.append((first[key], r))
                break
    return pairs


def test_who_waits_comes_back_to_the_same_place_and_no_other():
    waits = {f"offence.{name}.persist": 0.0 for name in TYPES} | {"risk.wait": 1.0}
    pairs = attempts_and_what_followed(live(small_world(THIEVES | waits), GUARDS))
    assert len(pairs) > 10
    assert all(done.cell == tried.cell and done.time > tried.time for tried, done in pairs)


def test_who_searches_on_acts_at_once_and_elsewhere():
    searches = {f"offence.{name}.persist": 1.0 for name in TYPES} | {"risk.wait": 0.0}
    pairs = attempts_and_what_followed(live(small_world(THIEVES | searches), GUARDS))
    assert len(pairs) > 20
    assert all(done.time == tried.time for tried, done in pairs)
    assert np.mean([done.cell != tried.cell for tried, done in pairs]) > 0.5


def test_who_gives_up_does_nothing_more():
    gives_up = {f"offence.{name}.persist": 0.0 for name in TYPES} | {"risk.wait": 0.0}
    model = live(small_world(THIEVES | gives_up), GUARDS)
    log = model.log.all()
    assert (log.happened == 0).sum() > 20
    assert (log.origin[log.happened == 1] == log.cell[log.happened == 1]).all()


def test_moments_put_off_wait_in_order_of_time_and_none_is_lost_unsaid():
    model = CityModel(small_world({}, days=1))
    model.waits = np.zeros(5, dtype=MOMENT).view(np.recarray)
    model._gather()
    moment = np.zeros(1, dtype=MOMENT).view(np.recarray)[0]
    for time in (50, 20, 90, 20, 70):
        entrance(offend.put_off)(model.street, moment, time, 7, 5, 1)
    assert model.waits.time.tolist() == [20, 20, 50, 70, 90]
    assert (model.waits.origin == 5).all() and model.cursor[patrol.LOST] == 0
    entrance(offend.put_off)(model.street, moment, 30, 7, 5, 1)
    assert model.cursor[patrol.LOST] == 1 and model.waits.time.tolist() == [20, 20, 50, 70, 90]


def test_guardians_live_alike_in_ticks_of_any_length():
    """Without offences nothing but the calendar and the calls moves a patrol: the same legs and stops at any tick."""
    quiet = {f"offence.{name}.rate": 0.0 for name in (*TYPES, "vehicle_theft", "theft_from_vehicle", "disorder", "shooting")}
    coarse, fine = (live(small_world(quiet, tick_s=tick), days=2) for tick in (900, 300))
    assert np.array_equal(coarse.units, fine.units)
    assert np.allclose(coarse.scene.guard_seconds, fine.scene.guard_seconds)
    assert coarse.scene.guard_seconds.sum() > 0


@pytest.mark.parametrize("cell_m", [25.0, 50.0, 100.0])
def test_what_is_in_view_has_the_same_area_in_cells_of_any_size(cell_m):
    city = small_city(side=int(1200 / cell_m), cell_m=cell_m)
    centre = city.grid.rows // 2 * city.grid.cols + city.grid.cols // 2
    away = city.grid.distance_m(np.arange(city.grid.cells), centre)
    seen = sum(patrol.in_view(100.0, cell_m, float(metres)) for metres in away) * cell_m**2
    assert seen == pytest.approx(np.pi * 100.0**2, rel=0.07)
    world = small_world({"camera.radius": 100.0}, city=city, days=1)
    model, levers = CityModel(world), Levers()
    levers.watch([centre], monitored=True)
    apply_levers(model.scene, world, levers)
    assert model.scene.camera.sum() * cell_m**2 == pytest.approx(np.pi * 100.0**2, rel=0.02)
