"""Kernels: arrays in, arrays out; no objects, no strings, no globals. They import numpy, numba and the generator, and nothing else of
the model."""

from numba import njit

kernel = njit(cache=True, _nrt=False)
"""Decorator of a kernel that makes no arrays of its own (one that does takes `njit` instead).

Without Numba's reference counts: their callers hold the arrays anyway, and to count them up and down at every call, thread against
thread, took longer than what most of these functions do (a call with some thirty arrays: 0.8 µs, without counts 0.05 µs).
"""
