"""The same walks in plain Mesa, mesa-frames, NumPy, compiled step by step, in C, and in the movement kernel. Each takes (town, agents,
seconds, threads) and returns updates a second; an *update* is one agent entering one cell.

The kernel and its twin in C also write down which person-seconds every cell gets in which tick, and who passes; what is compiled step by
step counts how many are in every cell; the others do not. Those that go step by step let an agent that has arrived go on elsewhere.
"""

import time

import numba
import numpy as np
from numba import njit, prange

from experiments.benchmark import native
from experiments.benchmark.walks import DESTINATIONS, SEED, SPEED, TICK_DS, cells_walked, make_walks, next_destinations
from sim.kernels import move
from sim.rng import mix

MOST_FOR_OBJECTS = 1_000_000
"""Agents above which an object for each would take minutes to make and more memory than many machines have."""


class Skipped(RuntimeError):
    """An implementation that cannot be measured here; the message says why."""


def with_mesa(town, agents, seconds, threads):
    """Plain Mesa: `CellAgent`s on an `OrthogonalMooreGrid`, `shuffle_do`, one step an agent."""
    import mesa
    from mesa.discrete_space import CellAgent, OrthogonalMooreGrid

    if agents > MOST_FOR_OBJECTS:
        raise Skipped(f"an object for each of {agents:,} agents takes minutes to make")
    grid, cells = town.city.grid, np.flatnonzero(town.city.walkable)
    steps, next_step = town.city.ground.steps.tolist(), town.first.tolist()

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

    class Streets(mesa.Model):
        def __init__(self):
            super().__init__(rng=1)
            self.grid = OrthogonalMooreGrid((grid.rows, grid.cols), torus=False, random=self.random)
            draw = np.random.default_rng(2)
            for cell, goal in zip(draw.choice(cells, agents), draw.integers(0, DESTINATIONS, agents), strict=True):
                Walker(self, self.grid[divmod(int(cell), grid.cols)], int(goal))

    streets = Streets()
    rate = stepped(lambda: streets.agents.shuffle_do("step"), agents, seconds)
    streets.remove_all_agents()
    mesa.Agent._ids.pop(streets, None)
    return rate


def with_frames(town, agents, seconds, threads):
    """mesa-frames without its Grid: one frame of agents, all of which take one step at once by expressions of Polars."""
    try:
        import mesa_frames
        import polars as pl
    except ImportError as error:
        raise Skipped(f"mesa-frames is not installed ({error}); pip install git+https://github.com/mesa/mesa-frames beartype") from None
    steps, first = pl.Series(np.append(town.city.ground.steps, 0)), pl.Series(town.first.reshape(-1))
    cells, many = np.flatnonzero(town.city.walkable), town.city.grid.cells

    class Walkers(mesa_frames.AgentSet):
        def __init__(self, model):
            super().__init__(model)
            draw = np.random.default_rng(2)
            self.add(pl.DataFrame({"at": draw.choice(cells, agents), "goal": draw.integers(0, DESTINATIONS, agents)}))

        def step(self):
            taken = first.gather(self.df["goal"] * many + self.df["at"])
            other = pl.Series(self.random.integers(0, DESTINATIONS, len(self.df)))
            self.df = self.df.with_columns(
                at=pl.col("at") + steps.gather((taken + 9) % 9), goal=pl.when(taken < 0).then(other).otherwise(pl.col("goal"))
            )

    class Streets(mesa_frames.Model):
        def __init__(self):
            super().__init__(seed=1)
            self.sets += Walkers(self)

        def step(self):
            self.sets.do("step")

    return stepped(Streets().step, agents, seconds)


def with_numpy(town, agents, seconds, threads):
    """NumPy: all agents take one step at once down the flow fields."""
    draw, cells = np.random.default_rng(2), np.flatnonzero(town.city.walkable)
    step = np.append(town.city.ground.steps, 0).astype(np.int64)
    at, goal = draw.choice(cells, agents), draw.integers(0, DESTINATIONS, agents)

    def all_step():
        nonlocal at
        taken = town.first[goal, at]
        at = at + step[taken]
        arrived = taken < 0
        goal[arrived] = draw.integers(0, DESTINATIONS, int(arrived.sum()))

    return stepped(all_step, agents, seconds)


