"""Any real city from its own files: polygons with population, and where there are such, addresses, places, streets, parking, gates.

Reads GeoJSON and GeoPackage with geopandas, tables as CSV (also gzipped). Needs the optional extra `geo`.
"""

import gzip
import io
from pathlib import Path

import numpy as np

from sim.city.city import (
    CENTRE,
    HOMES,
    LAND_USES,
    MOST_M,
    MOST_RADIUS_M,
    PLACE_KINDS,
    RURAL,
    Blueprint,
    CityError,
    Gate,
    Place,
    Zones,
    sized,
    zoned,
)
from sim.city.grid import grid_around
from sim.disk import MOST_BYTES, readable

try:
    import geopandas
    import pandas as pd
    import shapely
except ImportError:
    geopandas = None

ALIASES = {"education": "university", "station": "rail_station", "nightclub": "nightlife"}
"""Other words for kinds of places. Places of a kind that the model does not know are left out, and counted in a note."""


def blueprint(options, conf, parameters):
    """Lay out the city of `sim.config.Geodata`. Raises `CityError` that names the option and the file."""
    if geopandas is None:
        raise CityError("city=geodata needs the optional extra: pip install 'tryggsim[geo]'")
    areas = read_areas(options, conf)
    zoned(len(areas))
    bounds = areas.total_bounds
    grid = sized(grid_around(bounds[[0, 2]], bounds[[1, 3]], options.cell_m))
    x, y = grid.centre(np.arange(grid.cells))
    zone = np.full(grid.cells, -1, dtype=np.int16)
    for z, shape in enumerate(areas.geometry):
        west, south, east, north = shape.bounds
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north) & (zone < 0))
        zone[near[shapely.contains_xy(shape, x[near], y[near])]] = z
    places, notes = read_places(options, conf, parameters["city.place_radius"])
    weight = np.where(zone >= 0, 1.0, 0.0).astype(np.float32)
    if options.addresses:
        east, north = read_points("city.addresses", options.addresses, conf, options.crs)
        cell = grid.cell_of(east, north)
        weight = np.bincount(cell[cell >= 0], minlength=grid.cells).astype(np.float32) * (zone >= 0)
    zones = _zones(areas, options, places, parameters)
    return Blueprint(
        options.name, grid, zone, zones, _every_zone(weight, zone, zones.population), places, read_gates(options, conf, places),
        streets=_touched("city.streets", options.streets, conf, options.crs, grid),
        parking=_touched("city.parking", options.parking, conf, options.crs, grid), latitude=options.latitude,
        longitude=options.longitude, attribution=options.attribution, notes=notes,
    )  # fmt: skip


def found(option, path, conf):
    """The file that an option names: absolute, from the working directory, or inside conf/."""
    for candidate in (Path(path), Path(conf) / path):
        if path and candidate.is_file():
            try:
                return readable(candidate)
            except OSError as error:
                raise CityError(f"{option}={path}: {error}; take a part of it") from None
    raise CityError(f"{option}={path}: no such file (an absolute path, or one from the working directory or conf/)")


def read_layer(option, path, conf, crs):
    """A GeoJSON or GeoPackage file in the metric system `crs`: by its first letters, so that none leads to other files."""
    file = found(option, path, conf)
    try:
        with file.open("rb") as stream:
            first = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        if not first.startswith((b"{", b"SQLite format 3\0")):
            raise ValueError("it begins like neither")
        layer = geopandas.read_file(file)
    except Exception as error:
        raise CityError(f"{option}={file}: cannot be read as GeoJSON or GeoPackage ({str(error).splitlines()[0]})") from None
    if layer.empty:
        raise CityError(f"{option}={file}: holds no feature")
    try:
        layer = (layer if layer.crs else layer.set_crs("EPSG:4326")).to_crs(crs)
    except Exception as error:
        raise CityError(f"city.crs={crs}: not a coordinate system that the file can be brought into ({error})") from None
    if not layer.crs.is_projected or layer.crs.axis_info[0].unit_name != "metre":
        raise CityError(f"city.crs={crs}: must be in metres, as EPSG:3006 is for Sweden")
    if not (np.abs(layer.total_bounds) <= MOST_M).all():
        raise CityError(f"{option}={file}: its coordinates cannot be brought into {crs}; does the file name the system that they are in?")
    return layer


