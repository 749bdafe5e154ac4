"""Compiled kernels are kept as long as the sources are the same, and no longer."""

import os
import subprocess
import sys

import pytest
from numba import njit

from sim import compiled
from sim.kernels import inner


@pytest.fixture
def kept(tmp_path):
    """A folder with something compiled, and two sources."""
    for name in ("walk.way-1.nbi", "walk.way-1.1.nbc", "walk.cpython.pyc"):
        (tmp_path / name).touch()
    sources = [tmp_path / "walk.py", tmp_path / "move.py"]
    for file in sources:
        file.write_text("one = 1\n")
    compiled.forget_stale([tmp_path], sources)
    (tmp_path / "move.move-2.nbi").touch()
    (tmp_path / "compiled-by-numba").touch()
    return tmp_path, sources


def names(folder):
    return {file.name for file in folder.iterdir() if not file.name.startswith("sources-")}


def test_what_is_compiled_from_the_same_sources_is_kept(kept):
    folder, sources = kept
    assert names(folder) == {"walk.cpython.pyc", "walk.py", "move.py", "move.move-2.nbi", "compiled-by-numba"}
    compiled.forget_stale([folder], reversed(sources))
    assert "move.move-2.nbi" in names(folder)


@pytest.mark.parametrize("change", ["content", "time", "another"])
def test_a_change_in_any_source_makes_all_of_it_stale(kept, change):
    folder, sources = kept
    if change == "content":
        sources[0].write_text("one = 11\n")
    elif change == "time":
        os.utime(sources[0], ns=(1, 1))
    else:
        sources = [*sources, folder / "plan.py"]
        sources[-1].touch()
    compiled.forget_stale([folder], sources)
    assert {name for name in names(folder) if not name.endswith(".py")} == {"walk.cpython.pyc"}


def test_the_model_knows_where_its_own_are_kept():
    names = {file.name for file in compiled.sources()}
    assert len(set(compiled.folders())) == 3 and names >= {"offend.py", "walk.py", "rng.py", "stand_ins.py"}
    assert compiled.stamp().parent == compiled.folders()[0]


def test_a_kernel_is_compiled_once_for_all_numbers_that_stand_where_it_is_called():
    @inner
    def twice(a):
        return 2 * a

    @njit
    def called():
        return twice(3) + twice(4) + twice(0)

    assert called() == 14 and len(twice.overloads) == 1


STUDY = """
import gc, sys
from numba.core.dispatcher import Dispatcher
from experiments.living import compile_kernels, live_job
from sim.compose import jobs
config, = jobs(sys.argv[1:])
compile_kernels(config)
missed = lambda: {(f.__module__, f.__name__, s) for f in gc.get_objects() if isinstance(f, Dispatcher) for s in f.stats.cache_misses}
before = missed()
live_job(config)
for miss in missed() - before:
    print(*miss)
"""


def test_after_compiling_beforehand_a_study_compiles_nothing(tmp_path):
    said = ["city=town", "city.side=16", "population.residents=600", "population.fraction=1.0", "study.warmup=1", "study.days=2",
            "seeds=1", f"results={tmp_path}"]  # fmt: skip
    clean = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "compiled")}
    done = subprocess.run([sys.executable, "-c", STUDY, *said], env=clean, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert list(tmp_path.rglob("made.json"))
