"""Where the time of a year goes: one world lived once, and its time by phase of the model.

`python -m experiments.phases population.fraction=1 threads=2 study.days=365` lives the year of a city where everybody walks, with all
chosen measures on, and prints the seconds of every phase, their share, and how many times bare movement (dealing plans, moving, counting
person-seconds) the whole model takes. Options are those of the main job; a warm-up is lived, but not timed.
"""

import argparse
import resource
import sys
import time

from rich.console import Console
from rich.progress import track
from rich.table import Table

from experiments.launch import answered
from experiments.study import build_world, compile_kernels, new_model, use_threads
from sim.compose import jobs

BARE = ("deal", "move", "settle")
"""The phases of bare movement."""


def measure(config, console):
    """Live one world with all chosen measures: ({phase: seconds}, seconds that the world took to build)."""
    compile_kernels(config)
    use_threads(config)
    begun = time.perf_counter()
    model = new_model(config, build_world(config), list(config.scenarios.values())[-1].values())
    built = time.perf_counter() - begun
    for _ in track(range(config.study.warmup), "warming up", console=console):
        model.live(1)
    model.seconds = dict.fromkeys(model.seconds, 0.0)
    for _ in track(range(config.study.days), "living", console=console):
        model.live(1)
    return model.seconds, built


def show(seconds, built, days):
    """Print the table, and the sums below it."""
    table, whole = Table(title=f"Time by phase over {days} days"), sum(seconds.values())
    for name in ("phase", "seconds", "ms a day", "share, %"):
        table.add_column(name, justify="left" if name == "phase" else "right")
    for name, spent in seconds.items():
        table.add_row(name, f"{spent:.1f}", f"{1e3 * spent / days:.1f}", f"{100 * spent / whole:.1f}")
    console = Console()
    console.print(table)
    bare, memory = sum(seconds[name] for name in BARE), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    console.print(
        f"{whole:.1f} s in all, after {built:.1f} s to build the world; {whole / bare:.2f} times bare movement ({', '.join(BARE)}); "
        f"at most {memory:.2f} GB of memory",
        soft_wrap=True,
    )


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.phases", description=__doc__.split("\n\n")[0])
    parser.add_argument("overrides", nargs="*", help="options of the configuration, name=value")
    return answered(live, parser.parse_args(arguments), Console(stderr=True))


def live(options, console):
    """Live, measure and show. Returns the exit status."""
    config = jobs([*options.overrides, "seeds=1"])[0]
    seconds, built = measure(config, console)
    show(seconds, built, config.study.days)
    return 0


if __name__ == "__main__":
    sys.exit(main())
