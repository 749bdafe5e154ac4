"""How one trip crosses the grid: a pure function of where from, where to, how, and the trip's own key.

Nothing of a trip is stored. Whoever needs it again (to find who stood in a cell when something happened there) unrolls it
again and gets the same steps.
"""

import numpy as np
from numba import njit

from sim.rng import ROUTE, key64, mix, words

WALK, CYCLE, TRANSIT, CAR, RUN = range(5)
DECI = 10
"""Times inside a trip are integer tenths of a second, so that sums do not depend on their order."""
NO_WAY = -1
FULL = -2

# Step index of a (row sign, column sign) pair: COMPASS[3 × (row sign + 1) + (col sign + 1)].
COMPASS = np.array([5, 6, 7, 4, -1, 0, 3, 2, 1], dtype=np.int64)
# Of each mask of steps: how many bits are set, and which, in order.
BITS = np.array([bin(mask).count("1") for mask in range(256)], dtype=np.int64)
NTH_BIT = np.zeros((256, 8), dtype=np.int64)
for _mask in range(256):
    _set = [d for d in range(8) if _mask >> d & 1]
    NTH_BIT[_mask, : len(_set)] = _set


@njit(cache=True, inline="always")
def row_col(ground, cell):
    """Row and column of a cell, by unsigned division (signed floor division costs three times as much)."""
    row = np.int64(np.uint32(cell) // np.uint32(ground.cols))
    return row, cell - row * ground.cols


@njit(cache=True)
def straight(ground, origin, target, key, path, count):
    """Append the cells from `origin` (exclusive) to `target` to `path` from index `count`; return the new count.

    All shortest ways on the grid that mix the same straight and diagonal steps are equally likely: the key decides. Returns
    NO_WAY where something stands in the way, FULL where the path has no room.
    """
    row, col = row_col(ground, origin)
    to_row, to_col = row_col(ground, target)
    row_gap, col_gap = to_row - row, to_col - col
    row_sign = 1 if row_gap > 0 else (-1 if row_gap < 0 else 0)
    col_sign = 1 if col_gap > 0 else (-1 if col_gap < 0 else 0)
    rows, columns = abs(row_gap), abs(col_gap)
    diagonal = min(rows, columns)
    rest = max(rows, columns) - diagonal
    if count + diagonal + rest > len(path):
        return FULL
    slant = COMPASS[3 * (row_sign + 1) + col_sign + 1]
    level = COMPASS[3 * (row_sign + 1) + 1] if rows > columns else COMPASS[3 + col_sign + 1]
    slant_bit, level_bit = np.int64(1) << max(slant, 0), np.int64(1) << max(level, 0)
    slant_step, level_step = np.int64(ground.steps[max(slant, 0)]), np.int64(ground.steps[max(level, 0)])
    state = mix(key)
    cell = np.int64(origin)
    for left in range(diagonal + rest, 0, -1):
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        pick = np.int64(((state >> np.uint64(32)) * np.uint64(left)) >> np.uint64(32))
        slanted = pick < diagonal
        if ground.exits[cell] & (slant_bit if slanted else level_bit) == 0:
            return NO_WAY
        cell += slant_step if slanted else level_step
        diagonal -= np.int64(slanted)
        path[count] = cell
        count += 1
    return count


@njit(cache=True)
def bowed(ground, origin, target, key, path, count):
    """Like `straight`, but by way of a cell to one side of the middle, so that not all who go the same way go the same way.

    The bow is triangular over ±`ground.bow` of the distance, at right angles; where it leads into something, none is made.
    """
    row, col = row_col(ground, origin)
    to_row, to_col = row_col(ground, target)
    word = mix(key ^ np.uint64(0x5DEECE66D))
    sides = np.float64((word & np.uint64(0xFFFF)) + ((word >> np.uint64(16)) & np.uint64(0xFFFF))) / 65535.0 - 1.0
    middle_row = (row + to_row) // 2 + np.int64(np.rint(sides * ground.bow * (to_col - col)))
    middle_col = (col + to_col) // 2 - np.int64(np.rint(sides * ground.bow * (to_row - row)))
    middle = middle_row * ground.cols + middle_col
    inside = 0 < middle_row < len(ground.exits) // ground.cols - 1 and 0 < middle_col < ground.cols - 1
    if inside and middle != origin and middle != target and ground.exits[middle] != 0:
        half = straight(ground, origin, middle, key, path, count)
        if half > 0:
            done = straight(ground, middle, target, ~key, path, half)
            if done > 0:
                return done
    return straight(ground, origin, target, key, path, count)


@njit(cache=True)
def downhill_step(bits, key, cell):
    """One of the set bits of `bits` (a flow-field mask, not 0), chosen by a hash of the trip and the cell."""
    count = BITS[bits]
    if count == 1:
        return NTH_BIT[bits, 0]
    pick = ((mix(key ^ np.uint64(cell)) >> np.uint64(32)) * np.uint64(count)) >> np.uint64(32)
    return NTH_BIT[bits, pick]


@njit(cache=True)
def way(ground, origin, target, key, path):
    """Cells walked from `origin` to `target`, both included: fills `path` int32 and returns how many (or NO_WAY, FULL).

    Straight where nothing stands in the way within `ground.reach` cells; else down the flow field of the target's anchor,
    leaving it as soon as the target can be headed for; at worst by way of the anchor along the target's own path. Straight is
    tried again after 4, 8, 16 … steps, so that a wall costs little.
    """
    path[0] = origin
    if origin == target:
        return 1
    anchor = ground.nearest[target]
    if anchor < 0 or ground.nearest[origin] < 0:
        return NO_WAY
    to_row, to_col = row_col(ground, target)
    cell, count, steps_left, patience = np.int64(origin), 1, 0, 4
    while True:
        if steps_left == 0:
            row, col = row_col(ground, cell)
            gap = max(abs(row - to_row), abs(col - to_col))
            if gap > ground.reach:
                steps_left = gap - ground.reach
            else:
                done = bowed(ground, cell, target, key, path, count)
                if done != NO_WAY:
                    return done
                steps_left = patience
                patience *= 2
        bits = ground.flow[anchor, cell]
        if bits == 0:
            break
        if count >= len(path):
            return FULL
        cell += ground.steps[downhill_step(bits, key, cell)]
        path[count] = cell
        count += 1
        steps_left -= 1
        if cell == target:
            return count
    return back_from_anchor(ground, target, key, path, count)


@njit(cache=True)
def back_from_anchor(ground, target, key, path, count):
    """Continue a path that has reached the target's anchor along the target's own way to it, reversed.

    Both ways follow the same keyed tree, so what they share at the end would be walked twice: it is cut off.
    """
    start, cell = count, target
    anchor = ground.nearest[target]
    while ground.flow[anchor, cell] != 0:
        if count >= len(path):
            return FULL
        path[count] = cell
        count += 1
        cell += ground.steps[downhill_step(ground.flow[anchor, cell], key, cell)]
    if cell != path[start - 1]:
        return NO_WAY
    shared = 0
    while shared + 1 < start and shared < count - start and path[start - 2 - shared] == path[count - 1 - shared]:
        shared += 1
    low, high = start - shared, count - shared - 1
    keep = high - start + 1
    for i in range(keep):
        path[low + i] = path[start + i]
    i, j = low, low + keep - 1
    while i < j:
        path[i], path[j] = path[j], path[i]
        i += 1
        j -= 1
    return low + keep


@njit(cache=True)
def pace(ground, path, first, last, metres_per_s, start, enter):
    """Fill `enter` int32 with the tenth of a second at which cells `first`…`last`−1 of `path` are entered; return the end.

    Half of each step lies in either cell, so the first and last cell of a way count half a step.
    """
    tenths = ground.cell_m / metres_per_s * DECI
    elapsed = 0.0
    enter[first] = start
    for i in range(first + 1, last):
        step = abs(path[i] - path[i - 1])
        length = 1.0 if step == 1 or step == ground.cols else 1.4142135623730951
        enter[i] = start + int(elapsed + 0.5 * length * tenths)
        elapsed += length * tenths
    return start + int(elapsed)


@njit(cache=True)
def unroll(ground, transit, walking, seed, person, depart, origin, target, mode, path, enter):
    """The whole trip as cells and entry times. Returns (number of entries, arrival).

    `depart` and the returned arrival are tenths of a second of model time (int64). Entry i lasts from enter[i] to enter[i+1]
    (the last one to the arrival); path[i] = −1 while the traveller rides and is not on the street. Number NO_WAY or FULL on
    failure. `walking` holds the registry's group `walk`.
    """
    a, b, c, _ = words(seed, ROUTE, person, depart // DECI, 0, 0)
    key = key64(a, b)
    enter[0] = 0
    if mode == WALK or mode == CYCLE or mode == RUN:
        count = way(ground, origin, target, key, path)
        if count < 0:
            return count, depart
        speed = walking.speed if mode == WALK else (walking.cycle_speed if mode == CYCLE else walking.run_speed)
        return count, depart + pace(ground, path, 0, count, speed, 0, enter)
    if mode == CAR:
        path[0] = -1
        return 1, depart + int(ride(ground, walking, origin, target, walking.car_speed) + walking.car_access * DECI)
    return by_transit(ground, transit, walking, key, np.float64(c) / 4294967296.0, depart, origin, target, path, enter)


@njit(cache=True)
def ride(ground, walking, origin, target, metres_per_s):
    """Tenths of a second to drive from cell to cell at a mean speed over the stated detour."""
    row, col = row_col(ground, origin)
    to_row, to_col = row_col(ground, target)
    return np.sqrt(float((row - to_row) ** 2 + (col - to_col) ** 2)) * ground.cell_m * walking.ride_detour / metres_per_s * DECI


@njit(cache=True)
def by_transit(ground, transit, walking, key, late, depart, origin, target, path, enter):
    """Walk to a stop, wait, ride (changing at a hub, with another wait, unless one end is a hub), and walk on."""
    board, leave = transit.stop_of[origin], transit.stop_of[target]
    if board == leave:
        count = way(ground, origin, target, key, path)
        if count < 0:
            return count, depart
        return count, depart + pace(ground, path, 0, count, walking.speed, 0, enter)
    count = way(ground, origin, transit.cell[board], key, path)
    if count < 0 or count + 4 > len(path):
        return min(count, FULL) if count >= 0 else count, depart
    now = pace(ground, path, 0, count, walking.speed, 0, enter)
    here = transit.cell[board]
    now = wait_at(here, now, walking.wait * 2.0 * late, path, enter, count)
    count += 1
    hub = transit.hub_of[board]
    if not transit.hub[board] and not transit.hub[leave] and hub != board and hub != leave:
        path[count] = -1
        enter[count] = now
        now += int(ride(ground, walking, here, transit.cell[hub], walking.transit_speed))
        here = transit.cell[hub]
        now = wait_at(here, now, walking.wait * 2.0 * (1.0 - late), path, enter, count + 1)
        count += 2
    path[count] = -1
    enter[count] = now
    now += int(ride(ground, walking, here, transit.cell[leave], walking.transit_speed))
    count += 1
    last = way(ground, transit.cell[leave], target, mix(key), path[count:])
    if last < 0:
        return last, depart
    now += pace(ground, path[count:], 0, last, walking.speed, now, enter[count:]) - now
    return count + last, depart + now


@njit(cache=True)
def wait_at(stop, now, seconds, path, enter, count):
    """Append a wait at a stop; return the time at which it ends."""
    path[count] = stop
    enter[count] = now
    return now + int(seconds * DECI)
