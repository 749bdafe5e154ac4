"""How fast the program is, beside what others use and what the machine allows.

`python -m experiments.benchmark` prints tables: the same walks in several implementations, with memory bandwidth beside them; days
of a whole city as it grows, and beside moving everyone; from the command to the first simulated day. All implementations are timed in turn,
several times over, and medians compared, because machines are noisy. `--csv FILE` writes one row a measurement.
"""

import argparse
import csv
import statistics
import sys
from pathlib import Path

import numba
from rich.table import Table

from experiments.benchmark.movement import IMPLEMENTATIONS, Skipped, bandwidth
from experiments.benchmark.walks import make_town
from experiments.console import plain
from experiments.launch import answered
from sim.options import ConfigError

PARTS = ("movement", "city", "start")
CELL_M = 50.0
AGENTS = (10_000, 100_000, 360_000, 5_000_000)
EVERYONE, KERNEL = "compiled, step by step", "the movement kernel"
RATIOS = (
    ("two threads ÷ plain Mesa", 2, ("plain Mesa", 1), "500 at 100,000"),
    ("two threads ÷ mesa-frames", 2, ("mesa-frames", 2), "8 at 360,000"),
    ("one thread ÷ C", 1, ("the same in C", 1), "0.9"), ("two threads ÷ one", 2, (KERNEL, 1), "1.6"),
)  # fmt: skip
"""What the movement kernel, with so many threads, is held against, and what is aimed at."""


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.benchmark", description=__doc__.split("\n\n")[0])
    parser.add_argument("parts", nargs="*", help=f"what to measure: {', '.join(PARTS)} (default all)")
    parser.add_argument("--csv", help="file to write, one row a measurement")
    parser.add_argument("--agents", type=int, nargs="+", default=AGENTS, help="how many agents walk (default 10000 100000 360000 5000000)")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds a measurement (default 2)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds over all implementations (default 3)")
    parser.add_argument("--days", type=int, default=5, help="days of each city (default 5)")
    return answered(measure, parser.parse_intermixed_args(arguments), plain(stderr=True))


