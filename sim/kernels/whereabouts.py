"""Where people and patrols are at a moment, for whoever wants to see them: nothing in the model depends on it."""

from numba import njit

from sim.kernels.patrol import cell_on_leg, on_duty
from sim.kernels.walk import unroll

HIDDEN = -1
"""Instead of a cell: in a vehicle, off duty."""


@njit(cache=True)
def people_at(ground, transit, walking, seed, people, where, rows, time, path, enter, cells):
    """Fill `cells` int32 (n,) with where the people in `rows` are at a `time` (tenths of a second): on their way the cell that they cross,
    HIDDEN in a vehicle; `path`, `enter` are room for a way (see `walk.unroll`)."""
    for i in range(len(rows)):
        last = where.trip[where.row[rows[i]]]
        if time >= last.arrive:
            cells[i] = last.place
        elif time < last.depart:
            cells[i] = last.origin
        else:
            person = people[rows[i]].id
            entries, _ = unroll(ground, transit, walking, seed, person, last.depart, last.origin, last.place, last.mode, path, enter)
            k = 0
            while k + 1 < entries and enter[k + 1] <= time - last.depart:
                k += 1
            cells[i] = path[k]


@njit(cache=True)
def units_at(ground, units, time, cells):
    """Fill `cells` int32 (units,) with where the units of all forces are at a `time` (tenths of a second), HIDDEN off duty."""
    for u in range(len(units)):
        cells[u] = cell_on_leg(ground, units, u, time) if on_duty(units, u, time) else HIDDEN
