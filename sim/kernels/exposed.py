"""Who is under cameras and among guards: a look at some of the people at every full hour."""

from sim.kernels import inner, kernel
from sim.kernels.victim import position

EVERY = 24
"""A walker is looked at once in so many hours, another hour every day."""
WATCHED, GUARDED = range(2)


@inner
def group_of(age, until):
    """Number of the group of ages, of which each ends below an age of `until` float64 (ages,)."""
    group = 0
    while group < len(until) - 1 and age >= until[group]:
        group += 1
    return group


@kernel
def look(ground, transit, walking, people, where, walkers, outdoors, zone, scene, hour, day, time, seed, until, path, enter, exposed):
    """Add those walkers whose turn it is to `exposed` float64 (zones, ages, WATCHED and GUARDED), by the place where they are at `time`.

    The part of their time outdoors, in tenths by `outdoors`, counts as person-hours of a day, for as many people as they stand for: under
    cameras as far as any has the place in view, among guards by the seconds that one is usually in sight there.
    """
    for i in range((hour * 7 + day) % EVERY, len(walkers), EVERY):
        p = walkers[i]
        cell, doing, _ = position(ground, transit, walking, people, where, p, time, seed, path, enter)
        if cell < 0 or zone[cell] < 0:
            continue
        share = 1.0 if doing < 0 else outdoors[doing] / 10.0
        hours = EVERY * share * scene.weight[1 if people[p].offender >= 0 else 0]
        group = group_of(people[p].age, until)
        exposed[zone[cell], group, WATCHED] += hours * scene.camera[cell]
        exposed[zone[cell], group, GUARDED] += hours * scene.sight_usual[cell]
