"""Guardians in uniform: units go from site to site, stay, are seen, answer calls, and leave some caution behind.

Times are int64 tenths of a second. A unit is always on a leg: it leaves `origin` at `leave`, stands at `target` from
`arrive` to `until`, and then chooses again; its shift begins at a site of its squad, and lasts until the calls that it has taken are
done. Choices are keyed by the unit's own identity and the second of the choice.
"""

import math

import numpy as np

from sim.kernels import inner, kernel
from sim.kernels.near import nearness
from sim.kernels.walk import DECI, row_col
from sim.rng import PATROL, SHIFT, key64, mix, unit, words

SIGHT = 100
"""Parts of a second in which guardians seen are counted: integers, whose sums do not depend on their order."""
NEXT_SITE, PASSIVE, DWELL = range(3)
"""Purposes of the draws of stream PATROL."""
IDLE, STOP, CALL = range(3)
NOBODY, POLICE, AMBULANCE, RESCUE = range(4)
"""Whose calls a force answers. Crews of ambulance and rescue are on the street like units of police, and are no guardians."""
CALLS, WAITING, LOST, SOONEST = range(4)
"""Places of the street's `cursor`: calls of the day answered so far; moments of motive that wait, and those for which there was no
room; the time before which no unit has anything to decide."""


@kernel
def on_duty(units, u, time):
    """Whether unit `u` is on shift at `time`."""
    return units[u].shift_from[0] <= time < units[u].shift_to[0] or units[u].shift_from[1] <= time < units[u].shift_to[1]


@inner
def gap_m(ground, a, b):
    """Straight distance in metres between two cells."""
    row, col = row_col(ground, a)
    to_row, to_col = row_col(ground, b)
    return math.sqrt(float((to_row - row) ** 2 + (to_col - col) ** 2)) * ground.cell_m


@kernel
def standing_share(units, u, time):
    """Where unit `u` is on its leg: 0 at the origin, 1 when it stands at the target, in between while it travels."""
    if time >= units[u].arrive:
        return 1.0
    if time <= units[u].leave:
        return 0.0
    return (time - units[u].leave) / (units[u].arrive - units[u].leave)


@inner
def cell_on_leg(ground, units, u, time):
    """The cell that unit `u` is in at `time`, on the straight line of its leg."""
    share = standing_share(units, u, time)
    row, col = row_col(ground, units[u].origin)
    to_row, to_col = row_col(ground, units[u].target)
    return int(round(row + share * (to_row - row))) * ground.cols + int(round(col + share * (to_col - col)))


@inner
def distance_to(ground, units, u, time, cell):
    """Metres from unit `u` to a cell at `time`, along the straight line of its leg."""
    share = standing_share(units, u, time)
    row, col = row_col(ground, cell)
    a_row, a_col = row_col(ground, units[u].origin)
    b_row, b_col = row_col(ground, units[u].target)
    down, right = a_row + share * (b_row - a_row) - row, a_col + share * (b_col - a_col) - col
    return math.sqrt(down * down + right * right) * ground.cell_m


@kernel
def in_view(radius_m, cell_m, distance_m):
    """Chance in [0, 1] that someone in a cell is within a radius of someone in another, whose middles are so far apart.

    A ramp as wide as the blur of two square cells, about the radius that leaves the area of the disc as it is.
    """
    inner = math.sqrt(max(radius_m * radius_m - cell_m * cell_m / 6.0, 0.0))
    return min(max((inner - distance_m) / (math.sqrt(2.0) * cell_m) + 0.5, 0.0), 1.0)


