"""Offenders, victims and feelings: kernels against plain twins, and what must hold there and then."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson as scipy_poisson

from sim import motives, rng
from sim.feelings import people_out, share_out
from sim.kernels import feel, moments, near, offend, victim
from sim.kernels.move import count_out
from sim.kernels.plan import TO_BAR, TO_HOME
from sim.kernels.walk import DECI, unroll
from sim.model import CityModel, ModelError
from tests.conftest import entrance, live, live_up_to, small_world


@settings(max_examples=200, deadline=None)
@given(st.floats(0.001, 1500), st.floats(1e-6, 1 - 1e-6))
def test_poisson_quantiles_agree_with_scipy(mean, u):
    expected = int(scipy_poisson.ppf(u, mean))
    assert abs(moments.poisson(mean, u) - expected) <= (0 if abs(scipy_poisson.cdf(expected, mean) - u) > 1e-9 else 1)


def test_moments_of_a_day_have_the_rates_of_the_registry(lived):
    world, table, network = lived.world, lived.world.offences.table, lived.groups["network"]
    counts = np.zeros(len(world.offenders), dtype=np.int32)
    total = 0
    for day in range(60):
        total += moments.count_moments(world.people, lived.offenders, table, network, 99, day, np.ones(len(counts), np.uint8), counts)
    who = lived.offenders
    young, woman = (world.people.age[who.row] < 18)[:, None], (world.people.woman[who.row] == 1)[:, None]
    flared = np.where(table.outside == 0, 1 + network.feud * who.heat[:, None], 1.0)
    motive = (
        table.rate
        * np.where(young, table.youth, 1.0)
        * np.where(woman, table.women, 1.0)
        * (table.outside * who.active[:, None] + table.member * who.standing[:, None] * flared)
    )
    expected = (motive.sum(axis=1) * who.activity * who.drive).sum() * 60
    assert abs(total / expected - 1) < 0.05


@pytest.mark.parametrize("night", [0.0, 0.3, 1.0, 6.0])
def test_motive_by_night_is_as_many_times_that_by_day_as_the_registry_says(night):
    """By hour: from 22 to 4, the last six hours of a day that begins at 4, against the eighteen before; alike within either."""
    hours = np.array([entrance(moments.time_of)(u, night) for u in (np.arange(24_000) + 0.5) / 24_000]) / 36_000
    assert (np.diff(hours) >= 0).all() and hours.min() >= 0 and hours.max() < 24
    by_hour = np.bincount(hours.astype(int), minlength=24)
    assert by_hour[18:].mean() == pytest.approx(night * by_hour[:18].mean(), rel=0.01)
    assert np.ptp(by_hour[:18]) <= 2 and np.ptp(by_hour[18:]) <= 2


def test_motive_follows_the_season_as_the_registry_says():
    """On average over the year as ever, in the middle of July more by the registry's share, in January as much less."""
    offences = small_world({"offence.robbery.season": 0.4, "offence.assault.season": 0.0}, days=1).offences
    robbery, assault = (offences.names.index(name) for name in ("robbery", "assault"))
    by_day = np.array([offences.table_on(date(2018, 1, 1) + timedelta(days=d)).rate for d in range(365)]) / offences.table.rate
    assert by_day[:, robbery].mean() == pytest.approx(1.0) and by_day[:, robbery].argmax() == (date(2018, 7, 16) - date(2018, 1, 1)).days
    assert by_day[:, robbery].max() == pytest.approx(1.4) and by_day[:, robbery].min() == pytest.approx(0.6, abs=1e-3)
    assert (by_day[:, assault] == 1.0).all()


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
                risks[dark, lamp] = entrance(offend.perceived_risk)(
                    model.city.ground, model.units, model.forces, model.groups["patrol"], model.scene, world.offences.table,
                    model.groups["risk"], kind, cell, model.now, dark,
                )[0]  # fmt: skip
        assert risks[0.0, 0.2] == risks[0.0, 0.9], name
        assert risks[1.0, 0.9] - risks[1.0, 0.2] == pytest.approx(0.7 * world.offences.table[kind].light, abs=1e-6), name


# Victims.


def plain_seconds_near(model, p, centre, start, end):
    """Outdoor seconds of a person near a cell, by walking through the trip."""
    where, world, cols = model.last_trips(p), model.world, model.city.grid.cols

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
    world = small_world({"offence.assault.rate": 200.0}, days=1)
    world.offenders.activity[:] = 1000.0
    with pytest.raises(ModelError, match="moments of motive"):
        live(world, days=1)


def test_whom_one_meets_agrees_with_a_search_through_everybody():
    """The kernel looks at who passes and who stays; a plain search through all rows finds the same person."""
    model = CityModel(small_world(days=1))
    for _ in range(80):
        model.step()
    live_up_to(model, "move")
    world, tick_ds = model.world, model.clock.tick_s * DECI
    start, end = model.now, model.now + tick_ds
    walked, slot = model.walked, model.tick % model.walked.street.shape[1]
    busy = np.argsort((walked.street[0, slot] + walked.presence[0] * tick_ds).sum(axis=0))[::-1][:40]
    met = 0
    for key, cell in enumerate(busy.tolist()):
        found = entrance(victim.meet)(model.street, 0, cell, 7, 0, key, model.tick, tick_ds, start, world.seed, -9)
        clocks = {}
        for p in np.flatnonzero(world.people.walks):
            seconds = plain_seconds_near(model, p, cell, start, end)
            if seconds > 0:
                u = rng.unit(rng.words(world.seed, rng.VICTIM, 7, 0, victim.RACE + 8 * key, int(world.people.id[p]))[0])
                clocks[p] = -math.log(u) / seconds / float(world.people.prone[p])
        first = min(clocks, key=clocks.get) if clocks else -1
        u = rng.unit(rng.words(world.seed, rng.VICTIM, 7, 0, victim.SUITS + 8 * key, 0)[0])
        hit = entrance(victim.victim_of)(model.street, first, 7, 0, key, world.seed) if first >= 0 else -1
        suitable = entrance(victim.suitability)(model.street, 0, hit, first, start) if first >= 0 else 0.0
        suits = first >= 0 and u * victim.most_suitable(world.offences.table, 0) < suitable
        assert found == (first if suits else -1)
        met += found >= 0
    assert met > 3


