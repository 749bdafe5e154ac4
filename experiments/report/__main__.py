"""The report again, from what was saved: `python -m experiments.report results/quick`."""

import sys
from pathlib import Path

from experiments.compare import compare
from experiments.report import write_report
from experiments.report.table import print_note, print_table, print_unsettled
from experiments.study import load_study, missing_runs, note_of
from sim.outcomes.files import RunError


def main(arguments):
    """Write the report of the study folder named on the command line. Returns the exit status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python -m experiments.report results/<study>", file=sys.stderr)
        return 2
    try:
        return report(Path(arguments[0]))
    except RunError as error:
        print(f"tryggsim: {error}", file=sys.stderr)
        return 2


def report(folder):
    """Compare the runs of a study folder and write their report. Returns the exit status; raises `RunError` for a damaged run."""
    runs = load_study(folder) if folder.is_dir() else []
    if not runs:
        print(f"tryggsim: {folder}: no finished run in this folder (a study folder holds one folder a run)", file=sys.stderr)
        return 2
    table = compare(runs)
    missing = missing_runs(folder, runs)
    note = note_of(folder)
    page = write_report(folder / "report", runs, table, note, missing)
    print_table(table, runs, note["harm"])
    print_unsettled(runs)
    for name in missing:
        print(f"missing: {name}", file=sys.stderr)
    print_note(note)
    print(f"\nReport: {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
