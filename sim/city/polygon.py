"""Which cells lie inside an outline, without a geometry library."""

import numpy as np


def inside_polygon(corners, x, y):
    """bool (n,): even-odd rule (Shimrat 1962) for points (`x`, `y`) float64 (n,) and a closed outline `corners` (k, 2)."""
    inside = np.zeros(len(x), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        spans = (y0 > y) != (y1 > y)
        inside ^= spans & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside
