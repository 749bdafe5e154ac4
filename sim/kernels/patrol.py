"""Guardians in uniform: units go from site to site, stay, are seen, answer calls, and leave some caution behind.

Times are int64 tenths of a second. A unit is always on a leg: it leaves `origin` at `leave`, stands at `target` from
`arrive` to `until`, and then chooses again. Choices are keyed by the unit's own identity and the second of the choice.
"""

import math

from numba import njit

from sim.kernels.walk import DECI
from sim.rng import PATROL, unit, words

NEXT_SITE, PASSIVE, DWELL = range(3)
"""Purposes of the draws of stream PATROL."""
IDLE, STOP, CALL = range(3)
DAY_DS = 86_400 * DECI


@njit(cache=True)
def on_duty(units, u, time):
    """Whether unit `u` is on shift at `time`."""
    return units.shift_from[u, 0] <= time < units.shift_to[u, 0] or units.shift_from[u, 1] <= time < units.shift_to[u, 1]


@njit(cache=True)
def gap_m(ground, a, b):
    """Straight distance in metres between two cells."""
    row = a // ground.cols - b // ground.cols
    col = a % ground.cols - b % ground.cols
    return math.sqrt(float(row * row + col * col)) * ground.cell_m


@njit(cache=True)
def standing_share(units, u, time):
    """Where unit `u` is on its leg: 0 at the origin, 1 when it stands at the target, in between while it travels."""
    if time >= units.arrive[u]:
        return 1.0
    if time <= units.leave[u]:
        return 0.0
    return (time - units.leave[u]) / (units.arrive[u] - units.leave[u])


@njit(cache=True)
def distance_to(ground, units, u, time, cell):
    """Metres from unit `u` to a cell at `time`, along the straight line of its leg."""
    share = standing_share(units, u, time)
    cols = ground.cols
    a, b = units.origin[u], units.target[u]
    row = a // cols + share * (b // cols - a // cols) - cell // cols
    col = a % cols + share * (b % cols - a % cols) - cell % cols
    return math.sqrt(row * row + col * col) * ground.cell_m


@njit(cache=True)
def guardians_at(ground, units, forces, patrol, cell, time):
    """Who is to be seen from a cell: (chance of being caught that they signal in [0, 1], units, unit most able to arrest or −1).

    A unit that drives past signals a stated part of what a standing one does.
    """
    spared, seen, best, ablest = 1.0, 0, 0.0, -1
    for u in range(len(units.force)):
        if units.passive[u] or not on_duty(units, u, time):
            continue
        f = units.force[u]
        if distance_to(ground, units, u, time, cell) > forces.radius[f]:
            continue
        share = 1.0 if time >= units.arrive[u] else patrol.passing
        spared *= 1.0 - forces.certainty[f] * share
        seen += 1 if forces.certainty[f] > 0.0 else 0
        if forces.arrests[f] * share > best:
            best, ablest = forces.arrests[f] * share, u
    return 1.0 - spared, seen, ablest


@njit(cache=True)
def caution_left(scene, patrol, cell, time):
    """Perceived risk in [0, 1] that past stops have left at a cell, decaying with a half-life."""
    age = (time - scene.caution_at[cell]) / DECI
    return scene.caution[cell] * 0.5 ** (max(age, 0.0) / patrol.caution_half_life)


@njit(cache=True)
def leave_traces(ground, units, forces, patrol, scene, u, start, end):
    """A stop of unit `u` from `start` to `end` is over: what it leaves in the cells around."""
    seconds = (end - start) / DECI
    if seconds <= 0 or units.passive[u]:
        return
    f, cell = units.force[u], units.target[u]
    scene.guard_seconds[f, cell] += seconds
    reach = int(forces.radius[f] / ground.cell_m)
    level = forces.certainty[f] * min(seconds / patrol.full_stop, 1.0)
    row, col = cell // ground.cols, cell % ground.cols
    rows = len(scene.caution) // ground.cols
    for r in range(max(row - reach, 0), min(row + reach + 1, rows)):
        for c in range(max(col - reach, 0), min(col + reach + 1, ground.cols)):
            if (r - row) ** 2 + (c - col) ** 2 > (forces.radius[f] / ground.cell_m) ** 2:
                continue
            near = r * ground.cols + c
            scene.sight[near] += seconds * forces.visibility[f]
            left = caution_left(scene, patrol, near, end)
            if level >= left:
                scene.caution[near] = level
                scene.caution_at[near] = end


