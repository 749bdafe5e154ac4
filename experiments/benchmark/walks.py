"""The workload: agents in a town of 240 × 240 cells with a river walk towards one of 256 destinations, and on to the next."""

from collections import namedtuple

import numpy as np
from numba import njit

from sim.afoot import TRIP, WHERE, Walked, Where, chains
from sim.city import town
from sim.city.city import build_city
from sim.config import REGISTRY
from sim.kernels import flow, move
from sim.kernels.plan import PURPOSES
from sim.kernels.walk import DECI, WALK, unroll
from sim.parameters import Parameters, read_registry
from sim.population.people import PERSON

SIDE, DESTINATIONS, RING = 240, 256, 40
SPEED = Parameters(read_registry(REGISTRY)).group("walk")
SEED, TICK_DS = 1, 600 * DECI

Town = namedtuple("Town", "city anchors first")
Town.__doc__ = """`city`; `anchors` int32 (destinations,) their cells; `first` int8 (destinations, cells) the step down the flow field of
each, −1 at its end: what implementations follow that go step by step."""

Walks = namedtuple("Walks", "people trips order decisions where walked failed outdoors")
Walks.__doc__ = """All that a departure reads and writes, as in sim.afoot: one trip on foot for every agent."""


def make_town():
    """The Town of 240 × 240 cells."""
    parameters = Parameters(read_registry(REGISTRY))
    city = build_city(town.blueprint(SIDE, 100_000, 50.0), parameters, DESTINATIONS)
    ground, cells = city.ground, np.flatnonzero(city.walkable)
    first = np.full((DESTINATIONS, city.grid.cells), -1, dtype=np.int8)
    distance, queue = np.empty((2, city.grid.cells), dtype=np.int32)
    cost = np.full(city.grid.cells, 10, np.uint8)
    length = np.where(np.arange(8) % 2 == 0, 100, 140)
    for d, anchor in enumerate(ground.anchors):
        flow.field(ground.exits, cost, ground.steps, anchor, distance, queue, np.empty(city.grid.cells, np.uint8))
        there = distance[np.minimum(cells[:, None] + ground.steps, city.grid.cells - 1)] + length
        there = np.where(ground.exits[cells][:, None] >> np.arange(8) & 1, there, flow.FAR)
        first[d, cells] = np.where(cells == anchor, -1, there.argmin(axis=1))
    return Town(city, ground.anchors, first)


def make_walks(town, agents, threads):
    """Walks of so many agents, at home in cells drawn at random, with accumulators for each of the threads."""
    draw, cells = np.random.default_rng(2), np.flatnonzero(town.city.walkable)
    people = np.zeros(agents, dtype=PERSON).view(np.recarray)
    people.id, people.home, people.offender, people.walks = np.arange(agents), draw.choice(cells, agents), -1, 1
    rows, last = np.arange(agents, dtype=np.int32), np.zeros(agents, dtype=WHERE).view(np.recarray)
    move.come_home(people, last)
    where = Where(last, rows, agents, last[:0], np.zeros(agents, np.float32), np.zeros(agents, np.int32))
    grid, room = town.city.grid, agents // threads + 1
    walked = Walked(
        np.zeros((threads, RING, 2, grid.cells), np.int32), np.zeros((threads, 2, grid.cells), np.int32),
        np.zeros((2, grid.cells), np.int64),
        np.zeros((threads, RING, room), move.PASSER), np.zeros((threads, RING), np.int32), rows, np.full(agents, -1, np.int32),
        np.zeros(1, np.int64), np.full(grid.cells, -1, np.int32), **chains(agents),
    )  # fmt: skip
    trips, order = np.zeros(agents, dtype=TRIP).view(np.recarray), np.arange(agents, dtype=np.int32)
    trips.person, trips.mode = order, WALK
    failed, outdoors = np.zeros((threads, 2), np.int32), np.zeros(len(PURPOSES), np.int64)
    return Walks(people, trips, order, np.zeros(agents, np.uint8), where, walked, failed, outdoors)


def next_destinations(town, walks, draw):
    """Everyone has arrived, and is to set out to another of the destinations, which `draw` (a NumPy generator) chooses."""
    walks.trips.target = draw.choice(town.anchors, len(walks.people))
    walks.walked.street[:], walks.walked.passing[:] = 0, 0
    walks.where.trip.depart[:], walks.where.trip.arrive[:] = 0, 0


def cells_walked(town, walks):
    """Cells entered on the last walks of all."""
    return _cells_walked(town.city.ground, town.city.transit, SPEED, walks.people.id, walks.where.trip)


@njit
def _cells_walked(ground, transit, walking, ids, last):
    path, enter, total = np.empty(4096, np.int32), np.empty(4096, np.int32), 0
    for p in range(len(ids)):
        n, _ = unroll(ground, transit, walking, SEED, ids[p], last[p].depart, last[p].origin, last[p].place, np.int64(WALK), path, enter)
        total += n - 1
    return total
