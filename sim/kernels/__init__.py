"""Numba kernels: arrays in, arrays out. They import numpy, numba and the generator, and nothing else of the model."""