@njit(cache=True)
def next_site(ground, units, forces, sites, seed, u, time):
    """The site that unit `u` goes to next: the smallest of exponential times, each site's rate its weight over distance.

    A squad on a route takes its sites in order instead, each unit from another start.
    """
    f, s = units.force[u], units.squad[u]
    first, last = sites.first[s], sites.first[s + 1]
    if sites.ordered[s] and last > first:
        at = first + units.key[u] % (last - first)
        for i in range(first, last):
            if sites.cell[i] == units.target[u]:
                at = i + 1
        return sites.cell[at if at < last else first]
    best, chosen = math.inf, units.target[u]
    for i in range(first, last):
        cell = sites.cell[i]
        rate = sites.weight[i] * math.exp(-gap_m(ground, units.target[u], cell) / forces.spread[f])
        if cell == units.target[u] or rate <= 0.0:
            continue
        a, _, _, _ = words(seed, PATROL, units.key[u], time // DECI, NEXT_SITE, cell)
        clock = -math.log(unit(a)) / rate
        if clock < best:
            best, chosen = clock, cell
    return chosen


@njit(cache=True)
def next_leg(ground, units, forces, patrol, sites, seed, u, time):
    """Unit `u` decides at `time` where to go and how long to stay; in the unsteered part of its shift it goes nowhere."""
    f = units.force[u]
    a, b, _, _ = words(seed, PATROL, units.key[u], time // DECI, PASSIVE, 0)
    stay = int(forces.dwell[f] * (0.5 + unit(b)) * DECI)
    units.origin[u] = units.target[u]
    units.leave[u] = time
    units.call[u] = STOP
    if unit(a) >= forces.fidelity[f]:
        units.passive[u] = 1
        units.arrive[u] = time
    else:
        units.passive[u] = 0
        units.target[u] = next_site(ground, units, forces, sites, seed, u, time)
        way = gap_m(ground, units.origin[u], units.target[u]) * patrol.detour
        units.arrive[u] = time + int(way / forces.speed[f] * DECI)
    units.until[u] = units.arrive[u] + stay


@njit(cache=True)
def patrol_until(ground, units, forces, patrol, sites, scene, seed, end):
    """Let all units live until `end` (the end of the tick)."""
    for u in range(len(units.force)):
        for slot in range(2):
            starts = units.shift_from[u, slot]
            if starts >= units.until[u] and starts < end and starts < units.shift_to[u, slot]:
                units.target[u] = units.base[u]
                units.origin[u] = units.base[u]
                units.leave[u] = units.arrive[u] = units.until[u] = starts
                units.call[u] = STOP
                units.passive[u] = 1
        while units.until[u] < end and on_duty(units, u, units.until[u]):
            if units.call[u] != IDLE:
                leave_traces(ground, units, forces, patrol, scene, u, units.arrive[u], units.until[u])
            next_leg(ground, units, forces, patrol, sites, seed, u, units.until[u])


@njit(cache=True)
def send(ground, units, forces, patrol, scene, cell, time):
    """Send the unit that can be there first. Returns (unit or −1, seconds until it arrives).

    A unit that is handling a call counts from the moment when it will be free.
    """
    best, chosen = math.inf, -1
    for u in range(len(units.force)):
        f = units.force[u]
        if forces.answers[f] <= 0.0 or not on_duty(units, u, time):
            continue
        free = units.until[u] if units.call[u] == CALL else time
        way = distance_to(ground, units, u, max(free, time), cell) * patrol.detour
        when = max(free - time, 0) / DECI + patrol.call_handling + way / forces.response_speed[f]
        if when < best:
            best, chosen = when, u
    if chosen < 0:
        return -1, -1.0
    u = chosen
    if units.call[u] != CALL:
        if time > units.arrive[u]:
            leave_traces(ground, units, forces, patrol, scene, u, units.arrive[u], time)
        share = standing_share(units, u, time)
        a, b = units.origin[u], units.target[u]
        row = int(round(a // ground.cols + share * (b // ground.cols - a // ground.cols)))
        col = int(round(a % ground.cols + share * (b % ground.cols - a % ground.cols)))
        units.origin[u] = row * ground.cols + col
    else:
        units.origin[u] = units.target[u]
    units.target[u] = cell
    units.leave[u] = time
    units.arrive[u] = time + int(best * DECI)
    units.until[u] = units.arrive[u] + int(patrol.call_service * DECI)
    units.call[u] = CALL
    units.passive[u] = 0
    return u, best
