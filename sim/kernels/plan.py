"""The day's plan: where everyone means to go, dealt at dawn, a pure function of person and day.

On some days a resident does not leave home at all; all others are a few tours.
A tour leaves home, visits one or two places and comes back; its first trip may be given up at the
door (kernel `choice`), and then the whole tour is.
"""

import math

import numpy as np
from numba import njit, prange

from sim.kernels import inner, kernel
from sim.kernels.walk import CAR, CYCLE, RUN, TRANSIT, WALK, row_col
from sim.rng import PLAN, normal, unit, words

TO_HOME, TO_WORK, TO_SCHOOL, TO_SHOP, TO_VISIT, TO_OTHER, TO_BAR, TO_CINEMA, TO_RUN, TO_HAUNT = range(10)
PURPOSES = ("home", "work", "school", "shop", "visit", "other", "bar", "cinema", "run", "haunt")
MOST_TRIPS = 12
"""Trips of one person in one day: three tours of at most three trips, and room for a haunt tour."""

DAY_TOUR, EVENING, ROAM, TOUR_WORK, STOP, MODE, SPOT, INDOORS = range(8)
"""Purposes of the draws of stream PLAN."""

MAIN_TOUR, FREE_TOUR, EVENING_TOUR, HAUNT_TOUR = range(4)
HOUR = 3600


@inner
def slot_hour(hour):
    """Second of the model day (which begins at 04:00) at a clock hour given as float; hours 0–4 belong to the night after."""
    return ((hour - 4.0) % 24.0) * HOUR


@inner
def choose_spot(cumulative, u):
    """Index of the first entry of a cumulative float32 row (last entry 1) that reaches `u`."""
    low, high = 0, len(cumulative) - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] < u:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def spot_cell(spots, spot, u):
    """A cell of a destination by its weights and `u` in (0, 1)."""
    low, high = spots.first[spot], spots.first[spot + 1]
    return spots.cell[low + choose_spot(spots.cumulative[low:high], u)]


@kernel
def metres(ground, a, b):
    """Straight distance between two cells."""
    row, col = row_col(ground, a)
    to_row, to_col = row_col(ground, b)
    return math.sqrt(float((to_row - row) ** 2 + (to_col - col) ** 2)) * ground.cell_m


@inner
def choose_mode(plan, people, p, distance_m, u):
    """Walk, cycle, public transport or car, by distance band and what the person has; `u` in (0, 1)."""
    if distance_m < plan.near:
        walk, cycle, transit, drive = plan.near_walk, plan.near_cycle, plan.near_transit, plan.near_car
    elif distance_m < plan.middle:
        walk, cycle, transit, drive = plan.middle_walk, plan.middle_cycle, plan.middle_transit, plan.middle_car
    else:
        walk, cycle, transit, drive = 0.0, plan.far_cycle, plan.far_transit, plan.far_car
    if people[p].car == 0:
        drive = 0.0
    if people[p].cycle == 0:
        cycle = 0.0
    pick = u * (walk + cycle + transit + drive)
    if pick < walk:
        return WALK
    if pick < walk + cycle:
        return CYCLE
    return TRANSIT if pick < walk + cycle + transit else CAR


@kernel
def lasts(plan, walking, mode, distance_m):
    """Planned duration of a trip in seconds: straight distance over the mode's speed, with the stated detour and slack."""
    if mode == WALK:
        return distance_m * walking.ride_detour / walking.speed + plan.slack
    if mode == CYCLE:
        return distance_m * walking.ride_detour / walking.cycle_speed + plan.slack
    if mode == RUN:
        return distance_m * walking.ride_detour / walking.run_speed + plan.slack
    if mode == TRANSIT:
        return distance_m * walking.ride_detour / walking.transit_speed + plan.waits * walking.wait + plan.slack
    return distance_m * walking.ride_detour / walking.car_speed + walking.car_access + plan.slack


@inner
def add_trip(trips, row, number, p, depart, target, mode, purpose, tour, optional):
    """Write one trip into slot `number` of walker `row`; returns the next free slot. Trips beyond the room are refused (−1)."""
    if number < 0 or number >= MOST_TRIPS:
        return -1
    at = row * MOST_TRIPS + number
    trips[at].person = p
    trips[at].depart = depart
    trips[at].target = target
    trips[at].mode = mode
    trips[at].purpose = purpose
    trips[at].tour = tour
    trips[at].optional = optional
    return number + 1


@inner
def add_tour(ground, plan, walking, people, trips, row, number, p, free, leave, stay, target, purpose, tour, optional, u):
    """Home → target → home, unless it would begin too late to be back by closing time.

    `free` is the second from which the person is at home; returns (slots used, free afterwards).
    """
    home = people[p].home
    distance = metres(ground, home, target)
    mode = RUN if purpose == TO_RUN else choose_mode(plan, people, p, distance, u)
    travel = lasts(plan, walking, mode, distance)
    start = max(leave - travel, free + plan.pause)
    back = max(start + travel + plan.pause, min(leave + stay, slot_hour(plan.closing)))
    if back > slot_hour(plan.closing):
        return number, free
    number = add_trip(trips, row, number, p, int(start), target, mode, purpose, tour, optional)
    number = add_trip(trips, row, number, p, int(back), home, mode, TO_HOME, tour, 0)
    return number, back + travel


