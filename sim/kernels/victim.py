"""Who is hit: people are looked up only when something happens to them."""

import math

import numpy as np

from sim.kernels import inner, kernel
from sim.kernels.move import ADULT
from sim.kernels.near import nearness
from sim.kernels.plan import TO_BAR
from sim.kernels.walk import DECI, row_col, unroll
from sim.rng import VICTIM, unit, words

PERSON, THING, DWELLING, MARKET, CREW = range(5)
"""What an offence is aimed at."""
RACE, WHICH, RESIDENT_RACE, SUITS, AGAIN = range(1, 6)
"""Purposes of the draws of stream VICTIM."""


@inner
def position(ground, transit, walking, people, where, p, time, seed, path, enter):
    """Where person `p` is at `time`: (cell, −1 while riding; purpose of the stay, −1 while travelling; whether drinking)."""
    last = where.trip[where.row[p]]
    if time < last.depart:
        return last.origin, last.came, last.came == TO_BAR
    if time >= last.arrive:
        return last.place, last.purpose, last.purpose == TO_BAR
    n, _ = unroll(ground, transit, walking, seed, people[p].id, last.depart, last.origin, last.place, np.int64(last.mode), path, enter)
    now = time - last.depart
    low, high = 0, n - 1
    while low < high:
        middle = (low + high + 1) // 2
        if enter[middle] <= now:
            low = middle
        else:
            high = middle - 1
    return path[low], -1, last.came == TO_BAR


@inner
def may_touch(passer, row, col, reach):
    """Whether a stretch of a trip (a PASSER) can come within `reach` cells of a row and column at all, by as many king's moves."""
    here = max(abs(passer.row - row), abs(passer.col - col))
    there = max(abs(passer.to_row - row), abs(passer.to_col - col))
    return here + there < np.int64(passer.steps) + 2 * reach


@inner
def seconds_near(world, p, centre, start, end, seed):
    """Outdoor seconds of person `p` within reach of a cell during [start, end) (tenths of a second)."""
    ground, last, outdoors, reach = world.ground, world.where.trip[world.where.row[p]], world.outdoors, world.scene.reach
    total = 0.0
    if start < last.depart:
        stayed = (min(end, last.depart) - start) * outdoors[last.came] / 10.0
        total += stayed * nearness(ground, reach, last.origin, centre)
    if end > last.arrive:
        stayed = (end - max(start, last.arrive)) * outdoors[last.purpose] / 10.0
        total += stayed * nearness(ground, reach, last.place, centre)
    if last.depart < end and last.arrive > start:
        n, arrive = unroll(
            ground, world.transit, world.walking, seed, world.people[p].id, last.depart, last.origin, last.place, np.int64(last.mode),
            world.path, world.enter,
        )  # fmt: skip
        for i in range(n):
            near = nearness(ground, reach, world.path[i], centre) if world.path[i] >= 0 else 0.0
            if near > 0.0:
                since = last.depart + world.enter[i]
                until = last.depart + world.enter[i + 1] if i + 1 < n else arrive
                total += near * max(0, min(end, until) - max(start, since))
    return total / DECI


@inner
def suitability(world, kind, p, walker, time):
    """How suitable person `p`, who lives the day of `walker`, is as a target of this offence at `time`, relative to a man in mature years
    who is not out drinking: what marks out the young fades year by year once they are of age."""
    person, there, offence = world.people[p], world.where.trip[world.where.row[walker]], world.offence[kind]
    sex = offence.on_woman if person.woman else 1.0
    if person.age < ADULT:
        return sex * offence.on_youth
    young = 1.0 + (offence.on_youth - 1.0) * math.exp((ADULT - 1 - person.age) / world.risk.youth_fades)
    drinking = there.purpose == TO_BAR if time >= there.arrive else there.came == TO_BAR
    return sex * (max(young, offence.on_drinker) if drinking else young)


@kernel
def most_suitable(offence, kind):
    """The largest suitability of anyone for this offence."""
    return max(1.0, offence[kind].on_woman) * max(1.0, max(offence[kind].on_youth, offence[kind].on_drinker))


@inner
def note_rival(world, n, p, identity, prone, chooser, day, key, seed):
    """Enter person `p` with that `identity` as number `n` of those who may be met, with an exponential waiting time per second that they
    are near: its rate is how easily those are hit whose days `p` lives, `prone`. Returns the next free number."""
    u = unit(words(seed, VICTIM, chooser, day, RACE + 8 * key, identity)[0])
    world.rivals[n] = p
    world.waits_for[n] = -math.log(u) / prone
    return n + 1


@inner
def note_person(world, n, p, chooser, day, key, seed):
    """As `note_rival`, of person `p`."""
    return note_rival(world, n, p, world.people[p].id, world.stand_ins.prone[p], chooser, day, key, seed)


