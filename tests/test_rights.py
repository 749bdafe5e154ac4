"""For whom: journeys, the rights ledger and groups, each against a plain account; and costs with the spread of prices."""

from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from experiments import compare as c
from experiments import effects as e
from sim.interventions import measures
from sim.kernels import journeys as kernel
from sim.kernels.plan import TO_BAR, TO_CINEMA, TO_HOME, TO_RUN, TO_WORK
from sim.kernels.walk import CAR, DECI, RUN, TRANSIT, WALK
from sim.model import CityModel
from sim.outcomes.journeys import JOURNEYS, journeys_by, journeys_of
from sim.outcomes.measures import justice_msek
from sim.outcomes.record import cost_draws, drawn
from sim.outcomes.rights import AGES, AGES_END, BURDENED, LEDGER, OTHERS, age_group, by_group, ledger
from tests.conftest import entrance, live, live_after, live_up_to, small_world

SAYS = [  # came for, purpose, mode, which journey
    (TO_WORK, TO_HOME, TRANSIT, "bus_home"), (TO_CINEMA, TO_HOME, TRANSIT, "from_cinema"), (TO_CINEMA, TO_HOME, WALK, "from_cinema"),
    (TO_HOME, TO_RUN, RUN, "evening_run"), (TO_HOME, TO_WORK, TRANSIT, None), (TO_BAR, TO_HOME, WALK, None), (TO_WORK, TO_HOME, CAR, None),
]  # fmt: skip


@pytest.mark.parametrize("came, purpose, mode, said", SAYS)
def test_a_trip_is_the_journey_that_the_pledge_names(came, purpose, mode, said):
    assert kernel.journey_of(came, purpose, mode) == (1 + JOURNEYS.index(said) if said else kernel.NO_JOURNEY)


def test_journeys_agree_with_a_plain_account():
    """Every departure of a day, one by one in plain Python."""
    world = small_world({"feel.base": 0.0, "feel.stay": 0.5, "feel.drive": 0.3}, days=1)
    model, expected = CityModel(world), {}
    for _ in range(model.clock.ticks_a_day):
        live_up_to(model, "choose")
        first, last = model._departures()
        for i in range(first, last):
            trip, decision = model.trips[model.trip_order[i]], model.decisions[i - first]
            person, came = world.people[trip.person], model.last_trips(trip.person).purpose
            if person.zone < 0:
                continue
            given_up = decision == 1 or (decision == 2 and trip.mode == TRANSIT)
            if trip.optional and given_up:
                which = {TO_RUN: "evening_run", TO_CINEMA: "from_cinema"}.get(trip.purpose, "bus_home" if trip.mode == TRANSIT else None)
            else:
                journey = kernel.journey_of(came, trip.purpose, trip.mode)
                which = JOURNEYS[journey - 1] if journey and not given_up else None
            if which:
                key = which, int(person.zone), int(person.woman), age_group(person.age).item(), bool(trip.optional and given_up)
                expected[key] = expected.get(key, 0) + 1
        live_after(model, "choose")
    lived = pd.DataFrame(model.books.told_of_journeys())
    for name, column in (("made", False), ("given_up", True)):
        told = lived.groupby(["journey", "zone", "woman", "age"])[name].sum()
        plain = {key[:-1]: n for key, n in expected.items() if key[-1] == column}
        assert {k: n for k, n in told.to_dict().items() if n} == plain and len(plain) > 3
    assert (lived["unsafe"] <= lived["made"]).all() and 0 < lived["unsafe"].sum() < lived["made"].sum()


def test_where_a_victim_is_on_the_way_is_known():
    model = live(small_world({}, days=1), days=1)
    where, trip = model.where, model.where.trip[:1]
    trip.depart, trip.arrive, trip.came, trip.purpose, trip.mode = 100 * DECI, 200 * DECI, TO_WORK, TO_HOME, TRANSIT
    assert [entrance(kernel.journey_at)(where, 0, s * DECI) for s in (99, 100, 199, 200)] == [0, 1, 1, 0]
    trip.came, trip.mode = TO_RUN, RUN
    assert [entrance(kernel.journey_at)(where, 0, s * DECI) for s in (50, 150, 250)] == [3, 3, 0]


def test_hours_under_cameras_by_age_add_up_to_all_hours_under_cameras():
    """A look at a twenty-fourth of the people an hour is a fair sample of the person-seconds that are counted in full."""
    world = small_world({}, days=6)
    model = CityModel(world)
    model.scene.camera[model.active] = 1.0
    model.live(6)
    books = model.books
    sampled, counted = books.exposed[:, :, 0].sum(), books.watched.sum()
    assert sampled == pytest.approx(counted, rel=0.1) and counted > 1000
    old = world.people.age[world.walkers] >= 65
    assert 0 < books.exposed[:, 3, 0].sum() < sampled * 2 * old.mean()


