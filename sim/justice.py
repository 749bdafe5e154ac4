"""What becomes of offences that the police have recorded: what is investigated, what services can do, and who is held."""

from dataclasses import replace

import numpy as np

from sim import accomplices
from sim.casework import CASE, SUCCESS, VISIT
from sim.clock import DAY
from sim.kernels.move import ADULT
from sim.kernels.walk import DECI
from sim.rng import JUSTICE, poissons, uniform, uniforms

INVESTIGATED, INNOCENT, DETAINED, PAST_NUMBER, PAST_DAY, PAST_CAUGHT, LAPSES, REFERRED = range(100, 108)
"""Purposes of the draws of stream JUSTICE made here."""
NOTHING = np.zeros(0, dtype=VISIT).view(np.recarray)
"""The stays that ended on a day without any."""


def motives(world, standing):
    """float64 (offenders, kinds): how motivated each offender of mean activity is to every type of offence, by the same rule as the kernel
    `offend.motive`, before any feud; `standing` float64 (offenders,) in a network."""
    table, offenders = world.offences.table, world.offenders
    people = world.people[offenders.row]
    whose = np.where((people.age < ADULT)[:, None], table.youth, 1.0) * np.where((people.woman == 1)[:, None], table.women, 1.0)
    return whose * (table.outside * offenders.active[:, None] + table.member * standing[:, None])


def past_cases(world, motive, made, days):
    """CASE (n,): as many investigated offences of each type as are known of 2018 on each of so many `days` before the first dawn, a Poisson
    number for each offender in proportion to activity and `motive` float64 (offenders, kinds). `made` float64 (kinds,) is the sum of the
    motives among which they are shared; some of those offenders may be gone."""
    table, seed, kinds = world.offences.table, world.seed, len(world.offences.names)
    ids = world.people.id[world.offenders.row]
    share = world.residents / world.parameters["police.population"] * days / 365
    known = np.array([world.parameters[f"known.{name}.year"] for name in world.offences.names]) * table.investigate
    known *= share / np.maximum(made, 1e-9)
    u = np.stack([uniforms(seed, JUSTICE, ids, 0, PAST_NUMBER, kind) for kind in range(kinds)])
    number = poissons(u, known[:, None] * (world.offenders.activity * motive.T))
    kind, subject = (np.repeat(index.ravel(), number.ravel()) for index in np.indices(number.shape))
    first = np.repeat(np.cumsum(number.ravel()) - number.ravel(), number.ravel())
    cases = np.zeros(len(kind), dtype=CASE).view(np.recarray)
    cases.kind, cases.subject, cases.who, cases.day = kind, subject, ids[subject], -1
    cases.key = (np.arange(len(kind)) - first) * kinds + kind
    cases.day = -1 - (draws(cases, PAST_DAY, world) * days).astype(np.int32)
    cases.caught = draws(cases, PAST_CAUGHT, world) < table.caught_before[kind]
    return weigh(cases, np.zeros(len(cases)), world)


def cases_of(log, world):
    """CASE (n,): the offences of a `log` (EVENT) that are investigated; every arrest is."""
    rows = log[(log.happened == 1) & (log.recorded == 1)]
    return investigated(weigh(opened(rows, world), rows.footage, world), world)


def opened(log, world):
    """CASE (n,): one for each row of a `log` (EVENT), before anything is known of what speaks for it."""
    cases = np.zeros(len(log), dtype=CASE).view(np.recarray)
    cases.who, cases.kind, cases.key, cases.caught = log.offender, log.kind, log.moment, log.arrested
    cases.day = log.time // DAY
    cases.subject = world.people.offender[person_rows(cases, world)]
    return cases


def investigated(cases, world):
    """Those of the `cases` (CASE) that are investigated."""
    return cases[is_investigated(cases, world)].view(np.recarray)


def is_investigated(cases, world):
    """bool (cases,): whether a case is investigated, once it is recorded: of each kind a part are, and all in which someone was arrested on
    the spot."""
    return draws(cases, INVESTIGATED, world) < np.maximum(world.kinds.table.investigate[cases.kind], cases.caught)


def weigh(cases, footage, world):
    """What speaks for a case: an arrest on the spot and footage, as log odds; how grave it is; and now and then the wrong suspect."""
    law = world.parameters.group("law")
    cases.evidence = cases.caught * np.log(law.caught_odds) + footage * np.log(law.footage_odds)
    cases.gravity = world.kinds.table.harm[cases.kind]
    cases.innocent = (draws(cases, INNOCENT, world) < law.innocent) & (cases.caught == 0)
    cases.subject[cases.innocent == 1] = -1
    return cases


