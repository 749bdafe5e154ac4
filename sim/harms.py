"""What courses do to people, day by day: who is hurt, who hears of it, who turns to a service, and what that changes."""

import numpy as np

from sim.casework import CASE, FAILURE, GIVEN_UP, SUCCESS
from sim.courses import HAPPENING, PER_COURSE, Lives, make_courses
from sim.population.at_risk import GROUPS
from sim.rng import COURSE, uniforms_of

REPORTED = 2**21
"""Purpose of the draw of stream COURSE made here."""
BEFORE_DAYS, BEFORE_STEP = 7_280, 182
"""Days that courses are lived before the first dawn, the last of them together with the services, and how many at once until then."""
HARM = np.dtype([*HAPPENING.descr, ("reported", "u1")], align=True)
"""A happening in a course (HAPPENING), and whether the police hear of it."""
NOTHING = np.zeros(0, dtype=HARM).view(np.recarray)


def partner_at_large(life, world, work):
    """1 for those whose partner is at large, 0 while a case of theirs holds him."""
    held = work.held_cases()
    return 1.0 - np.isin(life.course.who, held.who[held.kind == kind_of(life.course, world)])


def contacts(life, world, work):
    """One, and as much more as the registry says for each acquaintance in a state that spreads."""
    course = life.course
    row = np.minimum(np.searchsorted(course.who, course.contacts), len(course.who) - 1)
    there = course.who[row] == course.contacts
    spreading = (np.isin(life.state[row], course.spreads) & there).sum(axis=1)
    return 1.0 + world.parameters[f"course.{course.name}.contact"] * spreading


EXPOSURES = {"partner_at_large": partner_at_large, "contacts": contacts}
"""Name in conf/course → function of (Lives, World, Casework), which gives float64 (people,). Beside these there is staff_of_<service>."""
STAFF = "staff_of_"


def exposure(name, life, world, work, today):
    """float64 (people,): what those in a course are exposed to; `today` the services as they are (see `justice.staffed`). Staff count for
    each thousand at risk."""
    if name.startswith(STAFF):
        staff = today[work.number(name.removeprefix(STAFF))].capacity
        return np.full(len(life.course.who), 1000.0 * staff / max(len(life.course.who), 1))
    return EXPOSURES[name](life, world, work)


def courses_of(people, chosen, parameters, seed):
    """The courses of one world; `chosen` as in the configuration."""
    found, share = {}, parameters.group("population")
    for name, said in chosen.items():
        ids, rule = GROUPS[said["of"]](people, share), parameters.group(f"course.{name}")
        age = people.age[np.searchsorted(people.id, ids)]
        found[name] = ids[(age >= rule.youngest) & (age <= rule.oldest)]
    return make_courses(chosen, found, parameters, seed)


def begin(world, work, days):
    """Lives of every course as they are so many days before the first dawn, lived without services until then."""
    lives = [Lives(course, world.seed) for course in world.courses]
    for day in range(-BEFORE_DAYS, -days, BEFORE_STEP):
        live_day(lives, world, work, work.services, day, BEFORE_STEP)
    return lives


def live_day(lives, world, work, today, day, days=1):
    """Live every course for a day, or several at once, with the services as they are `today`. Returns what came about (HARM)."""
    rows = []
    for life in lives:
        exposures = {name: exposure(name, life, world, work, today) for name in exposures_of(life.course)}
        rows.append(life.live(day, days, exposures))
    rows = np.concatenate([np.zeros(0, dtype=HAPPENING), *rows]).view(np.recarray)
    harms = np.zeros(len(rows), dtype=HARM).view(np.recarray)
    for name in HAPPENING.names:
        harms[name] = rows[name]
    u = uniforms_of(world.seed, COURSE, rows.who, rows.number, REPORTED, code_of(rows))
    harms.reported = u < fact_of(rows, world, "report", 0.0)
    return harms


def cases_of(harms, world):
    """CASE (n,): what the police have heard of, in order of the harms; and (n,) what leads to a service, with the service's name."""
    opens = fact_of(harms, world, "opens", "")
    return as_cases(harms[harms.reported == 1], world), {name: as_cases(harms[opens == name], world) for name in set(opens) - {""}}


def serve(lives, world, work, ended, day):
    """Services change the states of those whose stays have `ended` (VISIT) or begun on this `day`."""
    begun = work.cases[work.cases.began == day]
    for life in lives:
        kind = kind_of(life.course, world)
        for service, ends in life.course.served.items():
            number = work.number(service)
            mine = ended[(ended.kind == kind) & (ended.service == number)]
            reached = {"begun": begun[(begun.kind == kind) & (begun.service == number)]}
            reached |= {end: mine[mine.result == code] for end, code in (("success", SUCCESS), ("failure", FAILURE), ("dropped", GIVEN_UP))}
            for end, state in ends.items():
                life.put(reached[end].who[reached[end].innocent == 0], state)


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
    """{column: values} of what courses did on some `days` (HARM each): what, to whom, where they live, when (days from `first_day`, with
    their fraction), and whether the police heard of it."""
    rows = np.concatenate([NOTHING, *days]).view(np.recarray)
    names = np.array([f"{c.name}.{t.name}" for c in world.courses for t in c.transitions])
    first = np.cumsum([0, *(len(c.transitions) for c in world.courses)])
    zone = world.people.zone[world.row_of[rows.who]]
    what = names[first[rows.course] + rows.transition] if len(rows) else names[:0]
    return {"what": what, "who": rows.who, "zone": zone, "day": rows.day - first_day, "reported": rows.reported}


def weights(world):
    """{course.transition: SEK} of every transition in which someone is hurt."""
    rows = ((f"course.{c.name}.{t.name}", t.harm) for c in world.courses for t in c.transitions)
    return {path.removeprefix("course."): world.parameters[f"{path}.harm"] for path, hurts in rows if hurts}


def memory(lives):
    """All that the lives of every course have become, as named arrays."""
    return {f"lives.{life.course.name}.{name}": getattr(life, name) for life in lives for name in ("state", "times", "left")}


def restore(lives, memory):
    """Go on with a `memory` of the same courses."""
    for life in lives:
        for name in ("state", "times", "left"):
            getattr(life, name)[...] = memory[f"lives.{life.course.name}.{name}"]


def exposures_of(course):
    """Names of all exposures that a course asks for."""
    return {name for transition in course.transitions for name in transition.by}


def kind_of(course, world):
    """What a case of this course is about: its kind, after those of the offences."""
    return len(world.offences.names) + course.number


def as_cases(harms, world):
    cases = np.zeros(len(harms), dtype=CASE).view(np.recarray)
    cases.who, cases.day, cases.key = harms.who, np.floor(harms.day), harms.number * PER_COURSE + harms.transition
    cases.innocent = fact_of(harms, world, "wrong", False)
    cases.kind, cases.subject = len(world.offences.names) + harms.course, -1
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
