"""Who is where, and what people on foot leave in the cells: for one model alone, or for one that another guides.

Models that are lived in step (sim.convoy) share what everyone does in all of them. The first guides the others; each of these keeps the
trips of those alone who do otherwise in it, and what they leave in the cells, less what they would have left as in the guide's.
"""

from collections import namedtuple

import numpy as np

from sim.kernels.move import OFFENDER, PASSER, ROLES, WALKER, come_home, find_stays
from sim.kernels.plan import MOST_TRIPS, TO_HOME

WHERE = np.dtype(
    [("depart", "i8"), ("arrive", "i8"), ("origin", "i4"), ("place", "i4"), ("mode", "i1"), ("came", "i1"), ("purpose", "i1")], align=True
)
"""A person's last trip: from cell `origin`, for which they `came`, to cell `place` for a `purpose`, `depart` and `arrive` in tenths
of a second of model time. Beside it stand, of each person, what a victim still carries (`hurt`) and how many outings were given up."""

TRIP = np.dtype(
    [("person", "i4"), ("depart", "i4"), ("target", "i4"), ("mode", "i1"), ("purpose", "i1"), ("tour", "i1"), ("optional", "i1")]
)
"""A planned trip: row of the person, second of the day, target cell; `optional` if it may be given up at the door."""

Where = namedtuple("Where", "trip row base other hurt gave_up")
Where.__doc__ = """Everyone's last trip. `trip` WHERE (people and more,), shared with the guide: the first are the guide's, one a person;
row int32 (people,) which of them is each person's: their own number, or from `base` on that of someone who does otherwise here, in the
order of `Walked.who`; other WHERE (n,) what the guide's last trips of the latter are. Of each person, here: hurt float32 (people,) what a
victim still carries, gave_up int32 (people,) outings given up."""

Walked = namedtuple("Walked", "street presence hour passers passing who stays count head ahead behind")
Walked.__doc__ = """What people on foot leave: street int32 (shards, ring, roles, cells) hundredths of a person-second by tick, less what
presence int32 (shards, roles, cells), tenths of a person who stays in every tick of the hour, counts too much; hour int64 (roles, cells)
hundredths of a person-second of the last full hour, with what the guide's left; who can be met: passers (shards, ring, room) of PASSER
and passing int32 (shards, ring) how many of them pass in a tick, who int32 (n,) rows of people, stays int32 (n,) the cell where each
stays partly outdoors, else −1, and count int64 (1,) how many of these two count. Those who stay in a cell hang together: head int32
(cells,) the first of them, ahead and behind int32 (n,) who comes before and after each, −1 for nobody; there are no chains where few
count."""

KEPT = ("street", "presence", "passers", "passing", "who", "stays", "count")
"""What of Walked later days depend on."""

FAILURES = {
    -1: "there is no way between the cells", -2: "the path is longer than 4,096 steps", -3: "the trip outlasts the ring of ticks",
    -4: "too many people are under way at once to note them all",
}  # fmt: skip
"""Why a trip fails, by the codes of kernels.walk and kernels.move."""
RING_HOURS = 8
"""The longest trip, twenty-nine kilometres on foot at the slowest pace of the registry: a ring of this many hours of ticks, beside those
of the present hour."""


def make_where(world, hurt, companions):
    """Everyone at home, in the guide of as many `companions`; `hurt` float32 (people,)."""
    people = len(world.people)
    trip = np.zeros(people + companions * len(world.walkers), dtype=WHERE).view(np.recarray)
    come_home(world.people, trip)
    return Where(trip, np.arange(people, dtype=np.int32), people, trip[:0], hurt, np.zeros(people, dtype=np.int32))


def room_for_trips(world):
    """What is planned for a day: TRIP (walkers × MOST_TRIPS,), how many each walker has int32 (walkers,), their order by time int32
    (trips,), and where each tick begins in that int64 (ticks + 1,)."""
    walkers = len(world.walkers)
    return (
        np.zeros(walkers * MOST_TRIPS, dtype=TRIP).view(np.recarray), np.zeros(walkers, dtype=np.int32),
        np.zeros(walkers * MOST_TRIPS, dtype=np.int32), np.zeros(world.clock.ticks_a_day + 1, dtype=np.int64),
    )  # fmt: skip


def beside(model, number):
    """(Where, Walked) of the companion of this `number`, from 1 on, that goes on where another `model` of the same guide is."""
    world, where, walked = model.world, model.where, nothing_walked(model.world, 1)
    if model.guide:
        keep_walked(walked, model.walked._asdict())
    base, many = len(world.people) + (number - 1) * len(world.walkers), walked.count[0]
    if base + len(world.walkers) > len(where.trip):
        raise ValueError(f"companion {number}: its guide has room for {(len(where.trip) - len(world.people)) // len(world.walkers)}")
    row, other = where.row.copy(), np.zeros(len(world.walkers), dtype=WHERE).view(np.recarray)
    row[walked.who[:many]] += base - where.base
    where.trip[base : base + many] = where.trip[where.base : where.base + many]
    other[:many] = where.other[:many]
    return Where(where.trip, row, base, other, where.hurt.copy(), where.gave_up.copy()), walked


def make_walked(world, shards):
    """What is there when everyone is at home."""
    walkers, share, cells = world.people[world.walkers], world.outdoors[TO_HOME], world.city.grid.cells
    walked = nothing_walked(world, shards)._replace(head=np.full(cells, -1, np.int32), **chains(len(walkers)))
    np.add.at(walked.presence[0], (np.where(walkers.offender >= 0, OFFENDER, WALKER), walkers.home), share)
    walked.who[:], walked.stays[:] = world.walkers, walkers.home if share > 0 else -1
    walked.count[:] = len(walkers)
    find_stays(walked)
    return walked


def nothing_walked(world, shards):
    """What is there of nobody, with room for everyone; with no `shards` for nobody at all."""
    cells, walkers, ring = world.city.grid.cells, len(world.walkers), (RING_HOURS + 1) * 3600 // world.clock.tick_s + 2
    room = 1000 + walkers // max(shards, 1)  # every walker twice under way in one tick, were it spread evenly
    return Walked(
        np.zeros((shards, ring, len(ROLES), cells), dtype=np.int32), np.zeros((shards, len(ROLES), cells), dtype=np.int32),
        np.zeros((len(ROLES), cells), dtype=np.int64),
        np.zeros((shards, ring, room), dtype=PASSER), np.zeros((shards, ring), dtype=np.int32),
        np.zeros(walkers, dtype=np.int32), np.full(walkers, -1, dtype=np.int32), np.zeros(1, dtype=np.int64), np.zeros(0, np.int32),
        **chains(0),
    )  # fmt: skip


def chains(n):
    """The chains in which `n` people hang together: nobody yet."""
    return {name: np.full(n, -1, np.int32) for name in ("ahead", "behind")}


def keep_walked(walked, before):
    """Copy what was walked `before` (KEPT name → array, of as many shards), and find who stays where."""
    for name in set(KEPT) - {"passers"}:
        getattr(walked, name)[...] = before[name]
    room = before["passing"].max(initial=0)
    walked.passers[:, :, :room] = before["passers"][:, :, :room]
    find_stays(walked)