@inner
def main_tour(ground, spots, plan, walking, people, reachable, trips, row, seed, p, day, day_type):
    """Work or school, with a stop on the way home now and then. Returns (slots used, second from which home again)."""
    person = people[p].id
    a, b, c, d = words(seed, PLAN, person, day, TOUR_WORK, 0)
    late_a, late_b, _, _ = words(seed, PLAN, person, day, TOUR_WORK, 1)
    works = people[p].day_kind == 1
    if works:
        chance = plan.work_weekday if day_type == 0 else plan.work_weekend
        begins = slot_hour(plan.work_begins) + normal(a, b) * plan.work_begins_sd * HOUR
        ends = slot_hour(plan.work_ends) + normal(late_a, late_b) * plan.work_ends_sd * HOUR
    else:
        chance = plan.school_days if day_type == 0 else 0.0
        begins = slot_hour(plan.school_begins) + normal(a, b) * plan.school_sd * HOUR
        ends = slot_hour(plan.school_ends) + normal(late_a, late_b) * plan.school_sd * HOUR
    if people[p].day_kind == 0 or unit(c) >= chance:
        return 0, 0.0
    begins, ends = max(begins, HOUR), max(ends, begins + HOUR)
    home, target = people[p].home, people[p].day_place
    distance = metres(ground, home, target)
    # A commuter's way of travelling is a habit: keyed by the person alone.
    habit, _, _, _ = words(seed, PLAN, person, 0, MODE, 0)
    mode = choose_mode(plan, people, p, distance, unit(habit))
    travel = lasts(plan, walking, mode, distance)
    number = add_trip(trips, row, 0, p, int(max(begins - travel, 0.0)), target, mode, TO_WORK if works else TO_SCHOOL, MAIN_TOUR, 0)
    if unit(d) < plan.stop and people[p].zone >= 0:
        e, f, _, h = words(seed, PLAN, person, day, STOP, 0)
        purpose = TO_SHOP if unit(h) < plan.stop_shop else TO_OTHER
        place = spot_cell(spots, choose_spot(reachable[purpose, people[p].zone], unit(e)), unit(f))
        number = add_trip(trips, row, number, p, int(ends), place, mode, purpose, MAIN_TOUR, 0)
        ends += lasts(plan, walking, mode, metres(ground, target, place)) + plan.stop_stay
        distance = metres(ground, place, home)
    number = add_trip(trips, row, number, p, int(ends), home, mode, TO_HOME, MAIN_TOUR, 0)
    return number, ends + lasts(plan, walking, mode, distance)


@inner
def evening_purpose(plan, people, p, pay, weekday_evening, u):
    """What this evening is for, TO_HOME for staying in: habits a week, weighted to the evenings on which they are had."""
    out = plan.bar_weekend if weekday_evening >= 4 and weekday_evening <= 5 else plan.bar_weekday
    bars = people[p].bars / 7.0 * out * (plan.bar_pay if pay else 1.0)
    ladder = bars
    if u < ladder:
        return TO_BAR
    ladder += people[p].runs / 7.0
    if u < ladder:
        return TO_RUN
    ladder += plan.cinema / 365.0
    if u < ladder:
        return TO_CINEMA
    ladder += plan.evening_visit
    if u < ladder:
        return TO_VISIT
    ladder += plan.evening_shop
    if u < ladder:
        return TO_SHOP
    ladder += plan.evening_other
    return TO_OTHER if u < ladder else TO_HOME


@inner
def evening_hours(plan, purpose, late, z, u):
    """(second of arrival, seconds of stay) of an evening tour.

    `late` where the next day is free, z standard normal, u in (0, 1). Some go home after dinner, few at closing time: half of a
    stay at a bar is certain, the rest exponential.
    """
    if purpose == TO_BAR:
        later = plan.bar_later if late else 0.0
        stay = (plan.bar_stay + later) * (0.5 - 0.5 * math.log(u))
        return slot_hour(plan.bar_begins + later) + z * plan.evening_sd * HOUR, stay * HOUR
    if purpose == TO_RUN:
        return slot_hour(plan.run_begins) + z * plan.evening_sd * HOUR, plan.run_stay * HOUR
    if purpose == TO_CINEMA:
        return slot_hour(plan.cinema_begins) + z * plan.evening_sd * HOUR, plan.cinema_stay * HOUR
    return slot_hour(plan.visit_begins) + z * plan.evening_sd * HOUR, plan.visit_stay * HOUR


