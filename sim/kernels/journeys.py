"""The three journeys that the pledge names: the bus home, the way back from the cinema, the evening run."""

from sim.kernels import inner, kernel
from sim.kernels.exposed import group_of
from sim.kernels.feel import feel_place, feeling
from sim.kernels.move import DRIVE, STAY
from sim.kernels.plan import TO_CINEMA, TO_HOME, TO_RUN
from sim.kernels.walk import DECI, RUN, TRANSIT

NO_JOURNEY, BUS_HOME, FROM_CINEMA, EVENING_RUN = range(4)
MADE, GIVEN_UP, UNSAFE = range(3)
"""What is counted of each: journeys that began, those given up at the door, and those on which someone did not feel safe."""


@kernel
def journey_of(came, purpose, mode):
    """Which of the journeys a trip is that leads from what someone `came` for to a `purpose`; NO_JOURNEY for most."""
    if purpose == TO_RUN:
        return EVENING_RUN
    if purpose == TO_HOME and came == TO_CINEMA:
        return FROM_CINEMA
    return BUS_HOME if purpose == TO_HOME and mode == TRANSIT else NO_JOURNEY


@inner
def journey_that_follows(purpose, mode):
    """Which of the journeys would have ended, or been, the outing that is given up for fear."""
    if purpose == TO_RUN or purpose == TO_CINEMA:
        return EVENING_RUN if purpose == TO_RUN else FROM_CINEMA
    return BUS_HOME if mode == TRANSIT else NO_JOURNEY


@inner
def journey_at(where, p, time):
    """Which of the journeys person `p` is on at `time`."""
    last = where.trip[where.row[p]]
    if last.depart <= time < last.arrive:
        return EVENING_RUN if last.mode == RUN else journey_of(last.came, last.purpose, last.mode)
    doing = last.purpose if time >= last.arrive else last.came
    return EVENING_RUN if doing == TO_RUN else NO_JOURNEY


@kernel
def count(people, offenders, where, trips, order, first, last, decisions, scene, feel, day_ds, dark, hour, until, journeys):
    """Add the departures `first`…`last`−1 to `journeys` float64 (journeys, zones, hours, sexes × ages, MADE…UNSAFE) as residents of whom
    the walkers stand for so many; `until` float64 (ages,): the age below which each group of ages ends.

    A journey feels as safe as the place it begins at or the one it ends at, whichever is worse. An outing in which someone takes the car
    instead of the bus is a journey by bus given up.
    """
    for i in range(first, last):
        trip, decision = trips[order[i]], decisions[i - first]
        p = trip.person
        o = people[p].offender
        if people[p].zone < 0:
            continue
        group, weight = people[p].woman * len(until) + group_of(people[p].age, until), scene.weight[1 if o >= 0 else 0]
        departs = day_ds + trip.depart * DECI
        held = o >= 0 and offenders[o].away_from <= departs < offenders[o].away_until
        if trip.optional and not held and (decision == STAY or (decision == DRIVE and trip.mode == TRANSIT)):
            journey = journey_that_follows(trip.purpose, trip.mode)
            if journey != NO_JOURNEY:
                journeys[journey - 1, people[p].zone, hour, group, GIVEN_UP] += weight
        elif decision != STAY and not (decision == DRIVE and trip.mode == TRANSIT):
            here = where.trip[where.row[p]]
            journey = journey_of(here.purpose, trip.purpose, trip.mode)
            if journey != NO_JOURNEY:
                journeys[journey - 1, people[p].zone, hour, group, MADE] += weight
                place = min(feel_place(scene, feel, dark, here.place), feel_place(scene, feel, dark, trip.target))
                if feeling(people, where, feel, p, place) < 0.0:
                    journeys[journey - 1, people[p].zone, hour, group, UNSAFE] += weight
