"""Movement: a departure writes its whole trip into the person-seconds of the ticks that it will pass.

Person-seconds are integers (hundredths of a second), so sums do not depend on order or on the number of threads; each
shard has its own accumulators. A ring of ticks holds what was passed in this hour, and what trips under way have yet to pass;
people who stay somewhere are held in `presence` and count for whole hours until they leave: what that counts too much is taken
off the ring, so that only both together say who is in a cell.
"""

import numpy as np
from numba import njit, prange

from sim.kernels import inlined, inner, kernel
from sim.kernels.line import row_and_col
from sim.kernels.plan import MOST_TRIPS, TO_HOME
from sim.kernels.walk import CAR, DECI, unroll

WALKER, OFFENDER = range(2)
ROLES = ("walker", "offender")
"""Roles in which people on the street are counted. A walker stands for 1/fraction people; an offender always for one."""
GO, STAY, DRIVE = range(3)
CENTI = 10
"""Hundredths of a second in a tenth."""
HOUR_DS = 3600 * DECI
MOST_CS = 2**30
"""Hundredths of a person-second of one cell in one tick that a street has room for, by half: 18,000 people outdoors for ten minutes."""
ONE = np.uint64(1)
ADULT = 18
"""Age of majority: below it a person counts as a youth."""
OUTLASTS, CROWDED = -3, -4
"""Failures beside those of a way: a trip that outlasts the ring; no room left to note who passes."""


PASSER = np.dtype([("person", "i4"), ("row", "i2"), ("col", "i2"), ("to_row", "i2"), ("to_col", "i2"), ("steps", "i2")], align=True)
"""The stretch of a trip that lies in one tick: row of the person, first and last cell, number of cells."""


@inner
def stay_in(head, ahead, behind, stays, row, cell):
    """The walker of this `row` stays in another `cell` from now on, partly outdoors, or in none (−1); arrays as in sim.afoot.Walked."""
    before = stays[row]
    if before >= 0:
        if ahead[row] >= 0:
            behind[ahead[row]] = behind[row]
        else:
            head[before] = behind[row]
        if behind[row] >= 0:
            ahead[behind[row]] = ahead[row]
    stays[row] = cell
    if cell >= 0:
        ahead[row] = -1
        behind[row] = head[cell]
        head[cell] = row
        if behind[row] >= 0:
            ahead[behind[row]] = row


@kernel
def find_stays(walked):
    """Find anew who stays in which cell, from what `walked.stays` says; of those who have no lists of cells nothing."""
    walked.head[:] = -1
    for row in range(walked.count[0] if len(walked.head) > 0 else 0):
        cell, walked.stays[row] = walked.stays[row], -1
        stay_in(walked.head, walked.ahead, walked.behind, walked.stays, row, cell)


