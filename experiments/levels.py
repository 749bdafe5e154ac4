"""Fit how often offenders are motivated, so that the city without measures reports what Malmö reported in 2018.

`python -m experiments.levels` shows how far off each type is; `--write` fits and writes `offence.<type>.rate` (grade F) into the
registry. Nothing but these rates is fitted here, and no effect of any measure is looked at.
"""

import argparse
import sys
from dataclasses import replace
from datetime import date, timedelta

import numba
import numpy as np
from joblib import Parallel, delayed
from rich.table import Table

from experiments.console import plain
from experiments.launch import answered
from experiments.living import build_city, build_world, compile_kernels
from sim.compose import jobs
from sim.config import REGISTRY
from sim.model import CityModel
from sim.outcomes.baseline import layer_of
from sim.parameters import write_registry

SETTLE, COUNT = 14, 28
"""Days before counting begins, and days counted, in each season."""
SEASONS = ((1, 8), (3, 12), (5, 14), (7, 16), (9, 17), (11, 19))
"""Months and days on which the samples of the year begin."""


def count_season(config, start):
    """Offences a year by type, in the layer in which they are known, from one world and one season."""
    study = replace(config.study, start=(start + timedelta(days=SETTLE)).isoformat(), warmup=SETTLE, days=COUNT)
    numba.set_num_threads(1)  # the seasons share the cores
    model = CityModel(build_world(replace(config, study=study)), first_day=SETTLE)
    model.live(SETTLE + COUNT)
    daily = model.datacollector.get_model_vars_dataframe().iloc[SETTLE:]
    model.close()
    return {n: daily[f"{layer_of(k, n)}_{n}"].mean() * 365 for n, k in config.offence.items()}


def measure(config):
    """Mean and standard error a year by type over the seasons: {type: (mean, error)}."""
    starts = [date(2018, *when) for when in SEASONS]
    found = Parallel(n_jobs=-1)(delayed(count_season)(replace(config, seed=config.seed + i), s) for i, s in enumerate(starts))
    return {n: (np.mean([f[n] for f in found]), np.std([f[n] for f in found], ddof=1) / np.sqrt(len(found))) for n in config.offence}


def fitted(config, found):
    """Overrides with rates multiplied by known over found, at most threefold, where they differ by more than two standard errors."""
    parameters, changed = config.parameters(), dict(config.overrides)
    for name, (mean, error) in found.items():
        if abs(mean - parameters[f"known.{name}.year"]) <= 2 * error:
            continue
        factor = np.clip(parameters[f"known.{name}.year"] / max(mean, 1e-9), 1 / 3, 3)
        changed[f"offence.{name}.rate"] = float(f"{parameters[f'offence.{name}.rate'] * factor:.4g}")
    return changed


def show(config, found, console):
    table = Table(title="Offences a year: what the model does, what is known of Malmö 2018")
    for name in ("type", "model", "± error", "known", "range", "factor", "within"):
        table.add_column(name, justify="left" if name == "type" else "right")
    rows = {name: config.parameters().rows[f"known.{name}.year"] for name in found}
    for name, (mean, error) in found.items():
        row = rows[name]
        table.add_row(
            name, f"{mean:,.0f}", f"{error:,.0f}", f"{row.value:,.0f}", f"{row.low:,.0f}–{row.high:,.0f}",
            f"{mean / row.value:.2f}", "yes" if row.low <= mean <= row.high else "no",
        )  # fmt: skip
    console.print(table)


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.levels", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the fitted rates into the registry")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of fitting (default 3)")
    parser.add_argument("overrides", nargs="*", help="options of the configuration, name=value")
    return answered(fit, parser.parse_intermixed_args(arguments), plain())


def fit(options, console):
    """Show, and with `--write` fit. Returns the exit status."""
    config = jobs([*options.overrides, "seeds=1", "intervention=[]"])[0]
    build_city(config)
    compile_kernels(config)
    for turn in range(options.rounds if options.write else 1):
        found = measure(replace(config, seed=config.seed + 100 * turn))
        show(config, found, console)
        if options.write:
            config = replace(config, overrides=fitted(config, found))
            write_registry(REGISTRY, {n: {"value": f"{v:g}"} for n, v in config.overrides.items() if n.endswith(".rate")})
    return 0


if __name__ == "__main__":
    sys.exit(main())
