"""One morning: yesterday's cases are opened, services do their day's work, courses are lived on; and how a world begins."""

import numpy as np

from sim import harms, justice, street_lives
from sim.casework import Casework
from sim.levers import Levers

PAST_DAYS, STEP = 1456, 14
"""Days of cases before the first dawn, and how many of them are lived at once."""


def live_day(world, work, lives, fresh, before, levers, day, days=1):
    """A day, or several at once, of everyone who serves and of every course. `fresh` (CASE) are the street's new cases, `before` (HARM)
    what courses did before; returns the stays that ended (VISIT) and what courses do now (HARM)."""
    known, seeking = harms.cases_of(before, world)
    fresh = np.concatenate([fresh, justice.investigated(justice.weigh(known, np.zeros(len(known)), world), world)]).view(np.recarray)
    for service, cases in seeking.items():
        work.open(cases, work.number(service), day)
    today = justice.staffed(work.services, world, day, levers)
    ended, witnesses = justice.live_day(work, fresh, world, day, today, levers, street_lives.standing(lives, world), days)
    harms.serve(lives, world, work, ended, day)
    harms.witness(lives, witnesses)
    return ended, harms.live_day(lives, world, work, today, day, days)


def first(world, made=None):
    """What a world begins with, as if years like 2018 had come before: open cases and skills of services, lives, and what courses did on
    the last day; and the sum of the motives that brought that about. `made` is that sum where some of those people are gone."""
    work = Casework(world.services, world.seed)
    lives, before = harms.begin(world, work, PAST_DAYS), harms.NOTHING
    motive = justice.motives(world, street_lives.standing(lives, world))
    made = motive.sum(axis=0) if made is None else made
    past = justice.past_cases(world, motive, made, PAST_DAYS)
    for day in range(-PAST_DAYS, 0, STEP):
        fresh = past[(past.day >= day) & (past.day < day + STEP)].view(np.recarray)
        _, before = live_day(world, work, lives, fresh, before, Levers(), day, STEP)
    return work, lives, before[before.day >= -1].view(np.recarray), made
