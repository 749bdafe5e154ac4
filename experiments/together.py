"""Work on saved runs, shared among the cores of the machine."""

from joblib import Parallel, delayed

MANY = 24
"""Runs from which it pays to start processes for reading them; after a sweep they are there already."""


def each(work, items, runs=None):
    """[work(item) for each of `items`], in order; by several processes at once if there are `MANY` runs behind it (by default the items are
    the runs)."""
    items = list(items)
    if (len(items) if runs is None else runs) < MANY:
        return [work(item) for item in items]
    return Parallel(n_jobs=-1)(delayed(work)(item) for item in items)
