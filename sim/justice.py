"""What becomes of offences that the police have recorded: what is investigated, who is held, and with which queues a world begins."""

import numpy as np
from scipy.stats import poisson

from sim.casework import CASE, SUCCESS, VISIT, Casework
from sim.clock import DAY
from sim.kernels.move import ADULT
from sim.kernels.walk import DECI
from sim.rng import JUSTICE, uniforms, uniforms_of

INVESTIGATED, INNOCENT, DETAINED, PAST_NUMBER, PAST_DAY, PAST_CAUGHT = range(100, 106)
"""Purposes of the draws of stream JUSTICE made here."""
PAST_DAYS, STEP = 728, 7
"""Days of cases before the first dawn, and how many of them are served at once."""
NOTHING = np.zeros(0, dtype=VISIT).view(np.recarray)
"""The stays that ended on a day without any."""


def open_at_first(world, made):
    """The cases (CASE) that are open at the first dawn, as if two years like 2018 had come before it; `made` as in `past_cases`."""
    work, past = Casework(world.services, world.seed), past_cases(world, made)
    for day in range(-PAST_DAYS, 0, STEP):
        live_day(work, past[(past.day >= day) & (past.day < day + STEP)].view(np.recarray), world, day, {}, STEP)
    return work.cases


def past_cases(world, made):
    """CASE (n,): as many investigated offences of each type as are known of 2018, a Poisson number for each offender in proportion to
    activity. `made` is the number of offenders among whom they are shared, of whom some may be gone."""
    table, law, seed, kinds = world.offences.table, world.parameters.group("law"), world.seed, len(world.offences.names)
    ids = world.people.id[world.offenders.row]
    share = world.residents / world.parameters["police.population"] * PAST_DAYS / 365 / max(made, 1)
    known = np.array([world.parameters[f"known.{name}.year"] for name in world.offences.names]) * table.investigate * share
    u = np.stack([uniforms(seed, JUSTICE, ids, 0, PAST_NUMBER, kind) for kind in range(kinds)])
    number = poisson.ppf(u, known[:, None] * world.offenders.activity).astype(int)
    kind, subject = (np.repeat(index.ravel(), number.ravel()) for index in np.indices(number.shape))
    first = np.repeat(np.cumsum(number.ravel()) - number.ravel(), number.ravel())
    cases = np.zeros(len(kind), dtype=CASE).view(np.recarray)
    cases.kind, cases.subject, cases.who, cases.day = kind, subject, ids[subject], -1
    cases.key = (np.arange(len(kind)) - first) * kinds + kind
    cases.day = -1 - (draws(cases, PAST_DAY, world) * PAST_DAYS).astype(np.int32)
    cases.caught = draws(cases, PAST_CAUGHT, world) < law.caught_before * table.arrestable[kind]
    return weigh(cases, np.zeros(len(cases)), world)


def cases_of(log, world):
    """CASE (n,): the offences of a `log` (EVENT) that are investigated; every arrest is."""
    rows = log[(log.happened == 1) & (log.recorded == 1)]
    cases = np.zeros(len(rows), dtype=CASE).view(np.recarray)
    cases.who, cases.kind, cases.key, cases.caught = rows.offender, rows.kind, rows.moment, rows.arrested
    cases.day = rows.time // DAY
    chance = np.maximum(world.offences.table.investigate[rows.kind], rows.arrested)
    cases.subject = world.people.offender[person_rows(cases, world)]
    cases = weigh(cases, rows.footage, world)
    return cases[draws(cases, INVESTIGATED, world) < chance].view(np.recarray)


def weigh(cases, footage, world):
    """What speaks for a case: an arrest on the spot and footage, as log odds; how grave it is; and now and then the wrong suspect."""
    law = world.parameters.group("law")
    cases.evidence = cases.caught * np.log(law.caught_odds) + footage * np.log(law.footage_odds)
    cases.gravity = world.offences.table.harm[cases.kind]
    cases.innocent = (draws(cases, INNOCENT, world) < law.innocent) & (cases.caught == 0)
    cases.subject[cases.innocent == 1] = -1
    return cases


def live_day(work, fresh, world, day, levers_staff, days=1):
    """One day of casework: `fresh` cases are opened, suspects are detained or not, and every service does its day's work.

    Returns the stays that ended (VISIT).
    """
    investigation, detention = work.number("investigation"), work.number("detention")
    work.open(fresh, investigation, day)
    work.open(detained(fresh[fresh.caught == 1].view(np.recarray), world), detention, day)
    ended = work.serve(day, levers_staff, days)
    found = ended[(ended.service == investigation) & (ended.result == SUCCESS) & (ended.caught == 0)]
    suspects = np.zeros(len(found), dtype=CASE).view(np.recarray)
    for name in set(CASE.names) & set(found.dtype.names):
        suspects[name] = found[name]
    work.open(detained(suspects, world), detention, day)
    return ended


def detained(suspects, world):
    """The cases among `suspects` in which a court orders detention: by the type of offence, and of those under 18 only a part."""
    young = world.people.age[person_rows(suspects, world)] < ADULT
    chance = world.offences.table.detain[suspects.kind] * np.where(young, world.parameters["law.detain_youth"], 1.0)
    return suspects[draws(suspects, DETAINED, world) < chance].view(np.recarray)


def hold(offenders, held, now):
    """Keep the offenders in rows `held` out of reach for the day that begins `now` (tenths of a second), and no one else."""
    offenders.away_from[:], offenders.away_until[:] = -1, -1
    offenders.away_from[held], offenders.away_until[held] = now, now + DAY * DECI


def today(work, ended, world):
    """The day's series: offences cleared by type, people held, and open cases in front of each service."""
    cleared = work.cleared(ended, len(world.offences.names))
    counts = {f"cleared_{name}": int(n) for name, n in zip(world.offences.names, cleared, strict=True)}
    waiting = {f"open_{service.name}": int(n) for service, n in zip(work.services, work.waiting(), strict=True)}
    return counts | {"in_custody": len(work.held())} | waiting


def person_rows(cases, world):
    return np.searchsorted(world.people.id, cases.who)


def draws(cases, purpose, world):
    return uniforms_of(world.seed, JUSTICE, cases.who, cases.day, purpose, cases.key)
