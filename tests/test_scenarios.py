"""Scenarios that do the same to the street share it until they part, and nobody can tell."""

from dataclasses import dataclass

import numpy as np
import pytest

from sim import motives
from sim.clock import DAY
from sim.convoy import Convoy
from sim.feelings import people_out, people_out_beside
from sim.interventions import measures
from sim.kernels.walk import DECI
from sim.memory import memory_of, restore
from sim.model import PHASES, CityModel
from sim.scenario import Scenario
from tests.conftest import COURSES, JUSTICE, LIVELY, live, live_up_to, small_world

FIRST, DAYS = 1, 9
INDOORS = ("womens_shelters", "crown_witness", "detention_rules", "task_force", "honour_council")
AFRAID = {"feel.stay": 0.5, "feel.drive": 0.4, "feel.base": 0.3, "outdoors.home": 1.0}
"""Enough fear that light keeps some from staying in, and homes where people are seen."""


@dataclass(frozen=True)
class Lamps:
    """Light everywhere in the northern half of the town."""

    start_day: int = 0

    def pull(self, levers, city, parameters):
        rows = np.arange(city.grid.cells) // city.grid.cols
        levers.light(np.flatnonzero(city.walkable & (rows < city.grid.rows / 2)), 1.0)


CHOICES = {
    "none": (),
    **{name: (measures()[name](dose=5.0),) for name in INDOORS},
    "late": (measures()["detention_rules"](dose=5.0, start_day=4),),
    "guards": (measures()["order_guards"](dose=2.0),),
    "lamps": (Lamps(),),
    "lamps later guards": (Lamps(), measures()["order_guards"](dose=2.0, start_day=3)),
    "guards later shelters": (measures()["order_guards"](dose=2.0), measures()["womens_shelters"](dose=5.0, start_day=2)),
}


@pytest.fixture(scope="module")
def world():
    return small_world(LIVELY | COURSES | JUSTICE | AFRAID, days=FIRST + DAYS)


@pytest.fixture(scope="module")
def morning(world):
    return {name: value.copy() for name, value in memory_of(live(world, days=FIRST, first_day=FIRST)).items()}


def told(model, scenario):
    """All that is written down of a study, and where it ends."""
    series = model.datacollector.get_model_vars_dataframe().to_dict("records")
    rows = (model.log.all(), *scenario.harms, *scenario.casework.visits, *scenario.casework.cases, scenario.feuds)
    books = {name: value.tobytes() for name, value in vars(model.books).items() if hasattr(value, "tobytes")}
    books["trips"] = model.books.trips.counts.tobytes(), model.books.trips.days_of_people, model.books.trips.days_out
    street = (model.last_trips(), model.where.hurt, model.units, model.offenders, model.waiting(), model.scene.usual)
    days = [day | own for day, own in zip(series, scenario.days, strict=True)]
    return [row.tolist() for row in rows], books, [str(part.tolist()) for part in street], days


def begun(world, morning, names, shards=1):
    model = CityModel(world, first_day=FIRST, shards=shards, companions=len(names) - 1)
    model.scenarios = [Scenario(world, CHOICES[name], FIRST, name) for name in names]
    restore(model, morning)
    return Convoy(model)


def lived(world, morning, names):
    """({name: what is told of that scenario}, all of them begun on one street; and how many streets there were on each day)."""
    convoy, streets = begun(world, morning, names), []
    convoy.live(DAYS, lambda _: streets.append(len(convoy.models)))
    return {s.name: told(model, s) for model in convoy.models for s in model.scenarios}, streets


@pytest.fixture(scope="module")
def together(world, morning):
    return lived(world, morning, list(CHOICES))


@pytest.mark.parametrize("name", CHOICES)
def test_a_scenario_on_a_shared_street_is_the_same_as_alone(world, morning, together, name):
    alone, _ = lived(world, morning, [name])
    assert together[0][name] == alone[name]


def test_whoever_changes_nothing_on_the_street_costs_no_street(world, morning, together):
    """Some never part, and those that do later part later: fewer streets than scenarios, and fewer at first than in the end."""
    _, streets = together
    assert 2 < streets[-1] < len(CHOICES) and streets == sorted(streets) and streets[0] < streets[-1]
    convoy = begun(world, morning, ["none", "late", "guards"])
    convoy.step()
    assert [[s.name for s in model.scenarios] for model in convoy.models] == [["none", "late"], ["guards"]]