@inner
def deal_one(ground, spots, plan, walking, people, reachable, offenders, trips, row, seed, p, day, day_type, pay, weekday):
    """All trips of one walker on one day, in order of departure. Returns how many."""
    person, zone = people[p].id, people[p].zone
    is_visitor = people[p].role == 2
    if people[p].role == 0 and unit(words(seed, PLAN, person, day, INDOORS, 0)[0]) < plan.indoors:
        return 0
    number, free = main_tour(ground, spots, plan, walking, people, reachable, trips, row, seed, p, day, day_type)
    a, b, c, d = words(seed, PLAN, person, day, DAY_TOUR, 0)
    if is_visitor and unit(a) >= plan.visitor_day:
        return 0  # not in the city today
    leave = slot_hour(plan.day_begins) + unit(c) * plan.day_spread * HOUR
    chance = 1.0 if is_visitor else (plan.day_tour if people[p].role == 0 else 0.0)
    if number > 0:
        chance = plan.after_school if people[p].day_kind == 2 and people[p].age >= plan.teen_age else 0.0
        leave = free
    if unit(a) < chance:
        shares = unit(b)
        purpose = TO_SHOP if shares < plan.day_shop else (TO_VISIT if shares < plan.day_shop + plan.day_visit else TO_OTHER)
        e, f, g, h = words(seed, PLAN, person, day, SPOT, DAY_TOUR)
        target = spot_cell(spots, choose_spot(reachable[purpose, zone], unit(e)), unit(f))
        number, free = add_tour(
            ground, plan, walking, people, trips, row, number, p, free, leave, (0.5 + unit(d)) * plan.day_stay * HOUR, target, purpose,
            FREE_TOUR, 0, unit(g),
        )  # fmt: skip
    if people[p].role == 1:
        return max(number, 0)
    a, b, c, d = words(seed, PLAN, person, day, EVENING, 0)
    purpose = evening_purpose(plan, people, p, pay, weekday, unit(a))
    if purpose != TO_HOME:
        e, f, g, h = words(seed, PLAN, person, day, SPOT, EVENING)
        target = spot_cell(spots, choose_spot(reachable[purpose, zone], unit(e)), unit(f))
        leave, stay = evening_hours(plan, purpose, weekday == 4 or weekday == 5, normal(b, c), unit(d))
        number, free = add_tour(
            ground, plan, walking, people, trips, row, number, p, free, leave, stay, target, purpose, EVENING_TOUR, 1, unit(g),
        )  # fmt: skip
    if people[p].offender >= 0:
        number = haunt_tour(ground, spots, plan, walking, people, offenders, trips, row, number, seed, p, day, free)
    return max(number, 0)


@inner
def haunt_tour(ground, spots, plan, walking, people, offenders, trips, row, number, seed, p, day, free):
    """An offender's time at a haunt, on top of what everyone does: the more often, the more active. Returns the slots used."""
    a, b, c, d = words(seed, PLAN, people[p].id, day, ROAM, 0)
    o = people[p].offender
    stay = (0.5 + unit(c)) * plan.haunt_stay * HOUR
    leave = slot_hour(plan.haunt_begins) + unit(b) * plan.haunt_spread * HOUR
    if unit(a) >= plan.haunt * offenders[o].activity:
        return number
    e, f, g, h = words(seed, PLAN, people[p].id, day, SPOT, ROAM)
    haunt = offenders[o].haunt if unit(d) < plan.first_haunt else offenders[o].second_haunt
    target = spot_cell(spots, haunt, unit(e))
    used, free = add_tour(
        ground, plan, walking, people, trips, row, number, p, free, max(leave, free), stay, target, TO_HAUNT, HAUNT_TOUR, 0, unit(f)
    )
    return used if used >= 0 else number


@njit(cache=True, parallel=True)
def deal(ground, spots, plan, walking, people, reachable, offenders, walkers, trips, counts, seed, day, day_type, pay, weekday):
    """The day's trips of all `walkers` int32 (w,) into `trips` (w × MOST_TRIPS slots each) and `counts` int32 (w,).

    Departures are seconds of the model day. `reachable` float32 (purposes, zones + 1, spots) are cumulative choice
    probabilities of destinations by zone of origin, the last row for people without a home in the city.
    """
    for index in prange(len(walkers)):
        row = np.int64(index)
        counts[row] = deal_one(
            ground, spots, plan, walking, people, reachable, offenders, trips, row, seed, walkers[row], day, day_type, pay, weekday
        )


@njit(cache=True)
def sort_by_tick(trips, counts, tick_s, first, order):
    """Counting sort: `order` int32 of trip slots by tick of departure, `first` int32 (ticks + 1,) where each tick begins.

    Stable in the walkers' order. Returns the number of trips.
    """
    ticks = len(first) - 1
    first[:] = 0
    for row in range(len(counts)):
        for j in range(counts[row]):
            first[min(trips[row * MOST_TRIPS + j].depart // tick_s, ticks - 1) + 1] += 1
    for t in range(ticks):
        first[t + 1] += first[t]
    place = first[:-1].copy()
    for row in range(len(counts)):
        for j in range(counts[row]):
            at = row * MOST_TRIPS + j
            t = min(trips[at].depart // tick_s, ticks - 1)
            order[place[t]] = at
            place[t] += 1
    return first[ticks]
