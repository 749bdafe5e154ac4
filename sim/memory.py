"""Saving and forking: what a model remembers at dawn, and another model of the same world that goes on from there."""

import numpy as np

from sim import guardians, harms
from sim.kernels.patrol import WAITING
from sim.scene import MEMORY


def memory_of(model):
    """Everything that a later day of a model depends on, as named arrays; valid at dawn (before the first tick of a day)."""
    kept = {f"scene.{name}": getattr(model.scene, name) for name in MEMORY}
    return kept | {
        "where": model.where, "units": model.units, "offenders": model.offenders, "waits": model.waiting(), "hot": model.hot,
        "tick": np.array(model.tick), "cases": model.casework.cases, "skill": model.casework.skill,
        "yesterday": model.log.yesterday(), "harms": model.harms[-1], "feuds": model.feuds,
    } | harms.memory(model.lives)  # fmt: skip


def restore(model, memory):
    """Let a model go on from a `memory` of the same world, whatever the measures of either."""
    for name in MEMORY:
        getattr(model.scene, name)[...] = memory[f"scene.{name}"]
    for name in ("where", "offenders", "hot", "feuds"):
        getattr(model, name)[...] = memory[name]
    model.tick = int(memory["tick"])
    model.casework.resume(memory["cases"], memory["skill"])
    model.harms = [memory["harms"].view(np.recarray)]
    harms.restore(model.lives, memory)
    model.log.resume(memory["yesterday"])
    model.units = None
    model.pull_levers()
    guardians.keep_history(model.units, memory["units"].view(np.recarray))
    waits = memory["waits"]
    model.waits[: len(waits)] = waits
    model.cursor[WAITING] = len(waits)
