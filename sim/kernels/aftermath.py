"""What follows an offence: who was hit, who learns of it, what the law does, and what stays in the place."""

import math

import numpy as np

from sim.kernels import inner
from sim.kernels.journeys import NO_JOURNEY, journey_at
from sim.kernels.patrol import POLICE, SOONEST, send
from sim.kernels.victim import AGAIN, MARKET, choose_resident, victim_of
from sim.kernels.walk import DECI, row_col
from sim.rng import CRIME, JUSTICE, VICTIM, unit, words

AFTERMATH, LAW = range(8, 10)
"""Purposes of the draws of streams CRIME and JUSTICE; those below are the kernel `offend`'s."""
HEARD, DISORDER = range(2)
"""Memories that a world begins as if it had long had them: entries of the scene's `fresh`."""
DAY_DS = 86_400 * DECI
REFERENCE_M2 = 2500.0
"""Area over which an offence leaves the disorder that the registry states, whatever the size of a cell."""


@inner
def log_attempt(log, count, chooser, moment, cell, seen):
    """One row for an offender who was turned away. Returns rows logged."""
    row = log[count]
    row.time = moment.time // DECI
    row.kind = moment.kind
    row.happened = 0
    row.cell = cell
    row.offender = chooser
    row.victim = -1
    row.moment = moment.number
    row.guardians = seen
    row.response = -1
    row.origin = cell
    row.reported = row.recorded = row.arrested = 0
    row.footage = row.noticed = row.journey = 0
    return count + 1


@inner
def remembered(scene, offence, kind, cell, time):
    """What is left at `time` of the memory of successes at a cell, in [0, 1]."""
    age_days = (time - scene.recent_at[kind, cell]) / DAY_DS
    return scene.recent[kind, cell] * 0.5 ** (max(age_days, 0.0) / offence[kind].repeat_days)


@inner
def hit_before(world, kind, cell, time, u):
    """Row of the one whose home or thing was hit here last, where that draws the offender to the very same again (`u` in (0, 1)); −1 where
    it does not. What draws is the memory of that success, among all that speaks for the cell (boost: Farrell, Phillips and Pease 1995)."""
    scene, offence = world.scene, world.offence
    last = np.int64(scene.hit[kind, cell])
    own = 0.5 ** ((time - scene.hit_at[kind, cell]) / DAY_DS / offence[kind].repeat_days)
    drawn = offence[kind].repeat * own / (1.0 + offence[kind].repeat * remembered(scene, offence, kind, cell, time))
    return last if u < world.risk.same_again * drawn else np.int64(-1)


@inner
def commit(world, log, count, seed, moment, day, key, cell, blocked_at, met, seen, ablest, notices):
    """It happens. `met` is the row of the person met (−1 without one), `notices` the chance that a guardian on the spot notices.

    Returns rows logged.
    """
    people, offence, scene, law = world.people, world.offence, world.scene, world.law
    o, kind, time = moment.offender, moment.kind, moment.time
    chooser = people[world.offenders[o].row].id
    victim = np.int64(-1)
    if met >= 0:
        victim = victim_of(world, met, chooser, day, key, seed)
    elif world.target[kind] != MARKET and offence[kind].owned > 0.0:
        victim = hit_before(world, kind, cell, time, unit(words(seed, VICTIM, chooser, day, AGAIN + 8 * key, 0)[0]))
        if victim < 0:
            victim = choose_resident(people, world.zone_first, world.zone, cell, chooser, day, key, seed)
        scene.hit[kind, cell], scene.hit_at[kind, cell] = victim, time
    a, b, c, d = words(seed, CRIME, chooser, day, AFTERMATH, key)
    filmed = unit(c) < scene.camera[cell] * law.footage
    noticed = unit(b) < notices
    reported = unit(a) < scene.report[kind]
    recorded = reported or noticed or unit(d) < scene.monitored[cell] * law.watched
    response, on_spot, at_hand = -1.0, 0.0, False
    if noticed:
        force = world.forces[world.units[ablest].force]
        on_spot, at_hand = force.arrests, force.answers == POLICE
    if recorded and offence[kind].urgent > 0.0 and not at_hand:  # guards who notice call the police like anyone else
        world.cursor[SOONEST] = 0
        waits = -math.log(unit(words(seed, JUSTICE, chooser, day, LAW, key)[1])) * world.patrol.call_waits
        _, response = send(world.ground, world.units, world.forces, world.patrol, scene, cell, time, POLICE, waits)
        if response >= 0.0:
            on_spot += (1.0 - on_spot) * law.on_scene * math.exp(-response / law.response_scale)
    arrested = recorded and arrest(world, seed, o, kind, time, chooser, day, key, on_spot)
    leave_marks(world, kind, cell, time, victim)
    row = log[count]
    row.time = time // DECI
    row.kind = kind
    row.happened = 1
    row.cell = cell
    row.offender = chooser
    row.victim = people[victim].id if victim >= 0 else -1
    row.moment = moment.number
    row.guardians = seen
    row.response = int(response)
    row.origin = blocked_at if blocked_at >= 0 else cell
    row.reported = reported
    row.recorded = recorded
    row.arrested = arrested
    row.footage = filmed
    row.noticed = noticed
    row.journey = journey_at(world.where, met, time) if met >= 0 else NO_JOURNEY
    return count + 1


@inner
def arrest(world, seed, o, kind, time, chooser, day, key, on_spot):
    """Whether the offender is arrested on the spot, with chance `on_spot` where the type allows it; then held until the next dawn."""
    arrested = unit(words(seed, JUSTICE, chooser, day, LAW, key)[0]) < on_spot * world.offence[kind].arrestable
    if arrested:
        world.offenders[o].away_from = time
        world.offenders[o].away_until = (time // DAY_DS + 1) * DAY_DS
    return arrested


@inner
def leave_marks(world, kind, cell, time, victim):
    """Disorder, the memory of a success, what neighbours hear of, and what the victim remembers."""
    scene, offence, ground = world.scene, world.offence, world.ground
    left = min(offence[kind].disorder * REFERENCE_M2 / (ground.cell_m * ground.cell_m) * scene.fresh[DISORDER], 1.0)
    scene.disorder[cell] += left * (1.0 - scene.disorder[cell])
    cols, rows = ground.cols, len(ground.exits) // ground.cols
    row, col = row_col(ground, cell)
    for i in range(len(scene.repeat_reach)):
        r, c = row + scene.repeat_reach[i, 0], col + scene.repeat_reach[i, 1]
        if 0 <= r < rows and 0 <= c < cols:
            near = r * cols + c
            scene.recent[kind, near] = min(remembered(scene, offence, kind, near, time) + scene.repeat_share[i], 1.0)
            scene.recent_at[kind, near] = time
    for i in range(len(scene.hear_reach)):
        r, c = row + scene.hear_reach[i, 0], col + scene.hear_reach[i, 1]
        if 0 <= r < rows and 0 <= c < cols:
            scene.heard[r * cols + c] += offence[kind].alarm * scene.fresh[HEARD]
    if victim >= 0:
        world.where.hurt[victim] += offence[kind].hurt
