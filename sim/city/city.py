"""From a blueprint (what a source knows about a city) to the city that the model walks in."""

from collections import namedtuple
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sim.city import kept
from sim.city.grid import Grid
from sim.kernels import flow
from sim.kernels.line import SHIFT
from sim.options import UserError

LAND_USES = ("water", "homes", "centre", "industry", "park", "rural")
WATER, HOMES, CENTRE, INDUSTRY, PARK, RURAL = range(6)
PLACE_KINDS = (
    "rail_station", "bus_hub", "square", "nightlife", "mall", "park", "cinema", "arena", "school", "university",
    "hospital", "police", "fire",
)  # fmt: skip
KIND = {kind: code for code, kind in enumerate(PLACE_KINDS)}
BARRIERS = ("motorway", "railway", "water")

Ground = namedtuple("Ground", "exits turns nearest anchors steps cols inverse cell_m reach bow")
Ground.__doc__ = """What a walk needs. exits uint8 (cells,) bit mask of open steps; turns int32 (anchors, cells) the next cell at which
the way to an anchor turns, −1 at its end; nearest int16 (cells,) anchor; anchors int32 (anchors,) cells; steps int32 (8,); cols and
inverse: see kernels.line; cell_m metres; reach: the longest straight line in cells; bow: how far to one side of it people walk, as
a share of the distance."""

Transit = namedtuple("Transit", "stop_of cell hub hub_of")
Transit.__doc__ = """stop_of int32 (cells,) nearest stop; cell int32 (stops,); hub bool (stops,); hub_of int32 (stops,) the hub
at which a traveller from that stop changes."""

Spots = namedtuple("Spots", "first cell cumulative")
Spots.__doc__ = """Destinations of some extent, places first and zones after them: the cells of spot s are cell[first[s]:first[s+1]]
int32, chosen by the cumulative weight float32 (0, 1]."""


MOST_CELLS = 4_000_000
"""Cells of a grid: a hundred kilometres squared in cells of 50 m."""
MOST_ZONES = np.iinfo(np.int16).max
MOST_M = 21_000_000
"""Metres of a coordinate: half the way around the earth."""
MOST_RADIUS_M = 5_000
"""Metres from the middle of a place to its edge."""


class CityError(UserError):
    """A city that cannot be lived in."""


def zoned(number):
    """Raise `CityError` where a city has a greater `number` of areas than can be told apart."""
    if number > MOST_ZONES:
        raise CityError(f"city: has {number:,} areas; allowed are {MOST_ZONES:,}; join some of them")


def sized(grid):
    """The grid of a city. Raises `CityError` where it would take more memory than there is."""
    if grid.cells > MOST_CELLS:
        raise CityError(f"city.cell_m={grid.cell_m:g}: makes {grid.cells:,} cells; allowed are {MOST_CELLS:,}; take larger cells")
    return grid


@dataclass(frozen=True)
class Place:
    """A named place: kind from PLACE_KINDS, centre and radius in metres of the map."""

    name: str
    kind: str
    east: float
    north: float
    radius_m: float


@dataclass(frozen=True)
class Gate:
    """Where people enter and leave: `kind` rail or road; `share` of the commuters who use it."""

    name: str
    east: float
    north: float
    kind: str
    share: float


@dataclass(frozen=True)
class Barrier:
    """A line that cannot be walked across except within a crossing's width of its `crossings` (k, 2), metres."""

    name: str
    kind: str
    points: np.ndarray
    crossings: np.ndarray


@dataclass(frozen=True)
class Zones:
    """The statistical areas: names and districts (str), land use (code), residents and workplaces (float64), burdened
    (bool: designated by the police as vulnerable), and worst (bool: of these, where by the police criminals have the firmest hold)."""

    name: list
    district: list
    land_use: np.ndarray
    population: np.ndarray
    workplaces: np.ndarray
    burdened: np.ndarray
    worst: np.ndarray


@dataclass(frozen=True)
class Blueprint:
    """What a source knows: `zone` int16 (cells,), −1 where there is no land; `home_weight` float32 (cells,) ≥ 0, how many
        homes stand there relative to other cells of the zone; `streets`, `parking` bool (cells,): where main streets run and cars stand,
    None where the source does not say; `notes`: lines for the user on what was left out."""

    name: str
    grid: Grid
    zone: np.ndarray
    zones: Zones
    home_weight: np.ndarray
    places: list
    gates: list
    barriers: list = field(default_factory=list)
    streets: np.ndarray | None = None
    parking: np.ndarray | None = None
    latitude: float = 55.6
    longitude: float = 13.0
    attribution: str = ""
    notes: tuple = ()


