"""Where everyone of a model is now, on the street and on duty."""

import numpy as np

from sim.kernels import whereabouts


def people_now(model, rows):
    """int32 (n,): the cells in which the people in `rows` int (n,) are at the beginning of the present tick, −1 in a vehicle."""
    world, cells = model.world, np.empty(len(rows), dtype=np.int32)
    whereabouts.people_at(
        model.city.ground, model.city.transit, model.groups["walk"], world.seed, world.people, model.where, np.asarray(rows, np.int32),
        model.now, model.path, model.enter, cells,
    )  # fmt: skip
    return cells


def units_now(model):
    """int32 (units,): the cells in which patrol units are at the beginning of the present tick, −1 off duty."""
    cells = np.empty(len(model.units), dtype=np.int32)
    whereabouts.units_at(model.city.ground, model.units, model.now, cells)
    return cells
