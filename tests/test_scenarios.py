"""Scenarios that do the same to the street share it until they part, and nobody can tell."""

import pytest

from sim.interventions import measures
from sim.memory import join, memory_of, restore
from sim.model import CityModel
from sim.scenario import Scenario
from tests.conftest import COURSES, JUSTICE, LIVELY, live, small_world

FIRST, DAYS = 1, 9
INDOORS = ("womens_shelters", "crown_witness", "detention_rules", "task_force", "honour_council")
CHOICES = {
    "none": (),
    **{name: (measures()[name](dose=5.0),) for name in INDOORS},
    "late": (measures()["detention_rules"](dose=5.0, start_day=4),),
    "guards": (measures()["order_guards"](dose=2.0),),
    "guards later shelters": (measures()["order_guards"](dose=2.0), measures()["womens_shelters"](dose=5.0, start_day=2)),
}


@pytest.fixture(scope="module")
def world():
    return small_world(LIVELY | COURSES | JUSTICE, days=FIRST + DAYS)


@pytest.fixture(scope="module")
def morning(world):
    return {name: value.copy() for name, value in memory_of(live(world, days=FIRST, first_day=FIRST)).items()}


def told(model, scenario):
    """All that is written down of a study, and where it ends."""
    series = model.datacollector.get_model_vars_dataframe().to_dict("records")
    rows = (model.log.all(), *scenario.harms, *scenario.casework.visits, *scenario.casework.cases, scenario.feuds)
    books = {name: value.tobytes() for name, value in vars(model.books).items() if hasattr(value, "tobytes")}
    street = (model.where, model.units, model.offenders, model.waiting(), model.scene.usual)
    days = [day | own for day, own in zip(series, scenario.days, strict=True)]
    return [row.tolist() for row in rows], books, [str(part.tolist()) for part in street], days


def begun(world, morning, names):
    model = CityModel(world, first_day=FIRST)
    model.scenarios = [Scenario(world, CHOICES[name], FIRST, name) for name in names]
    restore(model, morning)
    return model


def lived(world, morning, names):
    """{name: what is told of that scenario}, all of them begun on one street; and how many streets were lived, and days of them."""
    model, forks, found, streets, days = begun(world, morning, names), [], {}, 0, 0
    while True:
        before = model.day
        model.live(FIRST + DAYS - before)
        streets, days = streets + 1, days + FIRST + DAYS - before
        found |= {scenario.name: told(model, scenario) for scenario in model.scenarios}
        forks += model.forks
        if not forks:
            return found, streets, days
        model = CityModel(world, first_day=FIRST)
        join(model, forks.pop())


@pytest.fixture(scope="module")
def together(world, morning):
    return lived(world, morning, list(CHOICES))


@pytest.mark.parametrize("name", CHOICES)
def test_a_scenario_on_a_shared_street_is_the_same_as_alone(world, morning, together, name):
    alone, _, _ = lived(world, morning, [name])
    assert together[0][name] == alone[name]


def test_whoever_changes_nothing_on_the_street_costs_no_street(world, morning, together):
    """Some never part, and those that do later part later: fewer streets than scenarios, fewer days than streets would have alone."""
    _, streets, days = together
    assert 2 < streets < len(CHOICES)
    assert days < streets * DAYS
    model = begun(world, morning, ["none", "late", "guards"])
    model.step()
    assert [s.name for s in model.scenarios] == ["none", "late"] and [s.name for s in model.forks[0].scenarios] == ["guards"]
