"""What plain-Python twins of kernels share: draws, and choices by them."""

import math

import numpy as np

from sim import rng


def draws(seed, stream, entity, time, purpose, other=0):
    """Four numbers in (0, 1) for one decision."""
    return [(int(word) + 0.5) / 2**32 for word in rng.words(seed, stream, entity, time, purpose, other)]


def gauss(a, b):
    return math.sqrt(-2 * math.log(a)) * math.cos(2 * math.pi * b)


def pick(cumulative, u):
    """Index of the first entry of a cumulative row that reaches `u`; the last where none does."""
    return min(int(np.searchsorted(np.asarray(cumulative, dtype=float), u)), len(cumulative) - 1)
