"""Offending: motivated moments meet opportunity and risk.

An offender's day holds moments of motive, dealt at dawn (a Poisson process whose rate is the offender's own). At such a
moment the offender is somewhere. Whether anything happens is decided by thinning that process (Lewis and Shedler 1979):
with the chance that a suitable target is within reach (linear in how many there are, so that risk is a hazard per second
of co-presence), and then with the chance that the offender dares, a logistic choice of reward against perceived risk (Cornish
and Clarke 1986). Who is deterred may search on, wait, or give up. Nothing here knows of any measure.
"""

import math

import numpy as np
from numba import njit

from sim.kernels.move import ADULT
from sim.kernels.near import mean_near
from sim.kernels.patrol import caution_left, guardians_at, send
from sim.kernels.plan import TO_HOME, spot_cell
from sim.kernels.victim import choose_resident, meet, most_suitable, position, victim_of
from sim.kernels.walk import row_col
from sim.rng import CRIME, JUSTICE, MOMENT, unit, words

PERSON, THING, DWELLING, MARKET = range(4)
MOST_MOMENTS = 2000
"""Moments of one offender in one day; more is refused."""
COUNT, MOMENT_DRAW = range(2)
OPPORTUNITY, SEARCH, AFTERMATH, LAW, OUTSET = range(5)
DECI = 10


@njit(cache=True)
def poisson(mean, u):
    """Poisson quantile by inversion: the smallest n with P(N ≤ n) ≥ u, at most MOST_MOMENTS.

    The sum begins twelve standard deviations below the mean, where nothing is left, so that large means do not underflow.
    """
    n = max(0, int(mean - 12.0 * math.sqrt(mean)))
    chance = math.exp(n * math.log(mean) - mean - math.lgamma(n + 1.0)) if mean > 0.0 else 1.0
    total = chance
    while total < u and n < MOST_MOMENTS:
        n += 1
        chance *= mean / n
        total += chance
    return n


@njit(cache=True)
def count_moments(people, offenders, offence, seed, day, counts):
    """Fill `counts` int32 (offenders,): moments of motive on this day. Returns their sum, −1 if somebody has too many."""
    total = 0
    for o in range(len(offenders)):
        p = offenders[o].row
        mean = 0.0
        for k in range(len(offence)):
            mean += offence[k].rate * (offence[k].youth if people[p].age < ADULT else 1.0)
        u = unit(words(seed, MOMENT, people[p].id, day, COUNT, 0)[0])
        counts[o] = poisson(mean * offenders[o].activity, u)
        if counts[o] >= MOST_MOMENTS:
            return -1
        total += counts[o]
    return total


@njit(cache=True)
def deal_moments(people, offenders, offence, seed, day, day_ds, counts, moments):
    """Fill `moments` (offender, time, kind, number) with the day's moments, offender by offender."""
    at = 0
    ladder = np.empty(len(offence))
    for o in range(len(offenders)):
        p = offenders[o].row
        total = 0.0
        for k in range(len(offence)):
            total += offence[k].rate * (offence[k].youth if people[p].age < ADULT else 1.0)
            ladder[k] = total
        for m in range(counts[o]):
            a, b, _, _ = words(seed, MOMENT, people[p].id, day, MOMENT_DRAW, m)
            kind = 0
            while ladder[kind] < unit(b) * total:
                kind += 1
            moments[at].offender = o
            moments[at].time = day_ds + int(unit(a) * 86_400 * DECI)
            moments[at].kind = kind
            moments[at].number = m
            at += 1


