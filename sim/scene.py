"""The state of the street: what every cell holds and remembers."""

from collections import namedtuple

import numpy as np

from sim.city.city import CENTRE, HOMES, INDUSTRY, PARK, RURAL
from sim.kernels.aftermath import DISORDER, HEARD
from sim.kernels.move import OFFENDER, ROLES
from sim.kernels.patrol import SIGHT, in_view

MEMORY = (
    "disorder", "sight", "sight_usual", "caution", "caution_at", "guard_seconds", "recent", "recent_at", "hit", "hit_at", "heard",
    "usual", "seen_hours",
)  # fmt: skip
"""Fields that change while the world is lived in: what is saved. All others follow from city and levers."""

Scene = namedtuple(
    "Scene",
    "lamp camera monitored report severity attraction weight views reach near repeat_reach repeat_share hear_reach today fresh "
    "ambient empty " + " ".join(MEMORY),
)
Scene.__doc__ = """Arrays over cells unless stated. What stands there: lamp float32 [0, 1] light after dark; camera and monitored float32
[0, 1] how far any, and a monitored one, has the cell in view; of every kind float64 (kinds,): report the chance that it is reported,
severity how much a sentence that has become harder speaks against it; attraction float32 (kinds, cells) [0, 1].

How to count: weight float64 (roles,) residents that one counted person stands for; views float64 (forces, 2k + 1, 2k + 1) chance that a
unit is in view of a cell, by rows and columns apart; reach float32 (2k + 1, 2k + 1) chance that people
in two cells are within reach of each other, by rows and columns apart, near the same scaled to a sum of 1; repeat_reach, hear_reach
int32 (m, 2) offsets of discs, repeat_share float32 (m,) how much of a success is remembered at each of the former, less with distance.

Of this day and hour: today float32 person-seconds since dawn, up to the last full hour;
fresh float64 (2,) how much what happens today counts in `heard` and in `disorder`; ambient float32 people per hectare usually within reach
at this hour; empty float32 (zones,) share of residents who are out.

Of all days before (MEMORY): disorder float32 [0, 1]; sight int64 guardian seconds seen today, in parts of 1/SIGHT, and sight_usual
float32 their running mean a day; caution float32 [0, 1] and caution_at int64 (tenths of a second) risk left by past stops;
guard_seconds float32 (forces, cells); recent float32 and recent_at int64 (kinds, cells) memory of successes, hit int32 and hit_at
int64 (kinds, cells) row of the person whose home or thing the last of them was aimed at, −1 for nobody, and when; heard float32 offences
that neighbours remember; usual float32 (day types, hours, cells) people usually there, and seen_hours int64 (day types, hours) how often it
has seen each."""

APART = (*MEMORY, "lamp", "camera", "monitored", "report", "severity", "today", "fresh", "ambient", "empty")
"""Fields that differ between models of one world; the others they share."""


def make_scene(world, forces):
    """An empty street before the first day; `forces` the registry's table of them."""
    city, parameters = world.city, world.parameters
    cells, kinds = city.grid.cells, len(world.offences.names)
    weight = np.full(len(ROLES), 1.0 / world.fraction)
    weight[OFFENDER] = 1.0
    discs = {name: city.grid.disc(parameters[f"risk.{name}"]) for name in ("repeat_reach", "hear_reach")}
    away = city.grid.cell_m * np.hypot(*discs["repeat_reach"].T)
    zero = lambda *shape: np.zeros((*shape, cells), dtype=np.float32)  # noqa: E731
    reach = city.grid.overlap(sharpened(parameters["risk.reach"], city.grid.cell_m))
    return Scene(
        lamp=city.lamp.copy(), camera=zero(), monitored=zero(), report=np.zeros(kinds), severity=np.zeros(kinds),
        attraction=_attraction(world), weight=weight, views=_views(forces.radius, city.grid.cell_m),
        reach=reach, near=reach / reach.sum(), **discs,
        repeat_share=np.float32(1 - away / (parameters["risk.repeat_reach"] + city.grid.cell_m)),
        ambient=zero(), today=zero(), disorder=zero(),
        sight=np.zeros(cells, dtype=np.int64), sight_usual=zero(), caution=zero(),
        caution_at=np.zeros(cells, dtype=np.int64), guard_seconds=zero(len(forces)), recent=zero(kinds),
        recent_at=np.zeros((kinds, cells), dtype=np.int64), hit=np.full((kinds, cells), -1, dtype=np.int32),
        hit_at=np.zeros((kinds, cells), dtype=np.int64), heard=zero(), usual=zero(2, 24),
        empty=np.zeros(len(city.zones.name), dtype=np.float32),
        fresh=np.ones(2), seen_hours=np.zeros((2, 24), dtype=np.int64),
    )  # fmt: skip


def scene_beside(scene):
    """The street of another model that goes on as `scene` is now."""
    return scene._replace(**{name: getattr(scene, name).copy() for name in APART})


def _views(radii, cell_m):
    """float64 (radii, 2k + 1, 2k + 1): the table `views` of the scene."""
    around = int(max(radii) / cell_m) + 1
    away = cell_m * np.hypot(*np.indices((2 * around + 1, 2 * around + 1)) - around)
    return np.array([[[in_view(radius, cell_m, m) for m in row] for row in away] for radius in radii])


