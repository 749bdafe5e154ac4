"""Where a trial takes place, and which of its sites are treated."""

import csv
from pathlib import Path

import numpy as np
from scipy.ndimage import convolve

from sim.clock import DAY
from sim.options import ConfigError
from sim.outcomes.baseline import layer_of

WHERE = "conf/experiment/trial/"


def kinds_of(said, offences):
    """Numbers of the types of offence that a text names: types or groups joined by +, or `all`. `offences` as in a run's summary."""
    names, groups = list(offences), {rule["group"] for rule in offences.values()}
    if said == "all":
        return list(range(len(names)))
    chosen = said.split("+")
    for name in chosen:
        if name not in names and name not in groups:
            raise ConfigError(f"trial: {name} is no type or group of offences; known are {', '.join([*names, *sorted(groups)])} ({WHERE})")
    return [k for k, (name, rule) in enumerate(offences.items()) if name in chosen or rule["group"] in chosen]


def heat(run, trial, grid):
    """float64 (cells,): what came to be known within a site's radius of each cell before the trial began: what was reported, and of dealing
    and disorder, which nobody reports, what was recorded."""
    events, there = run.events, False
    for k in kinds_of(trial.offences, run.summary["offences"]):
        name, rule = list(run.summary["offences"].items())[k]
        there |= events["kind"].eq(k) & events[layer_of(rule, name)].eq(1)
    there &= events["happened"].eq(1) & events["time"].lt(trial.before * DAY)
    count = np.bincount(events["cell"][there], minlength=grid.cells).astype(float).reshape(grid.rows, grid.cols)
    offsets = grid.disc(trial.radius_m)
    reach = np.abs(offsets).max()
    disc = np.zeros((2 * reach + 1, 2 * reach + 1))
    disc[offsets[:, 0] + reach, offsets[:, 1] + reach] = 1.0
    return convolve(count, disc, mode="constant").reshape(-1)


def find_sites(trial, city, run):
    """(cells int64 (n,), what was known at each before float64 (n,)): the middles of the sites, the hottest first. Raises `ConfigError`
    where there are fewer than two, or one where all are treated."""
    count, options = heat(run, trial, city.grid), eligible(trial, city)
    ranked = options[np.argsort(-count[options], kind="stable")]
    ranked = ranked[count[ranked] > 0] if trial.sites == "hot" else ranked
    chosen = []
    for cell in ranked.tolist():
        if len(chosen) == trial.skip + trial.number:
            break
        if not chosen or city.grid.distance_m(np.array(chosen), cell).min() >= trial.apart_m:
            chosen.append(cell)
    cells = np.array(chosen[trial.skip :], dtype=np.int64)
    least = 1 if trial.allocate == "all" else 2
    if len(cells) < least:
        raise ConfigError(f"trial.sites={trial.sites}: only {len(cells)} sites were found, {least} are needed ({WHERE})")
    return cells, count[cells]


def eligible(trial, city):
    """Cells int64 that may be the middle of a site. Raises `ConfigError` where kinds of places or a file are wrong."""
    return {"hot": _walkable, "places": _places, "list": _listed}[trial.sites](trial, city)


def _walkable(_, city):
    return np.flatnonzero(city.walkable)


def _places(trial, city):
    kinds = [kind.strip() for kind in trial.kinds.split(",") if kind.strip()]
    known = sorted({place.kind for place in city.places})
    if not kinds or not set(kinds) <= set(known):
        raise ConfigError(f"trial.kinds={trial.kinds}: allowed are kinds of places of this city, {', '.join(known)} ({WHERE})")
    return np.unique(city.place_cell[city.places_of(*kinds)]).astype(np.int64)


def _listed(trial, city):
    try:
        with Path(trial.file).open(encoding="utf-8", newline="") as file:
            points = [(float(row["easting_m"]), float(row["northing_m"])) for row in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"trial.file={trial.file}: cannot be read as a CSV with easting_m and northing_m ({error}; {WHERE})") from None
    cells = city.grid.cell_of(*np.array(points).reshape(-1, 2).T)
    return np.unique(cells[(cells >= 0) & city.walkable[np.maximum(cells, 0)]]).astype(np.int64)


def allot(trial, count, seed):
    """bool (sites,): which are treated: one by lot of each pair of neighbours in rank, half of all by lot, or all. `count` (sites,) is what
    was reported at each before; of an odd number the last is not treated."""
    n, lot = len(count), np.random.default_rng([seed, 97])
    treated = np.ones(n, dtype=bool)
    if trial.allocate == "lot":
        treated[lot.permutation(n)[n // 2 :]] = False
    if trial.allocate == "pairs":
        order = np.argsort(-np.asarray(count), kind="stable")
        treated[:] = False
        for first in range(0, n - 1, 2):
            treated[order[first + lot.integers(2)]] = True
    return treated