@njit(cache=True)
def people_near(ground, scene, cell, slot, tick_cs):
    """People per hectare within reach of a cell, averaged over the tick."""
    seconds = 0.0
    for k in range(scene.street.shape[2]):
        for s in range(scene.street.shape[0]):
            moving = mean_near(ground, scene.near, scene.street[s, slot, k], cell)
            staying = mean_near(ground, scene.near, scene.presence[s, k], cell) * (tick_cs // 10)
            seconds += (moving + staying) * scene.weight[k]
    return seconds / tick_cs / (ground.cell_m * ground.cell_m * 1e-4)


@njit(cache=True)
def opportunity(ground, scene, offence, kind, target, zone, cell, slot, tick_cs, time):
    """Chance in [0, 1] that a suitable target offers itself at a cell: linear in targets, more where it succeeded lately."""
    level = scene.attraction[kind, cell]
    if target == PERSON:
        level *= people_near(ground, scene, cell, slot, tick_cs) * most_suitable(offence, kind) / offence[kind].crowd
    elif target == DWELLING:
        level *= scene.empty[zone]
    elif target == MARKET:
        level *= 1.0 - math.exp(-scene.ambient[cell] / offence[kind].crowd)
    if offence[kind].repeat > 0.0:
        age_days = (time - scene.recent_at[kind, cell]) / (86_400.0 * DECI)
        recent = scene.recent[kind, cell] * 0.5 ** (max(age_days, 0.0) / offence[kind].repeat_days)
        level *= (1.0 + offence[kind].repeat * recent) / (1.0 + offence[kind].repeat)
    return level


@njit(cache=True)
def perceived_risk(ground, units, forces, patrol, scene, offence, risk, kind, cell, time, dark):
    """What speaks against acting here and now, in units of the logistic choice, and who is there.

    Returns (risk, units in sight, ablest unit, brightness, what of the risk guardians and cameras make).
    """
    now, seen, ablest = guardians_at(ground, units, forces, patrol, cell, time)
    eyes = 1.0 - math.exp(-scene.ambient[cell] / risk.eyes_density)
    bright = 1.0 - dark * (1.0 - scene.lamp[cell])
    known = 1.0 - math.exp(-scene.sight_usual[cell] / risk.known_seconds)
    guards = max(now, max(caution_left(scene, patrol, cell, time), risk.known * known))
    made = offence[kind].guard * guards + offence[kind].camera * scene.camera[cell]
    return made + offence[kind].light * bright + offence[kind].eyes * eyes, seen, ablest, bright, made


@njit(cache=True)
def search(ground, origin, mean_m, word_a, word_b):
    """A cell at an exponentially distributed distance in a uniform direction; −1 where nobody can walk."""
    away = -math.log(unit(word_a)) * mean_m / ground.cell_m
    angle = 2.0 * math.pi * unit(word_b)
    row, col = row_col(ground, origin)
    row += int(round(away * math.sin(angle)))
    col += int(round(away * math.cos(angle)))
    rows = len(ground.exits) // ground.cols
    if row < 1 or col < 1 or row >= rows - 1 or col >= ground.cols - 1:
        return -1
    cell = row * ground.cols + col
    return cell if ground.exits[cell] != 0 else -1


@njit(cache=True)
def needs_others(target):
    """Whether an offence aimed at `target` happens among people, and not alone with a thing or a home."""
    return target == PERSON or target == MARKET


@njit(cache=True)
def stays_in(moments, offenders, people, offence, where, target, outdoors, seed, m):
    """Whether moment `m` passes because the offender is indoors: most of them, seen before anything else is looked at.

    At home an offender sets out with the offence's own chance; elsewhere, what needs others happens in the part of the stay that is
    spent outdoors.
    """
    row, time, kind = offenders[moments[m].offender].row, moments[m].time, moments[m].kind
    if where[row].depart <= time < where[row].arrive:
        return False
    doing = where[row].purpose if time >= where[row].arrive else where[row].came
    u = unit(words(seed, CRIME, people[row].id, time // (86_400 * DECI), OUTSET, moments[m].number)[0])
    if doing == TO_HOME:
        return u >= offence[kind].sets_out
    return needs_others(target[kind]) and u * 10 >= outdoors[doing]


@njit(cache=True)
def starting_point(world, kind, o, here, doing, u):
    """Where the offender looks first: here, or, coming from home, at a haunt or (for things and homes) near home; `u` in (0, 1)."""
    if doing != TO_HOME:
        return here
    p = world.offenders[o].row
    if world.people[p].zone >= 0 and not needs_others(world.target[kind]):
        if u < world.risk.from_home:
            return world.people[p].home
        u = (u - world.risk.from_home) / (1.0 - world.risk.from_home)
    return spot_cell(world.spots, world.offenders[o].haunt, u)


@njit(cache=True)
def act(world, m, log, count, waits, waiting, seed, tick, tick_ds, dark):
    """Live through moment `m`. Returns (rows in the log, moments put off until later)."""
    ground, people, where, offenders, offence = world.ground, world.people, world.where, world.offenders, world.offence
    o, time, kind = world.moments[m].offender, world.moments[m].time, world.moments[m].kind
    if offenders[o].away_from <= time < offenders[o].away_until:
        return count, waiting
    p, number = offenders[o].row, world.moments[m].number
    chooser, day = people[p].id, time // (86_400 * DECI)
    here, doing, drunk = position(ground, world.transit, world.walking, people, where, p, time, seed, world.path, world.enter)
    target = world.target[kind]
    a, b, c, d = words(seed, CRIME, chooser, day, SEARCH, number)
    cell = starting_point(world, kind, o, here, doing, unit(a))
    if cell >= 0 and target != MARKET:
        cell = search(ground, cell, offence[kind].reach, c, d)
    sober = offence[kind].sober if not drunk else 1.0
    blocked_at, slot, tick_cs = np.int64(-1), tick % world.scene.street.shape[1], tick_ds * 10
    for attempt in range(world.most_tries):
        if cell < 0:
            return count, waiting
        a, b, c, d = words(seed, CRIME, chooser, day, OPPORTUNITY, number * 16 + attempt)
        chance = sober * opportunity(ground, world.scene, offence, kind, target, world.zone[cell], cell, slot, tick_cs, time)
        if unit(a) >= chance:
            return count, waiting
        risk, seen, ablest, bright, made = perceived_risk(
            ground, world.units, world.forces, world.patrol, world.scene, offence, world.risk, kind, cell, time, dark
        )
        margin = offence[kind].reward + world.risk.boldness * offenders[o].bold - risk
        dares = 1.0 / (1.0 + math.exp(-margin))
        if unit(b) >= 1.0 / (1.0 + math.exp(-margin - made)):
            return count, waiting
        met = np.int64(-1)
        if target == PERSON:
            met = meet(world, kind, cell, chooser, day, number * 16 + attempt, tick, tick_ds, seed, p)
            if met < 0:
                return count, waiting
        if unit(b) < dares:
            return commit(
                world, log, count, seed, o, kind, target, cell, time, number, tick, tick_ds, attempt, blocked_at, seen, ablest, met
            ), waiting
        # Only guardians and cameras have turned the offender away: search on, wait, or give up.
        if blocked_at < 0:
            blocked_at = cell
            count = log_attempt(world, log, count, chooser, kind, cell, time, number, seen)
        if unit(c) >= offence[kind].persist:
            if unit(c) < offence[kind].persist + world.risk.wait and number < MOST_MOMENTS:
                waiting = put_off(waits, waiting, o, time + int(world.risk.wait_s * DECI), kind, number + MOST_MOMENTS)
            return count, waiting
        e, f, _, _ = words(seed, CRIME, chooser, day, SEARCH, number * 16 + attempt + 1)
        cell = search(ground, cell, world.risk.move_on if target == MARKET else offence[kind].reach, e, f)
    return count, waiting


@njit(cache=True)
def put_off(waits, waiting, o, time, kind, number):
    """Append a moment to be lived again later; there is room for one a moment."""
    waits[waiting].offender = o
    waits[waiting].time = time
    waits[waiting].kind = kind
    waits[waiting].number = number
    return waiting + 1


@njit(cache=True)
def log_attempt(world, log, count, chooser, kind, cell, time, number, seen):
    """One row for an offender who was turned away."""
    log[count].time = time // DECI
    log[count].kind = kind
    log[count].happened = 0
    log[count].cell = cell
    log[count].offender = chooser
    log[count].victim = -1
    log[count].moment = number
    log[count].guardians = seen
    log[count].response = -1
    log[count].origin = cell
    log[count].reported = log[count].recorded = log[count].arrested = log[count].cleared = 0
    log[count].footage = 0
    return count + 1


@njit(cache=True)
def commit(world, log, count, seed, o, kind, target, cell, time, number, tick, tick_ds, attempt, blocked_at, seen, ablest, met):
    """It happens: who is hit, what it leaves behind, whether anyone learns of it, and what the law does. Returns rows logged."""
    people, offenders, offence, scene, law = world.people, world.offenders, world.offence, world.scene, world.law
    chooser, day = people[offenders[o].row].id, time // (86_400 * DECI)
    key = number * 16 + attempt
    victim = -1
    if target == PERSON:
        victim = victim_of(world, met, chooser, day, key, seed)
    elif target != MARKET and offence[kind].owned > 0.0:
        victim = choose_resident(people, world.zone_first, world.zone, cell, chooser, day, key, seed)
    a, b, c, d = words(seed, CRIME, chooser, day, AFTERMATH, key)
    filmed = unit(c) < scene.camera[cell] * law.footage
    watched = scene.monitored[cell] * law.watched
    noticed = ablest >= 0 and unit(b) < world.forces[world.units[ablest].force].notices
    reported = unit(a) < offence[kind].report
    recorded = reported or noticed or unit(d) < watched
    response = -1.0
    if recorded and offence[kind].urgent > 0.0 and not noticed:
        _, response = send(world.ground, world.units, world.forces, world.patrol, scene, cell, time)
    arrested, cleared = settle_case(world, seed, o, kind, time, chooser, day, key, recorded, noticed, ablest, response, filmed)
    leave_marks(world, kind, cell, time, victim)
    log[count].time = time // DECI
    log[count].kind = kind
    log[count].happened = 1
    log[count].cell = cell
    log[count].offender = chooser
    log[count].victim = people[victim].id if victim >= 0 else -1
    log[count].moment = number
    log[count].guardians = seen
    log[count].response = int(response)
    log[count].origin = blocked_at if blocked_at >= 0 else cell
    log[count].reported = reported
    log[count].recorded = recorded
    log[count].arrested = arrested
    log[count].cleared = cleared
    log[count].footage = filmed
    return count + 1


@njit(cache=True)
def settle_case(world, seed, o, kind, time, chooser, day, key, recorded, noticed, ablest, response, filmed):
    """The minimal step of justice: arrest on the spot, clearance, and for some a time away. Returns (arrested, cleared)."""
    if not recorded:
        return False, False
    offenders, offence, law = world.offenders, world.offence, world.law
    a, b, c, d = words(seed, JUSTICE, chooser, day, LAW, key)
    on_spot = 0.0
    if noticed:
        on_spot = world.forces[world.units[ablest].force].arrests
    elif response >= 0.0:
        on_spot = law.on_scene * math.exp(-response / law.response_scale)
    arrested = unit(a) < on_spot * offence[kind].arrestable
    odds = offence[kind].clear / (1.0 - offence[kind].clear) * (law.footage_odds if filmed else 1.0)
    cleared = arrested or unit(b) < odds / (1.0 + odds)
    if cleared and unit(c) < offence[kind].custody:
        begins = time if arrested else time + int(law.delay_days * 86_400 * DECI)
        ends = begins + int(-math.log(unit(d)) * offence[kind].custody_days * 86_400 * DECI)
        if offenders[o].away_until < time:
            offenders[o].away_from = begins
        offenders[o].away_until = max(offenders[o].away_until, ends)
    return arrested, cleared


@njit(cache=True)
def leave_marks(world, kind, cell, time, victim):
    """Disorder, the memory of a success, what neighbours hear of, and what the victim remembers."""
    scene, offence, ground = world.scene, world.offence, world.ground
    scene.disorder[cell] += offence[kind].disorder * (1.0 - scene.disorder[cell])
    cols, rows = ground.cols, len(ground.exits) // ground.cols
    row, col = row_col(ground, cell)
    for i in range(len(scene.repeat_reach)):
        r, c = row + scene.repeat_reach[i, 0], col + scene.repeat_reach[i, 1]
        if 0 <= r < rows and 0 <= c < cols:
            near = r * cols + c
            age_days = (time - scene.recent_at[kind, near]) / (86_400.0 * DECI)
            left = scene.recent[kind, near] * 0.5 ** (max(age_days, 0.0) / offence[kind].repeat_days)
            scene.recent[kind, near] = min(left + 1.0, 1.0)
            scene.recent_at[kind, near] = time
    for i in range(len(scene.hear_reach)):
        r, c = row + scene.hear_reach[i, 0], col + scene.hear_reach[i, 1]
        if 0 <= r < rows and 0 <= c < cols:
            scene.heard[r * cols + c] += offence[kind].alarm * scene.fresh[0]
    if victim >= 0:
        world.where[victim].hurt += offence[kind].hurt


@njit(cache=True)
def offend(world, first, last, log, count, waits, seed, tick, tick_ds, dark):
    """Live through the moments `first`…`last`−1 of one tick, in order of time. Returns (rows in the log, moments put off)."""
    waiting = np.int64(0)
    for m in range(first, last):
        if stays_in(world.moments, world.offenders, world.people, world.offence, world.where, world.target, world.outdoors, seed, m):
            continue
        count, waiting = act(world, m, log, count, waits, waiting, seed, tick, tick_ds, dark)
    return count, waiting
