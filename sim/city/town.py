"""Synthetic towns, for tests and teaching: a square with a centre, parks, a river with bridges, and gates at its corners."""

from itertools import product

import numpy as np

from sim.city.city import CENTRE, HOMES, INDUSTRY, Barrier, Blueprint, Gate, Place, Zones
from sim.city.grid import Grid

QUARTER_M = 2500
"""Width from which on a town has quarters, each with places of its own."""


def blueprint(side, population, cell_m, river=True):
    """A town of `side` × `side` walkable cells and `population` residents, in zones of at most 16 × 16 cells.

    The middle zone is the centre; one corner is industry; a river with two bridges crosses the town where it is at least
    16 cells wide and `river` is true. A town of more than twice QUARTER_M has as many quarters as fit into it.
    """
    grid = Grid(side + 2, side + 2, cell_m, 0.0, 0.0)
    row, col = np.divmod(np.arange(grid.cells), grid.cols)
    land = (row >= 1) & (row <= side) & (col >= 1) & (col <= side)
    blocks = max(1, side // 16)
    block_row = np.minimum((row - 1) * blocks // side, blocks - 1)
    block_col = np.minimum((col - 1) * blocks // side, blocks - 1)
    zone = np.where(land, block_row * blocks + block_col, -1).astype(np.int16)
    n = blocks * blocks
    land_use = np.full(n, HOMES)
    land_use[n // 2] = CENTRE
    if n > 4:
        land_use[0] = INDUSTRY
    share = np.where(land_use == INDUSTRY, 0.2, np.where(land_use == CENTRE, 2.0, 1.0))
    jobs = np.where(land_use == HOMES, 1.0, 5.0)
    zones = Zones(
        name=[f"Zone {z + 1}" for z in range(n)],
        district=[f"District {z // max(1, n // 4) + 1}" for z in range(n)],
        land_use=land_use,
        population=population * share / share.sum(),
        workplaces=population * 0.5 * jobs / jobs.sum(),
        burdened=np.arange(n) == n - 1,
        worst=np.arange(n) == n - 1,
    )
    return Blueprint(
        "town", grid, zone, zones, land.astype(np.float32), _places(side, cell_m), _gates(side, cell_m),
        _river(side, cell_m) if river and side >= 16 else [],
        attribution="A synthetic town.",
    )  # fmt: skip


def _at(side, cell_m, u, v):
    return (1 + u * side) * cell_m, (1 + v * side) * cell_m


def _quarters(side, cell_m):
    """Quarters in a row, and in a column, of a town."""
    return max(1, int(side * cell_m // QUARTER_M))


def _places(side, cell_m):
    """Places of each kind in every quarter."""
    layout = [
        ("Central station", "rail_station", 0.50, 0.42), ("Bus square", "bus_hub", 0.58, 0.56),
        ("Market square", "square", 0.45, 0.55), ("East square", "square", 0.85, 0.7),
        ("Bar street", "nightlife", 0.53, 0.50), ("Mall", "mall", 0.30, 0.60), ("Town park", "park", 0.70, 0.30),
        ("Cinema", "cinema", 0.42, 0.47), ("North school", "school", 0.25, 0.85), ("South school", "school", 0.75, 0.15),
        ("College", "university", 0.35, 0.35), ("Hospital", "hospital", 0.65, 0.65), ("Police station", "police", 0.55, 0.60),
    ]  # fmt: skip
    n, places = _quarters(side, cell_m), []
    for down, right in product(range(n), repeat=2):
        number = f" {1 + n * down + right}" if n > 1 else ""
        for name, kind, u, v in layout:
            places.append(Place(name + number, kind, *_at(side, cell_m, (right + u) / n, (down + v) / n), radius_m=1.5 * cell_m))
    return places


def _gates(side, cell_m):
    """A railway to the station of the middle quarter, and a road."""
    n = _quarters(side, cell_m)
    east, north = _at(side, cell_m, (n // 2 + 0.5) / n, (n // 2 + 0.42) / n)
    west_end = _at(side, cell_m, 0.02, 0.5)
    return [Gate("Train", east, north, "rail", 0.6), Gate("West road", *west_end, "road", 0.4)]


def _river(side, cell_m):
    course = np.array([_at(side, cell_m, u, 0.22 + 0.05 * np.sin(6 * u)) for u in np.linspace(-0.05, 1.05, 12)])
    bridges = np.array([course[3], course[8]])
    return [Barrier("River", "water", course, bridges)]
