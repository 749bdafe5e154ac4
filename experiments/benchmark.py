"""How fast people move: the same walks in plain Mesa, in NumPy, and in the movement kernel on one and two threads.

`python -m experiments.benchmark --csv FILE` writes one row a measurement: workload, implementation, agents, threads,
updates_per_s. The workload is PERFORMANCE's: agents on a 240 × 240 grid walk, one neighbouring cell an update, towards one of
256 destinations and on to the next. An *update* is one agent entering one cell; the kernel also counts the person-seconds of every
cell, which the others do not.

All implementations are timed in turn, several times over, and the medians compared, because machines are noisy.
"""

import argparse
import csv
import statistics
import sys
import time

import numba
import numpy as np
from rich.console import Console
from rich.table import Table

from sim.city.city import Ground, Transit
from sim.city.grid import Grid
from sim.config import REGISTRY
from sim.kernels import flow, move
from sim.kernels.plan import PURPOSES
from sim.kernels.walk import DECI, WALK
from sim.parameters import Parameters, read_registry
from sim.population.people import PERSON
from sim.rng import key64, mix
from sim.world import TRIP, WHERE

SIDE, DESTINATIONS = 240, 256
SPEED = Parameters(read_registry(REGISTRY)).group("walk")


def make_ground(seed=1):
    """An open grid with random obstacles on a tenth of it: (grid, ground, walkable cells, destinations)."""
    draw = np.random.default_rng(seed)
    grid = Grid(SIDE + 2, SIDE + 2, 50.0, 0.0, 0.0)
    row, col = np.divmod(np.arange(grid.cells), grid.cols)
    walkable = (row > 0) & (row <= SIDE) & (col > 0) & (col <= SIDE) & (draw.random(grid.cells) > 0.1)
    exits = np.zeros(grid.cells, dtype=np.uint8)
    flow.open_exits(walkable.astype(np.uint8), grid.steps, exits)
    label = np.empty(grid.cells, dtype=np.int32)
    flow.components(exits, grid.steps, label)
    walkable = label == np.argmax(np.bincount(label[label >= 0]))
    flow.open_exits(walkable.astype(np.uint8), grid.steps, exits)
    cells = np.flatnonzero(walkable)
    anchors = draw.choice(cells, DESTINATIONS, replace=False).astype(np.int32)
    masks, nearest = np.zeros((DESTINATIONS, grid.cells), dtype=np.uint8), np.empty(grid.cells, dtype=np.int16)
    flow.fields(exits, np.full(grid.cells, 10, np.uint8), grid.steps, anchors, masks, nearest, np.empty(grid.cells, np.int32))
    ground = Ground(exits, masks, nearest, anchors, grid.steps, np.int64(grid.cols), grid.cell_m, np.int64(30), 0.2)
    return grid, ground, cells.astype(np.int32), anchors


def with_mesa(grid, ground, cells, anchors, agents, seconds):
    """Plain Mesa: `CellAgent`s on an `OrthogonalMooreGrid`, `shuffle_do`, one step an agent. Updates a second."""
    import mesa
    from mesa.discrete_space import CellAgent, OrthogonalMooreGrid

    first = [[int(np.flatnonzero([m >> d & 1 for d in range(8)])[0]) if m else -1 for m in field] for field in ground.flow[:32].tolist()]

    class Walker(CellAgent):
        def __init__(self, model, cell, goal):
            super().__init__(model)
            self.cell, self.goal = cell, goal

        def step(self):
            at = self.cell.coordinate[0] * grid.cols + self.cell.coordinate[1]
            d = first[self.goal][at]
            if d < 0:
                self.goal = self.random.randrange(32)
                return
            to = at + int(ground.steps[d])
            self.cell = self.model.grid[divmod(to, grid.cols)]

    class Town(mesa.Model):
        def __init__(self):
            super().__init__(rng=1)
            self.grid = OrthogonalMooreGrid((grid.rows, grid.cols), torus=False, random=self.random)
            draw = np.random.default_rng(2)
            for cell, goal in zip(draw.choice(cells, agents), draw.integers(0, 32, agents), strict=True):
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


