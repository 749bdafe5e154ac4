"""A study of points: worlds whose uncertain numbers stand in a table, a row a job."""

import hashlib

from experiments.launch import live_all, make_folder
from experiments.study import run_folders
from sim.compose import jobs


def jobs_at(table, options):
    """A job for every row of a `table`, which is kept beside the runs."""
    file = make_folder(jobs([*options, "seeds=1"])[0]) / f"points-{hashlib.sha256(table.to_csv().encode()).hexdigest()[:8]}.csv"
    table.to_csv(file, index=False, lineterminator="\n")
    return jobs([*options, f"study.points={file}", f"seeds={len(table)}", "seed=1"])


def live_points(table, options, console):
    """Live a job for every row of a `table` with a column a parameter, and `world` where several rows share one; the table is kept beside
    the runs, and what is on disk is not lived again. `options` of the command line say all else. Returns {scenario: run} of each row, None
    for a run that failed."""
    configs = jobs_at(table, options)
    runs = {run.folder: run for run in live_all(configs, console)[0]}
    return [{name: runs.get(path) for name, path in run_folders(config).items()} for config in configs]
