"""Moving only those who do otherwise than in the model that guides theirs: what they would have left in the cells is taken out again, and
what they leave is written instead."""

from sim.kernels import inner, kernel
from sim.kernels.move import STAY, set_out
from sim.kernels.walk import DECI


@inner
def part(where, walked, p):
    """Person `p` does otherwise from now on. Returns the number among those who do."""
    k = walked.count[0]
    where.row[p] = where.base + k
    where.trip[where.base + k] = where.trip[p]
    walked.who[k] = p
    walked.count[0] = k + 1
    return k


@inner
def join(where, walked, p):
    """Person `p` does the same again; the last of those who do not takes the place."""
    k, last = where.row[p] - where.base, walked.count[0] - 1
    where.row[p] = p
    if k < last:
        where.row[walked.who[last]] = where.base + k
        where.trip[where.base + k] = where.trip[where.base + last]
        where.other[k] = where.other[last]
        walked.who[k] = walked.who[last]
        walked.stays[k] = walked.stays[last]
    walked.stays[last] = -1
    walked.count[0] = last


@inner
def are_together(mine, other, begins):
    """Whether someone whose last trips (WHERE) are `mine` here and the `other` in the guide's sets out on the same trip in both, planned
    for the time `begins`: from the same place, where they were for the same, and at once."""
    return mine.place == other.place and mine.purpose == other.purpose and max(begins, mine.arrive) == max(begins, other.arrive)


@kernel
def move_apart(
    ground, transit, walking, outdoors, people, where, trips, order, first, last, decisions, others, walked, failed, seed, tick, day_ds,
    tick_ds, path, enter,
):  # fmt: skip
    """The departures of one tick (see `move.move`) of all who decide otherwise than in the guide's, by `decisions` here and `others` uint8
    (n,) there, or did before and have not done the same again since. To be called before the guide's own `move`."""
    for i in range(first, last):
        trip, decision, there = trips[order[i]], decisions[i - first], others[i - first]
        p = trip.person
        if where.row[p] == p:
            if decision == there:
                continue
            k = part(where, walked, p)
            mine, earlier = where.trip[where.base + k], i
            while earlier > first and trips[order[earlier - 1]].person == p:
                earlier -= 1
            for j in range(earlier, i):  # of who sets out twice in this tick, the guide has not moved the first trip yet
                if decisions[j - first] != STAY:
                    set_out(
                        ground, transit, walking, outdoors, people, mine, trips[order[j]], decisions[j - first], walked, 0, 0, seed, tick,
                        day_ds, tick_ds, path, enter,
                    )  # fmt: skip
            where.other[k] = mine
            walked.stays[k] = mine.place if outdoors[mine.purpose] > 0 else -1
        k = where.row[p] - where.base
        mine, other = where.trip[where.base + k], where.other[k]
        again = i + 1 < last and trips[order[i + 1]].person == p  # sets out once more in this tick: the guide's last trip is of no use yet
        if not again and decision == there and decision != STAY and are_together(mine, other, day_ds + trip.depart * DECI):
            join(where, walked, p)
            continue
        if there != STAY:
            set_out(ground, transit, walking, outdoors, people, other, trip, there, walked, 0, -1, seed, tick, day_ds, tick_ds, path, enter)
        if decision != STAY:
            walked.stays[k] = trip.target if outdoors[trip.purpose] > 0 else -1
            code = set_out(
                ground, transit, walking, outdoors, people, mine, trip, decision, walked, 0, 1, seed, tick, day_ds, tick_ds, path, enter
            )
            if code < 0:
                failed[0, 0] = code
                failed[0, 1] = order[i]
