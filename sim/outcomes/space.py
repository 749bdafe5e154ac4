"""Displacement and diffusion: what happens around treated cells, by counting events in rings."""

import numpy as np
from scipy.ndimage import distance_transform_edt


def rings(maps, city, width_m):
    """(treated, ring) bool (cells,): the treated cells, and walkable cells within `width_m` of them."""
    shape = city["rows"], city["cols"]
    treated = maps["treated"].astype(bool)
    if not treated.any():
        return treated, treated
    away = distance_transform_edt(~treated.reshape(shape)) * city["cell_m"]
    return treated, (away.reshape(-1) <= width_m) & ~treated & maps["walkable"].astype(bool)


def counts(cells, treated, ring):
    """Events (treated, ring, elsewhere) of event cells int (events,)."""
    inside, near = int(treated[cells].sum()), int(ring[cells].sum())
    return np.array([inside, near, len(cells) - inside - near], dtype=float)


def weighted_displacement_quotient(with_measure, without):
    """Bowers and Johnson (2003): change of the ring's share over change of the treated area's, both relative to the rest.

    `with_measure`, `without` float (3,): events in treated area, ring and rest. Positive: benefits diffuse; −1: all is displaced;
    below −1: worse than nothing. NaN where the treated area did not change.
    """
    (a1, b1, c1), (a0, b0, c0) = with_measure, without
    if c1 == 0 or c0 == 0 or a1 / c1 == a0 / c0:
        return np.nan
    return (b1 / c1 - b0 / c0) / (a1 / c1 - a0 / c0)