@inner
def stay_where_they_go(walked, outdoors, trips, order, first, last, decisions):
    """Whoever goes on the trips `order[first:last]` stays where these lead: one after another, since the people of a cell hang together."""
    for i in range(first, last):
        trip = trips[order[i]]
        if decisions[i - first] != STAY:
            cell = trip.target if outdoors[trip.purpose] > 0 else -1
            stay_in(walked.head, walked.ahead, walked.behind, walked.stays, order[i] // MOST_TRIPS, cell)


@inlined
def first_of_hour(tick, tick_ds):
    """The first tick of the hour in which lies `tick`."""
    return tick - tick % (HOUR_DS // tick_ds)


@inlined
def change_presence(street, presence, cell, role, share, sign, tick, at, tick_ds):
    """Someone who is outdoors a `share` (tenths) of their stay comes (+1) or goes (−1) at time `at`, decided in `tick`; `street` and
    `presence` are those of a shard.

    Presence counts for whole hours, this one included, so what lies before `at` is taken off the ring again.
    """
    if share == 0:
        return
    presence[role, cell] += sign * share
    for t in range(first_of_hour(tick, tick_ds), at // tick_ds + 1):
        before = min(at, (t + 1) * tick_ds) - t * tick_ds
        if before > 0:
            street[t % len(street), role, cell] -= sign * share * before


@inlined
def note(cols, inverse, passers, passing, slot, person, first, last, steps):
    """Note for a tick that a person goes from one cell to another in so many steps; `passers` and `passing` are those of a shard. Returns
    whether there was room."""
    n = passing[slot]
    if n >= passers.shape[1]:
        return False
    passer = passers[slot, n]
    passer.person = person
    passer.row, passer.col = row_and_col(cols, inverse, first)
    passer.to_row, passer.to_col = row_and_col(cols, inverse, last)
    passer.steps = steps
    passing[slot] = n + 1
    return True


@inlined
def write_trip(cols, inverse, street, passers, passing, sign, person, role, path, enter, entries, start, arrive, tick_ds):
    """Add a trip's person-seconds, times `sign`, to the ticks it passes; if that is 1, note in each tick which stretch of it lies there.
    `street`, `passers` and `passing` are those of a shard: what is called for every trip takes no more than it needs.

    Returns whether there was room for the notes.
    """
    slots = len(street)
    slot = start // tick_ds % slots
    enter[entries] = arrive - start
    # Numbers of one kind, and indices without a sign, which would be asked for at every cell: a third of the time.
    boundary = np.int32(tick_ds - start % tick_ds)  # of this tick, like all times here counted from the start
    since, each, i, end = np.int32(0), np.int32(sign * CENTI), np.uint64(0), np.uint64(entries)
    while i < end:
        cells, first = street[slot, role], i
        while i < end and path[i] >= 0 and enter[i + ONE] <= boundary:
            leaves, cell = enter[i + ONE], np.uint64(path[i])
            cells[cell] = np.int32(cells[cell] + np.int32(leaves - since) * each)
            since = leaves
            i += ONE
        last = i
        if i < end and path[i] >= 0:
            cells[path[i]] += (boundary - since) * each
            last = i + ONE
        if sign > 0 and last > first:
            if not note(cols, inverse, passers, passing, slot, person, path[first], path[last - ONE], np.int64(last - first)):
                return False
        if i < end and path[i] < 0 and enter[i + ONE] <= boundary:
            since = enter[i + ONE]
            i += ONE
        elif i < end:
            since = boundary
            boundary = np.int32(boundary + tick_ds)
            slot = slot + 1 if slot + 1 < slots else 0
    return True


@inlined
def set_out(ground, transit, walking, outdoors, people, was, trip, decision, walked, shard, sign, seed, tick, day_ds, tick_ds, path, enter):
    """Someone whose last trip `was` (WHERE) sets out on a `trip`: written into what is `walked`, with `sign` −1 taken out of it again, and
    with 0 neither; `was` becomes this trip. Returns 0 or the code of a failure."""
    p, origin, target, came_for, goes_for = trip.person, was.place, trip.target, was.purpose, trip.purpose
    mode = trip.mode if decision == GO else CAR
    start = max(day_ds + np.int64(trip.depart) * DECI, was.arrive)
    role = OFFENDER if people[p].offender >= 0 else WALKER
    entries, arrive = unroll(ground, transit, walking, seed, people[p].id, start, origin, target, mode, path, enter)
    if entries < 0:
        return entries
    if arrive // tick_ds - first_of_hour(tick, tick_ds) >= walked.street.shape[1]:
        return OUTLASTS
    street, presence, passers, passing = walked.street[shard], walked.presence[shard], walked.passers[shard], walked.passing[shard]
    change_presence(street, presence, origin, role, outdoors[came_for], -sign, tick, start, tick_ds)
    change_presence(street, presence, target, role, outdoors[goes_for], sign, tick, arrive, tick_ds)
    if not write_trip(ground.cols, ground.inverse, street, passers, passing, sign, p, role, path, enter, entries, start, arrive, tick_ds):
        return CROWDED
    for t in range(tick, start // tick_ds + 1 if sign > 0 and outdoors[came_for] > 0 else tick):
        if not note(ground.cols, ground.inverse, passers, passing, t % len(street), p, origin, origin, 1):
            return CROWDED
    was.origin = origin
    was.place = target
    was.depart = start
    was.arrive = arrive
    was.mode = mode
    was.came = came_for
    was.purpose = goes_for
    return 0


@inlined
def depart(
    ground, transit, walking, outdoors, people, where, trips, order, first, low, high, decisions, walked, failed, shard, seed, tick, day_ds,
    tick_ds, path, enter,
):  # fmt: skip
    """Whoever goes sets out on the trips `order[low:high]` of a tick, whose departures begin at `first`."""
    for i in range(low, high):
        decision, trip = decisions[i - first], trips[order[i]]
        if decision == STAY:
            continue
        code = set_out(
            ground, transit, walking, outdoors, people, where.trip[trip.person], trip, decision, walked, shard, 1, seed, tick, day_ds,
            tick_ds, path, enter,
        )  # fmt: skip
        if code < 0:
            failed[shard, 0] = code
            failed[shard, 1] = order[i]


@inner
def part_of(trips, order, first, last, part, parts):
    """The departures of a tick, of `first`…`last`−1, that one of several threads takes: all of a person's, who may set out twice."""
    low, high = first + (last - first) * part // parts, first + (last - first) * (part + 1) // parts
    while first < low < last and trips[order[low]].person == trips[order[low - 1]].person:
        low += 1
    while first < high < last and trips[order[high]].person == trips[order[high - 1]].person:
        high += 1
    return low, high


@njit(cache=True, parallel=True)
def move(
    ground, transit, walking, outdoors, people, where, trips, order, first, last, decisions, walked, failed, seed, tick, day_ds, tick_ds
):  # fmt: skip
    """All departures of one tick: trips `order[first:last]` with their `decisions` uint8 (GO, STAY or DRIVE).

    `where` (sim.afoot.Where) says where everyone is, and `walked` (sim.afoot.Walked) takes what they leave in the cells; `outdoors` int64
    (purposes,) tenths of a stay; `failed` int32 (shards, 2) code and trip of the last failure. `day_ds`, `tick_ds`: tenths of a second at
    which the day began, and in a tick.
    """
    shards = walked.street.shape[0]
    for index in prange(shards):  # all of it in `depart`: here every call would hand over some fifty arrays anew
        shard = np.int64(index)
        path = np.empty(4096, dtype=np.int32)
        enter = np.empty(4097, dtype=np.int32)
        low, high = part_of(trips, order, first, last, shard, shards)
        depart(
            ground, transit, walking, outdoors, people, where, trips, order, first, low, high, decisions, walked, failed, shard, seed, tick,
            day_ds, tick_ds, path, enter,
        )  # fmt: skip
    stay_where_they_go(walked, outdoors, trips, order, first, last, decisions)


@inner
def largest(values):
    """The largest of whole numbers without their signs: 0 where people are few, on most stretches of a street, and to read them is half of
    the work."""
    found = np.int32(0)
    for i in range(len(values)):
        found = max(found, abs(values[i]))
    return found


@inner
def add_up(sum_, values, times):
    """Add `values` so many `times` to `sum_`: whole numbers, in a plain loop for vector instructions."""
    for i in range(len(values)):
        sum_[i] += np.int64(values[i]) * times


@kernel
def settle(spans, walked, guides, tick, tick_ds, total):
    """Close an hour, of which `tick` is the last: add up its person-seconds, those `walked` here and those that another model `guides` (who
    has settled before), in `walked.hour`, and clear what was walked, for later hours.

    `spans` int32 (n, 2): first cell, and one after the last, of the stretches in which people can be. `total` float64 (roles,) gains the
    person-seconds of the whole city, as counted, in hundredths: whole numbers, whose sums do not depend on shards. Returns the largest
    entry of the street, which must stay below MOST_CS.
    """
    street, most = walked.street, np.int32(0)
    for i in range(len(spans)):
        first, last = spans[i]
        for k in range(street.shape[2]):
            hour = walked.hour[k, first:last]
            hour[:] = 0
            add_up(hour, guides.hour[k, first:last], 1)
            for s in range(street.shape[0]):
                if largest(walked.presence[s, k, first:last]) > 0:
                    add_up(hour, walked.presence[s, k, first:last], HOUR_DS)
                for t in range(first_of_hour(tick, tick_ds), tick + 1):
                    left = street[s, t % street.shape[1], k, first:last]
                    here = largest(left)
                    if here > 0:
                        add_up(hour, left, 1)
                        left[:] = 0
                        most = max(most, here)
            total[k] += hour.sum()
    return most


@kernel
def remember_hour(spans, hour, weight, rate, ambient, today, footfall):
    """Fold the person-seconds of an `hour` int64 (roles, cells), in hundredths, into memory.

    `weight` float64 (roles,): residents that one counted person stands for. `ambient` float32 (cells,): usual number of people at this
    hour, moved by `rate` towards this one's; `today` float32 (cells,) and `footfall` float64 (cells,) gain the person-seconds.
    """
    for i in range(len(spans)):
        first, last = spans[i]
        walkers, offenders = hour[WALKER, first:last], hour[OFFENDER, first:last]
        usual, day, study = ambient[first:last], today[first:last], footfall[first:last]
        for cell in range(len(usual)):  # of neighbours in memory, and without a loop over roles: for vector instructions
            seconds = (walkers[cell] * weight[WALKER] + offenders[cell] * weight[OFFENDER]) / 100.0
            usual[cell] += np.float32(rate * (seconds / 3600.0 - usual[cell]))
            day[cell] += np.float32(seconds)
            study[cell] += seconds


@njit(cache=True, parallel=True)
def count_out(where, walkers, group, out):
    """Fill `out` int64 (parts, groups) with the walkers of each group who are not at home, in as many parts as there are threads; `group`
    int32 (walkers,), −1 for those who are not counted."""
    parts, n = out.shape[0], len(walkers)
    for index in prange(parts):
        part = np.int64(index)
        out[part] = 0
        for i in range(n * part // parts, n * (part + 1) // parts):
            if group[i] >= 0 and where.trip[where.row[walkers[i]]].purpose != TO_HOME:
                out[part, group[i]] += 1


@kernel
def come_home(people, trips):
    """Let the last of everyone's `trips` (WHERE) have led home, before the first day."""
    for p in range(len(people)):
        trips[p].place = people[p].home
        trips[p].origin = people[p].home
        trips[p].purpose = TO_HOME
        trips[p].came = TO_HOME
