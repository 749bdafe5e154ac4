"""Small worlds for tests: a synthetic town whose people, offences and parameters are the program's own."""

import json
import os
from datetime import date
from functools import cache

import pandas as pd
import pytest
import yaml
from numba import njit

from sim import compiled, justice, street_lives
from sim.city import malmo, town
from sim.city.city import build_city
from sim.config import CONF, REGISTRY
from sim.model import PHASES, CityModel
from sim.outcomes.files import INDEX, digests
from sim.parameters import Parameters, read_registry
from sim.population.people import read_age_table
from sim.world import make_offences, make_world

LIVELY = (
    {
        f"offence.{name}.rate": value
        for name, value in (
            ("assault", 30.0),
            ("robbery", 30.0),
            ("pickpocketing", 15.0),
            ("bicycle_theft", 0.7),
            ("burglary", 3.0),
            ("vandalism", 3.0),
            ("graffiti", 0.4),
            ("drug_dealing", 12.0),
            ("sexual_offence", 10.0),
        )
    }
    | {f"offence.{name}.crowd": 15.0 for name in ("assault", "robbery", "pickpocketing", "sexual_offence")}
    | {
        "offence.drug_dealing.crowd": 1.0,
        "offender.participation": 0.06,
        "offence.vandalism.repeat": 0.5,
        "offence.burglary.repeat": 4.0,
        "offence.vandalism.light": 2.0,
        "offence.graffiti.light": 2.0,
    }
)
"""Many more moments of motive than anywhere, so that a small town in a few days has something to compare."""
COURSES = {f"course.{name}.at_risk": 1.0 for name in ("partner_violence", "honour_oppression", "child_marriage", "extremism")} | {
    f"course.{name}.rate": value
    for name, value in (
        ("partner_violence.begins", 5.0), ("partner_violence.seeks_shelter", 12.0), ("honour_oppression.conflict", 10.0),
        ("honour_oppression.tells", 10.0), ("honour_oppression.is_heard", 0.05), ("child_marriage.is_married", 20.0),
        ("child_marriage.is_noticed", 0.5), ("extremism.is_drawn_in", 5.0), ("extremism.is_referred", 0.5),
    )
}  # fmt: skip
"""Everyone in every course, so that a small town in a few days has lives to compare as well."""
JUSTICE = {
    f"offence.{name}.{field}": value
    for name in ("assault", "robbery", "pickpocketing", "drug_dealing", "attack_on_crew")
    for field, value in (("together", 1.0), ("detain", 0.6), ("solve", 0.9), ("investigate", 1.0))
} | {
    "network.near": 0.1, "offence.drug_dealing.member": 0.2, "course.network.hangs_around.rate": 100.0, "course.network.joins.rate": 100.0,
    "course.network.asks_for_exit.rate": 1.0, "course.criminal_economy.at_risk": 1.0, "course.criminal_economy.opens.rate": 100.0,
    "course.criminal_economy.comes_to_notice.rate": 50.0, "course.straw_car.is_found.rate": 5.0, "crown.fear": 2.0, "crown.value": 8.0,
    "offence.attack_on_crew.rate": 200.0, "offence.attack_on_crew.crowd": 1.0, "calls.ambulance.day": 400.0, "calls.ambulance.crews": 400.0,
    "calls.rescue.crews": 400.0, "calls.ambulance.public": 1.0, "calls.rescue.day": 60.0,
    "risk.severity": 1.0, "service.inspection.work": 2.0, "law.on_scene": 0.8,
    "force.ambulance.call_service": 14400.0, "risk.reach": 200.0, "service.investigation.work": 2.0, "service.investigation.pace": 8.0,
    "service.investigation.capacity": 1500.0,
}  # fmt: skip
"""Arrests, accomplices, networks and attacks enough for a few days."""


def pytest_configure(config):
    """Kernels that were compiled from other sources are forgotten before anything is tested, once for all processes."""
    if not hasattr(config, "workerinput"):
        compiled.forget_stale(compiled.folders(), compiled.sources())


@cache
def entrance(part):
    """A way from Python into an inner part of a kernel."""
    return njit(lambda *arguments: part(*arguments))


@cache
def small_city(side=24, anchors=16, cell_m=50.0, population=2000, river=True):
    return build_city(town.blueprint(side, population, cell_m, river), Parameters(read_registry(REGISTRY)), anchors)


@cache
def malmo_city(anchors=128, cell_m=50.0):
    parameters = Parameters(read_registry(REGISTRY))
    return build_city(malmo.blueprint(CONF / "city" / "tables_malmo", cell_m, parameters), parameters, anchors)


def small_world(overrides=LIVELY, *, city=None, seed=1, residents=2000, fraction=1.0, days=3, tick_s=600, gone=(), start=date(2018, 9, 14)):
    """A world of a town, by default one with 2,000 residents who all walk, from a Friday on."""
    parameters = Parameters(read_registry(REGISTRY), overrides)
    offences = make_offences(yaml.safe_load((CONF / "offence" / "street.yaml").read_text(encoding="utf-8")), parameters)
    table = read_age_table(CONF / "population" / "age_sex.csv")
    services = yaml.safe_load((CONF / "service" / "malmo.yaml").read_text(encoding="utf-8"))
    courses = yaml.safe_load((CONF / "course" / "malmo.yaml").read_text(encoding="utf-8"))
    return make_world(
        city or small_city(), table, offences, services, courses, parameters, seed=seed, residents=residents, fraction=fraction,
        start=start, days=days, tick_s=tick_s, gone=gone,
    )  # fmt: skip


def live(world, measures=(), days=3, first_day=0, shards=1):
    """A model after so many days."""
    model = CityModel(world, measures, first_day, shards)
    model.live(days)
    return model


def live_up_to(model, last):
    """The phases of the present tick, up to and with the one of this name."""
    for phase in PHASES:
        phase(model)
        if phase.__name__ == last:
            return


def live_after(model, last):
    """The rest of the present tick, from the phase after the one of this name."""
    names = [phase.__name__ for phase in PHASES]
    for phase in PHASES[names.index(last) + 1 :]:
        phase(model)
    model.tick += 1


@pytest.fixture(scope="session")
def parameters():
    return Parameters(read_registry(REGISTRY))


@pytest.fixture(scope="session")
def world():
    return small_world()


@pytest.fixture(scope="session")
def lived(world):
    """The town after three days without measures."""
    return live(world)


@pytest.fixture(scope="session")
def real_city():
    """Folder with the real geodata of Malmö, from the environment variable TRYGGSIM_MALMO_DATA."""
    folder = os.environ.get("TRYGGSIM_MALMO_DATA", "")
    if not os.path.isdir(folder):
        pytest.skip("TRYGGSIM_MALMO_DATA names no folder with the Malmö geodata (areas, addresses, roads)")
    return folder


def past_cases(world, days):
    """The cases of so many days before, shared among the offenders as their courses stand at the first dawn."""
    return justice.past_cases(world, justice.motives(world, street_lives.standing(world.start.lives, world)), world.start.made, days)


def made_by(place, versions):
    """Let a run say that other `versions` of code and data have made it."""
    summary = json.loads((place / "summary.json").read_text(encoding="utf-8"))
    (place / "summary.json").write_text(json.dumps(summary | {"versions": versions}), encoding="utf-8")
    pd.read_parquet(place / INDEX).assign(versions=json.dumps(versions)).to_parquet(place / INDEX, index=False)
    (place / "DONE").write_text(json.dumps(digests(place)), encoding="utf-8")