@inner
def rivals_of(world, walked, n, cell, chooser, day, key, slot, seed):
    """Add to the first `n` of `world.rivals`, and to `world.waits_for`, all who by what is `walked` may be within reach of a cell in the
    tick; returns how many there are then. Some who are not near may be among them, and some twice: that changes nothing."""
    ground, reach = world.ground, len(world.scene.reach) // 2
    row, col = row_col(ground, cell)
    if len(walked.head) > 0:
        rows = len(walked.head) // ground.cols
        for r in range(max(row - reach, 0), min(row + reach + 1, rows)):
            for c in range(max(col - reach, 0), min(col + reach + 1, ground.cols)):
                i = walked.head[r * ground.cols + c] if world.scene.reach[r - row + reach, c - col + reach] > 0.0 else -1
                while i >= 0:
                    p, identity, prone = np.int64(walked.who[i]), world.stand_ins.walker_id[i], world.stand_ins.walker_prone[i]
                    n = note_rival(world, n, p, identity, prone, chooser, day, key, seed)
                    i = walked.behind[i]
    else:  # those few who do otherwise than in another model
        for i in range(walked.count[0]):
            if walked.stays[i] >= 0 and nearness(ground, world.scene.reach, walked.stays[i], cell) > 0.0:
                n = note_person(world, n, np.int64(walked.who[i]), chooser, day, key, seed)
    for s in range(walked.passers.shape[0]):
        for i in range(walked.passing[s, slot]):
            passer = walked.passers[s, slot, i]
            if may_touch(passer, row, col, reach):
                n = note_person(world, n, np.int64(passer.person), chooser, day, key, seed)
    return n


@inner
def meet(world, kind, cell, chooser, day, key, tick, tick_ds, time, seed, offender_row):
    """The walker whom an offender meets at a cell in a tick, at `time` in it: row, or −1 if nobody who suits is met.

    Everyone near is met in proportion to the seconds they spend there and to how prone they are, by a race of exponential times; of those
    whose days are lived there one is (`victim_of`), who suits with their own suitability: together that is a hazard proportional to all,
    drawn by thinning, whatever share of the people walks. (How many are near decides whether
    anyone is met at all, see `offend.opportunity`; who of them is prone decides who.) Rivals run in the order of their waiting times, until
    none of those left could win even if they were near all the time: so most ways need not be walked again.
    """
    start, end = tick * tick_ds, (tick + 1) * tick_ds
    slot = tick % world.walked.street.shape[1]
    n = rivals_of(world, world.walked, 0, cell, chooser, day, key, slot, seed)
    n = rivals_of(world, world.guides, n, cell, chooser, day, key, slot, seed)
    rivals, waits = world.rivals, world.waits_for
    best, chosen = math.inf, np.int64(-1)
    while n > 0:
        first = 0
        for i in range(1, n):
            if waits[i] < waits[first]:
                first = i
        if waits[first] >= best * (end - start) / DECI:
            break
        seconds = seconds_near(world, np.int64(rivals[first]), cell, start, end, seed)
        if seconds > 0.0 and waits[first] / seconds < best:
            best, chosen = waits[first] / seconds, np.int64(rivals[first])
        n -= 1
        rivals[first], waits[first] = rivals[n], waits[n]
    if chosen < 0 or chosen == offender_row:
        return -1
    u = unit(words(seed, VICTIM, chooser, day, SUITS + 8 * key, 0)[0])
    victim = victim_of(world, chosen, chooser, day, key, seed)
    return chosen if u * most_suitable(world.offence, kind) < suitability(world, kind, victim, chosen, time) else -1


@inner
def victim_of(world, met, chooser, day, key, seed):
    """Row of the person hit: the one met, or one of those whose days that one lives, as prone as each of them is."""
    left = unit(words(seed, VICTIM, chooser, day, WHICH + 8 * key, 0)[0]) * world.stand_ins.prone[met] - world.people[met].prone
    chosen = np.int64(met)
    for i in range(world.stand_ins.first[met], world.stand_ins.first[met + 1]):
        if left < 0.0:
            return chosen
        chosen = np.int64(world.stand_ins.row[i])
        left -= world.people[chosen].prone
    return chosen


@inner
def choose_resident(people, zone_first, zone_of, cell, chooser, day, key, seed):
    """An adult whose home is in the cell, by a race in which whoever is prone is fast; −1 if nobody lives there."""
    zone = zone_of[cell]
    if zone < 0:
        return -1
    best, chosen = math.inf, -1
    for p in range(zone_first[zone], zone_first[zone + 1]):
        if people[p].home != cell or people[p].age < ADULT:
            continue
        u = unit(words(seed, VICTIM, chooser, day, RESIDENT_RACE + 8 * key, people[p].id)[0])
        if -math.log(u) / people[p].prone < best:
            best, chosen = -math.log(u) / people[p].prone, p
    return chosen
