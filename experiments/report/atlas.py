"""Maps as data: what has a place in saved runs, as fields over the cells of a city, in classes that a reader can tell apart."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import t

from experiments.effects import LEVEL
from experiments.runs import scenarios, variants
from sim.clock import DAWN_HOUR, HOUR
from sim.outcomes.measures import hits

NEAR_M, FAR_M = 150.0, 300.0
"""Metres over which a map of what is, and one of what changes, is smoothed (the standard deviation of a normal kernel)."""
LEAST = 0.999
"""The part of the cells whose values the classes must hold; the rest are in the outermost class."""
LAYERS = ("offences", "walking", "guardians", "light", "felt")
"""What maps show: offences in a year on a square kilometre; people on foot on a hectare; hours a week of police and guards in a cell; light
after dark, 0 to 1; how safe a place feels late in the evening, in the model's own unit."""
LOGARITHMIC = ("offences", "walking", "guardians")
"""Layers that differ by orders of magnitude from place to place."""


@dataclass(frozen=True)
class Field:
    """One map: `values` float32 (rows, cols), NaN where there is no land or nothing to tell; of a change also `unsure` bool (rows, cols):
    where the worlds do not tell it from none."""

    layer: str
    measure: str
    part: str
    values: np.ndarray
    unsure: np.ndarray | None = None

    @property
    def name(self):
        """`layer|measure|part`."""
        return f"{self.layer}|{self.measure}|{self.part}"


class Ground:
    """The land of a city's grid, and what smooths over it."""

    def __init__(self, run):
        city = run.summary["city"]
        self.city, self.shape, self.cell_m = city, (city["rows"], city["cols"]), city["cell_m"]
        self.land = run.maps["walkable"].astype(bool).reshape(self.shape)
        self.reach = {}

    def smooth(self, values, metres):
        """float32 (rows, cols) of `values` (cells,): each cell's share among its neighbours on land."""
        sigma = metres / self.cell_m
        if metres not in self.reach:
            self.reach[metres] = gaussian_filter(self.land.astype(float), sigma, mode="constant")
        grid = np.where(self.land, values.reshape(self.shape), 0.0)
        spread = gaussian_filter(grid / np.maximum(self.reach[metres], 1e-9) * self.land, sigma, mode="constant")
        return np.where(self.land, spread, np.nan).astype(np.float32)

    def plain(self, values):
        """float32 (rows, cols) of `values` (cells,) as they are."""
        return np.where(self.land, values.reshape(self.shape), np.nan).astype(np.float32)


def fields(runs):
    """The maps of a study's first variant: what is without measures, by layer, and by type of offence or by hour; and what each measure
    changes."""
    by_scenario = scenarios(next(iter(variants(runs).values())))
    without = by_scenario.pop("none")
    if not without:
        return []
    ground = Ground(next(iter(without.values())))
    means, wide = {}, {}
    for seed, run in without.items():
        run = run.in_memory()
        wide[seed] = wide_layers(run, ground)
        for key, values in sharp_layers(run, ground).items():
            means[key] = means.get(key, 0.0) + values / len(without)
    made = [Field(layer, "none", part, values) for (layer, part), values in means.items()]
    for label, found in by_scenario.items():
        changes = {}
        for seed in sorted(found.keys() & wide.keys()):
            for layer, values in wide_layers(found[seed].in_memory(), ground).items():
                changes.setdefault(layer, []).append(values - wide[seed][layer])
        made += [
            Field(layer, label, "all", np.mean(d, axis=0), unsure(np.stack(d))) for layer, d in changes.items() if np.nanmax(np.abs(d)) > 0
        ]
    return made