def test_most_victims_are_residents_who_do_not_walk_where_few_do():
    model = live(small_world(fraction=0.3, days=14), days=14)
    log = model.log.all()
    people = model.world.people
    hit = log.victim[(log.happened == 1) & (log.kind == 0) & (log.victim >= 0)]
    rows = np.searchsorted(people.id, hit)
    residents = rows[people.role[rows] == 0]
    assert len(residents) > 15
    assert 0.1 < (people.walks[residents] == 1).mean() < 0.6


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
    place_feel = np.zeros(lived.city.grid.cells, dtype=np.float32)
    feel.feel_places(lived.active, lived.scene, rules, 1.0, place_feel)
    feel.survey(people, lived.where, rules, place_feel, int(rules.youngest), latent)
    asked = (people.role == 0) & (people.age >= rules.youngest)
    assert np.array_equal(~np.isnan(latent), asked)
    expected = (
        rules.base + place_feel[people.home] - people.worry - rules.woman * people.woman - rules.old * (people.age >= rules.old_age)
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
            out[zone] += counts * (where.trip.purpose[p] != TO_HOME)
    assert 0.1 < out.sum() / everyone.sum() < 0.9
    expected = (out + leans * out.sum() / everyone.sum()) / (everyone + leans)
    for parts in (1, 2, 5):
        counts = np.full((parts, world.walkers_at.size), 9, dtype=np.int64)
        count_out(where, world.walkers, world.walkers_group, counts)
        assert np.allclose(weight @ counts.sum(axis=0), out, rtol=1e-12)
    empty = np.zeros(len(out), dtype=np.float32)
    share_out(world, people_out(world, where), weight, leans, empty)
    assert np.allclose(empty, expected, rtol=1e-6)


def test_people_within_reach_are_counted_alike_by_any_number_of_shards():
    """The density that offenders meet, against a plain sum over cells, roles and shards."""
    one, three = (CityModel(small_world(fraction=0.5), shards=shards) for shards in (1, 3))
    for model in (one, three):
        for _ in range(75):
            model.step()
        live_up_to(model, "move")
    slot, tick_cs, around = one.tick % one.walked.street.shape[1], one.clock.tick_s * 100, len(one.scene.near) // 2
    for cell in one.active[np.argsort(-one.scene.ambient[one.active])[:50]]:
        found = entrance(offend.people_near)(one.street, int(cell), slot, tick_cs)
        assert found == entrance(offend.people_near)(three.street, int(cell), slot, tick_cs)
        total = 0.0
        for (down, right), share in np.ndenumerate(one.scene.near):
            there = cell + (down - around) * one.city.ground.cols + right - around
            walked, tick_s = one.walked, one.clock.tick_s
            seconds = walked.street[:, slot, :, there].sum(axis=0) / 100 + walked.presence[:, :, there].sum(axis=0) / 10 * tick_s
            total += share * (seconds * one.scene.weight).sum() / one.clock.tick_s
        assert found == pytest.approx(total / (one.city.grid.cell_m**2 / 1e4), rel=1e-6)
    assert found > 0


@pytest.mark.parametrize("on_youth", [3.0, 0.3])
def test_who_suits_an_offender_is_a_product_of_sex_and_of_age_or_drink(on_youth):
    rows = {"offence.robbery.on_woman": 0.5, "offence.robbery.on_youth": on_youth, "offence.robbery.on_drinker": 2.0}
    model = CityModel(small_world(rows))
    people, where, kind = model.world.people, model.where, model.world.offences.names.index("robbery")
    age, sex = people.age.astype(float), np.where(people.woman == 1, 0.5, 1.0)
    young = np.where(age < 18, on_youth, 1 + (on_youth - 1) * np.exp((17 - age) / model.parameters["risk.youth_fades"]))
    for doing, expected in ((TO_HOME, sex * young), (TO_BAR, sex * np.where(age < 18, young, np.maximum(young, 2.0)))):
        where.trip.arrive[:], where.trip.purpose[:] = 0, doing
        found = [entrance(victim.suitability)(model.street, kind, p, p, 10) for p in range(len(people))]
        assert np.allclose(found, expected) and max(found) <= victim.most_suitable(model.world.offences.table, kind)
    assert np.abs(young[age > 60] - 1).max() < 0.02 and abs(young[age == 18].mean() - on_youth) < 0.35 * abs(on_youth - 1)


def test_moments_that_are_left_out_in_the_morning_would_have_come_to_nothing(monkeypatch):
    world = small_world(days=3)
    with_all = CityModel(world)
    without = CityModel(world)
    without.live(2)
    live_up_to(without, "tempt")
    monkeypatch.setattr(motives, "home_until", lambda model, dawn: np.zeros(len(world.offenders), dtype=np.int64))
    with_all.live(2)
    live_up_to(with_all, "tempt")
    assert 100 < len(without.motives.moments) < 0.8 * len(with_all.motives.moments)
    assert with_all.log.all().tobytes() == without.log.all().tobytes() and len(without.log.all()) > 50
