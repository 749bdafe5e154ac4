"""Moments of motive: how often an offender is motivated to what, dealt at dawn for the whole day, in order of time.

They are a Poisson process whose rate is the offender's own. Models of one world that are lived in step (sim.convoy) deal those anew whose
offenders are otherwise there than where the guide is, and share all others with it.
"""

import math

import numpy as np
from numba import njit

from sim.kernels import inner, kernel
from sim.kernels.move import ADULT
from sim.rng import MOMENT, unit, words

MOST_MOMENTS = 100_000
"""Moments of one offender in one day; more is refused."""
COUNT, MOMENT_DRAW = range(2)
"""Purposes of the draws of stream MOMENT."""
DECI = 10
BUCKET = 10 * DECI
"""Tenths of a second in a bucket of the sort."""
NIGHT_FROM, DAY_HOURS = 18, 24
"""Hours since dawn at which night begins (at 22), and at which the day is over (at 4)."""
LOOK = np.dtype([("state", "i1"), ("drunk", "i1"), ("cell", "i4")], align=True)
"""What a guide has found of a moment, for its companions: its `state` (UNSEEN, INDOORS, OUTDOORS or LOOKED, as in the kernel `offend`), and
of one that it has LOOKED at whether the offender is drunk, and the cell where they look first."""


@kernel
def poisson(mean, u):
    """Poisson quantile by inversion: the smallest n with P(N ≤ n) ≥ u, at most MOST_MOMENTS.

    The sum begins twelve standard deviations below the mean, where nothing is left, so that large means do not underflow.
    """
    n = max(0, int(mean - 12.0 * math.sqrt(mean)))
    chance = math.exp(n * math.log(mean) - mean - math.lgamma(n + 1.0)) if mean > 0.0 else 1.0
    total = chance
    while total < u and n < MOST_MOMENTS:
        n += 1
        chance *= mean / n
        total += chance
    return n


@inner
def motive(people, offenders, offence, network, o, kind):
    """Moments a day in which offender `o` is motivated to this kind, in units of the offender's own activity.

    Offences outside networks have the offender's own motive, and that of a member besides; those of networks alone flare up in feuds.
    """
    member = offence[kind].member * offenders[o].standing
    if offence[kind].outside == 0.0:
        member *= 1.0 + network.feud * offenders[o].heat
    person = people[offenders[o].row]
    whose = (offence[kind].youth if person.age < ADULT else 1.0) * (offence[kind].women if person.woman else 1.0)
    return offence[kind].rate * whose * (offence[kind].outside * offenders[o].active + member)


@kernel
def count_moments(people, offenders, offence, network, seed, day, otherwise, counts):
    """Fill `counts` int32 (offenders,): moments of motive on this day of those who are `otherwise` uint8 (offenders,), none of others.
    Returns their sum, −1 if somebody has too many."""
    total = 0
    for o in range(len(offenders)):
        counts[o] = 0
        if otherwise[o] == 0:
            continue
        mean = 0.0
        for k in range(len(offence)):
            mean += motive(people, offenders, offence, network, o, k)
        u = unit(words(seed, MOMENT, people[offenders[o].row].id, day, COUNT, 0)[0])
        counts[o] = poisson(mean * offenders[o].activity * offenders[o].drive, u)
        if counts[o] >= MOST_MOMENTS:
            return -1
        total += counts[o]
    return total


@kernel
def time_of(u, night):
    """Tenths of a second since dawn of a moment whose hour is `night` times as likely by night as by day; `u` in (0, 1)."""
    hour = u * (NIGHT_FROM + night * (DAY_HOURS - NIGHT_FROM))
    if hour > NIGHT_FROM:
        hour = NIGHT_FROM + (hour - NIGHT_FROM) / night
    return min(int(hour * 3600 * DECI), DAY_HOURS * 3600 * DECI - 1)


@njit(cache=True)
def deal_moments(people, offenders, offence, network, home_until, seed, day, day_ds, counts, moments):
    """Fill `moments` (offender, time, kind, number, outset) with the day's moments, offender by offender; returns how many.

    Those that `stays_in` would only pass over are left out, as far as the morning knows: `home_until` int64 (offenders,) is the time, in
    tenths of a second, before which each is surely at home.
    """
    at = 0
    ladder = np.empty(len(offence))
    for o in range(len(offenders)):
        if counts[o] == 0:
            continue
        total, elsewhere = 0.0, people[offenders[o].row].zone < 0
        for k in range(len(offence)):
            total += motive(people, offenders, offence, network, o, k)
            ladder[k] = total
        for m in range(counts[o]):
            a, b, c, _ = words(seed, MOMENT, people[offenders[o].row].id, day, MOMENT_DRAW, m)
            kind = 0
            while ladder[kind] < unit(b) * total:
                kind += 1
            time = day_ds + time_of(unit(a), offence[kind].night)
            if time < home_until[o] and (elsewhere or unit(c) >= offence[kind].sets_out):
                continue
            moments[at].offender = o
            moments[at].time = time
            moments[at].kind = kind
            moments[at].number = m
            moments[at].outset = c
            moments[at].cell = moments[at].origin = -1
            at += 1
    return at


@njit(cache=True)
def in_order(moments, day_ds, ordered):
    """Fill `ordered` with the day's `moments` by time, those of one time in their own order: a counting sort into buckets of ten
    seconds, and insertion in each."""
    first = np.zeros(86_400 // 10 + 1, dtype=np.int64)
    for m in range(len(moments)):
        first[(moments[m].time - day_ds) // BUCKET + 1] += 1
    first[:] = np.cumsum(first)
    free = first.copy()
    for m in range(len(moments)):
        bucket = (moments[m].time - day_ds) // BUCKET
        at = free[bucket]
        free[bucket] += 1
        while at > first[bucket] and ordered[at - 1].time > moments[m].time:
            ordered[at] = ordered[at - 1]
            at -= 1
        ordered[at] = moments[m]


@kernel
def join(moments, own, otherwise, joined, shared):
    """Fill `joined` with a guide's `moments`, but for offenders who are `otherwise` uint8 (offenders,), and those of one's `own`, both in
    order of time, those of one time by offender; and `shared` int32 (n,) with which of the guide's each is, −1 for one's own. Returns how
    many."""
    at, mine = 0, 0
    for g in range(len(moments) + 1):
        while mine < len(own) and (
            g == len(moments) or own[mine].time < moments[g].time
            or (own[mine].time == moments[g].time and own[mine].offender < moments[g].offender)
        ):  # fmt: skip
            joined[at] = own[mine]
            shared[at] = -1
            at += 1
            mine += 1
        if g < len(moments) and otherwise[moments[g].offender] == 0:
            joined[at] = moments[g]
            shared[at] = g
            at += 1
    return at
