"""Who may be in a course at all. Being at risk is latent and drawn with a stated prevalence: of nobody is origin or faith known."""

import numpy as np

from sim.population.people import RESIDENT


def women_in_couples(people, share):
    """Ids int32 of women who live with a partner: those of the two adults of a household, where one is a woman the woman, of two women
    the elder id. `share` the registry's group `population`."""
    grown = np.flatnonzero((people.role == RESIDENT) & (people.age >= share.child_below))
    order = grown[np.argsort(people.household[grown], kind="stable")]
    household = people.household[order]
    pair = np.flatnonzero(household[1:] == household[:-1])
    first, second = order[pair], order[pair + 1]
    woman = np.where(people.woman[second] == 1, second, first)
    return np.sort(people.id[woman[people.woman[woman] == 1]])


def residents(people, share):
    """Ids int32 of all residents."""
    return people.id[people.role == RESIDENT]


def women(people, share):
    """Ids int32 of resident women and girls."""
    return people.id[(people.role == RESIDENT) & (people.woman == 1)]


GROUPS = {"women_in_couples": women_in_couples, "residents": residents, "women": women}
"""Name in conf/course → function of (people, the registry's group `population`), which gives ids in ascending order."""
