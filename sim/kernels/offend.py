"""Offending: motivated moments meet opportunity and risk.

An offender's day holds moments of motive, dealt at dawn (a Poisson process whose rate is the offender's own). At such a
moment the offender is somewhere. Whether anything happens is decided by thinning that process (Lewis and Shedler 1979):
with the chance that a suitable target is within reach (linear in how many there are, so that risk is a hazard per second
of co-presence), and then with the chance that the offender dares, a logistic choice of reward against perceived risk (Cornish
and Clarke 1986). Who is deterred may search on, wait, or give up. Nothing here knows of any measure.
"""

import math

import numpy as np

from sim.kernels import inner, kernel
from sim.kernels.aftermath import commit, log_attempt, remembered
from sim.kernels.near import nearness
from sim.kernels.patrol import LOST, SOONEST, WAITING, caution_left, crews_near, guardians_at, patrol_to
from sim.kernels.plan import TO_HOME, spot_cell
from sim.kernels.victim import CREW, DWELLING, MARKET, PERSON, meet, most_suitable, position, seconds_near
from sim.kernels.walk import row_col
from sim.rng import CRIME, unit, words

START, LATENT, SEARCH = range(3)
"""Purposes of the draws of stream CRIME; those of what follows are the kernel `aftermath`'s."""
DECI = 10
UNSEEN, INDOORS, OUTDOORS, LOOKED = range(4)
"""What a guide has found of a moment (moments.LOOK)."""


@inner
def counted_at(walked, slot, role, cell, whole):
    """Person-seconds of a role at a cell in a tick, as counted, by what is `walked`; `whole` of them for everyone who stays."""
    counted = np.int64(0)
    for s in range(walked.street.shape[0]):
        counted += walked.street[s, slot, role, cell] + walked.presence[s, role, cell] * whole
    return counted


@inner
def people_near(world, cell, slot, tick_cs):
    """People per hectare within reach of a cell, averaged over the tick. Shards are added as integers: their number changes no bit."""
    ground, scene = world.ground, world.scene
    seconds, around, whole = 0.0, len(scene.near) // 2, tick_cs // 10
    row, col = row_col(ground, cell)
    rows = len(ground.exits) // ground.cols
    for r in range(max(row - around, 0), min(row + around + 1, rows)):
        for c in range(max(col - around, 0), min(col + around + 1, ground.cols)):
            there, share = r * ground.cols + c, scene.near[r - row + around, c - col + around]
            for k in range(len(scene.weight)):
                counted = counted_at(world.walked, slot, k, there, whole) + counted_at(world.guides, slot, k, there, whole)
                seconds += counted * share * scene.weight[k]
    return seconds / tick_cs / (ground.cell_m * ground.cell_m * 1e-4)


@inner
def opportunity(world, kind, cell, slot, tick_cs, time):
    """Chance in [0, 1] that a suitable target offers itself at a cell: linear in targets, more where it succeeded lately. Of crews, the
    chance if one is there: whether it is, `act` asks when the units have lived up to that moment."""
    scene, offence, target = world.scene, world.offence, world.target[kind]
    level = scene.attraction[kind, cell]
    if target == PERSON:
        level *= people_near(world, cell, slot, tick_cs) * most_suitable(offence, kind) / offence[kind].crowd
    elif target == DWELLING:
        empty = scene.empty[world.zone[cell]]
        level *= empty + offence[kind].occupied * (1.0 - empty)
    elif target == MARKET or target == CREW:
        level *= 1.0 - math.exp(-scene.ambient[cell] / offence[kind].crowd)
    if offence[kind].repeat > 0.0:
        recent = remembered(scene, offence, kind, cell, time)
        level *= (1.0 + offence[kind].repeat * recent) / (1.0 + offence[kind].repeat)
    return level


