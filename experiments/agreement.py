"""Whether what only makes the model coarser or finer changes what happens: the share of walkers, the tick, the cell.

`python -m experiments.agreement` lives the same worlds without measures at several shares of walkers, with half the tick and with half the
cell, and shows offences of every type beside those with everyone walking, with paired intervals over worlds.
"""

import argparse
import sys
from dataclasses import replace

import numba
import numpy as np
from joblib import Parallel, delayed
from rich.table import Table

from experiments.console import plain
from experiments.effects import LEVEL, paired_effect
from experiments.launch import answered
from experiments.living import build_world, compile_kernels
from sim.compose import jobs
from sim.model import CityModel

EVERYONE = "everyone"
VARIANTS = {
    EVERYONE: ["population.fraction=1"], "30 %": ["population.fraction=0.3"], "10 %": ["population.fraction=0.1"],
    "1 %": ["population.fraction=0.01"], "tick 300 s": ["population.fraction=0.1", "study.tick_s=300"],
    "cell 25 m": ["population.fraction=0.1", "city.cell_m=25"],
}  # fmt: skip
"""What is held against what everyone walking gives: options of the configuration."""


def count(config):
    """{type: offences} of one world over the days of the study."""
    numba.set_num_threads(1)  # the worlds share the cores
    model = CityModel(build_world(config), first_day=config.study.warmup)
    model.live(config.study.warmup + config.study.days)
    daily = model.datacollector.get_model_vars_dataframe().iloc[config.study.warmup :]
    model.close()
    return {name: float(daily[f"happened_{name}"].sum()) for name in config.offence}


def rows_of(counts):
    """[(variant, type, mean with everyone, effect)] for counts {variant: [{type: offences} a world]}."""
    per = {variant: {name: np.array([world[name] for world in worlds]) for name in worlds[0]} for variant, worlds in counts.items()}
    return [(variant, name, per[EVERYONE][name].mean(), paired_effect(values, per[EVERYONE][name]))
            for variant, types in per.items() if variant != EVERYONE for name, values in types.items()]  # fmt: skip


def show(rows, console):
    """A table of types by variants, changes in per cent with intervals, and how many intervals hold zero."""
    table = Table(title="Offences by type: change from everyone walking, % [95 % interval over worlds]")
    variants = list(dict.fromkeys(row[0] for row in rows))
    for name in ("type", "everyone", *variants):
        table.add_column(name, justify="left" if name == "type" else "right")
    for kind in dict.fromkeys(row[1] for row in rows):
        mine = {row[0]: row for row in rows if row[1] == kind}
        base = next(iter(mine.values()))[2]
        scale = 100.0 / base if base else np.nan
        cells = [f"{e.mean * scale:+.1f} [{e.low * scale:+.1f}, {e.high * scale:+.1f}]" for *_, e in (mine[v] for v in variants)]
        table.add_row(kind, f"{base:,.0f}", *cells)
    console.print(table)
    inside = sum(effect.low <= 0 <= effect.high for *_, effect in rows)
    console.print(f"agreement: {inside} of {len(rows)} intervals hold zero; chance alone would leave {(1 - LEVEL) * len(rows):.1f} outside")


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.agreement", description=__doc__.splitlines()[0])
    parser.add_argument("overrides", nargs="*", help="options of the configuration, name=value")
    return answered(live, parser.parse_intermixed_args(arguments), plain(stderr=True))


def live(options, console):
    """Live, and show. Returns the exit status."""
    configs = {name: jobs([*options.overrides, *said, "intervention=[]"]) for name, said in VARIANTS.items()}
    compile_kernels(configs[EVERYONE][0])
    work = [(name, replace(config, threads=1)) for name, worlds in configs.items() for config in worlds]
    with console.status(f"living {len(work)} worlds"):
        found = Parallel(n_jobs=-1)(delayed(count)(config) for _, config in work)
    counts = {}
    for (name, _), one in zip(work, found, strict=True):
        counts.setdefault(name, []).append(one)
    show(rows_of(counts), plain())
    return 0


if __name__ == "__main__":
    sys.exit(main())