def sharpened(radius_m, cell_m):
    """The radius, in metres, that a disc must have so that with the blur of two square cells it spreads as far as `radius_m` alone.

    A disc's variance along an axis is r²/4, a cell's h²/12, and nobody's place in a cell is known: so r² − 2h²/3. At least half a
    cell is left.
    """
    return max(np.sqrt(max(radius_m**2 - 2 * cell_m**2 / 3, 0.0)), cell_m / 2)


def _attraction(world):
    """float32 (kinds, cells): where there is something to aim at, by the layer of each type of offence."""
    city = world.city
    made = {"anywhere": city.walkable.astype(np.float32)}
    busy = np.zeros(city.grid.cells)
    for i in city.places_of("square", "bus_hub", "rail_station", "nightlife"):
        cells, share = city.grid.covered(int(city.place_cell[i]), city.places[i].radius_m + world.parameters["city.spill"])
        busy[cells] = np.maximum(busy[cells], share)
    for layer in set(world.offences.layer) - {"anywhere"}:
        group = world.parameters.group(f"layer.{layer}")
        by_use = np.zeros(6, dtype=np.float32)
        by_use[[HOMES, CENTRE, INDUSTRY, PARK, RURAL]] = group.homes, group.centre, group.industry, group.park, group.rural
        level = by_use[city.land_use]
        if layer == "dwellings":
            level = level * (city.home_weight > 0)
        if layer == "vehicles" and city.parking is not None:
            level = np.where(city.parking, 1.0, level * group.unmarked)
        made[layer] = (level + busy * np.maximum(group.hub - level, 0)) * city.walkable
    return np.stack([made[layer] for layer in world.offences.layer]).astype(np.float32)


def apply_levers(scene, world, levers):
    """Write cameras, lamps and what rules say of offences into the scene; returns the share of disorder (float32 over cells) that a day of
    upkeep leaves."""
    city, parameters = world.city, world.parameters
    for k, name in enumerate(world.offences.names):
        scene.report[k] = levers.rules.get(f"report.{name}", world.offences.table.report[k])
        scene.severity[k] = parameters["risk.severity"] * (levers.rules.get(f"sentence.{name}", 1.0) - 1.0)
    scene.camera[:] = 0
    scene.monitored[:] = 0
    for cell, monitored in levers.cameras.items():
        view, share = city.grid.covered(cell, parameters["camera.radius"])
        level = share if monitored else share * parameters["camera.recorded"]
        scene.camera[view] = np.maximum(scene.camera[view], level)
        scene.monitored[view] = np.maximum(scene.monitored[view], share * monitored)
    scene.lamp[:] = city.lamp
    for cell, level in levers.dimmed.items():
        scene.lamp[cell] = min(scene.lamp[cell], level)
    for cell, level in levers.lamps.items():
        scene.lamp[cell] = max(scene.lamp[cell], level)
    every = np.full(city.grid.cells, parameters["upkeep.every_days"], dtype=np.float32)
    for cell, days in levers.upkeep.items():
        every[cell] = min(every[cell], days)
    return np.float32(parameters["upkeep.left"]) ** (1.0 / every)


def overnight(parameters):
    """What a night leaves of what neighbours have heard, and of disorder under ordinary upkeep: two shares in (0, 1)."""
    upkeep = parameters.group("upkeep")
    return np.array([0.5 ** (1.0 / parameters["feel.heard_half_life"]), upkeep.left ** (1.0 / upkeep.every_days)])


def short_of(left, day, first_day):
    """Share of a full memory that the days up to and with `day` can hold, where a night leaves the share `left`; from the study's
    first day on, 1.

    A world begins as if the days before it had been like those of its warm-up: after n of these a memory is divided by 1 − leftⁿ (the
    correction of Kingma and Ba 2015), so that it neither grows from nothing nor needs months to settle. What a study adds counts as
    it is, or else a measure would seem to have been there before the world began.
    """
    return 1 - left ** (day + 1) if day < first_day else np.ones_like(left)


def begin_day(scene, parameters, day, first_day):
    """Say how much what happens on this day counts in the memories; the study begins on `first_day`."""
    scene.fresh[:] = 1 / short_of(overnight(parameters), day, first_day)


def end_day(scene, parameters, upkeep_left, cell_m, day, first_day):
    """Close a day: use leaves its litter, upkeep is done (`upkeep_left` float32 (cells,) is the share of disorder that it leaves),
    what was heard fades, and guardians seen become the usual ones."""
    n, left, usual = day + 1, overnight(parameters), 1 - 0.5 ** (1.0 / parameters["patrol.usual_half_life"])
    full = day + 1 >= first_day
    aged = np.ones_like(left) if full else short_of(left, day, first_day) / short_of(left, day + 1, first_day)
    litter = np.float32(parameters["upkeep.litter"] * 1e4 / cell_m**2 * scene.fresh[DISORDER]) * scene.today
    scene.disorder[:] = 1 - (1 - scene.disorder) * np.exp(-litter)
    scene.disorder[:] *= upkeep_left * np.float32(aged[DISORDER])
    scene.heard[:] *= np.float32(left[HEARD] * aged[HEARD])
    seen = (scene.sight * (1.0 / SIGHT)).astype(np.float32)
    scene.sight_usual[:] += np.float32(max(usual, 1.0 / n)) * (seen - scene.sight_usual)
    scene.sight[:] = 0
