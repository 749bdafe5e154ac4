"""Common random numbers: Philox 4×32-10, keyed by what a draw is for.

Every draw is a pure function of (world seed, stream, entity, time, purpose, other). There is no generator state, so
neither the order of the draws, nor their number, nor the number of threads can change any of them (Salmon, Moraes,
Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").

A *stream* names the part of the model that draws, a *purpose* what the draw decides; both are small integers from the
lists below. `other` is a second entity (a candidate, a place, the number of a try), zero where there is none.
"""

import math

import numpy as np
from numba import njit
from scipy.special import pdtr, pdtrik

MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
TO_UNIT = 2.0**-32

# Streams: one for each part of the model that draws.
BUILD, PLAN, ROUTE, CHOICE, MOMENT, CRIME, VICTIM, PATROL, ROSTER, JUSTICE, FEELING, STAND_IN, COURSE = range(13)


@njit("UniTuple(uint64, 4)(int64, int64, int64, int64, int64, int64)", cache=True)
def philox(counter_0, counter_1, counter_2, counter_3, key_0, key_1):
    """Ten rounds of Philox 4×32. Six words in (anything that fits 32 bits), four words out, each a uint64 < 2**32."""
    c0 = np.uint64(counter_0) & MASK
    c1 = np.uint64(counter_1) & MASK
    c2 = np.uint64(counter_2) & MASK
    c3 = np.uint64(counter_3) & MASK
    k0 = np.uint64(key_0) & MASK
    k1 = np.uint64(key_1) & MASK
    for _ in range(10):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0 = (product_1 >> SHIFT) ^ c1 ^ k0
        c1 = product_1 & MASK
        c2 = (product_0 >> SHIFT) ^ c3 ^ k1
        c3 = product_0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@njit("UniTuple(uint64, 4)(int64, int64, int64, int64, int64, int64)", cache=True)
def words(seed, stream, entity, time, purpose, other):
    """Four independent 32-bit words for one decision. `stream` < 2**8 and `purpose` < 2**24 share one key word."""
    key_1 = stream | (purpose << 8)
    return philox(entity, time, other, 0, seed, key_1)


@njit(cache=True)
def unit(word):
    """A 32-bit word as a float64 in the open interval (0, 1)."""
    return (np.float64(word) + 0.5) * TO_UNIT


@njit(cache=True)
def uniform(seed, stream, entity, time, purpose, other):
    """One float64 in the open interval (0, 1)."""
    return unit(words(seed, stream, entity, time, purpose, other)[0])


@njit(cache=True)
def normal(word_a, word_b):
    """Two words as one standard normal float64 (Box and Muller 1958)."""
    return math.sqrt(-2.0 * math.log(unit(word_a))) * math.cos(2.0 * math.pi * unit(word_b))


@njit(cache=True)
def key64(word_a, word_b):
    """Two words as one 64-bit key, the seed of a cheap hash where a path needs a bit at every step."""
    return (np.uint64(word_a) << SHIFT) | np.uint64(word_b)


@njit(cache=True)
def mix(key):
    """SplitMix64 finaliser (Steele, Lea and Flood 2014): a 64-bit key to a 64-bit hash."""
    z = np.uint64(key) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniforms(seed, stream, entities, times, purpose, others):
    """float64 (n,) in (0, 1), one for each whole number in `entities` (n,): the array form of `uniform`. `times` and `others` are whole
    numbers, or one for each."""
    return _uniforms(seed, stream, *_each(entities, times, others), int(purpose))


def normals(seed, stream, entities, times, purpose, others):
    """float64 (n,) standard normal, likewise."""
    return _normals(seed, stream, *_each(entities, times, others), int(purpose))


def _each(entities, *more):
    """All as int64 (n,), one after another in memory, so that a kernel is compiled for these alone."""
    alike = lambda values: np.full(len(entities), values, dtype=np.int64)  # noqa: E731
    return tuple(np.ascontiguousarray(v, dtype=np.int64) if np.ndim(v) else alike(v) for v in (entities, *more))


@njit(cache=True)
def _uniforms(seed, stream, entities, times, others, purpose):
    out = np.empty(len(entities))
    for i in range(len(entities)):
        out[i] = uniform(seed, stream, entities[i], times[i], purpose, others[i])
    return out


@njit(cache=True)
def _normals(seed, stream, entities, times, others, purpose):
    out = np.empty(len(entities))
    for i in range(len(entities)):
        a, b, _, _ = words(seed, stream, entities[i], times[i], purpose, others[i])
        out[i] = normal(a, b)
    return out


def poissons(u, mean):
    """int64, as `u` and `mean` together: Poisson quantiles, the smallest n with P(N ≤ n) ≥ u, for `u` in (0, 1) and a `mean` ≥ 0. As
    `scipy.stats.poisson.ppf`, which takes half a second to import."""
    above = np.ceil(pdtrik(u, mean))
    below = np.maximum(above - 1.0, 0.0)
    return np.where(pdtr(below, mean) >= u, below, above).astype(np.int64)