@inner
def perceived_risk(ground, units, forces, patrol, scene, offence, risk, kind, cell, time, dark):
    """What speaks against acting here and now, in units of the logistic choice, and who is there. Neglect, which says that nobody cares,
    speaks for it (Wilson and Kelling 1982; Keizer, Lindenberg and Steg 2008).

    Returns (risk, what of it guardians and cameras make, units in sight, ablest unit, chance that one of them notices).
    """
    now, seen, ablest, notices = guardians_at(ground, units, forces, patrol, cell, time)
    eyes = 1.0 - math.exp(-scene.ambient[cell] / risk.eyes_density)
    bright = 1.0 - dark * (1.0 - scene.lamp[cell])
    known = 1.0 - math.exp(-scene.sight_usual[cell] / risk.known_seconds)
    guards = max(now, max(caution_left(scene, patrol, cell, time), risk.known * known))
    made = offence[kind].guard * guards + offence[kind].camera * scene.camera[cell]
    around = offence[kind].light * bright + offence[kind].eyes * eyes - offence[kind].neglect * scene.disorder[cell]
    return made + around, made, seen, ablest, notices


@kernel
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


@inner
def needs_others(target):
    """Whether an offence aimed at `target` happens among people, and not alone with a thing or a home."""
    return target == PERSON or target == MARKET or target == CREW


@inner
def stays_in(moments, offenders, people, offence, where, target, outdoors, m):
    """Whether moment `m` passes because the offender is indoors: most of them, seen before anything else is looked at.

    At home an offender sets out with the offence's own chance; whose home is elsewhere has left the city. At other places, what needs
    others happens in the part of the stay that is spent outdoors.
    """
    row, time, kind = offenders[moments[m].offender].row, moments[m].time, moments[m].kind
    last = where.trip[where.row[row]]
    if last.depart <= time < last.arrive:
        return False
    doing = last.purpose if time >= last.arrive else last.came
    u = unit(moments[m].outset)
    if doing == TO_HOME:
        return people[row].zone < 0 or u >= offence[kind].sets_out
    return needs_others(target[kind]) and u * 10 >= outdoors[doing]


@inner
def sought_by(world, kind, o):
    """Row of the offender whom offender `o` looks for with this kind of offence; −1 unless it is one of networks alone."""
    return np.int64(world.offenders[o].sought) if world.offence[kind].outside == 0.0 else np.int64(-1)


@inner
def rival_place(world, rival, u):
    """Where a `rival` who is looked for may be: on the ground of that group, at the own door, or in the streets around; `u` in (0, 1)."""
    ground, door = world.risk.on_ground, (1.0 - world.risk.on_ground) * world.risk.at_door
    if u < ground:
        return spot_cell(world.spots, rival.haunt, u / ground)
    if u < ground + door:
        return world.people[rival.row].home
    return spot_cell(world.spots, rival.second_haunt, (u - ground - door) / (1.0 - ground - door))


@inner
def starting_point(world, kind, o, here, doing, u):
    """Where the offender looks first: where a rival who is looked for may be (`rival_place`); else here, or, coming from home, at a haunt
    or (for things and homes) near home; `u` in (0, 1)."""
    sought = sought_by(world, kind, o)
    if sought >= 0:
        return rival_place(world, world.offenders[sought], u)
    if doing != TO_HOME:
        return here
    p = world.offenders[o].row
    if not needs_others(world.target[kind]):
        if u < world.risk.from_home:
            return world.people[p].home
        u = (u - world.risk.from_home) / (1.0 - world.risk.from_home)
    return spot_cell(world.spots, world.offenders[o].haunt, u)


@inner
def first_look(world, moment, day, seed, here, doing):
    """The cell at which an offender looks first; −1 while riding, or where nobody can walk."""
    kind = moment.kind
    a, _, c, d = words(seed, CRIME, world.people[world.offenders[moment.offender].row].id, day, START, moment.number)
    cell = starting_point(world, kind, moment.offender, here, doing, unit(a))
    if cell < 0 or world.target[kind] == MARKET or world.target[kind] == CREW:
        return cell
    return search(world.ground, cell, world.offence[kind].reach, c, d)


