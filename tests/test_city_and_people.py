"""The embedded city, its people, their calendar and their travel, against published figures."""

from datetime import date

import numpy as np
import pytest

from sim.city import town
from sim.city.city import CENTRE, PARK
from sim.city.grid import Grid
from sim.clock import SATURDAY, SUNDAY, WORKDAY, make_clock
from sim.config import CONF
from sim.kernels import plan
from sim.kernels.walk import CAR, CYCLE, RUN, TRANSIT, WALK
from sim.model import CityModel
from sim.population.people import IN_COMMUTER, RESIDENT, read_age_table
from tests.conftest import live_up_to, malmo_city, small_world


@pytest.fixture(scope="module")
def malmo():
    return small_world({}, city=malmo_city(), residents=339_313, fraction=0.05, days=8, start=date(2018, 9, 10))


def test_the_embedded_city_is_malmo(malmo):
    city = malmo.city
    assert len(city.zones.name) == 136 and 95 <= len(city.places) <= 110
    land_km2 = (city.zone >= 0).sum() * city.grid.cell_m**2 / 1e6
    assert land_km2 == pytest.approx(160.9, rel=0.02)
    assert city.walkable.sum() == pytest.approx((city.zone >= 0).sum(), rel=0.03)
    kinds = {
        kind: len(city.places_of(kind))
        for kind in ("rail_station", "bus_hub", "square", "nightlife", "park", "cinema", "school", "hospital")
    }
    assert all(kinds.values())
    assert (city.land_use == CENTRE).any() and (city.land_use == PARK).any()


def test_walkable_cells_are_one_piece_inside_the_closed_border(malmo):
    grid, walkable = malmo.city.grid, malmo.city.walkable
    row, col = np.divmod(np.flatnonzero(walkable), grid.cols)
    assert row.min() >= 1 and col.min() >= 1 and row.max() < grid.rows - 1 and col.max() < grid.cols - 1
    assert (malmo.city.ground.nearest[walkable] >= 0).all()


def test_a_cell_of_any_size_holds_the_same_city():
    coarse = malmo_city(cell_m=100.0)
    fine = malmo_city()
    assert coarse.walkable.sum() * 4 == pytest.approx(fine.walkable.sum(), rel=0.05)


