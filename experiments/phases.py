"""Where the time of a year goes: one world lived once, and its time by phase of the model.

`python -m experiments.phases population.fraction=1 threads=2 study.days=365` lives the year of a city where everybody walks, with all
chosen measures on, and prints the seconds of every phase, their share, and how many times bare movement (dealing plans, moving, counting
person-seconds) the whole model takes. Options are those of the main job; a warm-up is lived, but not timed.

With `--together` all scenarios of the world are lived in step, as in a study, and what the first of them takes stands beside what the
others take: how often residents' movement was paid for, and everything else.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

from rich.progress import track
from rich.table import Table

from experiments.console import plain
from experiments.launch import answered
from experiments.living import build_world, compile_kernels, new_model, use_threads
from sim.compose import jobs
from sim.convoy import Convoy
from sim.scenario import Scenario

BARE = ("deal", "move", "settle")
"""The phases of bare movement."""
RESIDENTS = ("deal", "move")
"""The phases of what residents do, which models that are lived in step do once."""


def measure(config, console, scenarios):
    """Live one world through some `scenarios` ({name: measures}): ([{phase: seconds} of every model, the guide's first], seconds that the
    world took to build)."""
    compile_kernels(config)
    use_threads(config)
    begun = time.perf_counter()
    world = build_world(config)
    model = new_model(config, world, companions=len(scenarios) - 1)
    model.scenarios = [Scenario(world, chosen.values(), config.study.warmup, name) for name, chosen in scenarios.items()]
    built, convoy = time.perf_counter() - begun, Convoy(model)
    for _ in track(range(config.study.warmup), "warming up", console=console):
        convoy.live(1)
    before = [dict(seconds) for seconds in convoy.seconds]
    for _ in track(range(config.study.days), "living", console=console):
        convoy.live(1)
    for seconds, then in zip(convoy.seconds, before, strict=False):
        seconds.update({name: seconds[name] - then[name] for name in then})
    return convoy.seconds, built


def most_memory():
    """GB of memory that this process has held at most."""
    status = Path("/proc/self/status")
    if status.exists():  # of the program itself; of one begun by another, getrusage has what that one held
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def show(seconds, built, days):
    """Print the table, and the sums below it."""
    table, whole = Table(title=f"Time by phase over {days} days"), sum(seconds.values())
    for name in ("phase", "seconds", "ms a day", "share, %"):
        table.add_column(name, justify="left" if name == "phase" else "right")
    for name, spent in seconds.items():
        table.add_row(name, f"{spent:.1f}", f"{1e3 * spent / days:.1f}", f"{100 * spent / whole:.1f}")
    console = plain()
    console.print(table)
    bare, memory = sum(seconds[name] for name in BARE), most_memory()
    console.print(
        f"{whole:.1f} s in all, after {built:.1f} s to build the world; {whole / bare:.2f} times bare movement ({', '.join(BARE)}); "
        f"at most {memory:.2f} GB of memory",
        soft_wrap=True,
    )


def show_together(spent, scenarios, days):
    """Print what the first of the models that were lived in step took, what all others took, and the sums below."""
    others = {name: sum(each[name] for each in spent[1:]) for name in spent[0]}
    table = Table(title=f"Time by phase over {days} days, {scenarios} scenarios in step on {len(spent)} streets")
    for name in ("phase", "guide, s", "others, s", "others, s each"):
        table.add_column(name, justify="left" if name == "phase" else "right")
    for name, seconds in spent[0].items():
        table.add_row(name, f"{seconds:.1f}", f"{others[name]:.1f}", f"{others[name] / max(len(spent) - 1, 1):.2f}")
    console = plain()
    console.print(table)
    movement = sum(spent[0][name] for name in RESIDENTS)
    moved = movement + sum(others[name] for name in RESIDENTS)
    rest = sum(sum(each.values()) for each in spent) - moved
    memory = most_memory()
    console.print(
        f"{moved + rest:.1f} s in all: {moved / movement:.2f} M + {len(spent)} O, where residents' movement (M: {', '.join(RESIDENTS)}) "
        f"takes {movement:.1f} s and everything else (O) {rest / len(spent):.1f} s a street; with movement lived on every street "
        f"{len(spent) * movement + rest:.1f} s; at most {memory:.2f} GB of memory",
        soft_wrap=True,
    )


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.phases", description=__doc__.split("\n\n")[0])
    parser.add_argument("overrides", nargs="*", help="options of the configuration, name=value")
    parser.add_argument("--together", action="store_true", help="all scenarios of the world, in step")
    return answered(live, parser.parse_intermixed_args(arguments), plain(stderr=True))


def live(options, console):
    """Live, measure and show. Returns the exit status."""
    config = jobs([*options.overrides, "seeds=1"])[0]
    last = list(config.scenarios)[-1]
    spent, built = measure(config, console, config.scenarios if options.together else {last: config.scenarios[last]})
    if options.together:
        show_together(spent, len(config.scenarios), config.study.days)
    else:
        show(spent[0], built, config.study.days)
    return 0


if __name__ == "__main__":
    sys.exit(main())