@inner
def guardians_at(ground, units, forces, patrol, cell, time):
    """Who is to be seen from a cell: the chance of being caught that they signal and the chance that one of them notices an offence,
    both in [0, 1]; units; the unit most able to arrest, or −1. In the order (signal, units, ablest, notices).

    A unit that drives past signals, and notices, a stated part of what a standing one does.
    """
    spared, unnoticed, seen, best, ablest = 1.0, 1.0, 0, 0.0, np.int64(-1)
    for u in range(len(units)):
        f = units[u].force
        if units[u].passive or forces[f].answers > POLICE or not on_duty(units, u, time):
            continue
        share = in_view(forces[f].radius, ground.cell_m, distance_to(ground, units, u, time, cell))
        if share <= 0.0:
            continue
        if units[u].leave < time < units[u].arrive:
            share *= patrol.passing
        spared *= 1.0 - forces[f].certainty * share
        unnoticed *= 1.0 - forces[f].notices * share
        seen += 1 if forces[f].certainty > 0.0 else 0
        if forces[f].arrests * share > best:
            best, ablest = forces[f].arrests * share, u
    return 1.0 - spared, seen, ablest, 1.0 - unnoticed if ablest >= 0 else 0.0


@inner
def crews_near(ground, units, forces, reach, cell, time):
    """How many crews of ambulance or rescue stand at a call within reach of a cell at `time`; `reach` as in the scene."""
    crews = 0.0
    for u in range(len(units)):
        if forces[units[u].force].answers > POLICE and units[u].call == CALL and units[u].arrive <= time < units[u].until:
            crews += nearness(ground, reach, units[u].target, cell)
    return crews


@inner
def caution_left(scene, patrol, cell, time):
    """Perceived risk in [0, 1] that past stops have left at a cell, decaying with a half-life."""
    age = (time - scene.caution_at[cell]) / DECI
    return scene.caution[cell] * 0.5 ** (max(age, 0.0) / patrol.caution_half_life)


@inner
def lasts_longer(patrol, level, at, other, other_at):
    """Whether caution that is `level` at a time `at` is more than one that is `other` at `other_at`, whichever came first. (The powers are
    slow: what is later and no less, or earlier and no more, is answered without.)"""
    if at > other_at and level >= other > 0.0:
        return True
    if at <= other_at and level <= other:
        return False
    later = max(at, other_at)
    left = level * 0.5 ** ((later - at) / DECI / patrol.caution_half_life)
    return left > other * 0.5 ** ((later - other_at) / DECI / patrol.caution_half_life)