def with_steps(town, agents, seconds, threads):
    """Compiled, step by step: every agent takes a step every 36 seconds and is counted, whoever has arrived goes on from elsewhere. Agents
    stand in order of their destinations, so that one flow field at a time is read."""
    numba.set_num_threads(threads)
    draw, cells = np.random.default_rng(2), np.flatnonzero(town.city.walkable).astype(np.int32)
    at, goal = draw.choice(cells, agents), np.sort(draw.integers(0, DESTINATIONS, agents)).astype(np.int16)
    step, there = np.append(town.city.ground.steps, 0).astype(np.int32), np.zeros((threads, town.city.grid.cells), np.int32)
    all_step(town.first, step, cells, goal, at, 0, there)
    turn = iter(range(1, 2**40))
    return stepped(lambda: all_step(town.first, step, cells, goal, at, next(turn), there), agents, seconds)


@njit(cache=True, parallel=True)
def all_step(first, step, cells, goal, at, turn, there):
    """Move everyone, in `at` int32 (agents,) on the way to destination `goal` int16 (agents,), by one cell, and count them in `there` int32
    (parts, cells)."""
    agents, parts = len(at), len(there)
    for part in prange(parts):
        for i in range(agents * part // parts, agents * (part + 1) // parts):
            taken = first[goal[i], at[i]]
            if taken < 0:
                at[i] = cells[mix(np.uint64(turn) << np.uint64(32) | np.uint64(i)) % np.uint64(len(cells))]
            else:
                at[i] += step[taken]
            there[part, at[i]] += 1


def stepped(step, agents, seconds):
    """Updates a second of `step()`, which moves everyone by a cell."""
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds or done == 0:
        step()
        done += agents
    return done / (time.perf_counter() - begun)


def with_kernel(town, agents, seconds, threads):
    """The movement kernel: every agent walks to one destination after the other."""
    numba.set_num_threads(threads)
    return walked(town, agents, seconds, threads, set_out)


def with_c(town, agents, seconds, threads):
    """The same algorithm in C."""
    try:
        native.compiled()
    except native.NoCompiler as error:
        raise Skipped(str(error)) from None
    return walked(town, agents, seconds, threads, native.set_out)


def set_out(town, walks):
    """All walks at once by the movement kernel."""
    city = town.city
    move.move(
        city.ground, city.transit, SPEED, walks.outdoors, walks.people, walks.where, walks.trips, walks.order, 0, len(walks.people),
        walks.decisions, walks.walked, walks.failed, SEED, 0, 0, TICK_DS,
    )  # fmt: skip


def walked(town, agents, seconds, threads, set_out):
    """Updates (cells entered) a second of walks by `set_out`. All agents leave in one tick; the cells of their walks are counted outside
    the time."""
    walks, draw, spent, done = make_walks(town, agents, threads), np.random.default_rng(2), 0.0, 0
    while spent < seconds:
        next_destinations(town, walks, draw)
        begun = time.perf_counter()
        set_out(town, walks)
        spent += time.perf_counter() - begun
        if walks.failed.any():
            raise RuntimeError(f"a walk failed: {walks.failed}")
        done += cells_walked(town, walks)
    return done / spent


@njit(cache=True, parallel=True)
def triad(a, b, c, parts):
    """a = b + 3 c (McCalpin 1995), in so many parts."""
    n = len(a)
    for part in prange(parts):
        for i in range(n * part // parts, n * (part + 1) // parts):
            a[i] = b[i] + 3.0 * c[i]


def bandwidth(seconds, threads):
    """Bytes a second that memory moves for the triad of McCalpin (1995), whose arrays are larger than any cache."""
    numba.set_num_threads(threads)
    a, b, c = np.zeros(16_000_000), np.ones(16_000_000), np.ones(16_000_000)
    triad(a, b, c, threads)
    return stepped(lambda: triad(a, b, c, threads), a.nbytes * 3, seconds)


IMPLEMENTATIONS = {
    "plain Mesa": (with_mesa, (1,)), "mesa-frames": (with_frames, (2,)), "NumPy": (with_numpy, (1,)),
    "compiled, step by step": (with_steps, (1, 2)), "the movement kernel": (with_kernel, (1, 2)), "the same in C": (with_c, (1, 2)),
}  # fmt: skip
"""What is timed, and with how many threads. Polars takes all cores, as it was set when it was imported."""
