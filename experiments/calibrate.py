"""Calibration with emulators, wave by wave, and implausibility as in history matching (Craig et al. 1997; Vernon, Goldstein and Bower
2010): nothing is ruled out for good, but what these facts leave most plausible, with a normal prior about the values before, is looked for.

`python -m experiments.calibrate` lives worlds at points spread over what is not known of the fitted rows of the registry (those with an
sd), learns an emulator for each fact of the fitted half, and draws the points that these facts leave plausible. `--write` puts the best
point into the registry, and as sd what is left of the doubt; then the same command lives the next wave, about the new values, and with
`--learn` it learns from earlier ones, too. Facts that are held out are never looked at. Finished worlds are not lived again.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from rich.progress import track
from rich.table import Table
from scipy.optimize import minimize
from scipy.stats import qmc

from experiments.console import plain
from experiments.emulate import LEAST_RUNS, emulate, learners
from experiments.facts import FITTED, read_facts
from experiments.facts.statistics import STATISTICS
from experiments.launch import answered, check_cities
from experiments.points import live_points
from experiments.study import study_folder
from sim.compose import jobs
from sim.config import REGISTRY
from sim.options import ConfigError
from sim.parameters import write_registry

FAR = 3.0
"""Implausibility, in standard deviations, beyond which a fact and a point do not go together (the three-sigma rule, Pukelsheim 1994)."""
BOUND = 5.0
"""Standard deviations beyond which one fact that is far away counts hardly more than another."""
WIDTH = 4.0
"""Standard deviations in a tolerance: it is taken for two each way of its middle."""
REACH = 2.5
"""Standard deviations of a row to either side of its value that a wave explores, all alike."""
AGAIN = 0.15
"""Part of a wave's points that are lived by a second world, which tells how much worlds differ."""
STAY = 0.5
"""What a standard deviation from the values before weighs, squared, beside the log of how plausible a point is: a normal prior, since the
sd of a row is the doubt about it."""
IDENTIFIED = 0.8
"""Part of the spread over the box below which a row counts as identified."""
STEPS = 1500
"""Steps of the sampler; the first half is left out."""


@dataclass(frozen=True)
class Space:
    """The rows that are fitted: `names`, and float64 (k,) their `value`, `sd`, `low` and `high`."""

    names: tuple
    value: np.ndarray
    sd: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def bounds(self):
        """(low, high) float64 (k,): the box that a wave explores, standardised: REACH, within the ranges of the registry."""
        return np.maximum((self.low - self.value) / self.sd, -REACH), np.minimum((self.high - self.value) / self.sd, REACH)

    def inside(self, at):
        """bool (n,): whether standardised points `at` (n, k) lie in the box."""
        low, high = self.bounds
        return ((at >= low) & (at <= high)).all(axis=-1)

    def spread(self, n, seed=0):
        """float64 (n, k): standardised points spread evenly over the box (a Latin hypercube)."""
        low, high = self.bounds
        return low + (high - low) * qmc.LatinHypercube(len(self.names), rng=np.random.default_rng(seed)).random(n)


def space_of(parameters):
    """The rows of the registry that are fitted, without those that these `parameters` set to another value."""
    rows = [row for row in parameters.rows.values() if row.grade == "F" and not np.isnan(row.sd) and parameters[row.name] == row.value]
    numbers = np.array([(parameters[row.name], row.sd, row.low, row.high) for row in rows]).reshape(-1, 4).T
    return Space(tuple(row.name for row in rows), *numbers)


def scale(fact, value):
    """A value on the scale on which it is compared: log odds of a share, log of all else; what is nothing counts as a twentieth of the
    target."""
    least = 0.05 * fact.target
    if fact.unit.startswith("%"):
        share = np.clip(value, least, 99.9) / 100.0
        return float(np.log(share / (1.0 - share)))
    return float(np.log(max(value, least)))


def facts_to_fit():
    """The known facts that calibration looks at: those of the fitted half that count what the model counts."""
    return [fact for fact in read_facts() if fact.half == FITTED and not fact.scope]


def values_of(run, facts):
    """[float] (facts,): what a run says of each fact; NaN where it cannot tell."""
    run = run.in_memory()
    return [STATISTICS[fact.statistic]([run], *fact.of) for fact in facts]


def scaled(values, facts):
    """float64 (n, facts): `values` (n, facts) on the facts' scales; NaN stays."""
    return np.array([[scale(fact, v) if np.isfinite(v) else np.nan for fact, v in zip(facts, row, strict=True)] for row in values])