@inner
def seen_by_guide(world, m, o):
    """Which of the guide's moments the `m`th of today is, of offender `o`, if what the guide has found of it holds here as well: −1 where
    the moment is one's own, or the offender is otherwise under way."""
    row = world.offenders[o].row
    return np.int64(world.shared[m]) if m >= 0 and world.where.row[row] == row else np.int64(-1)


@inner
def is_indoors(world, m):
    """Whether moment `m` passes indoors (`stays_in`), as the guide has found it or as is found here."""
    there = seen_by_guide(world, m, world.moments[m].offender)
    if there >= 0 and world.guides_looked[there].state != UNSEEN:
        return world.guides_looked[there].state == INDOORS
    stays = stays_in(world.moments, world.offenders, world.people, world.offence, world.where, world.target, world.outdoors, m)
    if len(world.looked) > 0:
        world.looked[m].state = INDOORS if stays else OUTDOORS
    return stays


@inner
def begin(world, moment, m, day, seed):
    """(cell at which the offender of a `moment` begins, whether drunk): where they wait, or where they look first, as the guide has found
    it or as is found here. Where a rival may be is looked for anew in every model."""
    o, alike = moment.offender, sought_by(world, moment.kind, moment.offender) < 0
    there = seen_by_guide(world, m, o)
    if alike and there >= 0 and world.guides_looked[there].state == LOOKED:
        return np.int64(world.guides_looked[there].cell), world.guides_looked[there].drunk != 0
    here, doing, drunk = position(
        world.ground, world.transit, world.walking, world.people, world.where, world.offenders[o].row, moment.time, seed, world.path,
        world.enter,
    )  # fmt: skip
    if moment.cell >= 0:
        return np.int64(moment.cell), drunk
    cell = np.int64(first_look(world, moment, day, seed, here, doing))
    if alike and m >= 0 and len(world.looked) > 0:
        world.looked[m].state = LOOKED
        world.looked[m].cell = cell
        world.looked[m].drunk = 1 if drunk else 0
    return cell, drunk


@inner
def find_sought(world, kind, o, cell, tick, tick_ds, seed, sober, u):
    """Row of the person whom offender `o` looks for, if found near a cell in a tick (`u` in (0, 1)): with the share of it that they spend
    there outdoors, or at home and coming to the door, times `sober`; −1 for nobody."""
    sought = sought_by(world, kind, o)
    if sought < 0:
        return np.int64(-1)
    p = np.int64(world.offenders[sought].row)
    start, there = tick * tick_ds, world.where.trip[world.where.row[p]]
    near = seconds_near(world, p, cell, start, start + tick_ds, seed) * DECI / tick_ds
    if there.purpose == TO_HOME and there.arrive <= start:
        near += world.risk.comes_out * nearness(world.ground, world.scene.reach, there.place, cell)
    return p if u < sober * near else np.int64(-1)


@inner
def daring_of(world, o, kind):
    """What makes offender `o` more daring than others, in units of the logistic choice: character, a car that leads to nobody; a warning
    to the whole group makes less so, where the offence is one of networks alone."""
    offence, offender = world.offence[kind], world.offenders[o]
    warned = world.network.warned * offender.warned if offence.outside == 0.0 else 0.0
    return world.risk.boldness * offender.bold + offence.wheels * offender.wheels - warned


