"""The report again, from what was saved: `python -m experiments.report results/quick`.

Options: `language=sv` or `language=en` for one page alone, `figures=slides` for pictures of 16:9 beside the others, `film=order_guards` for
an MP4 of the twin city under a measure, `pdf=yes` for the page as a PDF.
"""

import argparse
import sys
from pathlib import Path

from experiments.compare import compare
from experiments.console import plain
from experiments.launch import answered
from experiments.report import LANGUAGES
from experiments.report.pdf import can_print, print_page
from experiments.report.table import print_note, print_table, print_unsettled
from experiments.report.twin import can_film
from experiments.report.write import PAGE, film_of, write_report
from experiments.study import load_study, missing_runs, note_of
from experiments.together import shown
from sim.options import ConfigError

OPTIONS = {"language": LANGUAGES, "figures": ("page", "slides"), "film": None, "pdf": ("yes", "no")}
"""What each option may be; None: a measure of the study."""


def main(arguments=None):
    """Write the report of the study folder named on the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", help="a folder of saved runs, results/<study>")
    parser.add_argument("options", nargs="*", help="name=value")
    return answered(report, parser.parse_intermixed_args(arguments), plain(stderr=True))


def options_of(said):
    """{name: value} of options `name=value`. Raises `ConfigError` for one that is none, or has a value that is not allowed."""
    found = {}
    for text in said:
        name, _, value = text.partition("=")
        if name not in OPTIONS:
            raise ConfigError(f"{text}: no such option of a report; there are {', '.join(f'{option}=…' for option in OPTIONS)}")
        if OPTIONS[name] and value not in OPTIONS[name]:
            raise ConfigError(f"{text}: allowed are {', '.join(f'{name}={allowed}' for allowed in OPTIONS[name])}")
        found[name] = value
    return found


def report(said, console):
    """Compare the runs of a study folder and write their report. Returns the exit status; raises `RunError` for a damaged run."""
    options, folder = options_of(said.options), Path(said.folder)
    runs = load_study(folder) if folder.is_dir() else []
    if not runs:
        raise ConfigError(f"{folder}: no finished run in this folder (a study folder holds one folder a run)")
    if "film" in options:
        can_film(runs, options["film"])
    if options.get("pdf") == "yes":
        can_print()
    languages = (options["language"],) if "language" in options else LANGUAGES
    with shown(console):
        table = compare(runs)
        missing = missing_runs(folder, runs)
        note = note_of(folder)
        written = [write_report(folder / "report", runs, table, note, missing, languages, options.get("figures") == "slides")]
    written += [film_of(folder / "report", runs, options["film"], language, console) for language in languages if "film" in options]
    if options.get("pdf") == "yes":
        written += [print_page(folder / "report" / PAGE[language]) for language in languages]
    print_table(table, runs, note["harm"])
    print_unsettled(runs)
    for name in missing:
        print(f"missing: {name}", file=sys.stderr)
    print_note(note)
    print(f"\nReport: {', '.join(map(str, written))}; pictures: {folder / 'report' / 'figures'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
