"""Rows of saved runs as statistics ask for them."""

import numpy as np
import pandas as pd

from sim.clock import DAWN_HOUR

YEAR = 365
CLEARS = "prosecution"
"""The service whose success clears a case."""


def mean_over(runs, of):
    """Mean of `of(run)` over the runs."""
    return float(np.mean([of(run) for run in runs]))


def pooled(runs, of, what):
    """`what` (as np.mean) of the values `of(run)` of all runs together; NaN where there are none."""
    values = np.concatenate([np.asarray(of(run), dtype=float) for run in runs])
    return float(what(values)) if len(values) else np.nan


def share_over(runs, of):
    """100 × hits over all, where `of(run)` gives both: pooled over the runs; NaN where there is nothing."""
    hits, whole = np.sum([of(run) for run in runs], axis=0)
    return 100.0 * float(hits) / float(whole) if whole else np.nan


def offences(run, layer, *kinds):
    """Offences that happened, of a layer (happened, reported, recorded, investigated, cleared) and of some kinds ("all": every one; of no
    kinds there are none), with the time at which they did, as `at`."""
    names = list(run.summary["offences"])
    events = run.events
    events = events[events["happened"].eq(1)]
    if kinds != ("all",):
        events = events[events["kind"].isin([names.index(kind) for kind in kinds if kind in names])]
    at = pd.Timestamp(run.summary["first_date"]) + pd.to_timedelta(DAWN_HOUR * 3600 + events["time"], unit="s")
    events = events.assign(at=at, day=events["time"] // 86_400)
    if layer == "cleared":
        return events[events["recorded"].eq(1)].merge(cleared_cases(run), on=["offender", "kind", "day", "moment"])
    return events[events[layer].eq(1)]


def cleared_cases(run):
    """Whose offences of which day are cleared: by whom, of which kind, on which day, and which of that day's moments of motive."""
    visits = suspected(run)
    visits = visits[visits["result"].eq("success")]
    return visits[["who", "kind", "day", "key"]].rename(columns={"who": "offender", "key": "moment"}).drop_duplicates()


def suspected(run):
    """What prosecutors have decided of offences of the street, whose suspects did them."""
    visits = run.visits
    street = visits["kind"] < len(run.summary["offences"])
    return visits[visits["service"].eq(CLEARS) & visits["innocent"].eq(0) & street]


def years(run):
    return run.summary["days"] / YEAR


def xy_m(run, cells):
    """Metres east and north of the middles of cells."""
    side, cols = run.summary["city"]["cell_m"], run.summary["city"]["cols"]
    row, col = np.divmod(np.asarray(cells), cols)
    return run.summary["city"]["east"] + (col + 0.5) * side, run.summary["city"]["north"] + (row + 0.5) * side
