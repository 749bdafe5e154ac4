"""DESIGN law 1: matched worlds differ only by what a measure caused."""

from datetime import date

import numba
import numpy as np
import pytest

from sim.interventions import measures
from sim.kernels.walk import DECI
from sim.memory import memory_of, restore
from sim.model import CityModel
from tests.conftest import COURSES, JUSTICE, LIVELY, live, small_world

MEASURES = measures()
POWERLESS = {f"force.order_guard.{field}": 0.0 for field in ("certainty", "visibility", "arrests", "notices")}


def log(model):
    """Everything that happens: offences, what courses do and where they stand, and the stays at services that end."""
    states = (life.state for life in model.scenario.lives)
    return b"".join(rows.tobytes() for rows in (model.log.all(), *model.scenario.harms, *model.scenario.casework.visits, *states))


@pytest.fixture(scope="module")
def world():
    return small_world(LIVELY | COURSES | JUSTICE)


@pytest.fixture(scope="module")
def lived(world):
    return live(world)


def test_there_is_something_to_compare(lived):
    happened = np.bincount(lived.log.all().kind[lived.log.all().happened == 1])
    assert happened[:8].sum() > 100
    assert (happened > 0).sum() >= 8


def test_two_runs_of_one_seed_are_the_same(world, lived):
    again = live(world)
    assert log(again) == log(lived)
    assert np.array_equal(again.last_trips(), lived.last_trips())


def test_another_seed_is_another_world(lived):
    assert log(live(small_world(seed=2))) != log(lived)


@pytest.mark.parametrize("name", MEASURES)
def test_zero_dose_changes_no_byte(world, lived, name):
    assert log(live(world, [MEASURES[name](dose=0.0)])) == log(lived)


LATER = ("crown_witness", "detention_rules", "emergency_services_offence", "safe_transit")
"""Measures that change rare events, or most events little: they are given weeks to be felt."""


@pytest.fixture(scope="module")
def weeks():
    """The same town for two weeks, and what it lives without measures."""
    world = small_world(LIVELY | COURSES | JUSTICE, days=14)
    return world, live(world, days=14)


@pytest.mark.parametrize("name", sorted(MEASURES.keys() - LATER))
def test_a_full_dose_is_felt_only_once_it_begins(world, lived, name):
    is_felt_from(2, world, lived, MEASURES[name], days=3)


@pytest.mark.parametrize("name", LATER)
def test_a_full_dose_of_others_is_felt_within_weeks(weeks, name):
    is_felt_from(2, *weeks, MEASURES[name], days=14)


def is_felt_from(day, world, lived, measure, days):
    """A full dose changes the log, from the first day on or from a later one, and nothing before it."""
    late = live(world, [measure(dose=5.0, start_day=day)], days)
    before = lambda model: b"".join(rows.tobytes() for rows in (*model.log.days[:day], *model.scenario.harms[: day + 1]))  # noqa: E731
    assert before(late) == before(lived)
    assert log(late) != log(lived)
    assert log(live(world, [measure(dose=5.0)], days)) != log(lived)


def test_guards_without_visibility_and_authority_change_nothing():
    world = small_world(LIVELY | POWERLESS)
    assert log(live(world, [MEASURES["order_guards"](dose=10.0)])) == log(live(world))


@pytest.mark.parametrize("shards", [2, 4])
def test_shards_and_threads_change_no_byte(world, lived, shards):
    before = numba.get_num_threads()
    numba.set_num_threads(min(shards, numba.config.NUMBA_NUM_THREADS))
    try:
        again = live(world, shards=shards)
        assert log(again) == log(lived)
        assert np.array_equal(again.scene.usual, lived.scene.usual)
        assert again.today == lived.today
    finally:
        numba.set_num_threads(before)


def test_a_fork_of_a_warmed_up_world_goes_on_as_if_never_interrupted(world):
    lived = live(world, first_day=1)
    warm = live(world, days=1, first_day=1)
    memory = {name: np.array(value) for name, value in memory_of(warm).items()}
    forked = CityModel(world, first_day=1)
    restore(forked, memory)
    forked.live(2)
    whole = b"".join(day.tobytes() for day in lived.log.days[1:])
    assert b"".join(day.tobytes() for day in forked.log.days) == whole


def test_the_order_of_measures_does_not_matter(world):
    chosen = [MEASURES[name](dose=2.0) for name in MEASURES]
    assert log(live(world, chosen, days=2)) == log(live(world, chosen[::-1], days=2))


@pytest.fixture(scope="module")
def usual():
    """A lived world in which few are in a course."""
    return live(small_world())


def quiet_resident(model):
    """A resident who did not leave home in all the days, is no offender, was nobody's victim and is in no course."""
    people = model.world.people
    stayed = (model.where.trip.depart == 0) & (people.role == 0) & (people.offender < 0) & (people.walks == 1)
    known = np.concatenate([model.log.all().victim, *(course.who for course in model.world.courses)])
    return int(people.id[np.flatnonzero(stayed & ~np.isin(people.id, known))[0]])


def test_a_resident_whom_nobody_met_is_missed_by_nobody(usual):
    gone = quiet_resident(usual)
    assert log(live(small_world(gone=[gone]))) == log(usual)


def test_a_life_without_one_person_goes_on_as_before(usual):
    """Taking out someone at risk takes out their own life, and nobody else's who does not know them or wait where they wait."""
    lives = usual.world.start.lives[0]
    gone = int(lives.course.who[3])
    without = small_world(gone=[gone]).start.lives[0]
    assert gone not in without.course.who
    assert np.array_equal(without.times, np.delete(lives.times, 3, axis=1)) and np.array_equal(without.state, np.delete(lives.state, 3))


def test_without_a_resident_the_first_change_is_where_that_resident_has_been(usual):
    """In lock-step, until the first event differs: it lies within reach of a cell in which the resident was counted before."""
    world, lived = usual.world, usual
    people, log = world.people, lived.log.all()
    resident = (people.role == 0) & (people.offender < 0)
    hit = np.isin(people.id, log.victim[(log.time > 86_400) & (log.time < 2 * 86_400)])
    outgoing = lived.where.trip.depart > DECI * 86_400 * 2
    found = 0
    for p in [*np.flatnonzero(resident & hit & outgoing)[:4], *np.flatnonzero(resident & ~hit & outgoing)[:3]]:
        with_it, without = CityModel(world), CityModel(small_world(gone=[int(world.people.id[p])]))
        touched = np.zeros(world.city.grid.cells, dtype=bool)
        for _ in range(2 * world.clock.ticks_a_day):
            with_it.step(), without.step()
            touched |= (with_it.scene.usual != without.scene.usual).any(axis=(0, 1))
            a, b = with_it.log.all(), without.log.all()
            if len(a) != len(b) or (a != b).any():
                break
        assert touched.sum() < 0.5 * world.city.walkable.sum()
        n = min(len(a), len(b))
        differs = [*np.flatnonzero(a[:n] != b[:n]), n][0]
        reach = world.parameters["risk.reach"] + 2 * world.city.grid.cell_m
        rows = [x[differs] for x in (a, b) if differs < len(x)]
        near = [(world.city.grid.distance_m(np.flatnonzero(touched), int(row.origin)) <= reach).any() for row in rows]
        assert all(near) or any(row.victim == people.id[p] for row in rows)
        found += len(rows)
    assert found >= 4


def test_calendar_days_differ_by_type(world):
    assert world.clock.date(0) == date(2018, 9, 14)
    assert list(world.clock.day_type) == [0, 1, 2]