def sharp_layers(run, ground):
    """{(layer, part): float32 (rows, cols)} of a run: what is, by type of offence and by hour."""
    kinds, hours = ["all", *run.summary["offences"]], [f"{hour:02}" for hour in range(24)]
    found = {("offences", kind): ground.smooth(offences(run, ground, kind), NEAR_M) for kind in kinds}
    found |= {("offences", hour): ground.smooth(offences(run, ground, "all", int(hour)), NEAR_M) for hour in hours}
    footfall = run.maps["footfall"]
    found |= {("walking", hour): ground.smooth(walking(run, ground, footfall[int(hour)]), NEAR_M / 2) for hour in hours}
    found["walking", "all"] = ground.smooth(walking(run, ground, footfall.mean(axis=0)), NEAR_M / 2)
    return found | {(layer, "all"): ground.plain(values) for layer, values in plain_layers(run).items()}


def wide_layers(run, ground):
    """{layer: float32 (rows, cols)} of a run, of which differences between runs are taken."""
    found = {"offences": offences(run, ground, "all"), "walking": walking(run, ground, run.maps["footfall"].mean(axis=0))}
    found = {layer: ground.smooth(values, FAR_M) for layer, values in found.items()}
    return found | {layer: ground.plain(values) for layer, values in plain_layers(run).items()}


def plain_layers(run):
    """{layer: (cells,)} of what needs no smoothing: guardians, light, how safe places feel."""
    maps = run.maps
    guardians = maps["guard_seconds"].sum(axis=0, dtype=float) / run.summary["days"] * 7 / HOUR
    return {"guardians": guardians, "light": maps["lamp"], "felt": maps["evening_feel"]}


def offences(run, ground, kind, hour=None):
    """float64 (cells,) offences in a year on a square kilometre: all that hit someone or something, or those of a type; those of an hour of
    the day as if all hours were like it."""
    events = run.events
    events = hits(run) if kind == "all" else events[events["happened"].eq(1) & events["kind"].eq(list(run.summary["offences"]).index(kind))]
    weight = 365.0 / run.summary["days"] / (ground.cell_m / 1000.0) ** 2
    if hour is not None:
        events = events[(events["time"] // HOUR + DAWN_HOUR) % 24 == hour]
        weight *= 24
    return weight * np.bincount(events["cell"], minlength=ground.land.size)


def walking(run, ground, seconds):
    """float64 (cells,) people on foot on a hectare, from the person-seconds (cells,) that an hour of the day had in all days together."""
    return seconds / run.summary["days"] / HOUR / (ground.cell_m / 100.0) ** 2


def unsure(d):
    """bool (rows, cols): where something changed, but the paired t interval of differences `d` (worlds, rows, cols) holds zero, as for one
    world it always does."""
    n, mean = len(d), d.mean(axis=0)
    changed = np.isfinite(mean) & (mean != 0)
    if n < 2:
        return changed
    reach = t.ppf(0.5 + LEVEL / 2, n - 1) * d.std(axis=0, ddof=1) / np.sqrt(n)
    return changed & (np.abs(mean) <= reach)


def edges(layer, shown):
    """Ends of the classes of a layer of the `shown` fields, of what is or of changes, ascending: 1, 3, 10 … for what differs by orders of
    magnitude, even steps of light, equally many cells for what places feel like."""
    changes = shown[0].measure != "none"
    values = np.concatenate([field.values[np.isfinite(field.values)] for field in shown])
    values = values[values != 0] if layer in LOGARITHMIC or changes else values
    top = float(np.quantile(np.abs(values), LEAST)) if len(values) else 1.0
    steps = rounded(top, 3 if changes else 6)
    if changes:
        return np.concatenate([-steps[::-1], steps])
    if layer == "light":
        return np.linspace(0.0, 1.0, 6)
    return np.quantile(values, np.linspace(0, 1, 8))[1:-1] if layer == "felt" else steps


def rounded(top, number):
    """The `number` largest of … 0.1, 0.3, 1, 3, 10 … that are at most `top`, ascending."""
    series = np.array([step * 10.0**power for power in range(-9, 10) for step in (1, 3)])
    return series[series <= max(top, series[number])][-number:]


def classes(field, ends):
    """uint8 (rows, cols): the class of each cell, 0 below the first of the `ends`; 255 where there is nothing to tell."""
    found = np.searchsorted(ends, np.nan_to_num(field.values), side="right").astype(np.uint8)
    return np.where(np.isfinite(field.values), found, 255).astype(np.uint8)
