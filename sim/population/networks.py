"""Criminal networks: who lives so near one that it may draw them in. Being near one is latent, and drawn with a stated prevalence by
age and sex alone: of nobody is origin or faith known."""

import numpy as np

from sim.population.people import RESIDENT
from sim.rng import BUILD, uniforms

NEAR = 80
"""Purpose of the draw of stream BUILD made here."""


def live_near(people, parameters, share, seed):
    """Fill `people.group` int16: the number of the group near which someone lives, −1 for most.

    `share` is the size of the city in Malmö's, and so of the number of groups. Those near one are parted into groups of equal size in
    the order of where they live.
    """
    network = parameters.group("network")
    ages = (people.role == RESIDENT) & (people.age >= network.youngest) & (people.age <= network.oldest)
    chance = network.near * np.where(people.woman == 1, network.women, 1.0)
    near = np.flatnonzero(ages & (uniforms(seed, BUILD, people.id, 0, NEAR, 0) < chance))
    people.group[:] = -1
    people.group[near] = np.arange(len(near)) * groups_of(parameters, share) // max(len(near), 1)


def groups_of(parameters, share):
    """How many groups there are in a city of that `share` of Malmö's size; two at least, so that there can be feuds."""
    return max(2, round(parameters["network.groups"] * share))