@dataclass(frozen=True)
class Match:
    """Facts and their emulators over standardised points: `target` float64 (facts,), the middle of each tolerance, and `spread`, on the
    facts' scales."""

    emulators: list
    target: np.ndarray
    spread: np.ndarray

    def implausibility(self, at):
        """float64 (n, facts): how many standard deviations of doubt lie between each fact and what is expected at points `at`."""
        expected = np.stack([emulator.mean(at) for emulator in self.emulators], axis=1)
        doubt = np.sqrt(self.spread**2 + np.array([emulator.sd for emulator in self.emulators]) ** 2)
        return np.abs(expected - self.target) / doubt

    def log_chance(self, at, space):
        """float64 (n,): log of how plausible points of the box are, all alike but for the facts, each of which is counted once in a wave;
        one that is far away counts no more than others that are (the bounded loss of Welsch), so that what the model cannot do does not
        bend all the rest."""
        far = BOUND**2 * (1.0 - np.exp(-(self.implausibility(at) ** 2) / BOUND**2))
        return np.where(space.inside(at), -0.5 * far.sum(axis=1), -np.inf)


def match_of(facts, points, values):
    """Emulators of all `facts` from standardised `points` (n, k) and `values` (n, facts)."""
    learned = Parallel(n_jobs=-1, return_as="generator")(delayed(emulate)(points, column) for column in values.T)
    emulators = list(track(learned, "learning emulators", total=len(facts)))
    low, high = (np.array([scale(fact, getattr(fact, end)) for fact in facts]) for end in ("low", "high"))
    return Match(emulators, (low + high) / 2, (high - low) / WIDTH)


def sampler():
    """What emcee brings, which is not always there. Raises `ConfigError` where it is not."""
    try:
        from emcee import EnsembleSampler
    except ImportError:
        raise ConfigError("calibration needs emcee; install it with: pip install 'tryggsim[analysis]'") from None
    return EnsembleSampler