class Run:
    """A run of two zones, by hand."""

    @classmethod
    def in_memory(cls):
        return cls

    summary: ClassVar = {
        "zones": {"district": ["Old town", "Harbour"], "burdened": [False, True]}, "checks_an_hour": [0.5, 0.0],
        "offences": {"robbery": {"target": "person", "group": "violence"}, "dealing": {"target": "market", "group": "order"}},
        "harm": {"robbery": 1e6, "dealing": 0.0, "c.hit": 2e6},
        "courses": {"c": {"transitions": {"hit": {"harm": True}, "told": {"refers": True}, "by_mistake": {"refers": True, "wrong": True}}}},
    }  # fmt: skip
    maps: ClassVar = {
        "zone": np.array([0, 0, 1, 1]), "guard_seconds": np.array([[3600, 0, 7200, 0], [0, 9000, 0, 0]]), "watched": np.array([5.0, 7.0]),
        "safe_by_zone": np.array([0.5, 0.25]), "asked_by_zone": np.array([10.0, 30.0]), "gave_up": np.array([4.0, 6.0]),
        "exposed": np.array([[[1.0, 0.0], [3.0, 0.0], [0.0, 2.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 1.0]]]),
    }  # fmt: skip
    events = pd.DataFrame({
        "happened": [1, 1, 1, 0], "kind": [0, 0, 1, 0], "cell": [0, 2, 3, 1], "noticed": [0, 1, 1, 0], "offender_age": [17, 40, 18, 20],
        "victim": [5, 6, -1, -1], "victim_zone": [1, 1, -1, -1], "journey": [1, 0, 0, 0], "reported": [1, 0, 0, 0],
        "recorded": [1, 1, 1, 0], "response": [-1.0, 300.0, 500.0, -1.0], "victim_woman": [1, 0, -1, -1], "victim_age": [16, 50, -1, -1],
        "time": [15 * 3600, 16 * 3600, 0, 0],
    })  # fmt: skip
    visits = pd.DataFrame({
        "service": ["detention", "detention", "detention", "court"], "result": ["success", "success", "given up", "success"],
        "zone": [0, 1, 1, 0], "age": [16, 30, 20, 20], "innocent": [0, 1, 0, 0],
    })  # fmt: skip
    harms = pd.DataFrame({"what": ["c.hit", "c.told", "c.by_mistake"], "zone": [1, 0, 1], "age": [20, 17, 70]})
    journeys = pd.DataFrame({
        "journey": ["bus_home", "bus_home"], "made": [150.0, 50.0], "given_up": [10.0, 40.0], "unsafe": [30.0, 20.0], "hour": [18, 19],
        "zone": [0, 1], "woman": [0, 1], "age": ["under 18", "30–64"],
    })  # fmt: skip


def test_the_ledger_by_hand():
    rows = ledger(Run)
    assert rows.groupby("what")["number"].sum().to_dict() == {
        "watched_hours": 12.0, "checks": 1.5, "interventions": 2.0, "detentions": 2.0, "wrongful_detentions": 1.0, "referrals": 2.0,
        "wrong_referrals": 1.0,
    }  # fmt: skip
    assert rows[rows["what"] == "detentions"]["age"].tolist() == ["under 18", "30–64"]
    assert set(rows["what"]) == set(LEDGER)
    by_age = rows.groupby(["what", "zone", "age"])["number"].sum()
    assert by_age["watched_hours", 0].to_dict() == {"under 18": 1.25, "18–29": 3.75, "30–64": 0.0, "65 and older": 0.0}
    # Nobody was seen under cameras in the other zone, so its hours are shared as everywhere.
    assert by_age["watched_hours", 1].to_dict() == {"under 18": 1.75, "18–29": 5.25, "30–64": 0.0, "65 and older": 0.0}
    assert by_age["checks", 1].to_dict() == {"under 18": 0.0, "18–29": 0.0, "30–64": 0.5, "65 and older": 0.5}


def test_groups_by_hand():
    values = by_group(Run)
    assert values["happened", "Old town"] == values["happened", OTHERS] == 1 and values["happened", BURDENED] == 1
    assert (values["victims", "Old town"], values["victims", "Harbour"]) == (0, 2)
    assert (values["harm", "Old town"], values["harm", "Harbour"]) == (1.0, 3.0)
    assert (values["safe_share", "Harbour"], values["safe_share", OTHERS]) == (25.0, 50.0)
    assert (values["checks", "Old town"], values["checks", "Harbour"]) == (0.5, 1.0)
    assert (
        values["detentions", "under 18"] == 1 and values["wrongful_detentions", "30–64"] == 1 and values["referrals", "65 and older"] == 1
    )


