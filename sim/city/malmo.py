"""Embedded Malmö: plain tables of figures beside the configuration, and nothing else.

136 areas with centroid, land area, addresses and population; the land outline; some hundred places; barriers; gates.
Cells belong to the area in whose power diagram they lie (Aurenhammer 1987): the nearest centroid after each squared
distance is reduced by the area's own squared radius. Homes fill each area from its centroid outwards, as many cells as its
addresses need.
"""

import csv
from pathlib import Path

import numpy as np

from sim.city.city import LAND_USES, Barrier, Blueprint, CityError, Gate, Place, Zones
from sim.city.grid import grid_around
from sim.city.polygon import inside_polygon

ATTRIBUTION = (
    "Areas, outline and most places are figures derived from OpenStreetMap (© OpenStreetMap contributors, ODbL 1.0), "
    "Malmö stad (CC0) and Statistics Sweden (SCB); workplaces, land use, barriers and gates are our own judgement."
)


def blueprint(folder, cell_m, parameters):
    """Read the tables in `folder` (areas, outline, places, barriers, gates: CSV) into a `Blueprint` on cells of `cell_m` metres."""
    areas, outline = table(folder, "areas"), table(folder, "outline")
    corners = np.array([[float(r["easting_m"]), float(r["northing_m"])] for r in outline])
    grid = grid_around(corners[:, 0], corners[:, 1], cell_m)
    x, y = grid.centre(np.arange(grid.cells))
    centre = np.array([[float(r["easting_m"]), float(r["northing_m"])] for r in areas])
    land_m2 = np.array([float(r["land_km2"]) for r in areas]) * 1e6
    land = inside_polygon(corners, x, y)
    cells = np.flatnonzero(land)
    zone = np.full(grid.cells, -1, dtype=np.int16)
    zone[cells] = _power_diagram(x[cells], y[cells], centre, land_m2)
    homes = _homes(grid, zone, centre, np.array([float(r["addresses"]) for r in areas]), parameters)
    zones = Zones(
        name=[r["area"] for r in areas],
        district=[r["district"] for r in areas],
        land_use=np.array([LAND_USES.index(r["land_use"]) for r in areas]),
        population=np.array([float(r["population"]) for r in areas]),
        workplaces=np.array([float(r["workplaces"]) for r in areas]),
        burdened=np.array([r["police_level"] != "" for r in areas]),
    )
    return Blueprint(
        "malmo", grid, zone, zones, homes, places(folder), gates(folder), barriers(folder), attribution=ATTRIBUTION
    )


def table(folder, name):
    """Rows of `<folder>/<name>.csv` as dictionaries. Raises `CityError` if the file is missing or empty."""
    path = Path(folder) / f"{name}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise CityError(f"city file {path}: cannot be read ({error.strerror})") from None
    if not rows:
        raise CityError(f"city file {path}: has no rows")
    return rows


def places(folder):
    """The places of a folder's `places.csv`."""
    return [
        Place(r["name"], r["kind"], float(r["easting_m"]), float(r["northing_m"]), float(r["radius_m"]))
        for r in table(folder, "places")
    ]


def gates(folder):
    """The gates of a folder's `gates.csv`."""
    return [
        Gate(r["name"], float(r["easting_m"]), float(r["northing_m"]), r["kind"], float(r["share"]))
        for r in table(folder, "gates")
    ]


def barriers(folder):
    """The barriers of a folder's `barriers.csv`: consecutive rows of one name are one line."""
    lines = {}
    for row in table(folder, "barriers"):
        lines.setdefault((row["name"], row["kind"]), []).append(row)
    made = []
    for (name, kind), rows in lines.items():
        points = np.array([[float(r["easting_m"]), float(r["northing_m"])] for r in rows])
        open_here = np.array([r["crossing"] == "1" for r in rows])
        made.append(Barrier(name, kind, points, points[open_here]))
    return made


def _power_diagram(x, y, centre, land_m2):
    best = np.full(len(x), np.inf)
    zone = np.zeros(len(x), dtype=np.int16)
    for z, ((east, north), area) in enumerate(zip(centre, land_m2, strict=True)):
        power = (x - east) ** 2 + (y - north) ** 2 - area / np.pi
        closer = power < best
        best[closer] = power[closer]
        zone[closer] = z
    return zone


def _homes(grid, zone, centre, addresses, parameters):
    """Weight 1 for the cells nearest each centroid, as many as hold the area's addresses at the stated density."""
    weight = np.zeros(grid.cells, dtype=np.float32)
    needed = addresses / (parameters["city.addresses_per_hectare"] * grid.cell_m**2 / 1e4)
    for z, (east, north) in enumerate(centre):
        cells = np.flatnonzero(zone == z)
        x, y = grid.centre(cells)
        nearest = np.argsort(np.hypot(x - east, y - north), kind="stable")
        weight[cells[nearest[: max(1, int(round(needed[z])))]]] = 1.0
    return weight
