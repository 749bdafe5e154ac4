"""Accomplices: who was along at an offence, whether that becomes known, and who among the caught tells of others as a crown witness."""

import numpy as np

from sim.casework import CASE, alike
from sim.kernels.move import ADULT
from sim.rng import JUSTICE, uniforms

TOGETHER, WHOM, NAMED, TESTIFIES, SUPPORTED, LIES = range(120, 126)
"""Purposes of the draws of stream JUSTICE made here."""
NOBODY = np.zeros(0, dtype=np.int64)
OF_ACCOMPLICE, FALSELY = 2**20, 2**21
"""What is added to the key of a case for that of an accomplice, and of someone who was accused falsely."""


def mates_of(cases, world, standing):
    """int32 (cases,): the offender (row) who was along at each of the `cases` (CASE), −1 for nobody.

    `standing` float64 (offenders,) in a network. Members are along with members of their group, others with those who keep to the same
    haunt: the one with the smallest hash of both.
    """
    offenders, ids, mates = world.offenders, world.people.id[world.offenders.row], np.full(len(cases), -1, dtype=np.int32)
    group, haunt, member = world.people.group[offenders.row], offenders.haunt.copy(), standing > 0.0
    of_group, of_haunt = rows_by(group, member), rows_by(haunt, offenders.active == 1)
    for i in np.flatnonzero(is_along(cases, world)):
        mine = int(cases["subject"][i])
        others = of_group[int(group[mine])] if member[mine] else of_haunt.get(int(haunt[mine]), NOBODY)
        others = others[others != mine]
        if len(others):
            mates[i] = others[uniforms(world.seed, JUSTICE, ids[others], cases["day"][i], WHOM, cases["who"][i]).argmin()]
    return mates


def rows_by(key, among):
    """{key: rows, in order} of the rows that are `among`, bool."""
    rows = np.flatnonzero(among)
    rows = rows[np.argsort(key[rows], kind="stable")]
    keys, first = np.unique(key[rows], return_index=True)
    return dict(zip(keys.tolist(), np.split(rows, first[1:]), strict=False))


def is_along(cases, world):
    """bool (cases,): whether the offender of each of the `cases` (CASE) had someone along: of each type a part, of the older fewer."""
    law, kinds = world.parameters.group("law"), len(world.offences.names)
    age = world.people.age[world.row_of[cases.who]]
    chance = world.offences.table.together[np.minimum(cases.kind, kinds - 1)]
    chance = chance * np.where(age <= law.together_age, 1.0, law.together_later)
    return (cases.subject >= 0) & (cases.kind < kinds) & (_draw(cases, TOGETHER, world) < chance)


def who_testifies(known, world, standing, discount):
    """bool (known,): members of networks, of age, who tell of an accomplice for a sentence lower by the share `discount` (0: no rule).

    They weigh it against trust and reprisals (a logistic choice, McFadden 1974); the rule applies to nobody else.
    """
    crown = world.parameters.group("crown")
    may = (known.subject >= 0) & (known.innocent == 0) & (known.mate >= 0) & (discount > 0.0)
    may &= (world.people.age[world.row_of[known.who]] >= ADULT) & (standing[known.subject] > 0.0)
    chance = 1.0 / (1.0 + np.exp(crown.fear - crown.value * discount))
    return may & (_draw(known, TESTIFIES, world) < chance)


def named(known, testifies, world):
    """New cases (CASE) against those of whom the `known` suspects (CASE) were accomplices: some become known anyway, and those of whom
    someone `testifies` whom other evidence supports; now and then a witness accuses somebody else."""
    law, crown = world.parameters.group("law"), world.parameters.group("crown")
    supported = testifies & (_draw(known, SUPPORTED, world) < crown.supported)
    lies = testifies & (_draw(known, LIES, world) < crown.lies)
    shown = (known.mate >= 0) & (known.innocent == 0) & ((_draw(known, NAMED, world) < law.named) | supported)
    cases = known[shown].copy().view(np.recarray)
    cases.evidence = cases.evidence + crown.evidence * supported[shown]
    cases.subject, cases.mate, cases.caught = known.mate[shown], -1, 0
    cases.who = world.people.id[world.offenders.row[cases.subject]]
    cases.key += OF_ACCOMPLICE
    falsely = known[lies].copy().view(np.recarray)
    falsely.subject, falsely.mate, falsely.innocent, falsely.caught = -1, -1, 1, 0
    falsely.key += FALSELY
    return np.concatenate([np.zeros(0, dtype=CASE), cases, falsely]).view(np.recarray)


def help_along(work, witnesses, world, discount):
    """What witnesses (CASE) tell also speaks for other open cases against their group; and their own sentences become shorter."""
    group = np.append(world.people.group[world.offenders.row], -1)
    of_group = (work.cases.subject >= 0) & np.isin(group[work.cases.subject], group[witnesses.subject])
    work.cases.evidence[of_group] += world.parameters["crown.others"]
    work.cases.remitted[np.isin(alike(work.cases), alike(witnesses))] = discount


def _draw(cases, purpose, world):
    return uniforms(world.seed, JUSTICE, cases.who, cases.day, purpose, cases.key)
