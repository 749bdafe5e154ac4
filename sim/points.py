"""Points in the space of parameters: a table of which every world takes a row, so that uncertain numbers vary from world to world."""

import csv
import math
from functools import lru_cache
from pathlib import Path

from sim.disk import readable
from sim.options import ConfigError

WORLD = "world"
WHERE = "conf/experiment/, study.points"


def point_of(file, seed):
    """({parameter: value}, seed of the world) that a job takes from a CSV `file` with a column a parameter: job 1 the first row, and from
    the first on again when there are more jobs than rows. A column `world` says which world lives a row; else each has its own. Raises
    `ConfigError` if there is no such table."""
    columns, rows = _read(str(file), _changed(file))
    point = dict(zip(columns, rows[(seed - 1) % len(rows)], strict=True))
    return point, int(point.pop(WORLD, seed))


def _changed(file):
    try:
        return Path(file).stat().st_mtime_ns
    except OSError as error:
        raise ConfigError(f"study.points={file}: cannot be read ({error.strerror}; {WHERE})") from None


@lru_cache(maxsize=4)
def _read(file, _):
    """(names, rows of floats); again only when the file has changed."""
    try:
        with readable(file).open(encoding="utf-8", newline="") as lines:
            names, *rows = [line for line in csv.reader(lines) if line] or [[]]
            rows = [[float(value) for value in row] for row in rows]
    except (OSError, ValueError, csv.Error) as error:
        raise ConfigError(f"study.points={file}: must be a CSV with a column of numbers for each parameter ({error}; {WHERE})") from None
    if len(set(names)) < len(names):
        raise ConfigError(f"study.points={file}: has two columns of one name ({WHERE})")
    worlds = [row[names.index(WORLD)] for row in rows if WORLD in names and len(row) == len(names)]
    if any(not 0 <= world < 2**32 or world != int(world) for world in worlds):
        raise ConfigError(f"study.points={file}: column {WORLD} must hold whole numbers, 0 or more ({WHERE})")
    if not rows or any(len(row) != len(names) or not all(map(math.isfinite, row)) for row in rows):
        raise ConfigError(f"study.points={file}: needs a row of numbers for each world, and no gaps ({WHERE})")
    return names, rows
