"""What lives bring to the street: each morning, offenders are what their courses have made of them, and their groups what feuds have."""

import numpy as np

from sim.courses import NEUTRAL
from sim.population.networks import groups_of
from sim.rng import COURSE, uniforms

RIVAL = 2**22
"""Purpose of the draw of stream COURSE made here."""
HEAT, ATTENTION = range(2)
COMPOSE = {"standing": np.add, "drive": np.multiply, "wheels": np.maximum}
"""Fields of an offender that states of courses set (rows `state.<course>.<state>.<field>` of the registry), and how several add up."""


def no_feuds(world):
    """float64 (groups, 2): heat and attention of each group, as long as nobody has been shot."""
    return np.zeros((groups_of(world.parameters, world.residents / world.parameters["police.population"]), 2))


def smoulder(feuds, log, world, day):
    """A night passes over the `feuds`; what happened yesterday (`log`, EVENT) is remembered.

    An offence of networks alone heats the group of whoever was hit, or a rival of the offender's where that is nobody's; and it draws
    attention to the offender's own group.
    """
    network = world.parameters.group("network")
    feuds *= 0.5 ** (1.0 / np.array([network.heat_half_life, network.attention_half_life]))
    alone = world.offences.table.outside == 0.0
    for row in log[(log.happened == 1) & alone[log.kind]]:
        own = world.people.group[world.row_of[row.offender]]
        hit = world.people.group[world.row_of[row.victim]] if row.victim >= 0 else -1
        draws = uniforms(world.seed, COURSE, np.arange(len(feuds)), day, RIVAL, row.offender)
        draws[own] = 2.0
        feuds[hit if hit >= 0 and hit != own else draws.argmin(), HEAT] += 1.0
        if own >= 0:
            feuds[own, ATTENTION] += 1.0


def standing(lives, world):
    """float64 (offenders,): standing of every offender in a network, as courses are now."""
    offenders = world.offenders.copy()
    bring_fields(offenders, lives, world, ("standing",))
    return offenders.standing


def bring(offenders, lives, feuds, levers, world):
    """Set what states of courses and feuds make of `offenders`; a rule says of how many groups that draw attention all are warned."""
    bring_fields(offenders, lives, world, COMPOSE)
    group = world.people.group[offenders.row]
    offenders.heat[:] = np.where(group >= 0, feuds[group, HEAT], 0.0)
    offenders.warned[:] = np.where(group >= 0, np.minimum(feuds[group, ATTENTION], 1.0), 0.0) * levers.rules.get("group_sanctions", 0.0)


def bring_fields(offenders, lives, world, fields):
    """Set these fields of `offenders` to what states of courses make of them."""
    for field in fields:
        offenders[field] = NEUTRAL[field]
        for life in lives:
            if field in life.course.brings:
                who = world.people.offender[world.row_of[life.course.who]]
                there = who >= 0
                offenders[field][who[there]] = COMPOSE[field](offenders[field][who[there]], life.course.brings[field][life.state[there]])
