"""What is kept of compiled kernels from one process to the next, and when it is out of date.

Numba looks at the file in which a kernel stands, and not at those of the kernels that it calls: after a change there it would go on with
what it compiled before. So all of it is forgotten when any of these files has changed.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

import llvmlite
import numba
from llvmlite.binding import get_host_cpu_features, get_host_cpu_name

from sim import rng
from sim.config import HERE
from sim.kernels.offend import offend
from sim.population import stand_ins


def folders():
    """Where Numba keeps what it compiles of the model's functions."""
    return [Path(function.stats.cache_path) for function in (offend, stand_ins.assign, rng.words)]


def forget_stale(folders, sources):
    """Remove what is kept in `folders` if it was not compiled from these `sources` (files), as they are now. A folder to which nobody may
    write is left as it is."""
    told = repr([(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(sources)])
    marker = f"sources-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    for folder in folders:
        if (folder / marker).exists():
            continue
        with suppress(OSError):
            for kept in ("*.nbi", "*.nbc", "sources-*", "compiled-*"):
                for file in folder.glob(kept):
                    file.unlink(missing_ok=True)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / marker).touch()


def sources():
    """The files that kernels are compiled from: they import nothing else of the model."""
    return [*HERE.glob("kernels/*.py"), Path(rng.__file__), Path(stand_ins.__file__)]


def stamp():
    """The file that says that every kernel is compiled, for this Numba and this processor."""
    made_by = repr((numba.__version__, llvmlite.__version__, get_host_cpu_name(), get_host_cpu_features().flatten()))
    return folders()[0] / f"compiled-{hashlib.sha256(made_by.encode()).hexdigest()[:16]}"
