"""How fast people move: the same walks in plain Mesa, in NumPy, and in the movement kernel on one and two threads.

`python -m experiments.benchmark --csv FILE` writes one row a measurement: workload, implementation, agents, threads,
updates_per_s. The workload: agents in a town of 240 × 240 cells with a river walk towards one of 256 destinations and on to the
next. An *update* is one agent entering one cell; the kernel also counts the person-seconds of every
cell, which the others do not.

All implementations are timed in turn, several times over, and the medians compared, because machines are noisy.
"""

import argparse
import csv
import statistics
import sys
import time
from functools import partial
from pathlib import Path

import numba
import numpy as np
from rich.console import Console
from rich.table import Table

from sim.afoot import TRIP, WHERE, Walked, Where
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


def make_town():
    """A synthetic town of 240 × 240 cells with a river: (city, destinations, first) where `first` int8 (destinations, cells) is the
    step down the flow field of each destination, −1 at its end: what the step-by-step implementations follow."""
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
    return city, ground.anchors, first


def with_mesa(city, anchors, first, agents, seconds):
    """Plain Mesa: `CellAgent`s on an `OrthogonalMooreGrid`, `shuffle_do`, one step an agent. Updates a second."""
    import mesa
    from mesa.discrete_space import CellAgent, OrthogonalMooreGrid

    grid, cells = city.grid, np.flatnonzero(city.walkable)
    steps, next_step = city.ground.steps.tolist(), first.tolist()

    class Walker(CellAgent):
        def __init__(self, model, cell, goal):
            super().__init__(model)
            self.cell, self.goal = cell, goal

        def step(self):
            at = self.cell.coordinate[0] * grid.cols + self.cell.coordinate[1]
            d = next_step[self.goal][at]
            if d < 0:
                self.goal = self.random.randrange(DESTINATIONS)
                return
            self.cell = self.model.grid[divmod(at + steps[d], grid.cols)]

    class Town(mesa.Model):
        def __init__(self):
            super().__init__(rng=1)
            self.grid = OrthogonalMooreGrid((grid.rows, grid.cols), torus=False, random=self.random)
            draw = np.random.default_rng(2)
            for cell, goal in zip(draw.choice(cells, agents), draw.integers(0, DESTINATIONS, agents), strict=True):
                Walker(self, self.grid[divmod(int(cell), grid.cols)], int(goal))

    town = Town()
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds or done == 0:
        town.agents.shuffle_do("step")
        done += agents
    rate = done / (time.perf_counter() - begun)
    town.remove_all_agents()
    mesa.Agent._ids.pop(town, None)
    return rate


def with_numpy(city, anchors, first, agents, seconds):
    """NumPy: all agents take one step at once down the flow fields. Updates a second."""
    draw, cells = np.random.default_rng(2), np.flatnonzero(city.walkable)
    step = np.append(city.ground.steps, 0).astype(np.int64)
    at, goal = draw.choice(cells, agents), draw.integers(0, DESTINATIONS, agents)
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds or done == 0:
        taken = first[goal, at]
        at = at + step[taken]
        arrived = taken < 0
        goal[arrived] = draw.integers(0, DESTINATIONS, int(arrived.sum()))
        done += agents
    return done / (time.perf_counter() - begun)


def with_kernel(city, anchors, first, agents, seconds, threads):
    """The movement kernel: every agent walks to one destination after the other, and every cell's person-seconds are counted.

    Updates (cells entered) a second. All agents set out in one tick; the cells of their walks are counted outside the time.
    """
    numba.set_num_threads(threads)
    draw, grid, cells = np.random.default_rng(2), city.grid, np.flatnonzero(city.walkable)
    people = np.zeros(agents, dtype=PERSON).view(np.recarray)
    people.id, people.home, people.offender, people.walks = np.arange(agents), draw.choice(cells, agents), -1, 1
    rows, last = np.arange(agents, dtype=np.int32), np.zeros(agents, dtype=WHERE).view(np.recarray)
    move.come_home(people, last)
    where = Where(last, rows, agents, last[:0], np.zeros(agents, np.float32), np.zeros(agents, np.int32))
    walked = Walked(
        np.zeros((threads, RING, 2, grid.cells), np.int32), np.zeros((threads, 2, grid.cells), np.int32),
        np.zeros((threads, RING, agents), move.PASSER), np.zeros((threads, RING), np.int32), rows, np.full(agents, -1, np.int32),
        np.zeros(1, np.int64),
    )  # fmt: skip
    failed = np.zeros((threads, 2), np.int32)
    trips, order = np.zeros(agents, dtype=TRIP).view(np.recarray), np.arange(agents, dtype=np.int32)
    trips.person, trips.mode = order, WALK
    decisions, outdoors = np.zeros(agents, np.uint8), np.zeros(len(PURPOSES), np.int64)
    spent, done = 0.0, 0
    while spent < seconds:
        trips.target = draw.choice(anchors, agents)
        walked.street[:], walked.passing[:], last.depart[:], last.arrive[:] = 0, 0, 0, 0
        begun = time.perf_counter()
        move.move(
            city.ground, city.transit, SPEED, outdoors, people, where, trips, order, 0, agents, decisions, walked, failed, 1, 0, 0,
            600 * DECI,
        )  # fmt: skip
        spent += time.perf_counter() - begun
        if failed.any():
            raise RuntimeError(f"a walk failed: {failed}")
        done += cells_walked(city.ground, city.transit, SPEED, people.id, last)
    return done / spent