@dataclass(frozen=True, eq=False)
class City:
    """A city ready to walk in, equal to itself alone, so that what is derived from it can be kept. Arrays over cells are flat; `walkable`
    bool, `land_use` uint8, `lamp` float32 in [0, 1] (light after dark), `home_weight` and `parking` as in the blueprint; places as
    parallel arrays."""

    name: str
    grid: Grid
    zone: np.ndarray
    zones: Zones
    land_use: np.ndarray
    walkable: np.ndarray
    home_weight: np.ndarray
    lamp: np.ndarray
    places: list
    place_kind: np.ndarray
    place_cell: np.ndarray
    gates: list
    gate_cell: np.ndarray
    ground: Ground
    transit: Transit
    spots: Spots
    latitude: float
    longitude: float
    attribution: str
    parking: np.ndarray | None = None
    notes: tuple = ()

    @cached_property
    def spans(self):
        """int32 (n, 2): in each row of the grid with anything walkable the first such cell, and one after the last."""
        rows = self.walkable.reshape(self.grid.rows, self.grid.cols)
        used = np.flatnonzero(rows.any(axis=1))
        first, last = rows[used].argmax(axis=1), self.grid.cols - rows[used, ::-1].argmax(axis=1)
        return (used[:, None] * self.grid.cols + np.stack([first, last], axis=1)).astype(np.int32)

    def places_of(self, *kinds):
        """Indices of the places of the given kinds, in the order of the table."""
        return np.flatnonzero(np.isin(self.place_kind, [KIND[k] for k in kinds]))


def build_city(plan, parameters, anchors=128, keep=None):
    """Lay out a blueprint: close barriers, keep the largest walkable part, light it, and find the ways, which are kept in the folder
    `keep` where there is one.

    Raises `CityError` when nobody lives there or nobody can walk there.
    """
    _check(plan)
    grid = plan.grid
    land = plan.zone >= 0
    land_use = np.where(land, plan.zones.land_use[np.maximum(plan.zone, 0)], WATER).astype(np.uint8)
    for place in plan.places:
        if place.kind == "park":
            _paint(grid, land_use, land, place, PARK)
    walkable = land_use != WATER
    crossing = np.zeros(grid.cells, dtype=bool)
    for barrier in plan.barriers:
        _close(grid, walkable, crossing, barrier, parameters["city.crossing_width"])
    steps = grid.steps
    exits = np.zeros(grid.cells, dtype=np.uint8)
    walkable = _largest_part(walkable, steps, exits, plan.name)
    home_weight = np.where(walkable, plan.home_weight, 0).astype(np.float32)
    if plan.zones.population.sum() <= 0 or home_weight.sum() <= 0:
        raise CityError(f"city {plan.name}: no people live in it (population and home cells must be positive)")
    cost = _cost(land_use, crossing, plan.streets, parameters)
    ground = _ground(grid, exits, cost, steps, walkable, home_weight, anchors, parameters, keep)
    places = [p for p in plan.places if _nearest_walkable(grid, walkable, p.east, p.north) >= 0]
    place_cell = np.array([_nearest_walkable(grid, walkable, p.east, p.north) for p in places], dtype=np.int32)
    place_kind = np.array([KIND[p.kind] for p in places], dtype=np.int8)
    gates = [g for g in plan.gates if _nearest_walkable(grid, walkable, g.east, g.north) >= 0]
    gate_cell = np.array([_nearest_walkable(grid, walkable, g.east, g.north) for g in gates], dtype=np.int32)
    lamps = parameters.group("light")
    level = np.array([0, lamps.homes, lamps.centre, lamps.industry, lamps.park, lamps.rural], dtype=np.float32)
    return City(
        plan.name, grid, plan.zone, plan.zones, land_use, walkable, home_weight, level[land_use],
        places, place_kind, place_cell, gates, gate_cell, ground,
        _transit(grid, plan.zone, plan.zones, home_weight, walkable, place_kind, place_cell),
        _spots(grid, plan.zone, len(plan.zones.name), home_weight, walkable, places, place_cell, parameters["city.spill"]),
        plan.latitude, plan.longitude, plan.attribution, plan.parking, plan.notes,
    )  # fmt: skip


def _check(plan):
    """Raise `CityError` for numbers of a blueprint that cannot be."""
    below = np.flatnonzero(~(plan.zones.population >= 0))
    if len(below):
        name, number = plan.zones.name[below[0]], plan.zones.population[below[0]]
        raise CityError(f"city {plan.name}: area {name} has a population of {number:g}; allowed are 0 and more")
    shares = [gate.share for gate in plan.gates]
    if shares and not (min(shares) >= 0 and 0 < sum(shares) < np.inf):
        raise CityError(f"city {plan.name}: the shares of the gates must be 0 or more, and not all 0")


def _paint(grid, land_use, land, place, use):
    centre = grid.cell_of(place.east, place.north)
    if centre >= 0:
        cells = grid.around(int(centre), place.radius_m)
        land_use[cells[land[cells]]] = use


def _close(grid, walkable, crossing, barrier, width_m):
    """Close a barrier but for its own crossings, which lead over no other barrier; the order of barriers does not matter."""
    over = np.zeros(grid.cells, dtype=bool)
    for east, north in barrier.crossings:
        centre = grid.cell_of(east, north)
        if centre >= 0:
            over[grid.around(int(centre), max(width_m, 1.5 * grid.cell_m))] = True  # wide enough for cells of any size
    closed = grid.line(barrier.points)
    walkable[closed[~over[closed]]] = False
    crossing |= over