def test_only_those_who_do_otherwise_are_walked_again(world, morning):
    """Some part from the guide's, most of these join it again, and many more walk there for both."""
    convoy, apart = begun(world, morning, ["none", "lamps"]), []
    for _ in range(DAYS * world.clock.ticks_a_day):
        convoy.step()
        apart.append(int(convoy.models[1].walked.count[0]))
    guide, other = convoy.models
    assert max(apart) > 5 and min(apart[100:]) < max(apart) / 2 and max(apart) < 0.2 * len(world.walkers)
    same = other.where.row == np.arange(len(world.people))
    assert (~same).sum() == apart[-1]
    assert np.array_equal(other.last_trips(np.flatnonzero(same)), guide.last_trips(np.flatnonzero(same)))


def test_who_is_out_is_counted_from_who_does_otherwise(world, morning):
    convoy, differ = begun(world, morning, ["none", "lamps"]), 0
    for _ in range(DAYS * world.clock.ticks_a_day // 7):
        for _ in range(7):
            convoy.step()
        guide, other = convoy.models
        there, out = people_out(world, guide.where), people_out(world, other.where)
        assert people_out_beside(world, other.where, other.walked, there).tolist() == out.tolist()
        differ += (out != there).any()
    assert differ > 5


def test_only_those_who_are_otherwise_are_dealt_moments_again(world, morning):
    convoy = begun(world, morning, ["none", "guards", "detention_rules"])
    convoy.live(DAYS - 1)
    convoy.step(PHASES[: PHASES.index(CityModel.tempt) + 1])
    (guide, *companions), parts = convoy.models, []
    for model in companions:
        at_home = motives.home_until(model, model.day * DAY * DECI)
        alone = motives.deal(world, model.offenders, model.groups["network"], at_home, model.day)
        shared = model.motives.shared
        assert alone.moments.tolist() == model.motives.moments.tolist() and len(alone.moments) > 1000
        parts.append((shared >= 0).mean())
        assert (np.diff(shared[shared >= 0]) > 0).all()
        assert guide.motives.moments[shared[shared >= 0]].tolist() == model.motives.moments[shared >= 0].tolist()
    assert len(parts) == 2 and 0.5 < min(parts) < max(parts) == 1


def test_a_companion_goes_on_where_another_companion_is(world, morning):
    """Who parts from a model that is guided itself: the same as alone, though guided by the first."""
    names = ["none", "lamps", "lamps later guards"]
    found, streets = lived(world, morning, names)
    assert streets[:3] == [2] * 3 and streets[3:] == [3] * (DAYS - 3)
    assert found["lamps later guards"] == lived(world, morning, names[2:])[0]["lamps later guards"]


def test_a_guide_of_several_threads_leaves_its_companions_the_same(world, morning):
    """Companions look at what each thread of the guide has walked."""
    start = {name: value.copy() for name, value in memory_of(live(world, days=FIRST, first_day=FIRST, shards=3)).items()}
    convoy, alone = begun(world, start, ["none", "lamps"], shards=3), begun(world, morning, ["lamps"])
    for each in (convoy, alone):
        each.live(4)
    assert told(convoy.models[1], convoy.models[1].scenario) == told(alone.models[0], alone.models[0].scenario)


def test_a_guide_without_room_for_another_says_so(world, morning):
    convoy = begun(world, morning, ["none"])
    with pytest.raises(ValueError, match="room for 0"):
        convoy.part(convoy.models[0], [Scenario(world, CHOICES["lamps"], FIRST, "lamps")])


def test_who_sets_out_twice_in_one_tick_is_walked_right():
    """With ticks of an hour people do; a scenario in which many stay in is the same in step as alone, and so is one of many threads."""
    world = small_world(LIVELY | AFRAID, days=3, tick_s=3600)
    twice = CityModel(world)
    live_up_to(twice, "deal")
    tick_of = np.repeat(np.arange(24), np.diff(twice.trip_first))
    pairs = tick_of * len(world.people) + twice.trips.person[twice.trip_order[: twice.trip_first[-1]]]
    assert len(np.unique(pairs)) < len(pairs) - 5
    models = {shards: CityModel(world, shards=shards) for shards in (1, 7)}
    for model in models.values():
        model.live(2)
    assert models[1].log.all().tobytes() == models[7].log.all().tobytes()
    assert np.array_equal(models[1].books.footfall, models[7].books.footfall)
    start = {name: value.copy() for name, value in memory_of(live(world, days=FIRST, first_day=FIRST)).items()}
    convoy = begun(world, start, ["none", "lamps"])
    convoy.live(2)
    alone = begun(world, start, ["lamps"])
    alone.live(2)
    told_of = [told(m.models[-1], m.models[-1].scenarios[0]) for m in (convoy, alone)]
    assert told_of[0] == told_of[1]