def read_areas(options, conf):
    """The polygons, with the columns that the options name."""
    areas = read_layer("city.areas", options.areas, conf, options.crs)
    if not areas.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise CityError(f"city.areas={options.areas}: must hold polygons only")
    for option in ("area_name", "population", "district", "land_use", "workplaces", "burdened"):
        column = getattr(options, option)
        columns = [c for c in areas if c != areas.geometry.name]
        if (column or option == "population") and column not in columns:
            known = ", ".join(columns)
            raise CityError(f"city.{option}={column}: {options.areas} has no such column (it has {known})")
    areas[options.population] = pd.to_numeric(areas[options.population], errors="coerce")
    wrong = ~(areas[options.population] >= 0)
    if wrong.any():
        name = areas[options.area_name][wrong].iloc[0] if options.area_name else int(wrong.to_numpy().argmax()) + 1
        raise CityError(f"city.population={options.population}: {options.areas}, area {name}: must be a number of 0 or more")
    return areas


def _zones(areas, options, places, parameters):
    population = areas[options.population].to_numpy(float)
    hectares = areas.area.to_numpy() / 1e4
    if options.land_use:
        words = areas[options.land_use].astype(str)
        if not words.isin(LAND_USES).all():
            raise CityError(f"city.land_use={options.land_use}: allowed in it are {', '.join(LAND_USES)}")
        use = words.map(LAND_USES.index).to_numpy()
    else:
        use = np.where(population / hectares < parameters["city.rural_below"], RURAL, HOMES)
        lively = [shapely.Point(p.east, p.north) for p in places if p.kind in ("nightlife", "rail_station")]
        use = np.where([any(shape.contains(p) for p in lively) for shape in areas.geometry], CENTRE, use)
    if options.workplaces:
        jobs = pd.to_numeric(areas[options.workplaces], errors="coerce").fillna(0).to_numpy(float)
    else:
        jobs = population * np.where(use == CENTRE, parameters["city.centre_jobs"], 1.0)
    level = areas[options.burdened].fillna("").astype(str) if options.burdened else pd.Series("", index=areas.index)
    burdened, worst = level.ne(""), level.eq(options.worst) if options.worst else level.ne("")
    if options.worst and not worst.any():
        raise CityError(f"city.worst={options.worst}: no area of {options.areas} has that in its column {options.burdened}")
    text = lambda column: list(areas[column].astype(str)) if column else ["" for _ in range(len(areas))]  # noqa: E731
    return Zones(text(options.area_name), text(options.district), use, population, jobs, burdened.to_numpy(), worst.to_numpy())


def _every_zone(weight, zone, population):
    """Home weights in which every peopled zone has some: one without an address gets all its cells."""
    has = np.bincount(zone[zone >= 0], weights=weight[zone >= 0], minlength=len(population))
    bare = (has <= 0) & (population > 0)
    return np.where((zone >= 0) & bare[zone], 1.0, weight).astype(np.float32)


def read_points(option, path, conf, crs):
    """(east, north) float64 of the rows of a CSV table with lon and lat, or easting_m and northing_m, or of a layer of points."""
    file = found(option, path, conf)
    if ".csv" not in file.suffixes:
        points = read_layer(option, path, conf, crs).geometry.centroid
        return points.x.to_numpy(), points.y.to_numpy()
    return _coordinates(option, file, read_table(option, file), crs)


def read_table(option, file):
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            text = stream.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES // 10**6} MB")
        return pd.read_csv(io.BytesIO(text))
    except Exception as error:
        raise CityError(f"{option}={file}: cannot be read as a table ({str(error).splitlines()[0]})") from None


