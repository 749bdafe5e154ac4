"""Who and what is near: means over the area within reach of a cell."""

import numpy as np

from sim.kernels import kernel
from sim.kernels.walk import row_col


@kernel
def nearness(ground, reach, cell, centre):
    """Chance that someone in a cell is within reach of someone in `centre`, by the table `reach` of the scene."""
    row, col = row_col(ground, cell)
    at_row, at_col = row_col(ground, centre)
    around = len(reach) // 2
    down, right = row - at_row + around, col - at_col + around
    if down < 0 or right < 0 or down >= len(reach) or right >= len(reach):
        return 0.0
    return np.float64(reach[down, right])


@kernel
def means_near(ground, near, field, out):
    """Fill `out` float32 (cells,) with the mean of `field` float32 (cells,) over the area within reach of every cell; beyond the grid it
    is 0. `near` float32 (2k + 1, 2k + 1) is the table of who is within reach, scaled to a sum of 1.

    A shifted copy of the whole field is added at a time.
    """
    rows, cols, around = len(field) // ground.cols, ground.cols, len(near) // 2
    source, target = field.reshape(rows, cols), out.reshape(rows, cols)
    target[:] = 0
    for down in range(-around, around + 1):
        for right in range(-around, around + 1):
            share = near[down + around, right + around]
            low, high = max(0, -right), min(cols, cols - right)
            for r in range(max(0, -down), min(rows, rows - down)):
                into, of = target[r, low:high], source[r + down, low + right : high + right]
                for c in range(len(into) if share > 0 else 0):
                    into[c] += share * of[c]
