"""Movement: person-seconds add up, nobody is lost, and what is written equals a plain account of every trip."""

import numpy as np
import pytest

from sim.kernels import move, plan
from sim.kernels.walk import CAR, DECI, unroll
from sim.memory import memory_of, restore
from sim.model import CityModel, ModelError
from sim.population.people import VISITOR
from tests.conftest import live, live_after, live_up_to, malmo_city, small_world


def trips_of_day(model):
    """(person, departure second, target, mode, purpose) of every trip of the day, in order of walker and departure."""
    for row, count in enumerate(model.trip_counts):
        for j in range(count):
            yield model.trips[row * plan.MOST_TRIPS + j]


def account(model, ticks):
    """Person-seconds by role and cell over the first `ticks` ticks of day 0 and the walkers' presence, in plain Python."""
    world, tick_ds = model.world, model.clock.tick_s * DECI
    end = ticks * tick_ds
    cells = np.zeros((2, model.city.grid.cells))
    path, enter = np.empty(4096, np.int32), np.empty(4096, np.int32)
    state = {}
    for trip in trips_of_day(model):
        p = int(trip.person)
        place, free, share = state.get(p, (int(world.people.home[p]), 0, 0))
        start = max(int(trip.depart) * DECI, free)
        if start >= end or int(trip.depart) // model.clock.tick_s >= ticks:
            continue
        role = int(world.people.offender[p] >= 0)
        cells[role, place] += share * (start - free) / 10 / DECI
        mode = CAR if decided(model, trip) == move.DRIVE else int(trip.mode)
        if decided(model, trip) == move.STAY:
            state[p] = (place, free, share)
            cells[role, place] -= share * (start - free) / 10 / DECI
            continue
        n, arrive = unroll(
            model.city.ground, model.city.transit, model.groups["walk"], world.seed, int(world.people.id[p]), start, place,
            int(trip.target), mode, path, enter,
        )  # fmt: skip
        for i in range(n):
            a = start + int(enter[i])
            b = start + int(enter[i + 1]) if i + 1 < n else int(arrive)
            if path[i] >= 0:
                cells[role, path[i]] += max(0, min(b, end) - a) / DECI
        state[p] = (int(trip.target), int(arrive), int(world.outdoors[trip.purpose]))
    for p, (place, free, share) in state.items():
        cells[int(world.people.offender[p] >= 0), place] += share * max(0, end - free) / 10 / DECI
    return cells


def decided(model, trip):
    """What the person decided about the tour of a trip."""
    return model.tours[trip.person, trip.tour]


@pytest.fixture(scope="module")
def model():
    model = CityModel(small_world(days=1), shards=2)
    for _ in range(108):
        model.step()
    return model


def test_person_seconds_equal_a_plain_account(model):
    expected = account(model, 108)
    whole = model.books.footfall.sum(axis=0)
    assert expected.sum() > 1e6
    assert np.allclose(whole, expected.sum(axis=0), rtol=1e-4, atol=1.0)


def test_every_tick_and_every_hour_have_their_own_person_seconds():
    """Also before those who stay somewhere have been there for a whole hour, or have not come yet."""
    model, seen = CityModel(small_world(days=1), shards=2), {}
    for tick in range(54):
        live_up_to(model, "move")
        if tick in (47, 48, 50):
            here = model.walked.street[:, tick % model.walked.street.shape[1]].sum(axis=0) / 100
            seen[tick] = here + model.walked.presence.sum(axis=0) * model.clock.tick_s / 10
        live_after(model, "move")
    until = {ticks: account(model, ticks) for ticks in (42, 47, 48, 49, 50, 51, 54)}
    for tick, there in seen.items():
        assert there.sum() > 1e4 and np.allclose(there, until[tick + 1] - until[tick], atol=1e-3)
    for first in (42, 48):
        expected = (until[first + 6] - until[first]).sum(axis=0)
        assert expected.sum() > 1e4 and np.allclose(model.books.footfall[model.clock.hour(first)], expected, atol=1e-3)


def test_more_people_in_a_cell_than_can_be_counted_are_a_clear_error():
    model = CityModel(small_world(days=1))
    model.walked.street[0, 5, 0, model.active[0]] = move.MOST_CS + 1
    with pytest.raises(ModelError, match="too many people in one cell"):
        for _ in range(6):
            model.step()


def test_nothing_is_written_beyond_the_closed_border_or_on_the_water(model):
    assert model.books.footfall[:, ~model.city.walkable].sum() == 0
    assert np.allclose(model.scene.today, model.books.footfall.sum(axis=0), rtol=1e-4)
    assert (model.walked.street[:, :, :, ~model.city.walkable] == 0).all()


def test_everyone_is_somewhere_they_can_stand(lived):
    assert lived.city.walkable[lived.where.trip.place].all()
    assert (lived.where.trip.arrive >= lived.where.trip.depart).all()
    assert len(lived.where.trip) == len(lived.world.people) == len(np.unique(lived.world.people.id))


def test_at_dawn_nearly_all_residents_are_home_again(lived):
    residents = lived.world.people.role == 0
    assert np.mean(lived.where.trip.place[residents] == lived.world.people.home[residents]) > 0.95


def test_presence_is_never_negative_and_ends_with_those_who_stay_out(lived):
    presence = lived.walked.presence.sum(axis=0)
    assert (presence >= 0).all()
    people, where = lived.world.people, lived.where.trip
    for role in range(2):
        mine = (people.offender >= 0) == bool(role)
        expected = np.bincount(where.place[mine], weights=lived.world.outdoors[where.purpose[mine]], minlength=presence.shape[1])
        assert np.array_equal(presence[role], expected.astype(int))


def test_those_who_begin_outside_their_homes_are_counted_there():
    model = CityModel(small_world({"outdoors.home": 2.0}, days=1))
    walkers = model.world.walkers
    assert model.walked.presence.sum() == 2 * len(walkers) and (model.walked.stays == model.world.people.home[walkers]).all()
    model.live(1)
    assert model.walked.presence.sum(axis=0).min() >= 0 and model.walked.presence.sum() > len(walkers)


def chained(walked):
    """{cell: rows of those who hang together there}, each chain read forwards, and checked backwards."""
    found = {}
    for cell in np.flatnonzero(walked.head >= 0):
        ahead, row, rows = -1, walked.head[cell], []
        while row >= 0:
            assert walked.ahead[row] == ahead
            rows.append(int(row))
            ahead, row = row, walked.behind[row]
        found[int(cell)] = rows
    return found


def test_those_who_stay_in_a_cell_hang_together_there():
    """At midday as after a day, and whoever goes on from a memory finds them again; nobody twice, and nobody who is indoors."""
    model = CityModel(small_world({"outdoors.home": 2.0}, days=2), shards=2)
    for ticks in (72, 72):
        for _ in range(ticks):
            model.step()
        found, stays = chained(model.walked), model.walked.stays
        rows = sorted(row for rows in found.values() for row in rows)
        assert rows == np.flatnonzero(stays >= 0).tolist() and len(rows) > 100 and len(found) > 50
        assert all((stays[rows] == cell).all() for cell, rows in found.items())
    other = CityModel(model.world, shards=2)
    restore(other, memory_of(model))
    again = chained(other.walked)
    assert {cell: sorted(rows) for cell, rows in again.items()} == {cell: sorted(rows) for cell, rows in found.items()}


def test_a_third_of_the_walkers_count_three_times():
    """The ambient population does not depend on how many walk: totals and their concentration agree."""
    seeds = range(1, 5)
    walked = lambda fraction, s: live(small_world({}, days=2, fraction=fraction, seed=s), days=2).books.footfall.sum(axis=0)  # noqa: E731
    whole, third = (np.mean([walked(fraction, s) for s in seeds], axis=0) for fraction in (1.0, 0.3))
    assert abs(third.sum() / whole.sum() - 1) < 0.05
    assert np.corrcoef(third, whole)[0, 1] > 0.95


def gini(values):
    values = np.sort(values)
    n = len(values)
    return (2 * np.arange(1, n + 1) - n - 1) @ values / (n * values.sum())


def test_the_number_of_anchors_leaves_the_concentration_unchanged():
    found = []
    for anchors in (64, 128, 256):
        city = malmo_city(anchors)
        model = live(small_world({}, city=city, residents=339_313, fraction=0.03, days=1), days=1)
        found.append((gini(model.books.footfall.sum(axis=0)[city.walkable]), model.books.footfall.sum()))
    ginis, totals = np.array(found).T
    assert np.ptp(ginis) < 0.01
    assert np.ptp(totals) / totals.mean() < 0.02  # fewer anchors, slightly longer ways


def test_half_a_tick_gives_the_same_person_seconds():
    at_600, at_300 = (live(small_world({}, days=1, tick_s=t), days=1).books.footfall.sum(axis=0) for t in (600, 300))
    assert abs(at_300.sum() / at_600.sum() - 1) < 0.005
    assert np.corrcoef(at_300, at_600)[0, 1] > 0.999


def test_departures_are_sorted_stably_by_tick():
    world = small_world(days=1)
    model = CityModel(world)
    live_up_to(model, "tempt")
    order = [int(i) for i in model.trip_order[: model.trip_first[-1]]]
    slots = [r * plan.MOST_TRIPS + j for r, c in enumerate(model.trip_counts) for j in range(c)]
    expected = sorted(slots, key=lambda at: min(int(model.trips.depart[at]) // 600, 143))
    assert order == expected


def test_a_trip_that_cannot_be_walked_is_a_clear_error():
    model = CityModel(small_world(days=1))
    live_up_to(model, "tempt")
    at = model.trip_order[0]
    model.trips.target[at] = 0
    model.trips.mode[at] = 0
    model.tick = int(model.trips.depart[at]) // 600
    with pytest.raises(ModelError, match="no way between the cells"):
        model.choose()
        model.move()


def test_too_many_passers_are_a_clear_error_and_nothing_else_is_touched():
    model = CityModel(small_world(days=1))
    model.walked = model.walked._replace(passers=model.walked.passers[:, :, :3].copy())
    with pytest.raises(ModelError, match="too many people are under way"):
        for _ in range(144):
            model.step()


def test_visitors_who_are_not_in_the_city_today_stay_away_in_the_evening_too():
    world = small_world({"plan.visitor_day": 0.3, "population.visitors": 0.2})
    model = live(world, days=1)
    there = np.flatnonzero(world.people.role[world.walkers] == VISITOR)
    share = (model.trip_counts[there] > 0).mean()
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / len(there)) and len(there) > 50


def test_visitors_come_in_by_gates():
    world = small_world({})
    visitors = world.people.role == VISITOR
    assert visitors.any()
    assert np.isin(world.people.home[visitors], world.city.gate_cell).all()