def _coordinates(option, file, table, crs):
    for first, second, system in (("easting_m", "northing_m", crs), ("lon", "lat", "EPSG:4326")):
        if first in table and second in table:
            numbers = table[[first, second]].apply(pd.to_numeric, errors="coerce")
            if numbers.isna().any(axis=None):
                row = int(numbers.isna().any(axis=1).to_numpy().argmax()) + 2
                raise CityError(f"{option}={file}, line {row}: {first} and {second} must be numbers")
            points = geopandas.GeoSeries(geopandas.points_from_xy(numbers[first], numbers[second]), crs=system).to_crs(crs)
            x, y = points.x.to_numpy(), points.y.to_numpy()
            if not (np.abs(np.concatenate([x, y])) <= MOST_M).all():
                raise CityError(f"{option}={file}: {first} and {second} of some rows lie nowhere on earth")
            return x, y
    raise CityError(f"{option}={file}: needs the columns lon and lat, or easting_m and northing_m")


def read_places(options, conf, radius_m):
    """Places from a table with name and kind (or category), coordinates, and radius_m; `radius_m` metres where the table states none.

    Returns them, and lines for the user on what was left out.
    """
    if not options.places:
        return [], ()
    file = found("city.places", options.places, conf)
    table = read_table("city.places", file)
    kind = next((c for c in ("kind", "category") if c in table), None)
    if kind is None or "name" not in table:
        raise CityError(f"city.places={file}: needs the columns name and kind (one of {', '.join(PLACE_KINDS)})")
    kinds = table[kind].astype(str).replace(ALIASES)
    east, north = _coordinates("city.places", file, table, options.crs)
    radius = pd.to_numeric(table["radius_m"], errors="coerce") if "radius_m" in table else pd.Series(np.nan, index=table.index)
    radius = radius.where(radius > 0, radius_m)
    if (radius > MOST_RADIUS_M).any():
        raise CityError(f"city.places={file}: radius_m={radius.max():g}; allowed are {MOST_RADIUS_M:,} metres")
    rows = zip(table["name"].astype(str), kinds, east, north, radius, strict=True)
    places = [Place(n, k, float(e), float(no), float(r)) for n, k, e, no, r in rows if k in PLACE_KINDS]
    unknown = kinds[~kinds.isin(PLACE_KINDS)]
    left_out = ", ".join(f"{kind} {n}" for kind, n in unknown.value_counts().head(8).items())
    note = f"city.places={file}: left out places of {unknown.nunique()} kinds that the model does not know ({left_out})"
    return places, (f"{note}; known are {', '.join(PLACE_KINDS)}",) if len(unknown) else ()


def read_gates(options, conf, places):
    """Gates from a table with name, kind, coordinates and share; where there is none, the rail stations, all alike."""
    if not options.gates:
        stations = [p for p in places if p.kind == "rail_station"]
        return [Gate(p.name, p.east, p.north, "rail", 1.0 / len(stations)) for p in stations]
    file = found("city.gates", options.gates, conf)
    table = read_table("city.gates", file)
    if not {"name", "kind", "share"} <= set(table):
        raise CityError(f"city.gates={file}: needs the columns name, kind (rail or road) and share")
    east, north = _coordinates("city.gates", file, table, options.crs)
    for line, gate in enumerate(table.itertuples(index=False), 2):
        if gate.kind not in ("rail", "road"):
            raise CityError(f"city.gates={file}, line {line}: kind {gate.kind}; allowed are rail and road")
    table["share"] = pd.to_numeric(table["share"], errors="coerce")
    return [
        Gate(r.name, float(e), float(n), r.kind, float(r.share)) for r, e, n in zip(table.itertuples(index=False), east, north, strict=True)
    ]


def _touched(option, path, conf, crs, grid):
    """bool (cells,): cells that the lines of a layer touch; None without a file."""
    if not path:
        return None
    layer = read_layer(option, path, conf, crs)
    touched = np.zeros(grid.cells, dtype=bool)
    for shape in layer.geometry.dropna().explode():
        if shape.geom_type == "LineString":
            touched[grid.line(np.array(shape.coords)[:, :2])] = True
    return touched
