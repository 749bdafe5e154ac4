"""Statistics of where offences happen: concentration, near repeats, and how far from home."""

import numpy as np
from scipy.spatial import cKDTree

from experiments.facts.rows import mean_over, offences, pooled, share_over, xy_m
from sim.city.city import CENTRE, HOMES, INDUSTRY

BUILT = (HOMES, CENTRE, INDUSTRY)
AXIS = ((374_008, 6_164_398), (374_069, 6_162_896), (374_462, 6_162_447))
"""Malmö C, by Södra Förstadsgatan at Triangeln, Möllevångstorget: metres east and north (SWEREF 99 TM)."""
AGAINST_PERSONS = ("assault", "robbery", "sexual_offence", "attack_on_crew")


def share_of_cells(runs, side_m, share):
    """Smallest % of the built-up squares with a side of so many metres that together hold a `share` of the recorded offences of a year."""
    return mean_over(runs, lambda run: smallest_share(in_squares(run, float(side_m)), float(share)))


def cells_with_any(runs, side_m):
    """% of the built-up squares with a recorded offence in the year."""
    return mean_over(runs, lambda run: 100.0 * np.mean(in_squares(run, float(side_m)) > 0))


def in_squares(run, side_m, layer="recorded", kinds=("all",), built=BUILT):
    """int64 (squares,): offences in each built-up square with a side of so many metres."""
    square, number = squares(run, side_m)
    has_built = np.bincount(square, np.isin(run.maps["land_use"], built), number) > 0
    return np.bincount(square[offences(run, layer, *kinds)["cell"]], minlength=number)[has_built]


def squares(run, side_m):
    """(int64 (cells,) the square in which each cell lies, the number of squares)."""
    city = run.summary["city"]
    row, col = np.divmod(np.arange(city["rows"] * city["cols"]), city["cols"])
    wide = int(city["cols"] * city["cell_m"] // side_m + 1)
    square = (row * city["cell_m"] // side_m * wide + col * city["cell_m"] // side_m).astype(int)
    return square, int(square.max()) + 1


def smallest_share(counts, share):
    """% of the places, the fullest first, that hold a `share` of the sum of counts; NaN where there is none."""
    held = np.cumsum(np.sort(counts)[::-1])
    return 100.0 * (1 + np.searchsorted(held, share * held[-1])) / len(counts) if len(counts) and held[-1] else np.nan


def share_in_burdened_areas(runs, layer, kind):
    """% of the offences of a kind in the areas that the police call vulnerable, because criminals have a hold on them."""

    def shares(run):
        counts = by_area(run, layer, kind)
        return counts[np.array(run.summary["zones"]["burdened"], dtype=bool)].sum(), counts.sum()

    return share_over(runs, shares)


def by_area(run, layer, kind):
    """float64 (zones,): offences of a kind by area."""
    zone = run.maps["zone"][offences(run, layer, kind)["cell"]]
    return np.bincount(zone[zone >= 0], minlength=len(run.maps["asked_by_zone"])).astype(float)


def areas_with_half(runs, layer, kind):
    """Smallest number of areas that hold half of the offences of a kind."""

    def number(run):
        counts = by_area(run, layer, kind)
        return smallest_share(counts, 0.5) / 100 * len(counts)

    return mean_over(runs, number)


def share_in_districts(runs, layer, kind, districts):
    """% of the offences of a kind in some districts, written `A|B`."""

    def shares(run):
        inside = np.isin(run.summary["zones"]["district"], districts.split("|"))
        counts = by_area(run, layer, kind)
        return counts[inside].sum(), counts.sum()

    return share_over(runs, shares)


def hot_spots_on_axis(runs, layer, side_m, number, within_m):
    """Of so many squares with the most offences against persons, how many lie within so many metres of the city's axis."""

    def on_axis(run):
        square, count = squares(run, float(side_m))
        rows = offences(run, layer, *AGAINST_PERSONS)
        hottest = np.argsort(-np.bincount(square[rows["cell"]], minlength=count), kind="stable")[: int(number)]
        east, north = xy_m(run, np.arange(len(square)))
        middles = [(east[square == s].mean(), north[square == s].mean()) for s in hottest]
        return sum(min(from_segment(m, a, b) for a, b in zip(AXIS[:-1], AXIS[1:], strict=True)) <= float(within_m) for m in middles)

    return mean_over(runs, on_axis)


def from_segment(point, a, b):
    """Metres from a point to a straight line between two others."""
    point, a, b = np.array(point), np.array(a), np.array(b)
    along = np.clip((point - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
    return float(np.hypot(*(point - a - along * (b - a))))


def knox(runs, layer, kind, near_from, near_to, day_from, day_to):
    """Observed over expected pairs of offences of a kind within a ring of metres and of days (Knox 1964), expected as if places and dates
    were paired by chance; over all worlds."""
    found = [pairs(run, layer, kind, *map(float, (near_from, near_to, day_from, day_to))) for run in runs]
    observed, expected = np.sum(found, axis=0)
    return float(observed / expected) if expected else np.nan


def pairs(run, layer, kind, near_from, near_to, day_from, day_to):
    """(observed, expected) pairs of one world."""
    rows = offences(run, layer, kind)
    n = len(rows)
    if n < 2:
        return 0.0, 0.0
    day = rows["day"].to_numpy()
    east, north = xy_m(run, rows["cell"])
    close = cKDTree(np.stack([east, north], axis=1)).query_pairs(near_to, output_type="ndarray")
    gap = np.hypot(east[close[:, 0]] - east[close[:, 1]], north[close[:, 0]] - north[close[:, 1]])
    close = close[(gap > near_from) | (near_from == 0)]
    apart = np.abs(day[close[:, 0]] - day[close[:, 1]])
    per_day = np.bincount(day - day.min())
    in_time = sum(per_day[k:] @ per_day[: len(per_day) - k] for k in range(int(day_from), min(int(day_to) + 1, len(per_day))))
    return float(((apart >= day_from) & (apart <= day_to)).sum()), len(close) * float(in_time) / (n * (n - 1) / 2)


def mean_distance_km(runs, layer, kind):
    """Mean distance in kilometres from the home of an offender to the offence, of those who live in the city."""
    return pooled(runs, lambda run: distances_km(run, layer, kind), np.mean)


def share_within_km(runs, layer, kind, km):
    """% of the offences at most so many kilometres from the offender's home, of those who live in the city."""
    return 100.0 * pooled(runs, lambda run: distances_km(run, layer, kind) <= float(km), np.mean)


def distances_km(run, layer, kind):
    """float64 (offences,): kilometres from the offender's home, of those who live in the city."""
    rows = offences(run, layer, kind)
    rows = rows[rows["offender_home"] >= 0]
    (east, north), (home_east, home_north) = xy_m(run, rows["cell"]), xy_m(run, rows["offender_home"])
    return np.hypot(east - home_east, north - home_north) / 1e3
