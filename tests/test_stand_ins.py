"""Who lives whose days: everyone who does not walk belongs to one walker of the same kind, for good."""

import numpy as np
import pytest

from sim.kernels import victim
from sim.kernels.move import ADULT
from sim.model import CityModel
from sim.population.stand_ins import POOL, make_stand_ins
from sim.rng import STAND_IN, unit, words
from tests.conftest import entrance, small_world

WORLD = small_world(fraction=0.3)
PEOPLE, YOUNGEST, ALIKE = WORLD.people, WORLD.parameters["population.youngest_walker"], WORLD.parameters["population.alike_years"]


def kind(people, rows):
    return np.stack([people.role[rows], people.zone[rows], people.woman[rows], people.age[rows] < ADULT], axis=1)


def walker_of(stand_ins):
    """Row of the walker of everyone, −1 where there is none."""
    walker = np.full(len(stand_ins.first) - 1, -1)
    walker[stand_ins.row] = np.repeat(np.arange(len(walker)), np.diff(stand_ins.first))
    return walker


def test_everyone_who_does_not_walk_has_one_walker_of_the_same_kind():
    stand_ins = WORLD.stand_ins
    walker = walker_of(stand_ins)
    assert len(np.unique(stand_ins.row)) == len(stand_ins.row)
    has = np.flatnonzero(walker >= 0)
    assert (PEOPLE.walks[has] == 0).all() and (PEOPLE.age[has] >= YOUNGEST).all()
    assert (PEOPLE.walks[walker[has]] == 1).all() and (PEOPLE.offender[walker[has]] < 0).all()
    assert np.array_equal(kind(PEOPLE, has), kind(PEOPLE, walker[has]))
    without = np.flatnonzero((PEOPLE.walks == 0) & (PEOPLE.age >= YOUNGEST) & (walker < 0))
    walkers = {tuple(k) for k in kind(PEOPLE, np.flatnonzero((PEOPLE.walks == 1) & (PEOPLE.offender < 0)))}
    assert not {tuple(k) for k in kind(PEOPLE, without)} & walkers
    assert len(has) > 0.9 * ((PEOPLE.walks == 0) & (PEOPLE.age >= YOUNGEST)).sum()


def test_the_walker_is_the_one_who_wins_a_race_in_which_the_like_aged_are_fast():
    walker = walker_of(WORLD.stand_ins)
    walkers = np.flatnonzero((PEOPLE.walks == 1) & (PEOPLE.offender < 0))
    for p in np.flatnonzero(walker >= 0)[::97]:
        alike = walkers[(kind(PEOPLE, walkers) == kind(PEOPLE, [p])).all(axis=1)]
        u = np.array([unit(words(WORLD.seed, STAND_IN, int(PEOPLE.id[p]), 0, POOL, int(PEOPLE.id[w]))[0]) for w in alike])
        apart = np.abs(PEOPLE.age[alike].astype(float) - PEOPLE.age[p])
        assert walker[p] == alike[np.argmin(-np.log(u) * np.exp(apart / ALIKE))]


def test_people_live_the_days_of_those_of_about_their_age():
    def apart(stand_ins):
        walker = walker_of(stand_ins)
        has = walker >= 0
        return np.abs(PEOPLE.age[has].astype(float) - PEOPLE.age[walker[has]]).mean()

    anyone = apart(make_stand_ins(PEOPLE, YOUNGEST, 1e9, WORLD.seed))
    assert apart(WORLD.stand_ins) < 0.5 * anyone and anyone > 8


def test_a_walker_who_leaves_hands_on_only_their_own():
    before = walker_of(WORLD.stand_ins)
    gone = int(np.argmax(np.diff(WORLD.stand_ins.first)))
    people = PEOPLE.copy()
    people.walks[gone] = 0
    after = walker_of(make_stand_ins(people, YOUNGEST, ALIKE, WORLD.seed))
    others = np.arange(len(people)) != gone
    assert np.array_equal((before != after) & others, before == gone)


def test_all_who_share_a_walk_are_hit_as_they_are_prone():
    model, draws = CityModel(WORLD), 20_000
    met = int(np.argmax(np.diff(WORLD.stand_ins.first)))
    pool = np.array([met, *WORLD.stand_ins.row[WORLD.stand_ins.first[met] : WORLD.stand_ins.first[met + 1]]])
    hit = np.array([entrance(victim.victim_of)(model.street, met, chooser, 0, 0, WORLD.seed) for chooser in range(draws)])
    expected = PEOPLE.prone[pool] / PEOPLE.prone[pool].sum() * draws
    times = (hit[:, None] == pool).sum(axis=0)
    assert times.sum() == draws and len(pool) > 2
    assert (abs(times - expected) < 5 * np.sqrt(expected) + 1).all()
    assert WORLD.stand_ins.prone[met] == pytest.approx(PEOPLE.prone[pool].sum())


def test_where_everybody_walks_nobody_stands_in():
    assert len(small_world(fraction=1.0).stand_ins.row) == 0