def plausible(match, space, seed=0):
    """float64 (n, k): standardised points drawn from what is plausible, by the affine-invariant sampler (Goodman and Weare 2010)."""
    k, rng = len(space.names), np.random.default_rng(seed)
    walkers = 2 * k + 2
    low, high = space.bounds
    start = low + (high - low) * rng.random((10 * walkers, k))
    start = start[np.argsort(-match.log_chance(start, space))[:walkers]]
    chain = sampler()(len(start), k, match.log_chance, args=(space,), vectorize=True)
    chain.random_state = np.random.RandomState(seed).get_state()
    for _ in track(chain.sample(start, iterations=STEPS), "drawing plausible points", total=STEPS):
        pass
    return chain.get_chain(discard=STEPS // 2, thin=10, flat=True)


def best(match, space, start):
    """float64 (k,): the most plausible standardised point near `start`, and of those that are about as plausible the one nearest to the
    values before: what no fact asks for stays as it was."""
    low, high = space.bounds
    step = 1e-3 * np.vstack([np.zeros(len(start)), np.eye(len(start))])

    def downhill(at):
        inward = np.where(at + 1e-3 > high, -1.0, 1.0)
        points = np.clip(at, low, high) + inward * step
        cost = STAY * (points**2).sum(axis=1) - match.log_chance(points, space)
        return cost[0], (cost[1:] - cost[0]) / 1e-3 * inward

    return minimize(downhill, np.clip(start, low, high), jac=True, method="L-BFGS-B", bounds=list(zip(low, high, strict=True))).x


def wave(space, options, n, console):
    """Live `n` worlds at points of the space, or take them from disk, a part of the points twice: (standardised points (n, k), runs) of
    those that came to an end."""
    again = round(AGAIN * n)
    at = space.spread(n - again)
    at = np.concatenate([at, at[:again]])
    table = pd.DataFrame(space.value + at * space.sd, columns=space.names).clip(space.low, space.high, axis=1).round(9)
    runs = [found["none"] for found in live_points(table, options, console)]
    there = [i for i, run in enumerate(runs) if run]
    return at[there], [runs[i] for i in there]


def write_wave(file, space, points, facts, values):
    """Keep a wave as a table that later ones may learn from: a column a row of the registry, and one a fact."""
    rows = pd.DataFrame(space.value + points * space.sd, columns=space.names)
    pd.concat([rows, pd.DataFrame(values, columns=[fact.id for fact in facts])], axis=1).to_csv(
        file, index=False, float_format="%.6g", lineterminator="\n"
    )


def read_wave(file, space, facts):
    """(standardised points (n, k), values (n, facts)) of an earlier wave. Raises `ConfigError` where it knows nothing of a row."""
    try:
        table = pd.read_csv(file)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--learn {file}: cannot be read as a table ({error})") from None
    unknown = [name for name in space.names if name not in table]
    if unknown:
        raise ConfigError(f"--learn {file}: has no column {unknown[0]}; allowed are waves in which every fitted row was varied")
    table = table.apply(pd.to_numeric, errors="coerce")
    rows, values = table[list(space.names)].to_numpy(dtype=float), table.reindex(columns=[fact.id for fact in facts]).to_numpy(dtype=float)
    if not np.isfinite(rows).all() or np.isinf(values).any():
        raise ConfigError(f"--learn {file}: holds something else than numbers where the values of rows and facts stand")
    return (rows - space.value) / space.sd, values


def told(facts, match, space, points, drawn, at):
    """Tables of what was found, of the facts and of the rows."""
    of_facts = pd.DataFrame({"fact": [fact.id for fact in facts]})
    of_facts["predicted of runs not seen, %"] = [100 * max(e.held_out, 0.0) for e in match.emulators]
    for name, where in (("before", np.zeros((1, len(space.names)))), ("after", at[None, :])):
        of_facts[f"standard deviations off {name}"] = match.implausibility(where)[0]
    anywhere = np.vstack([points, drawn])
    of_facts["within reach"] = match.implausibility(anywhere).min(axis=0) < FAR
    of_rows = pd.DataFrame({"row": space.names, "before": space.value, "sd before": space.sd})
    low, high = space.bounds
    left = drawn.std(axis=0) / ((high - low) / np.sqrt(12))
    of_rows["after"], of_rows["sd after"] = space.value + at * space.sd, np.minimum(drawn.std(axis=0), 1.0) * space.sd
    of_rows["narrowed to, %"] = 100 * left
    of_rows["identified"] = left < IDENTIFIED
    return of_facts, of_rows


def show(table, title):
    listed = Table(title=title, title_justify="left")
    for name in table.columns:
        listed.add_column(name, justify="left" if table[name].dtype == object else "right")
    for row in table.itertuples(index=False):
        listed.add_row(*(f"{v:.4g}" if isinstance(v, float) else {True: "yes", False: "no"}.get(v, str(v)) for v in row))
    plain(width=150).print(listed)


def write(of_rows):
    """Put values and what is left of their doubt into the registry."""
    found = of_rows.set_index("row")
    write_registry(REGISTRY, {name: {"value": f"{row['after']:.4g}", "sd": f"{row['sd after']:.2g}"} for name, row in found.iterrows()})


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.calibrate", description=__doc__.split("\n\n")[0])
    parser.add_argument("--points", type=int, default=100, help="worlds that are lived in this wave (default 100)")
    parser.add_argument("--learn", nargs="*", default=[], help="tables of earlier waves of the same model to learn from as well (wave.csv)")
    parser.add_argument("--write", action="store_true", help="write what was found into the registry")
    parser.add_argument("overrides", nargs="*", help="options of the configuration, name=value")
    return answered(calibrate, parser.parse_intermixed_args(arguments), plain(stderr=True))


def calibrate(said, console):
    """Live a wave, learn from it, and show what it says. Returns the exit status."""
    learners(), sampler()
    if said.points < 2 * LEAST_RUNS:
        raise ConfigError(f"--points {said.points}: allowed is {2 * LEAST_RUNS} or more, so that emulators can learn")
    options = ["experiment=validate", "study.name=calibrate", "intervention=[]", *said.overrides]
    config = jobs([*options, "seeds=1"])[0]
    space, facts = space_of(config.parameters()), facts_to_fit()
    earlier = [read_wave(file, space, facts) for file in said.learn]  # what cannot be read shows before a wave is lived
    check_cities([config], console)
    points, runs = wave(space, options, said.points, console)
    if len(runs) < LEAST_RUNS:
        console.print(f"Only {len(runs)} worlds came to an end; nothing can be learned from fewer than {LEAST_RUNS}.")
        return 1
    values = np.array(Parallel(n_jobs=-1)(delayed(values_of)(run, facts) for run in runs))
    folder = study_folder(config) / "report"
    folder.mkdir(parents=True, exist_ok=True)
    write_wave(folder / "wave.csv", space, points, facts, values)
    points, values = (np.concatenate([own, *others]) for own, *others in zip((points, values), *earlier, strict=True))
    values = scaled(values, facts)
    told_of = np.isfinite(values).sum(axis=0) >= LEAST_RUNS
    if not told_of.all():
        console.print(f"cannot be told from these runs: {', '.join(fact.id for fact, ok in zip(facts, told_of, strict=True) if not ok)}")
    facts, values = [fact for fact, ok in zip(facts, told_of, strict=True) if ok], values[:, told_of]
    match = match_of(facts, points, values)
    drawn = plausible(match, space)
    of_facts, of_rows = told(facts, match, space, points, drawn, best(match, space, drawn.mean(axis=0)))
    for name, table in (("facts", of_facts), ("rows", of_rows)):
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        show(table, name)
    if said.write:
        write(of_rows)
    print(f"Tables: {Path(folder)}" + ("; written into the registry" if said.write else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
