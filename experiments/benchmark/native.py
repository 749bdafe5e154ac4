"""The walks in C (walks.c), compiled on the spot."""

import ctypes
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from experiments.benchmark.walks import SEED, SPEED, TICK_DS
from sim.kernels import line, move
from sim.kernels.plan import MOST_TRIPS
from sim.kernels.walk import DECI
from sim.rng import ROUTE

SOURCE = Path(__file__).with_name("walks.c")
CONSTANTS = {"DECI": DECI, "CENTI": move.CENTI, "SHIFT": line.SHIFT, "ROUTE": ROUTE, "MOST_TRIPS": MOST_TRIPS, "STAY": move.STAY}
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fopenmp", "-shared", "-fPIC")
WHOLE, REAL = ctypes.c_int64, ctypes.c_double


class Grid(ctypes.Structure):
    _fields_ = [(name, WHOLE) for name in ("cells", "cols", "inverse", "reach")] + [(name, REAL) for name in ("cell_m", "bow", "speed")]


class Tick(ctypes.Structure):
    _fields_ = [(name, WHOLE) for name in ("agents", "parts", "ring", "roles", "room", "seed", "tick", "day_ds", "tick_ds")]


class NoCompiler(RuntimeError):
    """There is no C compiler here, or it refuses."""


@lru_cache(maxsize=1)
def compiled():
    """The function `walks` of walks.c. Raises `NoCompiler`."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NoCompiler("no C compiler on the path")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "walks.so"
        constants = [f"-D{name}={value}" for name, value in CONSTANTS.items()]
        told = subprocess.run([compiler, *FLAGS, *constants, SOURCE, "-o", made, "-lm"], capture_output=True, text=True, check=False)
        if told.returncode:
            raise NoCompiler(f"{compiler} refuses: {told.stderr.strip().splitlines()[-1]}")
        walks = ctypes.CDLL(str(made)).walks
    walks.restype = None
    return walks


def set_out(town, walks):
    """All walks at once, as the movement kernel does them, in as many threads as `walks` has accumulators."""
    ground, street = town.city.ground, walks.walked.street
    parts, ring, roles, cells = street.shape
    grid = Grid(cells, ground.cols, ground.inverse, ground.reach, ground.cell_m, ground.bow, SPEED.speed)
    tick = Tick(len(walks.people), parts, ring, roles, walks.walked.passers.shape[2], SEED, 0, 0, TICK_DS)
    arrays = (
        ground.exits, ground.turns, ground.nearest, ground.steps, walks.trips, walks.order, walks.decisions,
        np.ascontiguousarray(walks.people.id), walks.where.trip, walks.walked.stays, street, walks.walked.passers, walks.walked.passing,
        walks.failed,
    )  # fmt: skip
    compiled()(ctypes.byref(grid), ctypes.byref(tick), *(ctypes.c_void_p(array.ctypes.data) for array in arrays))
