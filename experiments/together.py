"""Work on saved runs, shared among the cores of the machine and shown while it lasts."""

from contextlib import contextmanager
from contextvars import ContextVar

from joblib import Parallel, delayed
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

MANY = 24
"""Runs from which it pays to start processes for reading them; after a sweep they are there already."""
SHOWN = ContextVar("shown", default=None)


@contextmanager
def shown(console):
    """While it lasts, shared work shows on a `console` what is done, how much of it, and how long the rest takes."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        before = SHOWN.set(bar)
        try:
            yield
        finally:
            SHOWN.reset(before)


def each(work, items, runs=None, doing="reading runs"):
    """[work(item) for each of `items`], in order; by several processes at once if there are `MANY` runs behind it (by default the items are
    the runs). `doing` names it where work is `shown`."""
    items, bar = list(items), SHOWN.get()
    if (len(items) if runs is None else runs) < MANY:
        found = (work(item) for item in items)
    else:
        found = Parallel(n_jobs=-1, return_as="generator")(delayed(work)(item) for item in items)
    return list(bar.track(found, total=len(items), description=doing) if bar else found)
