"""Embedded Malmö: plain tables of figures beside the configuration, and nothing else.

136 areas with centroid, land area, addresses and population; the land outline; some hundred places; barriers; gates.
Cells belong to the area in whose power diagram they lie (Aurenhammer 1987): the nearest centroid after each squared
distance is reduced by the area's own squared radius. Homes fill each area from its centroid outwards, as many cells as its
addresses need.
"""

from pathlib import Path

import numpy as np

from sim.city import tables
from sim.city.city import LAND_USES, Blueprint, Zones, sized, zoned
from sim.city.grid import grid_around
from sim.city.polygon import inside_polygon

ATTRIBUTION = (
    "Areas, outline and most places are figures derived from OpenStreetMap (© OpenStreetMap contributors, ODbL 1.0), "
    "Malmö stad (CC0) and Statistics Sweden (SCB); workplaces, land use, barriers and gates are our own judgement."
)


def blueprint(folder, cell_m, parameters):
    """Read the tables in `folder` (areas, outline, places, barriers, gates: CSV) into a `Blueprint` on cells of `cell_m` metres."""
    folder = Path(folder)
    areas = tables.table(folder / "areas.csv", tables.AREAS)
    zoned(len(areas))
    column = lambda name: np.array([row[name] for row in areas])  # noqa: E731
    corners = np.array([[r["easting_m"], r["northing_m"]] for r in tables.table(folder / "outline.csv", tables.OUTLINE)])
    grid = sized(grid_around(corners[:, 0], corners[:, 1], cell_m))
    x, y = grid.centre(np.arange(grid.cells))
    centre = np.stack([column("easting_m"), column("northing_m")], axis=1)
    cells = np.flatnonzero(inside_polygon(corners, x, y))
    zone = np.full(grid.cells, -1, dtype=np.int16)
    zone[cells] = _power_diagram(x[cells], y[cells], centre, column("land_km2") * 1e6)
    zones = Zones(
        name=list(column("area")),
        district=list(column("district")),
        land_use=np.array([LAND_USES.index(use) for use in column("land_use")]),
        population=column("population"),
        workplaces=column("workplaces"),
        burdened=column("police_level") != "",
        worst=column("police_level") == "sarskilt_utsatt",
    )
    return Blueprint(
        "malmo", grid, zone, zones, fill_homes(grid, zone, centre, column("addresses"), parameters), tables.places(folder / "places.csv"),
        tables.gates(folder / "gates.csv"), tables.barriers(folder / "barriers.csv"), attribution=ATTRIBUTION,
    )  # fmt: skip


def _power_diagram(x, y, centre, land_m2):
    best = np.full(len(x), np.inf)
    zone = np.zeros(len(x), dtype=np.int16)
    for z, ((east, north), area) in enumerate(zip(centre, land_m2, strict=True)):
        power = (x - east) ** 2 + (y - north) ** 2 - area / np.pi
        closer = power < best
        best[closer] = power[closer]
        zone[closer] = z
    return zone


def fill_homes(grid, zone, centre, addresses, parameters):
    """Weight 1 for the cells nearest each centroid, as many as hold the area's addresses at the stated density."""
    weight = np.zeros(grid.cells, dtype=np.float32)
    needed = addresses / (parameters["city.addresses_per_hectare"] * grid.cell_m**2 / 1e4)
    for z, (east, north) in enumerate(centre):
        cells = np.flatnonzero(zone == z)
        x, y = grid.centre(cells)
        nearest = np.argsort(np.hypot(x - east, y - north), kind="stable")
        weight[cells[nearest[: max(1, int(round(needed[z])))]]] = 1.0
    return weight
