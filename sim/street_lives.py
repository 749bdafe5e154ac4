"""What lives bring to the street: each morning, offenders are what their courses have made of them, and their groups what feuds have."""

import numpy as np

from sim.courses import NEUTRAL
from sim.population.networks import groups_of
from sim.rng import COURSE, uniforms

RIVALRY, SOUGHT = 2**22, 2**22 + 1
"""Purposes of the draws of stream COURSE made here."""
HEAT, ATTENTION, RIVAL = range(3)
COMPOSE = {"standing": np.add, "drive": np.multiply, "wheels": np.maximum}
"""Fields of an offender that states of courses set (rows `state.<course>.<state>.<field>` of the registry), and how several add up."""


def no_feuds(world):
    """float64 (groups, 3): heat and attention of each group, as long as nobody has been shot, and the number of its rival: any other."""
    feuds = np.zeros((groups_of(world.parameters, world.residents / world.parameters["police.population"]), 3))
    each, others = np.arange(len(feuds)), len(feuds) - 1
    feuds[:, RIVAL] = (each + 1 + np.floor(uniforms(world.seed, COURSE, each, 0, RIVALRY, 0) * others)) % len(feuds)
    return feuds


def smoulder(feuds, log, world):
    """A night passes over the `feuds`; what happened yesterday (`log`, EVENT) is remembered.

    An offence of networks alone heats the group of whoever was hit, or the rival of the offender's where that is nobody's, and to a part
    the offender's own, which presses on; it makes each the rival of the other, and draws attention to the offender's.
    """
    network = world.parameters.group("network")
    feuds[:, HEAT] *= 0.5 ** (1.0 / network.heat_half_life)
    feuds[:, ATTENTION] *= 0.5 ** (1.0 / network.attention_half_life)
    alone = world.offences.table.outside == 0.0
    group = lambda person: world.people.group[world.row_of[person]] if person >= 0 else -1  # noqa: E731
    for row in log[(log.happened == 1) & alone[log.kind]]:
        own, hit = group(row.offender), group(row.victim)
        hit = hit if hit >= 0 and hit != own else int(feuds[own, RIVAL])
        feuds[hit, HEAT] += 1.0
        feuds[own, HEAT] += network.presses
        feuds[hit, RIVAL], feuds[own, RIVAL] = own, hit
        feuds[own, ATTENTION] += 1.0


def standing(lives, world):
    """float64 (offenders,): standing of every offender in a network, as courses are now."""
    offenders = world.offenders.copy()
    bring_fields(offenders, lives, world, ("standing",))
    return offenders.standing


def bring(offenders, lives, feuds, levers, world, day, now):
    """Set what states of courses and feuds make of `offenders` on a `day` that begins at `now` (tenths of a second); a rule says of how
    many groups that draw attention all are warned."""
    bring_fields(offenders, lives, world, COMPOSE)
    group = world.people.group[offenders.row]
    offenders.heat[:] = np.where(group >= 0, 1.0 - np.exp(-feuds[group, HEAT]), 0.0)  # a feud cannot grow hotter than hot
    offenders.warned[:] = np.where(group >= 0, np.minimum(feuds[group, ATTENTION], 1.0), 0.0) * levers.rules.get("group_sanctions", 0.0)
    at_large = (offenders.standing > 0.0) & ((now < offenders.away_from) | (now >= offenders.away_until))
    sought = np.array([whom(np.flatnonzero(at_large & (group == rival)), world, day, own) for own, rival in enumerate(feuds[:, RIVAL])])
    offenders.sought[:] = np.where(group >= 0, sought[group], -1)


def whom(rivals, world, day, own):
    """Row of the one among `rivals` (rows of offenders) whom group `own` looks for on a `day`, and as long as the quarrel with that one
    lasts; −1 where there are none."""
    if not len(rivals):
        return -1
    quarrel = day // int(world.parameters["network.quarrel"])
    return rivals[uniforms(world.seed, COURSE, world.people.id[world.offenders.row[rivals]], quarrel, SOUGHT, own).argmin()]


def bring_fields(offenders, lives, world, fields):
    """Set these fields of `offenders` to what states of courses make of them."""
    for field in fields:
        offenders[field] = NEUTRAL[field]
        for life in lives:
            if field in life.course.brings:
                who = world.people.offender[world.row_of[life.course.who]]
                there = who >= 0
                offenders[field][who[there]] = COMPOSE[field](offenders[field][who[there]], life.course.brings[field][life.state[there]])
