"""How fast the program is, beside what others use and what the machine allows.

`python -m experiments.benchmark` prints three tables: the same walks in several implementations, with memory bandwidth beside them; days
of a whole city as it grows, and beside moving everyone; from the command to the first simulated day. All implementations are timed in turn,
several times over, and medians compared, because machines are noisy. `--csv FILE` writes one row a measurement.
"""

import argparse
import csv
import statistics
import sys
from pathlib import Path

import numba
from rich.console import Console
from rich.table import Table

from experiments.benchmark.movement import IMPLEMENTATIONS, Skipped, bandwidth
from experiments.benchmark.walks import make_town
from experiments.launch import answered
from sim.options import ConfigError

PARTS = ("movement", "city", "start")
CELL_M = 50.0
AGENTS = (10_000, 100_000, 360_000, 5_000_000)
EVERYONE, MESA, IN_C = "compiled, step by step", "plain Mesa", "the same in C"


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.benchmark", description=__doc__.split("\n\n")[0])
    parser.add_argument("parts", nargs="*", help=f"what to measure: {', '.join(PARTS)} (default all)")
    parser.add_argument("--csv", help="file to write, one row a measurement")
    parser.add_argument("--agents", type=int, nargs="+", default=AGENTS, help="how many agents walk (default 10000 100000 360000 5000000)")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds a measurement (default 2)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds over all implementations (default 3)")
    parser.add_argument("--days", type=int, default=5, help="days of each city (default 5)")
    return answered(measure, parser.parse_intermixed_args(arguments), Console(stderr=True))


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
    """Time all implementations in turn, show the table, and return its rows for a file."""
    town, rows, skipped = make_town(), [], {}
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
        medians = {key: statistics.median(rates) for key, rates in found.items() if rates}
        show_movement(agents, medians)
        rows += [("walks", name, agents, threads, rate, "updates/s") for (name, threads), rate in medians.items()]
    for name, cause in skipped.items():
        console.print(f"{name} is not in every table: {cause}", soft_wrap=True)
    for threads in (1, 2):
        rate = statistics.median(bandwidth(said.seconds, threads) for _ in range(said.rounds))
        rows.append(("triad", "memory", 0, threads, rate, "bytes/s"))
        Console().print(f"Memory moves {rate / 1e9:.1f} GB/s, threads {threads} (triad of three arrays of 128 MB).")
    return rows


def show_movement(agents, medians):
    table = Table(title=f"{agents:,} agents to 256 destinations")
    for name in ("implementation", "threads", "million updates / s", "× Mesa", "× C"):
        table.add_column(name, justify="left" if name == "implementation" else "right")
    for (name, threads), rate in medians.items():
        beside = [medians.get(other) for other in ((MESA, 1), (IN_C, threads))]
        ratios = [f"{rate / other:,.{decimals}f}" if other else "" for other, decimals in zip(beside, (0, 2), strict=True)]
        table.add_row(name, str(threads), f"{rate / 1e6:,.2f}", *ratios)
    Console().print(table)


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
    Console().print(table)
    rates = [row[4] for row in measured if row[1] == EVERYONE and row[3] == 2 and row[2] <= 400_000]
    if rates:
        whole = next(day for day in days if day.city == "100%")
        everyone = moving_everyone(whole, CELL_M, rates[-1])
        Console().print(
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
        Console().print(f"{what}: {seconds:.1f} s")
    return [("start", what, 0, 1, seconds, "s") for what, seconds in found.items()]


if __name__ == "__main__":
    sys.exit(main())