def _largest_part(walkable, steps, exits, name):
    flow.open_exits(walkable.astype(np.uint8), steps, exits)
    label = np.empty(len(walkable), dtype=np.int32)
    n = flow.components(exits, steps, label)
    if n == 0:
        raise CityError(f"city {name}: no two walkable cells side by side (check the outline, the cell size and the barriers)")
    largest = label == np.argmax(np.bincount(label[label >= 0]))
    flow.open_exits(largest.astype(np.uint8), steps, exits)
    return largest


def _cost(land_use, crossing, streets, parameters):
    ways = parameters.group("way")
    by_use = np.array([ways.homes, ways.homes, ways.centre, ways.industry, ways.park, ways.rural])
    cost = by_use[land_use] if streets is None else np.where(streets, ways.street, by_use[land_use])
    return np.where(crossing, ways.crossing, cost).round().astype(np.uint8)


def _ground(grid, exits, cost, steps, walkable, home_weight, anchors, parameters, keep):
    chosen = _spread(grid, walkable, home_weight, anchors)
    reach = max(2, int(parameters["walk.reach"] / grid.cell_m))
    inverse = np.int64(-(-(1 << SHIFT) // grid.cols))
    turns, nearest = kept.fields(keep, exits, cost, steps, np.int64(grid.cols), inverse, chosen, reach)
    return Ground(
        exits, turns, nearest, chosen, steps, np.int64(grid.cols), inverse, float(grid.cell_m), np.int64(reach), parameters["walk.bow"]
    )


def _spread(grid, walkable, home_weight, count):
    """`count` cells spread over the walkable ground, each the farthest from those before it (Gonzalez 1985)."""
    cells = np.flatnonzero(walkable)
    row, col = cells // grid.cols, cells % grid.cols
    index = int(np.argmax(home_weight[cells]))
    away = np.full(len(cells), np.inf)
    chosen = []
    for _ in range(min(count, len(cells))):
        chosen.append(cells[index])
        away = np.minimum(away, (row - row[index]) ** 2 + (col - col[index]) ** 2)
        index = int(np.argmax(away))
    return np.array(chosen, dtype=np.int32)


def _nearest_walkable(grid, walkable, east, north, within_m=600.0):
    cell = int(grid.cell_of(east, north))
    if cell < 0:
        return -1
    if walkable[cell]:
        return cell
    near = grid.around(cell, within_m)
    near = near[walkable[near]]
    return int(near[np.argmin(grid.distance_m(near, cell))]) if len(near) else -1


def _transit(grid, zone, zones, home_weight, walkable, place_kind, place_cell):
    """One stop in the middle of each zone's homes, and every hub; the nearest hub serves for changing."""
    hubs = place_cell[np.isin(place_kind, [KIND["rail_station"], KIND["bus_hub"]])]
    stops = list(hubs)
    for z in range(len(zones.name)):
        cells = np.flatnonzero((zone == z) & walkable)
        if len(cells) == 0:
            continue
        weight = home_weight[cells] + 1e-6
        x, y = grid.centre(cells)
        east, north = np.average(x, weights=weight), np.average(y, weights=weight)
        stops.append(cells[np.argmin(np.hypot(x - east, y - north))])
    stops = np.array(stops, dtype=np.int32)
    stop_of = np.full(grid.cells, -1, dtype=np.int32)
    cells = np.flatnonzero(walkable)
    best = np.full(len(cells), np.inf)
    for s, stop in enumerate(stops):
        away = grid.distance_m(cells, stop)
        closer = away < best
        best[closer] = away[closer]
        stop_of[cells[closer]] = s
    hub = np.arange(len(stops)) < len(hubs)
    hub_of = np.array([np.argmin(grid.distance_m(hubs, s)) if len(hubs) else i for i, s in enumerate(stops)], dtype=np.int32)
    return Transit(stop_of, stops, hub, hub_of)


def _spots(grid, zone, n_zones, home_weight, walkable, places, place_cell, spill_m):
    lists = []
    for place, cell in zip(places, place_cell, strict=True):
        near, share = grid.covered(int(cell), place.radius_m + spill_m)
        open_here = walkable[near]
        lists.append((near[open_here], share[open_here]) if open_here.any() else (np.array([cell]), None))
    order = np.argsort(np.where(walkable, zone, -1), kind="stable")
    bounds = np.searchsorted(np.where(walkable, zone, -1)[order], np.arange(n_zones + 1))
    for z in range(n_zones):
        cells = order[bounds[z] : bounds[z + 1]]
        weight = home_weight[cells]
        lists.append((cells, weight if weight.sum() > 0 else None))
    first = np.cumsum([0] + [len(cells) for cells, _ in lists]).astype(np.int32)
    cumulative = [np.cumsum(np.ones(len(c)) if w is None else w) / (len(c) if w is None else w.sum()) for c, w in lists if len(c)]
    cells = np.concatenate([c for c, _ in lists]).astype(np.int32)
    return Spots(first, cells, np.concatenate(cumulative).astype(np.float32))