def with_numpy(grid, ground, cells, anchors, agents, seconds):
    """NumPy: all agents take one step at once down the flow fields. Updates a second."""
    draw = np.random.default_rng(2)
    first = np.full(256, -1)
    for mask in range(1, 256):
        first[mask] = next(d for d in range(8) if mask >> d & 1)
    step = np.append(ground.steps, 0)[first]
    at, goal = draw.choice(cells, agents), draw.integers(0, DESTINATIONS, agents)
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds or done == 0:
        mask = ground.flow[goal, at]
        at = at + step[mask]
        arrived = mask == 0
        goal[arrived] = draw.integers(0, DESTINATIONS, int(arrived.sum()))
        done += agents
    return done / (time.perf_counter() - begun)


def with_kernel(grid, ground, cells, anchors, agents, seconds, threads):
    """The movement kernel: every agent walks trip after trip to one of the destinations. Updates (cells entered) a second."""
    numba.set_num_threads(threads)
    draw = np.random.default_rng(2)
    people = np.zeros(agents, dtype=PERSON).view(np.recarray)
    people.id, people.home, people.offender, people.walks = np.arange(agents), draw.choice(cells, agents), -1, 1
    where = np.zeros(agents, dtype=WHERE).view(np.recarray)
    move.come_home(people, where)
    transit = Transit(np.zeros(grid.cells, np.int32), cells[:1], np.zeros(1, bool), np.zeros(1, np.int32))
    ring, shards = 60, threads
    street, presence = np.zeros((shards, ring, 2, grid.cells), np.int32), np.zeros((shards, 2, grid.cells), np.int32)
    passers, passing = np.zeros((shards, ring, 12 * agents), move.PASSER), np.zeros((shards, ring), np.int32)
    stays, failed = np.full(agents, -1, np.int32), np.zeros((shards, 2), np.int32)
    trips, order = np.zeros(agents, dtype=TRIP).view(np.recarray), np.arange(agents, dtype=np.int32)
    trips.person, trips.mode = order, WALK
    decisions, outdoors = np.zeros(agents, np.uint8), np.zeros(len(PURPOSES), np.int64)
    spent, tick_ds = 0.0, 600 * DECI
    tick = 0
    while spent < seconds:
        trips.target = draw.choice(anchors, agents)
        street[:], passing[:] = 0, 0
        where.arrive[:] = 0
        begun = time.perf_counter()
        move.move(
            ground, transit, SPEED, outdoors, people, where, trips, order, 0, agents, decisions, street, presence, passers, passing, stays,
            failed, 1, tick, 0, tick_ds,
        )  # fmt: skip
        spent += time.perf_counter() - begun
        if failed.any():
            raise RuntimeError(f"a walk failed: {failed}")
        walked = float(street.sum()) / 100 * SPEED.speed
        tick += 1
    return tick, walked, spent


def cells_of(grid, ground, cells, anchors, agents):
    """Cells entered by one round of walks of `with_kernel`, counted outside its time."""
    from sim.kernels.walk import way

    draw = np.random.default_rng(2)
    homes = draw.choice(cells, agents)
    targets = draw.choice(anchors, agents)
    path, total = np.empty(4096, np.int32), 0
    sample = min(agents, 20_000)
    for i in range(sample):
        total += way(ground, homes[i], targets[i], np.uint64(mix(key64(np.uint64(i), np.uint64(1)))), path)
    return total * agents / sample


IMPLEMENTATIONS = (("mesa", 1), ("numpy", 1), ("kernel", 1), ("kernel", 2))


def measure(agents, seconds, rounds, console):
    """Median updates a second of every implementation, timed in turn: {(implementation, threads): updates_per_s}."""
    world = make_ground()
    steps = cells_of(*world, agents)
    found = {key: [] for key in IMPLEMENTATIONS}
    with_kernel(*world, 1000, 0.0001, 1), with_kernel(*world, 1000, 0.0001, 2)
    for turn in range(rounds):
        for name, threads in IMPLEMENTATIONS:
            with console.status(f"round {turn + 1} of {rounds}: {name}, {threads} threads"):
                if name == "mesa":
                    rate = with_mesa(*world, agents, seconds)
                elif name == "numpy":
                    rate = with_numpy(*world, agents, seconds)
                else:
                    walks, _, spent = with_kernel(*world, agents, seconds, threads)
                    rate = walks * steps / spent
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
