"""How a run was made: in how many seconds, when, on which machine, with which versions. Nothing that is told of the city depends on it."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("tryggsim", "mesa", "numba", "numpy", "pandas", "pyarrow", "scipy")


def made(seconds):
    """{seconds by phase of the model, finished, machine, versions}, as plain values for `made.json`."""
    machine = {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()}
    versions = {"python": platform.python_version()} | {name: version_of(name) for name in PACKAGES}
    return {"seconds": seconds, "finished": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, "versions": versions}


def version_of(package):
    """The version that is installed; "" for a checkout that is not."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