def live_day(work, fresh, world, day, today, levers, standing, days=1):
    """One day of casework: `fresh` cases are opened, and every service, as it is `today`, does its work. Who is known as a suspect, with
    those who are known to have been along, is detained or not, and referred to social services or not.

    `standing` float64 (offenders,) in a network. Returns the stays that ended (VISIT), and the ids of those who testified.
    """
    investigation, tomorrow = work.number("investigation"), day + days
    fresh.mate = accomplices.mates_of(fresh, world, standing)
    fresh.hastened = has_deadline(fresh, world, levers)
    work.open(fresh, investigation, day)
    caught = fresh[fresh.caught == 1].view(np.recarray)
    hold_suspects(work, caught, world, levers, day)
    ended = work.serve(day, today, days)
    found = as_cases(ended[(ended.service == investigation) & (ended.result == SUCCESS) & (ended.caught == 0)])
    known = np.concatenate([caught, found]).view(np.recarray)
    discount = levers.rules.get("crown_witness", 0.0)
    testifies = accomplices.who_testifies(known, world, standing, discount)
    along = accomplices.named(known, testifies, world)
    work.open(along, work.number("prosecution"), tomorrow)
    hold_suspects(work, np.concatenate([found, along]).view(np.recarray), world, levers, tomorrow)
    if testifies.any():
        accomplices.help_along(work, known[testifies].view(np.recarray), world, discount)
    return ended, known.who[testifies]


def hold_suspects(work, suspects, world, levers, day):
    """Some of those who are suspected come before the court that detains, some of the young also before social services; on that `day`,
    the next on which places are given."""
    work.open(detained(suspects, world, levers), work.number("detention"), day)
    work.open(referred(suspects, world), work.number("social_services"), day)


def as_cases(stays):
    """The cases (CASE) of stays (VISIT) that are over, as they were opened."""
    cases = np.zeros(len(stays), dtype=CASE).view(np.recarray)
    for name in set(CASE.names) & set(stays.dtype.names):
        cases[name] = stays[name]
    return cases


def staffed(services, world, day, levers):
    """The `services` as they are today: with the staff that the `levers` add, by the rules that these set, and without what lapses in a
    year in which the grant behind a service is not renewed. Where funding lasts, nothing lapses, and fewer leave."""
    today = []
    for n, service in enumerate(services):
        changed = {"capacity": service.capacity}
        if f"grant.{service.name}.lapses" in world.parameters.rows:
            grant = world.parameters.group(f"grant.{service.name}")
            secured = min(levers.secured.get(service.name, 0.0), 1.0)
            lapses = day >= 0 and uniform(world.seed, JUSTICE, n, world.clock.date(day).year, LAPSES, 0) < grant.lapses
            changed["capacity"] *= 1.0 - grant.lost * lapses * (1.0 - secured)
            changed["turnover"] = service.turnover + (grant.turnover - service.turnover) * secured
        changed["capacity"] += levers.staff.get(service.name, 0.0)
        if service.rule in levers.rules:
            changed["success"] = np.full(len(service.success), levers.rules[service.rule])
        today.append(replace(service, **changed))
    return tuple(today)


def detained(suspects, world, levers):
    """The cases among `suspects` in which a court orders detention: by the type of offence and by age, as the rules are, and by what
    speaks for guilt: the odds grow with the evidence beyond the usual."""
    return suspects[is_detained(suspects, world, levers)].view(np.recarray)


def is_detained(suspects, world, levers):
    """bool (suspects,): see `detained`."""
    law = world.parameters.group("law")
    grown, young = levers.rules.get("detain_adults", 1.0), levers.rules.get("detain_youth", law.detain_youth)
    usual = np.minimum(world.kinds.table.detain[suspects.kind] * np.where(is_young(suspects, world), young, grown), 1.0)
    odds = np.exp(law.detain_evidence * (suspects.evidence - law.usual_evidence))
    chance = usual * odds / (1.0 - usual + usual * odds)
    return draws(suspects, DETAINED, world) < chance


def has_deadline(cases, world, levers):
    """bool (cases,): whether the law sets courts a deadline once the suspect is known: within a week of the charge for whom a court detains
    (Rättegångsbalken 45:14), within two for those under age where the offence is grave (LUL 29 §)."""
    grave = world.kinds.table.detain[cases.kind] > 0
    return is_detained(cases, world, levers) | (grave & is_young(cases, world))


def referred(suspects, world):
    """The cases among `suspects` of which social services hear: those under 18 who are suspected of what may lead to detention."""
    chance = np.where(world.kinds.table.detain[suspects.kind] > 0, world.parameters["law.referred"], 0.0)
    return suspects[is_young(suspects, world) & (draws(suspects, REFERRED, world) < chance)].view(np.recarray)


def is_young(suspects, world):
    """bool (suspects,): whether the offender of a case in the street is under age."""
    return (world.people.age[person_rows(suspects, world)] < ADULT) & (suspects.kind < len(world.offences.names))


def hold(offenders, held, now):
    """Keep the offenders in rows `held` out of reach for the day that begins `now` (tenths of a second), and no one else."""
    offenders.away_from[:], offenders.away_until[:] = -1, -1
    offenders.away_from[held], offenders.away_until[held] = now, now + DAY * DECI


def today(work, ended, world):
    """The day's series: offences cleared by type, people held, and of each service the open cases in front of it and the units it gave."""
    cleared = work.cleared(ended, len(world.kinds.names))
    counts = {f"cleared_{name}": int(n) for name, n in zip(world.kinds.names, cleared, strict=True)}
    waiting = {f"open_{service.name}": int(n) for service, n in zip(work.services, work.waiting(), strict=True)}
    used = {f"used_{service.name}": float(units) for service, units in zip(work.services, work.used, strict=True)}
    return counts | {"in_custody": len(work.held())} | waiting | used


def person_rows(cases, world):
    return world.row_of[cases.who]


def draws(cases, purpose, world):
    return uniforms(world.seed, JUSTICE, cases.who, cases.day, purpose, cases.key)
