"""Where the police say that something happened, beside where the model, and simpler maps, expect it.

Notices have a place and a radius within which it is uncertain. A map gives every notice a score: the mean chance of a cell within the
radius, against that of a uniform spread over built-up land; in bits, averaged over notices (the logarithmic score, Good 1952). Notices are
a selection of what is reported: shape only.
"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.facts.places import BUILT
from experiments.facts.rows import offences, xy_m
from sim.city.city import CityError

KINDS = {"violence": ("assault",), "robbery": ("robbery",), "damage": ("vandalism",), "gun_explosive": ("shooting",)}
"""The types of offence of the model that a category of notices is about."""
LEAST = 0.05
"""Part of every map that is spread evenly over built-up land, so that no place is impossible."""
TOO_VAGUE_M = 1500.0


def read_notices(file):
    """Notices of the police with a place: category, year, metres east and north (SWEREF 99 TM), radius in metres. Those at homes are left
    out. Raises `CityError` if the file or the library that projects coordinates is missing."""
    try:
        from pyproj import Transformer
    except ImportError:
        raise CityError("notices of the police need pyproj: pip install 'tryggsim[geo]'") from None
    try:
        with Path(file).open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if row["lon"] and row["home"] == "0" and row["category"] in KINDS]
        degrees = np.array([(row["lon"], row["lat"]) for row in rows], dtype=float).reshape(-1, 2)
        radius = [max(float(row["radius_m"] or 0), 50.0) for row in rows]
        told = pd.DataFrame({"category": [r["category"] for r in rows], "year": [int(r["time_local"][:4]) for r in rows]})
    except (OSError, KeyError, ValueError) as error:
        raise CityError(f"{file}: cannot be read as notices of the police ({error})") from None
    east, north = Transformer.from_crs(4326, 3006, always_xy=True).transform(*degrees.T)
    told = told.assign(east=east, north=north, radius_m=radius)
    return told[told["radius_m"] <= TOO_VAGUE_M].reset_index(drop=True)


def score(notices, runs):
    """One row a category: how many notices, and bits a notice that a map gains over a uniform spread: of residents, of the notices of the
    years before, of the model, and of the model beyond residents with its standard error."""
    run, rows = runs[0], []
    even = spread(np.isin(run.maps["land_use"], BUILT).astype(float))
    east, north = xy_m(run, np.arange(len(even)))
    for category, mine in notices.groupby("category", sort=False):
        newest = mine[mine["year"] == mine["year"].max()]
        older = mine[mine["year"] < mine["year"].max()]
        maps = {
            "residents": residents(run), "notices before": of_notices(older, east, north),
            "model": sum(np.bincount(offences(r, "reported", *KINDS[category])["cell"], minlength=len(even)) for r in runs).astype(float),
        }  # fmt: skip
        gains = {name: bits(newest, spread(values), even, east, north) for name, values in maps.items()}
        beyond = gains["model"] - gains["residents"]
        rows.append(
            {"category": category, "notices": len(newest)} | {name: float(gain.mean()) for name, gain in gains.items()}
            | {"model beyond residents": float(beyond.mean()), "± error": float(beyond.std(ddof=1) / np.sqrt(len(beyond)))}
        )  # fmt: skip
    return pd.DataFrame(rows)


def spread(values):
    """A map as chances of cells: they add up to 1."""
    return values / values.sum() if values.sum() else np.full(len(values), 1 / len(values))


def residents(run):
    """float64 (cells,): residents of each area, spread evenly over its land with homes and in the centre."""
    zone, people = run.maps["zone"], run.maps["asked_by_zone"]
    lived_in = (zone >= 0) & np.isin(run.maps["land_use"], BUILT[:2])
    cells = np.bincount(zone[lived_in], minlength=len(people))
    return np.where(lived_in, (people / np.maximum(cells, 1))[zone], 0.0)


def of_notices(notices, east, north):
    """float64 (cells,): a map of notices, each spread evenly over its disc."""
    chance = np.zeros(len(east))
    for row in notices.itertuples():
        inside = np.hypot(east - row.east, north - row.north) <= row.radius_m
        chance[inside] += 1 / max(inside.sum(), 1)
    return chance


def bits(notices, chance, even, east, north):
    """float64 (notices,): what a map gains on each notice over an even spread, in bits."""
    chance, gains = (1 - LEAST) * chance + LEAST * even, []
    for row in notices.itertuples():
        inside = (np.hypot(east - row.east, north - row.north) <= row.radius_m) & (even > 0)
        if inside.any():
            gains.append(np.log2(chance[inside].sum() / even[inside].sum()))
    return np.array(gains)
