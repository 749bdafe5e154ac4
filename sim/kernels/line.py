"""Straight lines of cells: what both the turning points of a city and the walks along them are made of."""

import numpy as np

from sim.kernels import inlined, kernel

NO_WAY = -1
FULL = -2

# Step index of a (row sign, column sign) pair: COMPASS[3 × (row sign + 1) + (col sign + 1)].
COMPASS = np.array([5, 6, 7, 4, -1, 0, 3, 2, 1], dtype=np.int64)


SHIFT = 40
"""A row is cell × inverse ≫ SHIFT, where inverse = ⌈2**SHIFT / cols⌉: exact while cells × cols < 2**SHIFT, and much faster than a
division."""


@kernel
def row_and_col(cols, inverse, cell):
    """Row and column of a cell in a grid of `cols` columns with that `inverse`."""
    row = (np.int64(cell) * inverse) >> SHIFT
    return row, cell - row * cols


@inlined
def straight(exits, steps, origin, row_gap, col_gap, hash, path, count):
    """Append the cells from `origin` (exclusive) to the one so many rows and columns away to `path` from index `count`; return the
    new count.

    Diagonal and level steps are mixed evenly, as a ruler would (Bresenham 1965), from a phase that `hash` uint64 draws (0: none).
    Returns NO_WAY where something stands in the way, FULL where the path has no room.
    """
    row_sign = 1 if row_gap > 0 else (-1 if row_gap < 0 else 0)
    col_sign = 1 if col_gap > 0 else (-1 if col_gap < 0 else 0)
    rows, columns = abs(row_gap), abs(col_gap)
    diagonal, length = min(rows, columns), max(rows, columns)
    if count + length > len(path):
        return FULL
    slant = COMPASS[3 * (row_sign + 1) + col_sign + 1]
    level = COMPASS[3 * (row_sign + 1) + 1] if rows > columns else COMPASS[3 + col_sign + 1]
    level_bit, level_step = np.int64(1) << max(level, 0), np.int64(steps[max(level, 0)])
    more_bit, more_step = (np.int64(1) << max(slant, 0)) - level_bit, np.int64(steps[max(slant, 0)]) - level_step
    phase = np.int64(((hash >> np.uint64(32)) * np.uint64(length)) >> np.uint64(32))
    cell = np.int64(origin)
    for _ in range(length):  # without branches, which could not be foretold
        phase += diagonal
        slanted = np.int64(phase >= length)
        phase -= length * slanted
        if exits[np.uint64(cell)] & (level_bit + more_bit * slanted) == 0:
            return NO_WAY
        cell += level_step + more_step * slanted
        path[np.uint64(count)] = cell
        count += 1
    return count
