"""Who may be in a course at all. Being at risk is latent and drawn with a stated prevalence: of nobody is origin or faith known."""

import numpy as np

from sim.kernels.move import ADULT
from sim.population.people import RESIDENT


def women_in_couples(people, share):
    """Ids int32 of women who live with a partner: those of the two adults of a household, where one is a woman the woman, of two women
    the elder id. `share` the registry's group `population`."""
    first, second = couples(people, share)
    woman = np.where(people.woman[second] == 1, second, first)
    return np.sort(people.id[woman[people.woman[woman] == 1]])


def partners(people, share):
    """int32 (people,): the id of each one's partner, −1 for those who live with none."""
    first, second = couples(people, share)
    found = np.full(len(people), -1, dtype=np.int32)
    found[first], found[second] = people.id[second], people.id[first]
    return found


def couples(people, share):
    """Rows of those who live together as a couple: (the one, the other)."""
    grown = np.flatnonzero((people.role == RESIDENT) & (people.age >= share.child_below))
    order = grown[np.argsort(people.household[grown], kind="stable")]
    household = people.household[order]
    pair = np.flatnonzero(household[1:] == household[:-1])
    return order[pair], order[pair + 1]


def residents(people, share):
    """Ids int32 of all residents."""
    return people.id[people.role == RESIDENT]


def women(people, share):
    """Ids int32 of resident women and girls."""
    return people.id[(people.role == RESIDENT) & (people.woman == 1)]


def near_networks(people, share):
    """Ids int32 of those who live near a criminal network."""
    return people.id[people.group >= 0]


def grown_near_networks(people, share):
    """Ids int32 of those of them who are of age."""
    return people.id[(people.group >= 0) & (people.age >= ADULT)]


def offenders(people, share):
    """Ids int32 of all who offend, or may be drawn into a network."""
    return people.id[people.offender >= 0]


GROUPS = {
    "women_in_couples": women_in_couples, "residents": residents, "women": women, "near_networks": near_networks,
    "grown_near_networks": grown_near_networks, "offenders": offenders,
}  # fmt: skip
"""Name in conf/course → function of (people, the registry's group `population`), which gives ids in ascending order."""
