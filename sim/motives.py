"""The day's moments of motive, dealt at dawn; beside a model that guides, dealt anew for those alone who are otherwise here."""

from collections import namedtuple

import numpy as np

from sim.clock import DAY
from sim.kernels import moments as kernel
from sim.kernels.plan import MOST_TRIPS, TO_HOME
from sim.kernels.walk import DECI
from sim.world import MOMENT

Motives = namedtuple("Motives", "moments shared looked offenders home_until")
Motives.__doc__ = """What a day holds: its `moments` MOMENT (n,), in order of time; shared int32 (n,) which of the guide's each is, −1 for
what is one's own; of a guide, looked LOOK (n,) what it has found of them, else (0,). `offenders` (OFFENDER) and `home_until` int64
(offenders,) as they were when this was dealt."""


class TooManyMoments(ValueError):
    """Somebody has more moments of motive in a day than there is room for."""


def none(world):
    """Those of a day on which there are none, in a `world`."""
    nothing = np.zeros(0, dtype=MOMENT).view(np.recarray)
    return Motives(nothing, np.zeros(0, dtype=np.int32), np.zeros(0, dtype=kernel.LOOK).view(np.recarray), world.offenders, None)


def deal(world, offenders, network, home_until, day, guide=None, guides=False):
    """The Motives of a day of some `offenders`, `home_until` int64 (offenders,) that time surely at home; `network` the registry's group.
    `guide` are those of the model that guides this one, if any; `guides` says whether this one guides others. Raises `TooManyMoments`."""
    otherwise = np.ones(len(offenders), dtype=np.uint8) if guide is None else _differ(offenders, home_until, guide).astype(np.uint8)
    table, begins, people = world.offences.table_on(world.clock.date(day)), day * DAY * DECI, world.people
    counts = np.zeros(len(offenders), dtype=np.int32)
    n = kernel.count_moments(people, offenders, table, network, world.seed, day, otherwise, counts)
    if n < 0:
        raise TooManyMoments(f"an offender has {kernel.MOST_MOMENTS} moments of motive or more; lower parameter.offence.*.rate")
    dealt = np.zeros(n, dtype=MOMENT).view(np.recarray)
    dealt = dealt[: kernel.deal_moments(people, offenders, table, network, home_until, world.seed, day, begins, counts, dealt)]
    moments, shared = np.empty_like(dealt), np.full(len(dealt), -1, dtype=np.int32)
    kernel.in_order(dealt, begins, moments)
    if guide is not None:
        own, room = moments, len(moments) + len(guide.moments)
        moments, shared = np.empty(room, dtype=MOMENT).view(np.recarray), np.empty(room, dtype=np.int32)
        n = kernel.join(guide.moments, own, otherwise, moments, shared)
        moments, shared = moments[:n], shared[:n]
    looked = np.zeros(len(moments) if guides else 0, dtype=kernel.LOOK).view(np.recarray)
    return Motives(moments, shared, looked, offenders.copy() if guides else offenders, home_until)


def _differ(offenders, home_until, guide):
    """bool (offenders,): who is otherwise here than when the `guide` dealt its moments."""
    here, there = (of.view(np.uint8).reshape(len(of), -1) for of in (offenders, guide.offenders))
    return (here != there).any(axis=1) | (home_until != guide.home_until)


def home_until(model, dawn):
    """int64 (offenders,): until when each of a model's is surely at home, for those who are there at `dawn`: the first departure of the
    day."""
    walker, where = model.world.walker_of_offender, model.last_trips(model.offenders.row)
    leaves = np.where(model.trip_counts[walker] > 0, model.trips.depart[walker * MOST_TRIPS], DAY)
    at_home = (where.purpose == TO_HOME) & (where.arrive <= dawn)
    return np.where(at_home, dawn + leaves * DECI, 0)