@pytest.mark.parametrize("side, quarters", [(40, 1), (99, 1), (150, 9)])
def test_a_large_town_has_places_in_every_quarter(side, quarters):
    laid = town.blueprint(side, 5000, 50.0)
    quarter = {(int(p.east // (side * 50 / quarters**0.5)), int(p.north // (side * 50 / quarters**0.5))) for p in laid.places}
    assert len(quarter) == quarters and len({p.name for p in laid.places}) == len(laid.places) == 13 * quarters
    for kind in ("school", "rail_station", "square"):
        assert sum(p.kind == kind for p in laid.places) == quarters * (2 if kind in ("school", "square") else 1)
    assert (laid.gates[0].east, laid.gates[0].north) in {(p.east, p.north) for p in laid.places if p.kind == "rail_station"}


@pytest.mark.parametrize("cell_m", [10.0, 25.0, 50.0, 100.0])
def test_what_is_within_reach_has_the_same_area_in_cells_of_any_size(cell_m):
    table = Grid(40, 40, cell_m, 0.0, 0.0).overlap(75.0)
    assert table.sum() * cell_m**2 == pytest.approx(np.pi * 75**2, rel=1e-4)
    assert table.max() <= 1.02 and (table >= 0).all() and np.allclose(table, table.T) and np.allclose(table, table[::-1])


def test_everyone_of_2018_is_a_row(malmo):
    residents = malmo.people[malmo.people.role == RESIDENT]
    assert len(residents) == 339_313
    assert (malmo.people.role == IN_COMMUTER).sum() == pytest.approx(38_000, rel=0.02)
    assert (malmo.city.home_weight[residents.home] > 0).all()
    by_zone = np.bincount(residents.zone, minlength=136)
    population = malmo.city.zones.population / malmo.city.zones.population.sum() * 339_313
    assert np.abs(by_zone - population).max() <= 1


def test_age_and_sex_follow_the_table(malmo):
    table = read_age_table(CONF / "population" / "age_sex.csv")
    residents = malmo.people[malmo.people.role == RESIDENT]
    both = table.women + table.men
    expected = both / both.sum() * len(residents)
    found = np.bincount(residents.age, minlength=101)
    assert np.abs(found - expected).max() < 5 * np.sqrt(expected.max())
    assert residents.woman.mean() == pytest.approx(table.women.sum() / both.sum(), abs=0.005)


def test_households_share_a_home_and_children_live_with_grown_ups(malmo):
    residents = malmo.people[malmo.people.role == RESIDENT]
    head = residents[residents.household]
    assert (head.home == residents.home).all()
    assert (head.age[residents.age < 19] >= 19).all()
    size = len(residents) / len(np.unique(residents.household))
    assert 1.8 < size < 2.4


def test_the_walkers_of_a_smaller_share_are_among_those_of_a_larger(malmo):
    fewer = small_world({}, city=malmo_city(), residents=339_313, fraction=0.02, days=1)
    assert set(fewer.people.id[fewer.people.walks == 1]) <= set(malmo.people.id[malmo.people.walks == 1])


def test_offenders_are_few_young_and_mostly_men(malmo):
    rows = malmo.offenders.row[(malmo.people.role[malmo.offenders.row] == RESIDENT) & (malmo.offenders.active == 1)]
    people = malmo.people[rows]
    grown = (malmo.people.role == RESIDENT) & (malmo.people.age >= 12)
    assert len(rows) / grown.sum() == pytest.approx(malmo.parameters["offender.participation"], rel=0.05)
    assert people.woman.mean() < 0.3
    young, old = [
        ((people.age >= a) & (people.age < b)).sum() / ((malmo.people.age >= a) & (malmo.people.age < b) & grown).sum()
        for a, b in ((15, 18), (50, 60))
    ]
    assert young > 4 * old


def test_a_few_offenders_do_most_of_it(malmo):
    activity = np.sort(malmo.offenders.activity[malmo.offenders.active == 1])[::-1]
    assert activity.mean() == pytest.approx(1.0, abs=0.05)
    assert 0.25 < activity[: len(activity) // 10].sum() / activity.sum() < 0.6


# The calendar.


def test_the_swedish_calendar_and_pay_days():
    clock = make_clock(date(2018, 12, 20), 14, 600, 55.6, 13.0)
    kinds = {clock.date(d): k for d, k in enumerate(clock.day_type)}
    assert kinds[date(2018, 12, 24)] == SUNDAY and kinds[date(2018, 12, 26)] == SUNDAY
    assert kinds[date(2018, 12, 27)] == WORKDAY and kinds[date(2018, 12, 29)] == SATURDAY
    september = make_clock(date(2018, 9, 24), 14, 600, 55.6, 13.0)
    pay = [september.date(d) for d in range(14) if september.pay_weekend[d]]
    assert pay == [date(2018, 9, 28), date(2018, 9, 29), date(2018, 9, 30)]


def test_it_is_dark_in_december_and_light_in_june():
    for start, hours in ((date(2018, 12, 21), 15.5), (date(2018, 6, 21), 4.5)):
        clock = make_clock(start, 1, 600, 55.6, 13.0)
        assert clock.dark.sum() / 6 == pytest.approx(hours, abs=1.2)
        assert clock.dark[(13 - 4) * 6] == 0.0


def test_the_sun_may_stay_up_all_night_or_down_all_day():
    assert make_clock(date(2018, 6, 20), 2, 600, 69.6, 18.9).dark.max() == 0.0
    polar_night = make_clock(date(2018, 12, 20), 2, 600, 78.2, 15.6).dark
    assert polar_night.min() == 1.0
    bright = make_clock(date(2018, 6, 20), 2, 600, 59.3, 18.1).dark  # Stockholm: dusk and dawn meet after midnight
    assert 0.5 < bright.max() <= 1.0 and bright[(13 - 4) * 6] == 0.0


# Travel, against the survey of Malmö 2018 (34 % car, 26 % cycle, 25 % public transport, 14 % on foot; 42 % of trips go home, 18 % to
# work; 2.1 trips a day [1.8–2.5]; 46 or 41 % of trips 5 km or more) and of Skåne 2013 (66 % travel on a day).


@pytest.fixture(scope="module")
def week(malmo):
    """The trips of residents who are no offenders over a week, and person-days: (trips, lengths in km, person-days, days with a trip)."""
    model = CityModel(malmo)
    trips, lengths, days, active = [], [], 0, 0
    for day in range(7):
        model.tick = day * model.clock.ticks_a_day
        live_up_to(model, "tempt")
        counts = model.trip_counts
        at = np.concatenate([np.arange(n) + row * plan.MOST_TRIPS for row, n in enumerate(counts)])
        dealt = model.trips[at]
        first = np.concatenate([[True], dealt.person[1:] != dealt.person[:-1]])
        start = np.where(first, malmo.people.home[dealt.person], np.concatenate([[0], dealt.target[:-1]]))
        plain = (malmo.people.role == RESIDENT) & (malmo.people.offender < 0)
        mine = plain[dealt.person]
        trips.append(dealt[mine])
        lengths.append(model.city.grid.distance_m(start, dealt.target)[mine] * malmo.parameters["walk.ride_detour"] / 1000)
        days += plain[malmo.walkers].sum()
        active += (counts[plain[malmo.walkers]] > 0).sum()
    model.close()
    return np.concatenate(trips).view(np.recarray), np.concatenate(lengths), days, active


def test_modes_are_those_of_the_survey(week):
    share = np.bincount(week[0].mode[week[0].mode != RUN], minlength=5) / (week[0].mode != RUN).sum()
    for mode, known in ((CAR, 0.34), (CYCLE, 0.26), (TRANSIT, 0.25), (WALK, 0.14)):
        assert share[mode] == pytest.approx(known, abs=0.03)


def test_purposes_numbers_and_lengths_are_near_the_survey(week):
    trips, lengths, days, active = week
    share = np.bincount(trips.purpose, minlength=10) / len(trips)
    assert share[plan.TO_HOME] == pytest.approx(0.42, abs=0.06)
    assert share[plan.TO_WORK] == pytest.approx(0.18, abs=0.05)
    assert share[plan.TO_SHOP] == pytest.approx(0.08, abs=0.03)
    assert 1.8 < len(trips) / days < 2.5
    assert active / days == pytest.approx(0.66, abs=0.11)
    assert np.mean(lengths >= 5) == pytest.approx(0.41, abs=0.08)


def test_work_begins_in_the_morning_and_bars_fill_at_night(week):
    trips = week[0]
    hour = (trips.depart // 3600 + 4) % 24
    assert 6 <= np.median(hour[trips.purpose == plan.TO_WORK]) <= 8
    bars = trips.depart[trips.purpose == plan.TO_BAR] // 3600 + 4
    assert 18 <= np.median(bars) <= 22
