"""What courses do to people, day by day: who is hurt, who hears of it, who turns to a service, and what that changes."""

import numpy as np

from sim.casework import CASE, FAILURE, GIVEN_UP, SUCCESS
from sim.courses import HAPPENING, PER_COURSE, STAYS, Lives, kind_of, make_courses
from sim.exposures import Surroundings
from sim.population.at_risk import GROUPS, partners
from sim.rng import COURSE, uniforms

REPORTED = 2**21
"""Purpose of the draw of stream COURSE made here."""
BEFORE_DAYS, BEFORE_STEP = 7_280, 182
"""Days that courses are lived before the first dawn, the last of them together with the services, and how many at once until then."""
HARM = np.dtype([*HAPPENING.descr, ("reported", "u1")], align=True)
"""A happening in a course (HAPPENING), and whether the police hear of it."""
NOTHING = np.zeros(0, dtype=HARM).view(np.recarray)


def courses_of(people, chosen, parameters, seed):
    """The courses of one world; `chosen` as in the configuration."""
    found, share = {}, parameters.group("population")
    for name, said in chosen.items():
        ids, rule = GROUPS[said["of"]](people, share), parameters.group(f"course.{name}")
        age = people.age[np.searchsorted(people.id, ids)]
        found[name] = ids[(age >= rule.youngest) & (age <= rule.oldest)]
    return make_courses(chosen, found, partners(people, share), people, parameters, seed)


def begin(world, work, days):
    """Lives of every course as they are so many days before the first dawn, lived without services until then."""
    lives = [Lives(course, world.seed) for course in world.courses]
    for day in range(-BEFORE_DAYS, -days, BEFORE_STEP):
        live_day(lives, world, work, work.services, day, BEFORE_STEP)
    return lives


def live_day(lives, world, work, today, day, days=1):
    """Live every course for a day, or several at once, with the services as they are `today`. Returns what came about (HARM)."""
    here = Surroundings(world, work, today, lives, day)
    exposures = [{name: here.exposure(name, life) for name in life.course.exposures} for life in lives]
    rows = [life.live(day, days, exposed) for life, exposed in zip(lives, exposures, strict=True)]
    rows = np.concatenate([np.zeros(0, dtype=HAPPENING), *rows]).view(np.recarray)
    harms = np.zeros(len(rows), dtype=HARM).view(np.recarray)
    for name in HAPPENING.names:
        harms[name] = rows[name]
    u = uniforms(world.seed, COURSE, rows.who, rows.number, REPORTED, code_of(rows))
    harms.reported = u < fact_of(rows, world, "report", 0.0)
    return harms


def cases_of(harms, world):
    """CASE (n,): what the police have heard of, in order of the harms; and (n,) what leads to a service, with the service's name."""
    opens = fact_of(harms, world, "opens", "")
    return as_cases(harms[harms.reported == 1], world), {name: as_cases(harms[opens == name], world) for name in sorted(set(opens) - {""})}


def serve(lives, world, work, ended, day):
    """Services change the states of those whose stays have `ended` (VISIT) or begun on this `day`."""
    begun = work.cases[work.cases.began == day]
    for life in lives:
        for service, served in life.course.served.items():
            number = work.number(service)
            mine = ended[ended.service == number]
            reached = {"begun": begun[begun.service == number]}
            reached |= {end: mine[mine.result == code] for end, code in (("success", SUCCESS), ("failure", FAILURE), ("dropped", GIVEN_UP))}
            for end, state in served.ends.items():
                life.put(whom(reached[end], served.suspects, life.course, world), state)


def witness(lives, ids):
    """Those who have told of others are, in a course that says so, in the state of a witness."""
    for life in lives:
        if life.course.witness != STAYS:
            life.put(ids[np.isin(ids, life.course.who)], life.course.witness)


def whom(cases, suspects, course, world):
    """Ids of those in a course whom `cases` are about: who turned to a service in it, or whom any of them suspects."""
    if not suspects:
        return cases.who[(cases.kind == kind_of(course, world)) & (cases.innocent == 0)]
    ids = world.people.id[world.offenders.row[cases.subject[cases.subject >= 0]]]
    return ids[np.isin(ids, course.who)]


def today(lives, rows, world):
    """The day's series: what came about in each course, what of it the police heard of, and people in each state."""
    series = {}
    for life in lives:
        course = life.course
        mine = rows[rows.course == course.number]
        for suffix, chosen in (("", mine), ("_reported", mine[mine.reported == 1])):
            counts = np.bincount(chosen.transition, minlength=len(course.transitions))
            wanted = [(t.name, n) for t, n in zip(course.transitions, counts, strict=True) if not suffix or t.report > 0.0]
            series |= {f"{course.name}.{name}{suffix}": int(n) for name, n in wanted}
        series |= {f"{course.name}:{state}": int(n) for state, n in zip(course.states, life.counts(), strict=True)}
    return series


def told(days, world, first_day):
    """{column: values} of what courses did on some `days` (HARM each): what, to whom, when (days from `first_day`, with their fraction),
    and whether the police heard of it."""
    rows = np.concatenate([NOTHING, *days]).view(np.recarray)
    names = np.array([f"{c.name}.{t.name}" for c in world.courses for t in c.transitions])
    first = np.cumsum([0, *(len(c.transitions) for c in world.courses)])
    what = names[first[rows.course] + rows.transition] if len(rows) else names[:0]
    return {"what": what, "who": rows.who, "day": rows.day - first_day, "reported": rows.reported}


def weights(world, field="harm"):
    """{course.transition: SEK} of every transition in which someone is hurt; or days of imprisonment, by the `field` "days"."""
    rows = ((f"course.{c.name}.{t.name}", t.harm) for c in world.courses for t in c.transitions)
    return {path.removeprefix("course."): world.parameters[f"{path}.{field}"] for path, hurts in rows if hurts}


def memory(lives):
    """All that the lives of every course have become, as named arrays."""
    return {f"lives.{life.course.name}.{name}": getattr(life, name) for life in lives for name in ("state", "times", "left")}


def restore(lives, memory):
    """Go on with a `memory` of the same courses."""
    for life in lives:
        for name in ("state", "times", "left"):
            getattr(life, name)[...] = memory[f"lives.{life.course.name}.{name}"]


def as_cases(harms, world):
    cases = np.zeros(len(harms), dtype=CASE).view(np.recarray)
    cases.who, cases.day, cases.key = harms.who, np.floor(harms.day), harms.number * PER_COURSE + harms.transition
    cases.innocent = fact_of(harms, world, "wrong", False)
    cases.kind, cases.subject = len(world.offences.names) + harms.course, -1
    for course in world.courses:
        mine = harms.course == course.number
        suspects = course.suspects[np.searchsorted(course.who, harms.who[mine])]
        cases.subject[mine] = np.where(suspects >= 0, world.people.offender[world.row_of[suspects]], -1)
    cases.gravity = world.kinds.table.harm[cases.kind]
    return cases


def code_of(rows):
    """A number for each transition of each course."""
    return rows.course.astype(np.int64) * PER_COURSE + rows.transition


def fact_of(rows, world, field, usual):
    """An attribute of the transition of each of the `rows`."""
    facts = np.full(len(world.courses) * PER_COURSE, usual, dtype=object if isinstance(usual, str) else None)
    for course in world.courses:
        facts[course.number * PER_COURSE :][: len(course.transitions)] = [getattr(t, field) for t in course.transitions]
    return facts[code_of(rows)]
