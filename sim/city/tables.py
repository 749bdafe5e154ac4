"""Plain tables of a city: CSV files whose columns have types, read with messages that name file, line and column."""

import csv
from pathlib import Path

import numpy as np

from sim.city.city import BARRIERS, LAND_USES, MOST_M, MOST_RADIUS_M, PLACE_KINDS, Barrier, CityError, Gate, Place
from sim.disk import readable

PLACES = {"name": str, "kind": PLACE_KINDS, "easting_m": float, "northing_m": float, "radius_m": float}
GATES = {"name": str, "kind": ("rail", "road"), "easting_m": float, "northing_m": float, "share": float}
BARRIER_POINTS = {"name": str, "kind": BARRIERS, "easting_m": float, "northing_m": float, "crossing": ("0", "1")}
AREAS = {
    "area": str, "district": str, "easting_m": float, "northing_m": float, "land_km2": float, "addresses": float, "population": float,
    "land_use": LAND_USES, "workplaces": float, "police_level": str,
}  # fmt: skip
OUTLINE = {"easting_m": float, "northing_m": float}


def table(path, columns):
    """Rows of a CSV file as dictionaries with the types of `columns` {name: str, float or the allowed words}.

    Raises `CityError` for a file that cannot be read, has no rows or lacks a column, and for a value that does not fit.
    """
    path = Path(path)
    try:
        with readable(path).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CityError(f"city file {path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if not rows:
        raise CityError(f"city file {path}: has no rows")
    for name in columns:
        if name not in rows[0]:
            raise CityError(f"city file {path}: lacks the column {name} (it needs {', '.join(columns)})")
    return [{name: _typed(row[name], kind, f"{path}, line {n}, {name}") for name, kind in columns.items()} for n, row in enumerate(rows, 2)]


def _typed(text, kind, where):
    if kind is str:
        return text or ""
    if kind is float:
        try:
            value = float(text)
        except (TypeError, ValueError):
            raise CityError(f"city file {where}={text}: not a number") from None
        if not abs(value) <= MOST_M:  # coordinates are the largest numbers of a table
            raise CityError(f"city file {where}={text}: not a number of {MOST_M:,} at most")
        return value
    if text not in kind:
        raise CityError(f"city file {where}={text}: allowed are {', '.join(kind)}")
    return text


def places(path):
    """Places of a table with the columns `PLACES`."""
    rows = table(path, PLACES)
    for n, row in enumerate(rows, 2):
        if not 0 <= row["radius_m"] <= MOST_RADIUS_M:
            raise CityError(f"city file {path}, line {n}, radius_m={row['radius_m']:g}: allowed is 0 to {MOST_RADIUS_M:,} metres")
    return [Place(r["name"], r["kind"], r["easting_m"], r["northing_m"], r["radius_m"]) for r in rows]


def gates(path):
    """Gates of a table with the columns `GATES`."""
    return [Gate(r["name"], r["easting_m"], r["northing_m"], r["kind"], r["share"]) for r in table(path, GATES)]


def barriers(path):
    """Barriers of a table with the columns `BARRIER_POINTS`: consecutive rows of one name are one line."""
    lines = {}
    for row in table(path, BARRIER_POINTS):
        lines.setdefault((row["name"], row["kind"]), []).append((row["easting_m"], row["northing_m"], row["crossing"] == "1"))
    made = []
    for (name, kind), rows in lines.items():
        if len(rows) < 2:
            raise CityError(f"city file {path}: barrier {name} has one point; a line needs two")
        points = np.array([r[:2] for r in rows])
        made.append(Barrier(name, kind, points, points[[r[2] for r in rows]]))
    return made
