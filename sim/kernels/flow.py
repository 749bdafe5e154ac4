"""Flow fields: from every cell, the cheapest way to an anchor, kept as the points where it turns."""

import numpy as np
from numba import njit, prange

from sim.kernels import kernel
from sim.kernels.line import row_and_col, straight

FAR = np.int32(2**30)


@kernel
def field(exits, cost, steps, anchor, distance, queue, waiting):
    """Fill `distance` int32 (cells,) with the cheapest cost from each cell to `anchor`; FAR where there is no way.

    A first-in-first-out relaxation (Moore 1957), which suits a grid of nearly equal costs. A straight step costs 10 times
    the mean of the two cells' `cost` uint8, a diagonal one 14 times. `queue` int32 and `waiting` uint8 (cells,) are scratch.
    """
    size = len(queue)
    distance[:] = FAR
    waiting[:] = 0
    distance[anchor] = 0
    queue[0] = anchor
    head, count = 0, 1
    while count > 0:
        cell = queue[head]
        head = head + 1 if head + 1 < size else 0
        count -= 1
        waiting[cell] = 0
        open_steps = exits[cell]
        for d in range(8):
            if (open_steps >> d) & 1:
                near = cell + steps[d]
                length = 5 if d % 2 == 0 else 7
                there = distance[cell] + length * (np.int32(cost[cell]) + np.int32(cost[near]))
                if there < distance[near]:
                    distance[near] = there
                    if waiting[near] == 0:
                        waiting[near] = 1
                        tail = head + count
                        queue[tail if tail < size else tail - size] = near
                        count += 1


@njit(cache=True)
def turning_points(exits, cost, steps, cols, inverse, distance, order, reach, turn):
    """Fill `turn` int32 (cells,): for each cell, the farthest cell on its cheapest way that a straight line of at most `reach`
    steps leads to; −1 at the anchor and where there is no way.

    Cells are taken in `order` of their `distance`: each looks past its cheapest neighbour to where that one turns (the idea of
    Theta*, Daniel et al. 2010). Among equally cheap neighbours the first in the order of steps counts.
    """
    path = np.empty(reach, dtype=np.int32)
    turn[:] = -1
    for cell in order:
        if distance[cell] >= FAR or distance[cell] == 0:
            continue
        after = np.int64(-1)
        for d in range(8):
            if after < 0 and (exits[cell] >> d) & 1:
                near = cell + steps[d]
                length = 5 if d % 2 == 0 else 7
                if distance[near] + length * (np.int32(cost[cell]) + np.int32(cost[near])) == distance[cell]:
                    after = np.int64(near)
        turn[cell] = after
        beyond = np.int64(turn[after])
        if beyond >= 0:
            row, col = row_and_col(cols, inverse, cell)
            to_row, to_col = row_and_col(cols, inverse, beyond)
            if straight(exits, steps, cell, to_row - row, to_col - col, np.uint64(0), path, 0) > 0:
                turn[cell] = beyond


@njit(cache=True, parallel=True)
def fields(exits, cost, steps, cols, inverse, anchors, reach, turns, nearest):
    """Turning points towards all anchors: `turns` int32 (anchors, cells), and for each cell the anchor that is cheapest to reach.

    `nearest` int16 (cells,) is −1 where no anchor can be reached; ties go to the lower anchor. The number of threads changes
    nothing.
    """
    n, cells = turns.shape
    distances = np.empty((n, cells), dtype=np.int32)
    for index in prange(n):
        a = np.int64(index)
        queue = np.empty(cells, dtype=np.int32)
        waiting = np.empty(cells, dtype=np.uint8)
        field(exits, cost, steps, anchors[a], distances[a], queue, waiting)
        turning_points(exits, cost, steps, cols, inverse, distances[a], np.argsort(distances[a], kind="mergesort"), reach, turns[a])
    for cell in range(cells):
        nearest[cell] = -1
        best = FAR
        for a in range(n):
            if distances[a, cell] < best:
                best = distances[a, cell]
                nearest[cell] = a


@njit(cache=True)
def components(exits, steps, label):
    """Number the connected parts of the walkable grid in `label` int32 (cells,); −1 where nobody can walk. Returns how many."""
    label[:] = -1
    stack = np.empty(len(label), dtype=np.int32)
    n = 0
    for start in range(len(label)):
        if exits[start] == 0 or label[start] >= 0:
            continue
        label[start] = n
        stack[0] = start
        depth = 1
        while depth > 0:
            depth -= 1
            cell = stack[depth]
            for d in range(8):
                if (exits[cell] >> d) & 1:
                    near = cell + steps[d]
                    if label[near] < 0:
                        label[near] = n
                        stack[depth] = near
                        depth += 1
        n += 1
    return n


@kernel
def open_exits(walkable, steps, exits):
    """Fill `exits` uint8 (cells,): bit d set where step d leads to a walkable cell without cutting a closed corner."""
    for cell in range(len(walkable)):
        exits[cell] = 0
        if walkable[cell] == 0:
            continue
        bits = 0
        for d in range(8):
            if walkable[cell + steps[d]] == 0:
                continue
            if d % 2 == 1 and (walkable[cell + steps[d - 1]] == 0 or walkable[cell + steps[(d + 1) % 8]] == 0):
                continue
            bits |= 1 << d
        exits[cell] = bits
