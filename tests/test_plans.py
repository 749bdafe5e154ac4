"""The day's plan against a twin in plain Python, written from the rules."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import rng
from sim.kernels import plan
from sim.kernels.walk import CAR, CYCLE, RUN, TRANSIT, WALK
from sim.model import CityModel
from sim.population.people import IN_COMMUTER, RESIDENT, VISITOR
from tests.conftest import small_world
from tests.twins import draws, gauss, pick

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
        if self.person.role == RESIDENT and self.draws(plan.INDOORS)[0] < self.rules.indoors:
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
    return CityModel(small_world(days=3))


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
