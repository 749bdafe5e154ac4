"""Saving and forking: what a model remembers at dawn, and another model of the same world that goes on from there."""

import copy
from dataclasses import dataclass

import numpy as np

from sim import guardians
from sim.kernels.patrol import WAITING
from sim.scene import MEMORY


@dataclass(frozen=True)
class Fork:
    """Where `scenarios` leave a model on a morning that they have lived already: `street` is what it remembered at dawn, and `kept` what
    it had written down of the study so far."""

    scenarios: list
    street: dict
    kept: dict


def memory_of(model):
    """Everything that a later day of a model and of its first scenario depends on, as named arrays; valid at dawn (before the first tick of
    a day)."""
    return street_of(model) | model.scenario.memory()


def restore(model, memory):
    """Let a model go on from a `memory` of the same world, whatever the measures of either; each of its scenarios does."""
    for scenario in model.scenarios:
        scenario.resume(memory)
        scenario.pull_levers(int(memory["tick"]) // model.clock.ticks_a_day)
    go_on_from(model, memory)


def fork(model, scenarios):
    """These of the `scenarios` of a model, to go on without it. What is in the fork changes no more."""
    street = {name: np.array(value) for name, value in street_of(model).items()}
    kept = {name: copy.deepcopy(getattr(model, name)) for name in ("books", "before", "seconds")}
    kept |= {"log": (model.log.days.copy(), model.log.before), "series": model.series()}
    return Fork(scenarios, street, kept)


def join(model, left):
    """Let a fresh model of the same world go on with the scenarios of a fork."""
    model.scenarios = left.scenarios
    for name in ("books", "before", "seconds"):
        setattr(model, name, left.kept[name])
    go_on_from(model, left.street)
    model.log.days, model.log.before = left.kept["log"]
    model.datacollector.model_vars = left.kept["series"]


def street_of(model):
    """Everything that a later day of the street depends on, as named arrays; valid at dawn."""
    kept = {f"scene.{name}": getattr(model.scene, name) for name in MEMORY}
    return kept | {
        "where": model.where, "units": model.units, "offenders": model.offenders, "waits": model.waiting(), "hot": model.hot,
        "tick": np.array(model.tick), "yesterday": model.log.yesterday(),
    }  # fmt: skip


def go_on_from(model, street):
    """Let the street go on from what another one remembered, under the levers of this model's scenarios."""
    for name in MEMORY:
        getattr(model.scene, name)[...] = street[f"scene.{name}"]
    for name in ("where", "offenders", "hot"):
        getattr(model, name)[...] = street[name]
    model.tick = int(street["tick"])
    model.log.resume(street["yesterday"])
    model.units = None
    model.pull_levers()
    guardians.keep_history(model.units, street["units"].view(np.recarray))
    waits = street["waits"]
    model.waits[: len(waits)] = waits
    model.cursor[WAITING] = len(waits)