def test_every_outcome_by_area_by_hand():
    values = by_group(Run)
    assert (values["reported", "Old town"], values["reported", "Harbour"]) == (1, 0)
    assert (values["recorded", "Old town"], values["recorded", BURDENED]) == (1, 2) and values["turned_away", "Old town"] == 1
    assert (values["happened_violence", "Harbour"], values["happened_order", "Harbour"]) == (1, 1)
    assert (values["gave_up", OTHERS], values["c_harms", "Harbour"]) == (4.0, 1)
    assert (values["detention_served", "Harbour"], values["detention_refused", "Harbour"]) == (1, 1)
    assert values["response", "Harbour"] == 400.0 and np.isnan(values["response", "Old town"])


def test_journeys_by_group_by_hand():
    values = journeys_by(Run)
    assert values["bus_home_safe", "sex", "men"] == 80.0 and values["bus_home_safe", "district", "Harbour"] == 60.0
    assert values["bus_home_given_up", "age", "30–64"] == pytest.approx(100 * 40 / 90)
    assert values["bus_home_hit", "hour", "19"] == 100_000 / 50 and values["bus_home_hit", "hour", "18"] == 0.0
    assert values["bus_home_hit", "sex", "women"] == 100_000 / 50 and values["bus_home_hit", "sex", "men"] == 0.0
    assert values["bus_home_hit", "age", "under 18"] == 100_000 / 150


def test_journeys_by_hand():
    found = journeys_of(Run)
    assert found["bus_home_hit"] == pytest.approx(500.0) and found["bus_home_safe"] == 75.0 and found["bus_home_given_up"] == 20.0
    assert np.isnan(found["evening_run_hit"])


def test_every_age_is_in_one_group():
    ages = np.arange(0, 127)
    assert len(AGES) == len(AGES_END) and [age_group(a).item() for a in (0, 17, 18, 29, 30, 64, 65, 126)] == [a for a in AGES for _ in "ab"]
    assert set(age_group(ages).tolist()) == set(AGES)


def test_costs_are_drawn_from_the_ranges_of_prices():
    model = CityModel(small_world({}, days=1), [measures()["order_guards"]()])
    joint = drawn(model.parameters)
    draws, row = np.array(cost_draws(model.scenario, 365, joint)), model.parameters.rows["price.order_guard"]
    assert 100 * row.low / 1e6 <= draws.min() < draws.max() <= 100 * row.high / 1e6
    assert draws.mean() == pytest.approx(100 * (row.low + row.value + row.high) / 3 / 1e6, rel=0.02)
    assert np.array_equal(draws, cost_draws(model.scenario, 365, drawn(model.parameters)))
    assert cost_draws(CityModel(small_world({}, days=1)).scenario, 365, joint) == [0.0] * len(draws)
    harm = joint["offence.robbery.harm"]
    assert 72_000 <= harm.min() < 120_000 < 200_000 < harm.max() <= 288_000 and "course.honour_oppression.violence.harm" not in joint


def test_a_spread_carries_worlds_and_draws():
    worlds = 10.0 + np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0])
    effect, one = e.paired_effect(worlds, np.zeros(6)), np.ones((1, 64))
    assert e.spread(worlds[:, None] * one) == pytest.approx((effect.low, effect.high), rel=0.02)
    narrow, wide = e.spread(worlds[:, None] / (2.0 * one)), e.spread(worlds[:, None] / np.linspace(1.0, 4.0, 64)[None, :])
    assert wide[0] < narrow[0] and wide[1] > narrow[1]
    sure = np.full((6, 1), 10.0)
    assert e.spread(sure / np.linspace(1.0, 4.0, 64)[None, :]) == pytest.approx((2.57, 9.3), rel=0.05)
    assert np.isnan(e.spread(sure[:1] * one)).all() and np.isnan(e.spread(sure * np.nan)).all()


def test_justice_is_paid_for_once():
    """What measures' own staff and places give is in their bill, and not in what justice costs."""
    daily = pd.DataFrame({"used_court": [2.0, 4.0], "used_detention": [10.0, 30.0]})
    justice = {"price": {"court": 14_000.0, "detention": 4_000.0}, "staffed": {"detention": 15.0}}
    assert justice_msek(daily, justice) == pytest.approx({"court": 6e-6, "detention": 15e-6})


def test_groups_are_compared_in_matched_worlds():
    runs = []
    for scenario, more in (("none", 0), ("guards", 2)):
        for seed in (1, 2, 3):
            run = SimpleNamespace(config={"scenario": scenario, "measures": {}, "seed": seed}, summary={"seed": seed})
            lived = SimpleNamespace(**{k: getattr(Run, k) for k in ("summary", "maps", "visits", "harms", "journeys")})
            lived.events = pd.concat([Run.events.iloc[: 2 + more]] * seed, ignore_index=True)
            run.in_memory = lambda lived=lived: lived
            runs.append(run)
    table = c.equity(runs).set_index(["outcome", "group"])
    assert list(c.equity(runs).columns) == c.EQUITY_COLUMNS
    assert table.loc[("happened", BURDENED), "effect"] == 0.0 and table.loc[("interventions", "Harbour"), "effect"] == pytest.approx(2.0)