@inner
def leave_traces(ground, units, forces, patrol, scene, u, end):
    """The leg of unit `u` is over at `end`: what it leaves along its way and around its stop, whatever the order in which legs end."""
    if units[u].passive or units[u].call == IDLE or forces[units[u].force].answers > POLICE:
        return
    way = min(units[u].arrive, end) - units[u].leave
    if way > 0:
        parts = int(gap_m(ground, units[u].origin, units[u].target) / ground.cell_m) + 1
        for i in range(parts):
            cell = cell_on_leg(ground, units, u, units[u].leave + way * (2 * i + 1) // (2 * parts))
            leave_trace(ground, forces, patrol, scene, units[u].force, cell, way / DECI / parts, end, patrol.passing)
    if end > units[u].arrive:
        leave_trace(ground, forces, patrol, scene, units[u].force, units[u].target, (end - units[u].arrive) / DECI, end, 1.0)


@inner
def leave_trace(ground, forces, patrol, scene, f, cell, seconds, end, signal):
    """What a unit of force `f` leaves that was at a cell for so many seconds, with a `signal` in [0, 1] of that of one that stands."""
    scene.guard_seconds[f, cell] += seconds
    around = len(scene.views[f]) // 2
    level = forces[f].certainty * signal * min(seconds / patrol.full_stop, 1.0)
    row, col = row_col(ground, cell)
    rows = len(scene.caution) // ground.cols
    for r in range(max(row - around, 0), min(row + around + 1, rows)):
        for c in range(max(col - around, 0), min(col + around + 1, ground.cols)):
            share = scene.views[f, r - row + around, c - col + around]
            if share <= 0.0:
                continue
            near = r * ground.cols + c
            scene.sight[near] += np.int64(seconds * forces[f].visibility * signal * share * SIGHT)
            new, old = level * share, np.float64(scene.caution[near])
            if lasts_longer(patrol, new, end, old, scene.caution_at[near]):
                scene.caution[near] = new
                scene.caution_at[near] = end


@inner
def next_site(ground, units, forces, sites, seed, u, time, begins):
    """The site that unit `u` goes to next: the smallest of exponential times, each site's rate its weight over distance.

    When a shift `begins`, no site is nearer than another: units are driven out to where they are wanted. A squad on a route takes its
    sites in order instead, each unit from another start.
    """
    f, s = units[u].force, units[u].squad
    first, last = sites.first[s], sites.first[s + 1]
    if sites.ordered[s] and last > first:
        at = first + units[u].key % (last - first)
        for i in range(first, last):
            if sites.cell[i] == units[u].target:
                at = i + 1
        return sites.cell[at if at < last else first]
    best, chosen = math.inf, units[u].target
    a, b, _, _ = words(seed, PATROL, units[u].key, time // DECI, NEXT_SITE, 0)
    race = key64(a, b)
    for i in range(first, last):
        cell, rate = sites.cell[i], sites.weight[i]
        draw = unit(mix(race ^ np.uint64(cell)) >> SHIFT)
        if 1.0 - draw >= best * rate or (cell == units[u].target and not begins):
            continue  # −log u ≥ 1 − u: it would lose even at no distance
        if not begins:
            rate *= math.exp(-gap_m(ground, units[u].target, cell) / forces[f].spread)
        clock = -math.log(draw) / rate if rate > 0.0 else math.inf
        if clock < best:
            best, chosen = clock, cell
    return chosen


@inner
def next_leg(ground, units, forces, patrol, sites, seed, u, time, begins):
    """Unit `u` decides at `time` where to go and how long to stay; when its shift `begins`, it is there at once.

    In the unsteered part of its shift it goes nowhere for as long as the way and the stay would have taken: so the part of its time,
    and not of its errands, in which it patrols is the force's fidelity.
    """
    f = units[u].force
    a, b, _, _ = words(seed, PATROL, units[u].key, time // DECI, PASSIVE, 0)
    site = next_site(ground, units, forces, sites, seed, u, time, begins)
    if begins:
        units[u].target = site
    way = int(gap_m(ground, units[u].target, site) * patrol.detour / forces[f].speed * DECI)
    stay = int(sites.stay_s[units[u].squad] * (0.5 + unit(b)) * DECI)
    units[u].origin = units[u].target
    units[u].leave = time
    units[u].until = time + way + stay
    units[u].call = STOP
    units[u].passive = unit(a) >= forces[f].fidelity
    if units[u].passive:
        units[u].arrive = time
    else:
        units[u].target = site
        units[u].arrive = time + way


@inner
def go_off_duty(ground, units, forces, patrol, scene, u, time):
    """Where the shift of unit `u` has ended by `time`, what its last stop leaves is left."""
    if units[u].call == IDLE:
        return
    for slot in range(2):
        ends = units[u].shift_to[slot]
        if units[u].shift_from[slot] <= units[u].leave < ends <= min(units[u].until, time):
            leave_traces(ground, units, forces, patrol, scene, u, ends)
            units[u].call = IDLE


@inner
def patrol_until(ground, units, forces, patrol, sites, scene, seed, end):
    """Let all units live until `end`, with what they have been told so far."""
    for u in range(len(units)):
        if units[u].decides > end:
            continue
        go_off_duty(ground, units, forces, patrol, scene, u, end)
        for slot in range(2):
            starts = units[u].shift_from[slot]
            if starts >= units[u].until and starts < end and starts < units[u].shift_to[slot]:
                units[u].booked_until = starts
                next_leg(ground, units, forces, patrol, sites, seed, u, starts, True)
        while units[u].until < end and on_duty(units, u, units[u].until):
            if units[u].call != IDLE:
                leave_traces(ground, units, forces, patrol, scene, u, units[u].until)
            if units[u].booked_until > units[u].until:
                go_to_booked(units, u)
            else:
                next_leg(ground, units, forces, patrol, sites, seed, u, units[u].until, False)
        go_off_duty(ground, units, forces, patrol, scene, u, end)
        units[u].decides = next_decision(units, u)


@inner
def next_decision(units, u):
    """The earliest time at which unit `u` ends a leg or a shift, or begins one."""
    soonest = units[u].until if on_duty(units, u, units[u].until) else np.int64(1) << 62
    for slot in range(2):
        starts, ends = units[u].shift_from[slot], units[u].shift_to[slot]
        if starts >= units[u].until and starts < ends:
            soonest = min(soonest, starts)
        if units[u].call != IDLE and starts <= units[u].leave < ends:
            soonest = min(soonest, ends)
    return soonest


@kernel
def patrol_to(world, seed, time):
    """Let units live until `time`, and answer the calls that come in meanwhile: of ambulance and rescue, and what binds the police beside
    the offences modelled.

    `world.cursor[CALLS]` counts the calls of the day that have been answered.
    """
    calls, cursor = world.calls, world.cursor
    if time < cursor[SOONEST]:
        return
    ground, units, forces, patrol, scene = world.ground, world.units, world.forces, world.patrol, world.scene
    while cursor[CALLS] < len(calls) and calls[cursor[CALLS]].time < time:
        call = calls[cursor[CALLS]]
        patrol_until(ground, units, forces, patrol, world.sites, scene, seed, call.time)
        send(ground, units, forces, patrol, scene, call.cell, call.time, call.service, call.waits)
        cursor[CALLS] += 1
    patrol_until(ground, units, forces, patrol, world.sites, scene, seed, time)
    first = calls[cursor[CALLS]].time if cursor[CALLS] < len(calls) else np.int64(1) << 62
    for u in range(len(units)):
        first = min(first, units[u].decides)
    cursor[SOONEST] = first


@inner
def soonest(ground, units, forces, patrol, u, cell, time):
    """Seconds in which unit `u`, once it is free, can be at a cell: from where it is, or from its last call."""
    f, free = units[u].force, time
    away = distance_to(ground, units, u, time, cell)
    if units[u].call == CALL:
        again = units[u].booked_until > units[u].until
        free = units[u].booked_until if again else units[u].until
        away = gap_m(ground, units[u].booked if again else units[u].target, cell)
    return max(free - time, 0) / DECI + patrol.call_handling + away * patrol.detour / forces[f].response_speed


@inner
def send(ground, units, forces, patrol, scene, cell, time, service, waits):
    """Send the unit that can be there first, of those who answer calls of a `service`. Returns (unit or −1, seconds until it arrives).

    The call itself `waits` so many seconds before anyone is sent. A unit that is handling a call goes on with it, and is promised for
    afterwards. Its shift lasts until the call is done.
    """
    best, chosen = math.inf, np.int64(-1)
    for u in range(len(units)):
        if forces[units[u].force].answers == service and on_duty(units, u, time):
            when = soonest(ground, units, forces, patrol, u, cell, time)
            if when < best:
                best, chosen = when, u
    if chosen < 0:
        return -1, -1.0
    u, best = chosen, best + waits
    arrive = time + int(best * DECI)
    until = arrive + int(forces[units[chosen].force].call_service * DECI)
    for slot in range(2):
        if units[u].shift_from[slot] <= time < units[u].shift_to[slot]:
            units[u].shift_to[slot] = max(units[u].shift_to[slot], until)
    if units[u].call == CALL:
        units[u].booked, units[u].booked_arrive, units[u].booked_until = cell, arrive, until
        return u, best
    leave_traces(ground, units, forces, patrol, scene, u, time)
    units[u].origin = cell_on_leg(ground, units, u, time)
    units[u].target = cell
    units[u].leave, units[u].arrive, units[u].until = time, arrive, until
    units[u].call = CALL
    units[u].passive = 0
    units[u].decides = time
    return u, best


@inner
def go_to_booked(units, u):
    """Unit `u` leaves for the call that it was promised for."""
    units[u].origin, units[u].target = units[u].target, units[u].booked
    units[u].leave, units[u].arrive, units[u].until = units[u].until, units[u].booked_arrive, units[u].booked_until
