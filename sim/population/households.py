"""Who lives with whom: adults alone or in couples, children with adults of parental age."""

import numpy as np

from sim.rng import BUILD, uniforms

PAIR, PARTNER, PARENT = 40, 41, 42
"""Purposes of the draws of stream BUILD made here."""


def form_households(zone, age, ids, seed, share):
    """Household number int32 (n,) of residents sorted by zone: the id of the household's first adult.

    Adults of a zone, ordered by age with some noise, are taken two by two; a pair lives together with the probability that
    gives the stated share of adults in couples (`share.couples`). A child joins a household whose first adult is of parental
    age, or any where there is none.
    """
    household = np.array(ids, dtype=np.int32)
    noise = uniforms(seed, BUILD, ids, 0, PARTNER, 0)
    together = uniforms(seed, BUILD, ids, 0, PAIR, 0) < share.couples
    choice = uniforms(seed, BUILD, ids, 0, PARENT, 0)
    for rows in np.split(np.arange(len(zone)), np.flatnonzero(np.diff(zone)) + 1):
        adults = rows[age[rows] >= share.child_below]
        children = rows[age[rows] < share.child_below]
        if len(adults) == 0:
            continue
        adults = adults[np.argsort(age[adults] + share.partner_years * noise[adults], kind="stable")]
        first, second = adults[0 : len(adults) - 1 : 2], adults[1::2]
        couple = together[first]
        household[second[couple]] = ids[first[couple]]
        heads = adults[household[adults] == ids[adults]]
        parents = heads[(age[heads] >= share.parent_from) & (age[heads] <= share.parent_to)]
        parents = parents if len(parents) else heads
        household[children] = ids[parents[(choice[children] * len(parents)).astype(int)]]
    return household
