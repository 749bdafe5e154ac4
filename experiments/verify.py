"""Whether a saved run can be made again: `python -m experiments.verify results/quick` lives one run of a study once more, alone, and
compares what it leaves with what is there, byte for byte.

Name a run by its folder or by its scenario and world (`order_guards 3`) to choose which; else it is the last that was finished.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from experiments.console import plain
from experiments.launch import answered, following
from experiments.living import compile_kernels, live_job
from experiments.study import code_version, data_version, days_of, failures, load_study, run_folders, run_id
from sim.config import read_run
from sim.options import ConfigError
from sim.outcomes.files import digests, is_done, runs_in


def main(arguments=None):
    """Read the command line. Returns the exit status: 0 where both are the same, 1 where they are not."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", help="a folder of saved runs, results/<study>")
    parser.add_argument("run", nargs="*", help="folder of a run, or scenario and world")
    return answered(verify, parser.parse_intermixed_args(arguments), plain(stderr=True))


def verify(said, console):
    """Live a run again and compare. Returns the exit status."""
    run = chosen(Path(said.folder), said.run)
    code, data = run.summary["versions"]
    as_made(run, "code", code, code_version())
    scenario, config = read_run(run.config, str(run.folder / "config.yaml"))
    as_made(run, "data", data, data_version(config))
    with tempfile.TemporaryDirectory() as results:
        config = replace(config, results=results)
        (again,) = run_folders(config).values()
        console.print(f"{run.config['scenario']}, world {run.config['seed']}, once more: {days_of(config)} days")
        with console.status("compiling kernels (once; about a minute)"):
            compile_kernels(config)
        with following([config], days_of(config), console):
            live_job(config)
        if not is_done(again):
            cause = failures({scenario: again}).get(scenario, "no room left on the disk")
            raise ConfigError(f"{run.folder}: could not be lived again ({cause})")
        return tell(digests(run.folder), digests(again), run_id(config, scenario) == run.folder.name)


def as_made(run, what, then, now):
    """Raise `ConfigError` where a run was made with other code or data than there is."""
    if then != now:
        raise ConfigError(f"{run.folder}: made with other {what} ({then}) than here ({now}); verify it with a checkout of that time")


def chosen(folder, said):
    """The run of a study that is `said`. Raises `ConfigError`."""
    runs = load_study(folder, as_written=False) if folder.is_dir() else []
    if not runs:
        raise ConfigError(f"{folder}: no finished run in this folder (a study folder holds one folder a run)")
    named = lambda run: f"{run.config['scenario']} {run.config['seed']}"  # noqa: E731
    if not said:
        last = [place for place in runs_in(folder) if place in {run.folder for run in runs}][-1]
        return next(run for run in runs if run.folder == last)
    found = [run for run in runs if " ".join(said) in (run.folder.name, named(run))]
    if not found:
        example = named(runs[-1])
        raise ConfigError(f"{' '.join(said)}: no such run in {folder}; name its folder, or its scenario and world, as in {example}")
    if len(found) > 1:
        raise ConfigError(f"{' '.join(said)}: there are several; name the folder of one: {', '.join(run.folder.name for run in found)}")
    return found[0]


def tell(before, again, same_name):
    """Print which files are the same, from {file: SHA-256}. Returns 0 if all are."""
    for name in sorted(before.keys() | again.keys()):
        print(f"{'same ' if before.get(name) == again.get(name) else 'OTHER'}  {before.get(name, '-' * 64)[:16]}  {name}")
    same = before == again and same_name
    print("The run is the same, byte for byte." if same else "The run is not the same.")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