def measure(said, console):
    """Measure, show, and with `--csv` write. Returns the exit status."""
    if wrong := set(said.parts) - set(PARTS):
        raise ConfigError(f"{wrong.pop()}: nothing that can be measured; allowed are {', '.join(PARTS)}")
    if min(said.agents) < 1 or said.rounds < 1 or said.seconds <= 0 or said.days < 1:
        raise ConfigError("--agents, --rounds and --days must be at least 1, --seconds above 0")
    if said.csv and not (Path(said.csv).parent.is_dir() and not Path(said.csv).is_dir()):
        raise ConfigError(f"--csv {said.csv}: no file can be written there; name one in a folder that exists")
    if numba.config.NUMBA_NUM_THREADS < 2:
        raise ConfigError("only one core here: what two threads do cannot be measured")
    parts, rows = said.parts or PARTS, []
    if "movement" in parts:
        rows += movement(said, console)
    if "city" in parts:
        rows += city(said, console, rows)
    if "start" in parts:
        rows += start(said, console)
    if said.csv:
        with open(said.csv, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([("workload", "implementation", "size", "threads", "value", "unit"), *rows])
    return 0


def movement(said, console):
    """Time all implementations in turn, show the tables, and return their rows for a file."""
    town, medians, skipped = make_town(), {}, {}
    for agents in sorted(said.agents):
        found = {(name, threads): [] for name, (_, many) in IMPLEMENTATIONS.items() for threads in many}
        for turn in range(-1, said.rounds):  # the first round is not counted: something may be compiled in it
            for name, threads in found:
                with console.status(f"{agents:,} agents, round {max(turn, 0) + 1} of {said.rounds}: {name}, threads {threads}"):
                    try:
                        rate = IMPLEMENTATIONS[name][0](town, agents if turn >= 0 else 1000, said.seconds if turn >= 0 else 0.01, threads)
                    except Skipped as cause:
                        skipped[name] = str(cause)
                        continue
                if turn >= 0:
                    found[name, threads].append(rate)
        medians |= {(*key, agents): statistics.median(rates) for key, rates in found.items() if rates}
    show_movement(sorted(said.agents), medians)
    for name, cause in skipped.items():
        console.print(f"{name} is not everywhere in the table: {cause}", soft_wrap=True)
    rows = [("walks", name, agents, threads, rate, "updates/s") for (name, threads, agents), rate in medians.items()]
    for threads in (1, 2):
        rate = statistics.median(bandwidth(said.seconds, threads) for _ in range(said.rounds))
        rows.append(("triad", "memory", 0, threads, rate, "bytes/s"))
        plain().print(f"Memory moves {rate / 1e9:.1f} GB/s, threads {threads} (triad of three arrays of 128 MB).")
    return rows


def show_movement(sizes, medians):
    """Show the `medians` {(implementation, threads, agents): updates a second}, and how the kernel stands to the others."""
    table = Table(title="Million updates a second, by how many agents walk to 256 destinations")
    table.add_column("implementation")
    for name in ("threads", *(f"{agents:,}" for agents in sizes)):
        table.add_column(name, justify="right")
    for name, threads in dict.fromkeys(key[:2] for key in medians):
        rates = [medians.get((name, threads, agents)) for agents in sizes]
        table.add_row(name, str(threads), *(f"{rate / 1e6:,.2f}" if rate else "" for rate in rates))
    plain().print(table)
    table = Table(title="The movement kernel beside others")
    table.add_column("ratio")
    for agents in sizes:
        table.add_column(f"{agents:,}", justify="right")
    table.add_column("aim", justify="right")
    for said, mine, other, aim in RATIOS:
        pairs = [(medians.get((KERNEL, mine, agents)), medians.get((*other, agents))) for agents in sizes]
        table.add_row(said, *(f"{a / b:,.2f}" if a and b else "" for a, b in pairs), aim)
    plain().print(table)


def city(said, console, measured):
    """Days of a whole city as it grows; and what moving everyone would take, at the fastest rate `measured`."""
    from experiments.benchmark.city import days_of_cities, moving_everyone

    days = days_of_cities(said.days, console)
    table = Table(title=f"A day of a city in which everyone walks, all measures on, two threads ({said.days} days each)")
    for name in ("residents", "people", "cells", "trips", "build, s", "bare, s", "whole, s", "÷", "bare, µs/trip", "GB"):
        table.add_column(name, justify="left" if name == "residents" else "right")
    for day in days:
        table.add_row(
            day.city, f"{day.people:,}", f"{day.cells:,}", f"{day.trips:,.0f}", f"{day.built:.1f}", f"{day.bare:.2f}",
            f"{day.whole:.2f}", f"{day.whole / day.bare:.2f}", f"{1e6 * day.bare / day.trips:.2f}", f"{day.memory:.2f}",
        )  # fmt: skip
    plain(width=max(plain().width, 120)).print(table)
    rates = [row[4] for row in measured if row[1] == EVERYONE and row[3] == 2 and row[2] <= 400_000]
    if rates:
        whole = next(day for day in days if day.city == "100%")
        everyone = moving_everyone(whole, CELL_M, rates[-1])
        plain().print(
            f"To move all {whole.people:,} people whenever a walker would enter a cell takes {everyone:.1f} s a day at the rate of "
            f"“{EVERYONE}”: {everyone / whole.bare:.1f} times bare movement.",
            soft_wrap=True,
        )
    return [("day", day.city, day.people, 2, value, unit) for day in days for value, unit in
            ((day.bare, "s bare"), (day.whole, "s"), (day.trips, "trips"), (day.memory, "GB"), (day.built, "s to build"))]  # fmt: skip


def start(said, console):
    """From the start of Python to the first day of a small town."""
    from experiments.benchmark.start import starts

    found = starts(console)
    for what, seconds in found.items():
        plain().print(f"{what}: {seconds:.1f} s")
    return [("start", what, 0, 1, seconds, "s") for what, seconds in found.items()]


if __name__ == "__main__":
    sys.exit(main())
