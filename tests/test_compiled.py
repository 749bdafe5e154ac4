"""Compiled kernels are kept as long as the sources are the same, and no longer."""

import os

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