@numba.njit
def cells_walked(ground, transit, walking, ids, last):
    """Cells entered on the last walks of all."""
    path, enter, total = np.empty(4096, np.int32), np.empty(4096, np.int32), 0
    for p in range(len(ids)):
        n, _ = unroll(ground, transit, walking, 1, ids[p], last[p].depart, last[p].origin, last[p].place, np.int64(WALK), path, enter)
        total += n - 1
    return total


IMPLEMENTATIONS = (("mesa", 1), ("numpy", 1), ("kernel", 1), ("kernel", 2))


def measure(agents, seconds, rounds, console):
    """Median updates a second of every implementation, timed in turn: {(implementation, threads): updates_per_s}."""
    world = make_town()
    found = {key: [] for key in IMPLEMENTATIONS}
    for threads in (1, 2):
        with_kernel(*world, 100, 0.001, threads)  # compiles
    for turn in range(rounds):
        for name, threads in IMPLEMENTATIONS:
            with console.status(f"round {turn + 1} of {rounds}: {name}, {threads} threads"):
                run = {"mesa": with_mesa, "numpy": with_numpy, "kernel": partial(with_kernel, threads=threads)}[name]
                rate = run(*world, agents, seconds)
            found[name, threads].append(rate)
    return {key: statistics.median(rates) for key, rates in found.items()}


def main(arguments=None):
    """Measure, show, and with `--csv` write. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.benchmark", description=__doc__.splitlines()[0])
    parser.add_argument("--csv", help="file to write, one row a measurement")
    parser.add_argument("--agents", type=int, nargs="+", default=[10_000, 100_000], help="how many agents (default 10000 100000)")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds a measurement (default 2)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds over all implementations (default 3)")
    options = parser.parse_args(arguments)
    if min(options.agents) < 1 or options.rounds < 1 or options.seconds <= 0:
        parser.error("--agents and --rounds must be at least 1, --seconds above 0")
    if options.csv and not (Path(options.csv).parent.is_dir() and not Path(options.csv).is_dir()):
        parser.error(f"--csv {options.csv}: no file can be written there; name one in a folder that exists")
    console, rows = Console(stderr=True), []
    threads = numba.config.NUMBA_NUM_THREADS
    if threads < 2:
        console.print("Only one core here: the two-threaded kernel cannot be measured.")
        return 1
    for agents in options.agents:
        found = measure(agents, options.seconds, options.rounds, console)
        rows += [("walk to 256 destinations", name, agents, threads, rate) for (name, threads), rate in found.items()]
    show(rows)
    if options.csv:
        with open(options.csv, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("workload", "implementation", "agents", "threads", "updates_per_s"))
            writer.writerows((*row[:4], f"{row[4]:.0f}") for row in rows)
    return 0


def show(rows):
    table = Table(title="Updates a second: one agent enters one cell")
    for name in ("implementation", "agents", "threads", "million / s", "× Mesa"):
        table.add_column(name, justify="left" if name == "implementation" else "right")
    for _, name, agents, threads, rate in rows:
        mesa = next(r[4] for r in rows if r[1] == "mesa" and r[2] == agents)
        table.add_row(name, f"{agents:,}", str(threads), f"{rate / 1e6:,.2f}", f"{rate / mesa:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
