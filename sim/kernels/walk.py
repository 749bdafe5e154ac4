"""How one trip crosses the grid: a pure function of where from, where to, how, and the trip's own key.

Nothing of a trip is stored. Whoever needs it again (to find who stood in a cell when something happened there) unrolls it
again and gets the same steps.
"""

import numpy as np

from sim.kernels import inner, kernel
from sim.kernels.line import FULL, NO_WAY, row_and_col, straight
from sim.rng import ROUTE, key64, mix, unit, words

WALK, CYCLE, TRANSIT, CAR, RUN = range(5)
MODES = ("walk", "cycle", "transit", "car", "run")
DECI = 10
"""Times inside a trip are integer tenths of a second, so that sums do not depend on their order."""


@inner
def row_col(ground, cell):
    """Row and column of a cell."""
    return row_and_col(ground.cols, ground.inverse, cell)


@inner
def bowed(exits, steps, cols, inverse, bow, origin, target, key, path, count):
    """Like `straight`, but by way of a cell to one side of the middle, so that not all who go the same way go the same way.

    The bow is triangular over ±`bow` of the distance, at right angles; where it leads into something, none is made.
    """
    row, col = row_and_col(cols, inverse, origin)
    to_row, to_col = row_and_col(cols, inverse, target)
    word = mix(key ^ np.uint64(origin))
    sides = np.float64((word & np.uint64(0xFFFF)) + ((word >> np.uint64(16)) & np.uint64(0xFFFF))) / 65535.0 - 1.0
    aside_row, aside_col = np.int64(sides * bow * (to_col - col)), np.int64(sides * bow * (to_row - row))
    if aside_row != 0 or aside_col != 0:
        middle_row, middle_col = (row + to_row) // 2 + aside_row, (col + to_col) // 2 - aside_col
        middle = middle_row * cols + middle_col
        if 0 <= middle < len(exits) and 0 < middle_col < cols - 1 and exits[middle] != 0:
            half = straight(exits, steps, origin, middle_row - row, middle_col - col, word, path, count)
            if half > 0:
                done = straight(exits, steps, middle, to_row - middle_row, to_col - middle_col, ~word, path, half)
                if done > 0:
                    return done
    return straight(exits, steps, origin, to_row - row, to_col - col, word, path, count)


@inner
def leg(ground, origin, turn, key, path, count):
    """Append the cells from `origin` (exclusive) to its turning point: bowed where there is room, else the line known to be free."""
    done = bowed(ground.exits, ground.steps, ground.cols, ground.inverse, ground.bow, origin, turn, key, path, count)
    if done == NO_WAY:
        row, col = row_col(ground, origin)
        to_row, to_col = row_col(ground, turn)
        done = straight(ground.exits, ground.steps, origin, to_row - row, to_col - col, np.uint64(0), path, count)
    return done


@kernel
def way(ground, origin, target, key, path):
    """Cells walked from `origin` to `target`, both included: fills `path` int32 and returns how many (or NO_WAY, FULL).

    From turning point to turning point towards the target's anchor, until the target lies within `ground.reach` cells and nothing
    stands in the way; at worst by way of the anchor along the target's own way to it.
    """
    path[0] = origin
    if origin == target:
        return 1
    anchor = ground.nearest[target]
    if anchor < 0 or ground.nearest[origin] < 0:
        return NO_WAY
    to_row, to_col = row_col(ground, target)
    cell, count = np.int64(origin), 1
    while True:
        row, col = row_col(ground, cell)
        if max(abs(row - to_row), abs(col - to_col)) <= ground.reach:
            done = bowed(ground.exits, ground.steps, ground.cols, ground.inverse, ground.bow, cell, target, key, path, count)
            if done != NO_WAY:
                return done
        turn = np.int64(ground.turns[anchor, cell])
        if turn < 0:
            return back_from_anchor(ground, target, key, path, count)
        count = leg(ground, cell, turn, key, path, count)
        if count < 0 or turn == target:
            return count
        cell = turn


@inner
def back_from_anchor(ground, target, key, path, count):
    """Continue a path that has reached the target's anchor along the target's own way to it, reversed.

    Both ways use the same legs, so what they share at the end would be walked twice: it is cut off.
    """
    start, cell = count, np.int64(target)
    anchor = ground.nearest[target]
    if count >= len(path):
        return FULL
    path[count] = target
    count += 1
    while True:
        turn = np.int64(ground.turns[anchor, cell])
        if turn < 0:
            break
        count = leg(ground, cell, turn, key, path, count)
        if count < 0:
            return count
        cell = turn
    if cell != path[start - 1]:
        return NO_WAY
    count -= 1  # the anchor itself is there already
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


@kernel
def pace(ground, path, first, last, metres_per_s, start, enter):
    """Fill `enter` int32 with the tenth of a second at which cells `first`…`last`−1 of `path` are entered; return the end.

    Half of each step lies in either cell, so the first and last cell of a way count half a step. Time is summed in integers, in
    65,536ths of a tenth.
    """
    level = np.int64(ground.cell_m / metres_per_s * DECI * 65536.0)
    slant = np.int64(ground.cell_m / metres_per_s * DECI * 65536.0 * 1.4142135623730951)
    elapsed, cols = np.int64(0), ground.cols
    enter[first] = start
    before = path[first]
    for i in range(first + 1, last):
        cell = path[np.uint64(i)]
        step, before = abs(cell - before), cell
        lasts = slant - (slant - level) * (np.int64(step == 1) | np.int64(step == cols))
        enter[np.uint64(i)] = start + ((elapsed + (lasts >> 1)) >> 16)
        elapsed += lasts
    return start + (elapsed >> 16)


@kernel
def unroll(ground, transit, walking, seed, person, depart, origin, target, mode, path, enter):
    """The whole trip as cells and entry times. Returns (number of entries, arrival).

    `depart` and the returned arrival are tenths of a second of model time (int64). Entry i lasts from enter[i] to enter[i+1]
    (the last one to the arrival); path[i] = −1 while the traveller rides and is not on the street. Number NO_WAY or FULL on
    failure. `walking` holds the registry's group `walk`.
    """
    a, b, c, d = words(seed, ROUTE, person, depart // DECI, 0, 0)
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
    return by_transit(ground, transit, walking, key, unit(c), unit(d), depart, origin, target, path, enter)


@inner
def ride(ground, walking, origin, target, metres_per_s):
    """Tenths of a second to drive from cell to cell at a mean speed over the stated detour."""
    row, col = row_col(ground, origin)
    to_row, to_col = row_col(ground, target)
    return np.sqrt(float((row - to_row) ** 2 + (col - to_col) ** 2)) * ground.cell_m * walking.ride_detour / metres_per_s * DECI


@inner
def by_transit(ground, transit, walking, key, late, again, depart, origin, target, path, enter):
    """Walk to a stop, wait, ride (changing at a hub, with another wait, unless one end is a hub), and walk on."""
    board, leave = transit.stop_of[origin], transit.stop_of[target]
    if board == leave:
        count = way(ground, origin, target, key, path)
        if count < 0:
            return count, depart
        return count, depart + pace(ground, path, 0, count, walking.speed, 0, enter)
    count = way(ground, origin, transit.cell[board], key, path)
    if count < 0 or count + 5 > len(path):
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
        now = wait_at(here, now, walking.wait * 2.0 * again, path, enter, count + 1)
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


@inner
def wait_at(stop, now, seconds, path, enter, count):
    """Append a wait at a stop; return the time at which it ends."""
    path[count] = stop
    enter[count] = now
    return now + int(seconds * DECI)
