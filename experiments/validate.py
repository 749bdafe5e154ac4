"""The city without measures beside what is known of the real one, fact by fact.

`python -m experiments.validate` lives years of several worlds (finished ones are not lived again) and prints every known fact with its
tolerance, the simulated value with its interval over worlds, and whether it is inside; with `population.fraction=1` everybody walks. Facts
and tolerances stand in conf/evidence/facts.csv.
"""

import argparse
import os
import sys
from pathlib import Path

from rich.table import Table
from rich.text import Text

from experiments.console import plain
from experiments.facts import read_facts
from experiments.facts.draw import draw_groups
from experiments.facts.evaluate import evaluate, tally
from experiments.facts.notices import KINDS, read_notices, score
from experiments.facts.profile import apart, draw_profiles, lived_profile, read_profile
from experiments.launch import answered, check_cities, live_all
from experiments.living import build_city
from experiments.study import study_folder
from sim.compose import jobs


def show(table):
    """Print every fact, and last how many are inside."""
    console = plain(width=max(plain().width, 150))
    for group, rows in table.groupby("group", sort=False):
        listed = Table(title=group, title_justify="left", min_width=110)
        for name in ("fact", "target", "tolerance", "model", "interval", "unit", "half", "", ""):
            listed.add_column(name, justify="left" if name in ("fact", "unit", "half", "") else "right")
        for row in rows.itertuples():
            listed.add_row(
                row.id, number(row.target), f"{number(row.low)}–{number(row.high)}", number(row.value),
                f"{number(row.ci_low)}–{number(row.ci_high)}", row.unit, row.half, "inside" if row.inside else Text("outside", "bold"),
                "other scope" if row.scope else "",
            )  # fmt: skip
        console.print(listed)


def show_places(notices, runs):
    """Print how much better than a uniform spread some maps expect what the police tell of, where there are notices."""
    if notices is None:
        print("Relative place is not scored: no notices of the police of this city (--notices FILE, or police_events.csv where "
              "TRYGGSIM_MALMO_DATA is; they are of Malmö)")  # fmt: skip
        return
    show_table(score(notices, runs), "located notices of the police: bits a notice over a uniform spread", "{:+.2f}")


def show_hours(told, runs, file):
    """Print and draw when the police tell of something and when the model has it, where there are notices."""
    if told is None:
        return
    lived = [lived_profile(runs, kinds) for kinds in KINDS.values()]
    draw_profiles(told, lived, file)
    show_table(apart(told, lived), "notices of the police by time: % that would have to move to be as in the model, or alike", "{:.0f}")


def show_table(table, title, shape):
    """Print a table: its category, how many notices, and figures of a `shape`."""
    listed = Table(title=title, title_justify="left", min_width=110)
    for name in table.columns:
        listed.add_column(name, justify="left" if name == "category" else "right")
    for row in table.itertuples(index=False):
        listed.add_row(row[0], str(row[1]), *(shape.format(value) for value in row[2:]))
    plain(width=max(plain().width, 150)).print(listed)


def number(value):
    """Three significant figures, whole numbers from a thousand on; – for what cannot be told."""
    if value != value:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.validate", description=__doc__.split("\n\n")[0])
    parser.add_argument("overrides", nargs="*", help="options of the configuration, name=value")
    for option, name, holds in (
        ("--notices", "police_events.csv", "with places"),
        ("--profile", "police_profile.csv", "by weekday and hour"),
    ):
        there = Path(os.environ.get("TRYGGSIM_MALMO_DATA", ""), name)
        parser.add_argument(option, default=there if there.exists() else None, help=f"notices of the police of Malmö {holds} (CSV)")
    return answered(validate, parser.parse_intermixed_args(arguments), plain(stderr=True))


def validate(said, console):
    """Live the worlds, evaluate and show. Returns the exit status."""
    options = ["experiment=validate", "intervention=[]", *said.overrides]
    configs = jobs(options)
    check_cities(configs, console)
    malmo = build_city(configs[0]).name.startswith("malmo")
    notices = read_notices(said.notices) if said.notices and malmo else None
    profile = read_profile(said.profile) if said.profile and malmo else None
    runs, _ = live_all(configs, console)
    if not runs:
        console.print("No world came to an end; nothing can be said.")
        return 1
    table, folder = evaluate(read_facts(), runs), study_folder(configs[0]) / "report"
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "facts.csv", index=False, lineterminator="\n")
    draw_groups(table, folder / "figures")
    show(table)
    beyond = table[table["scope"].ne("")]
    print(f"Other scope: {len(beyond)} figures count what the model does not, or otherwise ({beyond['inside'].sum()} of them inside); "
          "nothing is fitted to them, and conf/evidence/facts.csv says what each counts.")  # fmt: skip
    show_places(notices, runs)
    show_hours(profile, runs, folder / "figures" / "profile.png")
    print(f"Table and pictures: {folder}")
    print(tally(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
