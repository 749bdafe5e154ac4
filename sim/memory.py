"""What a model remembers at dawn, and another model of the same world that goes on from there."""

import copy

import numpy as np

from sim import guardians
from sim.afoot import KEPT, keep_walked
from sim.kernels.patrol import WAITING
from sim.model import CityModel
from sim.scene import MEMORY


def memory_of(model):
    """Everything that a later day of a model that nobody guides, and of its first scenario, depends on, as named arrays; valid at dawn
    (before the first tick of a day)."""
    street = {f"scene.{name}": getattr(model.scene, name) for name in MEMORY}
    street |= {f"walked.{name}": getattr(model.walked, name) for name in KEPT}
    street |= {"trip": model.last_trips(), "hurt": model.where.hurt, "gave_up": model.where.gave_up}
    return street | state_of(model) | model.scenario.memory()


def restore(model, memory):
    """Let a model go on from a `memory` of the same world, whatever the measures of either; each of its scenarios does."""
    for scenario in model.scenarios:
        scenario.resume(memory)
        scenario.pull_levers(int(memory["tick"]) // model.clock.ticks_a_day)
    for name in MEMORY:
        getattr(model.scene, name)[...] = memory[f"scene.{name}"]
    keep_walked(model.walked, {name: memory[f"walked.{name}"] for name in KEPT})
    model.where.trip[: len(model.where.row)] = memory["trip"]
    model.where.hurt[:], model.where.gave_up[:] = memory["hurt"], memory["gave_up"]
    go_on_from(model, memory)


def beside(model, scenarios):
    """A model that goes on where another `model` is, with these `scenarios`, which have lived the morning and part from it."""
    other = CityModel(model.world, (), model.first_day, hot_basis=model.hot_basis, beside=model)
    other.scenarios = scenarios
    go_on_from(other, state_of(model))
    for name in ("books", "before", "seconds"):
        setattr(other, name, copy.deepcopy(getattr(model, name)))
    other.books.trips = model.books.trips
    other.log.days, other.log.before = model.log.days.copy(), model.log.before
    other.datacollector.model_vars = model.series()
    return other


def state_of(model):
    """What a later day depends on, beside what cells hold and who is on foot."""
    return {
        "units": model.units, "offenders": model.offenders, "waits": model.waiting(), "hot": model.hot, "tick": np.array(model.tick),
        "yesterday": model.log.yesterday(),
    }  # fmt: skip


def go_on_from(model, state):
    """Let a model go on from the `state` of another, under the levers of its own scenarios."""
    model.offenders[...], model.hot[...] = state["offenders"], state["hot"]
    model.tick = int(state["tick"])
    model.log.resume(state["yesterday"])
    model.units = None
    model.pull_levers()
    guardians.keep_history(model.units, state["units"].view(np.recarray))
    waits = state["waits"]
    model.waits[: len(waits)] = waits
    model.cursor[WAITING] = len(waits)