@inner
def act(world, moment, m, log, count, seed, tick, tick_ds, dark):
    """Live through a `moment` of motive (MOMENT), the `m`th of the day or −1 for one that waits. Returns the rows in the log.

    How good an opportunity it takes and how daring the offender is are drawn once for the moment: whoever only guardians and cameras
    have turned away would act at another place that is as good and less guarded.
    """
    ground, people, offence = world.ground, world.people, world.offence
    o, time, kind, number, waited = moment.offender, moment.time, moment.kind, moment.number, moment.cell >= 0
    if world.offenders[o].away_from <= time < world.offenders[o].away_until:
        return count
    wait_ds, p = np.int64(world.risk.wait_s * DECI), world.offenders[o].row
    chooser, day = people[p].id, (time - wait_ds if waited else time) // (86_400 * DECI)
    cell, drunk = begin(world, moment, m, day, seed)
    picky, daring, _, _ = words(seed, CRIME, chooser, day, LATENT, number)
    sober = 1.0 if drunk else offence[kind].sober
    blocked_at, slot, tick_cs = np.int64(moment.origin), tick % world.walked.street.shape[1], tick_ds * 10
    for attempt in range(np.int64(moment.attempt), world.most_tries):
        if cell < 0:
            return count
        target, key = world.target[kind], number * 16 + attempt
        chance = sober * opportunity(world, kind, cell, slot, tick_cs, time)
        met = find_sought(world, kind, o, cell, tick, tick_ds, seed, sober, unit(picky))
        if met < 0 and unit(picky) >= chance:
            return count
        if time >= world.cursor[SOONEST]:
            patrol_to(world, seed, time)
        if target == CREW and unit(picky) >= chance * crews_near(ground, world.units, world.forces, world.scene.reach, cell, time):
            return count
        risk, made, seen, ablest, notices = perceived_risk(
            ground, world.units, world.forces, world.patrol, world.scene, offence, world.risk, kind, cell, time, dark
        )
        margin = offence[kind].reward + daring_of(world, o, kind) - risk - world.scene.severity[kind]
        if unit(daring) >= 1.0 / (1.0 + math.exp(-margin - made)):
            return count
        if target == PERSON and met < 0:
            met = meet(world, kind, cell, chooser, day, key, tick, tick_ds, time, seed, p)
            if met < 0:
                return count
        if unit(daring) < 1.0 / (1.0 + math.exp(-margin)):
            return commit(world, log, count, seed, moment, day, key, cell, blocked_at, met, seen, ablest, notices)
        # Only guardians and cameras have turned the offender away: search on, wait, or give up.
        if blocked_at < 0:
            blocked_at = cell
            count = log_attempt(log, count, chooser, moment, cell, seen)
        a, b, c, _ = words(seed, CRIME, chooser, day, SEARCH, key)
        if unit(c) >= offence[kind].persist:
            if unit(c) < offence[kind].persist + world.risk.wait and not waited:
                put_off(world, moment, time + wait_ds, cell, blocked_at, attempt + 1)
            return count
        cell = search(ground, cell, world.risk.move_on if target == MARKET or target == CREW else offence[kind].reach, a, b)
    return count


@inner
def put_off(world, moment, time, cell, origin, attempt):
    """Keep a moment for later, at the place where the offender was turned away, among the others that wait, in order of time."""
    waits, at = world.waits, world.cursor[WAITING]
    if at == len(waits):
        world.cursor[LOST] += 1
        return
    while at > 0 and waits[at - 1].time > time:
        waits[at] = waits[at - 1]
        at -= 1
    waits[at].offender = moment.offender
    waits[at].number = moment.number
    waits[at].kind = moment.kind
    waits[at].time = time
    waits[at].cell = cell
    waits[at].origin = origin
    waits[at].attempt = attempt
    world.cursor[WAITING] += 1


@kernel
def offend(world, first, last, log, seed, tick, tick_ds, dark):
    """Live through the moments `first`…`last`−1, all of one tick, and those put off until now, in order of time.

    `log` EVENT (rows,) takes what happens. Returns (first moment not lived, rows written): less than `last` when the log is full.
    """
    count, waits, end = np.int64(0), world.waits, (tick + 1) * tick_ds
    while count + 2 <= len(log):  # a moment writes at most two rows
        waiting = world.cursor[WAITING] > 0 and waits[0].time < end
        if waiting and (first >= last or waits[0].time < world.moments[first].time):
            m, moment = np.int64(-1), waits[0]
        elif first < last:
            m, moment = np.int64(first), world.moments[first]
            first += 1
            if is_indoors(world, m):
                continue
        else:
            break
        count = act(world, moment, m, log, count, seed, tick, tick_ds, dark)
        if m < 0:
            world.cursor[WAITING] -= 1
            for i in range(world.cursor[WAITING]):
                waits[i] = waits[i + 1]
    return first, count
