"""Which assumptions the answers hang on, and above all the ranking of the measures.

`screen` moves families of rows of the registry one after another by as much as they are in doubt (Morris 1991, by groups: Campolongo,
Cariboni and Saltelli 2007), within one world for each trajectory; at one step the world is another, and what that does is the floor.
`indices` draws all rows together, or those of some families, learns emulators of the effects, and says how much of their variance each row
makes (Sobol 2001), with the emulators' error on runs that they have not seen. `switches` takes whole mechanisms away, one at a time.
Finished worlds are not lived again.
"""

import argparse
import sys

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import rankdata

from experiments.calibrate import show
from experiments.compare import compare
from experiments.console import plain
from experiments.emulate import LEAST_RUNS, SKILL, TooFewRuns, emulate, learners
from experiments.launch import answered, check_cities, live_all, make_folder
from experiments.money import MONEY
from experiments.points import live_points
from sim.compose import jobs
from sim.options import ConfigError
from sim.outcomes.measures import cost_msek, outcomes

MEASURES = "intervention=[police_reinforcement,order_guards,cctv,safe_transit]"
NOT_ASSUMED = ("justice", "known", "compare", "measure")
"""Families that are no assumptions: what justice costs, which every comparison draws for itself, what is known, how results are told, and
what a measure consists of."""
PRICE, HARM, INDEX = "price.", ".harm", ".days"
"""How the names of prices begin, and those of what harm weighs in money and by the Cambridge index end."""
ASPECTS = {
    "motive": ("rate", "youth", "women", "night", "season", "outside", "member", "sober", "sets_out", "wheels"),
    "reward": ("reward",),
    "guardians": ("guard", "camera", "persist"),
    "surroundings": ("light", "eyes", "neglect"),
    "opportunity": ("reach", "crowd", "owned", "occupied", "on_woman", "on_youth", "on_drinker", "repeat", "repeat_days"),
    "traces": ("disorder", "alarm", "hurt"),
    "police": ("report", "urgent", "investigate", "solve", "detain", "arrestable", "caught_before", "custody", "custody_days",
                          "together"),
}  # fmt: skip
"""What the rows of a type of offence are about."""
EDGE = 0.02
"""Tails of a row's distribution that a screening leaves out, each."""
CHANCE = "chance.world"
"""A step of a screening at which no row moves, but another world is lived: what families do is to be held against that."""
LEVELS = 4
SAMPLES = 2048
"""Base samples of the Sobol indices; a power of two."""
LAYERS = ("averted per SEK", "offences averted, %", "felt safe, points")
SWITCHES = {
    "as it stands": (),
    "nobody who is turned away goes elsewhere": ("offence.*.persist=0", "risk.wait=0"),
    "all who are turned away go elsewhere": ("offence.*.persist=1",),
    "nothing stays behind when guardians leave": ("patrol.caution_half_life=60", "risk.known=0"),
    "nobody gives up an outing for fear": ("feel.stay=0", "feel.drive=0"),
    "the gates are closed": ("population.in_commuters=0", "population.out_commuters=0", "population.visitors=0", "offender.outside=0"),
}
"""Structural switches: rows and their values, * for every type of offence."""


def uncertain(parameters, weighed=False):
    """Names of the rows that are assumptions about the city and are not known for sure, without those that these `parameters` set to
    another value. What harm weighs in money and what things cost, which every comparison draws for itself, is among them if `weighed`."""
    rows = [row for row in parameters.rows.values() if parameters.in_doubt(row.name) and parameters[row.name] == row.value]
    names = [row.name for row in rows if row.name.split(".")[0] not in NOT_ASSUMED and not row.name.endswith(INDEX)]
    return [name for name in names if weighed or not (name.startswith(PRICE) or name.endswith(HARM))]


def family(name):
    """The group of a row in a screening: its first word; of types of offence, what their row is about (ASPECTS), for all types together."""
    first, *_, last = name.split(".")
    if first != "offence":
        return first
    return f"offence.{next(aspect for aspect, columns in ASPECTS.items() if last in columns)}"


def of_families(names, families):
    """Those rows of `names` that belong to some `families`, all where none is named. Raises `ConfigError`."""
    known = sorted({family(name) for name in names})
    if wrong := set(families) - set(known):
        raise ConfigError(f"--families {wrong.pop()}: no such family; allowed are {', '.join(known)}")
    return [name for name in names if not families or family(name) in families]


def at(parameters, names, u):
    """The values of rows at the shares `u` float64 (n, rows) in (0, 1) of their distributions: a table with a column a row."""
    columns = [parameters.quantile(parameters.rows[name], u[:, i]) for i, name in enumerate(names)]
    return pd.DataFrame(np.stack(columns, axis=1), columns=names)


def answers(runs):
    """{(measure, outcome of LAYERS): value} of one world's runs {scenario: run}."""
    values = {name: outcomes(run) for name, run in runs.items()}
    none, found = values["none"], {}
    for name in runs.keys() - {"none"}:
        mine, spent = values[name], cost_msek(runs[name].summary)
        averted = 100 * (1 - mine["happened"] / none["happened"]) if none["happened"] else np.nan
        gains = ((none["harm"] - mine["harm"]) / spent if spent else np.nan, averted, mine["safe_share"] - none["safe_share"])
        found |= {(name, layer): value for layer, value in zip(LAYERS, gains, strict=True)}
    return found


def answers_at(table, options, console):
    """The answers at every row of a `table` of parameters: one dict a row, empty where a run is missing."""
    found = live_points(table, options, console)
    return Parallel(n_jobs=-1)(delayed(answers)(runs) if all(runs.values()) else delayed(dict)() for runs in found)


def screened(names, u, found):
    """How much families move the answers: a row a family with, for each measure, mu* of harm averted per SEK with its 95 % interval (it is
    above 0 by chance alone where trajectories are few), and the share of steps at which another measure comes first. `u` float64 (points,
    rows) from `trajectories`, `found` the answers at them."""
    from SALib.analyze import morris

    problem = problem_of(names)
    table, groups = {}, list(dict.fromkeys(problem["groups"]))
    for measure in sorted({key[0] for key in found[0]}):
        y = np.array([answer[measure, LAYERS[0]] for answer in found])
        told = morris.analyze(problem, u, y, num_levels=LEVELS, seed=0)
        table[f"{measure}, mu*"] = pd.Series(told["mu_star"], index=told["names"])
        table[f"{measure}, ±"] = pd.Series(told["mu_star_conf"], index=told["names"])
    table["another first, % of steps"] = pd.Series(reordered(problem, u, found))
    return pd.DataFrame(table).reindex(groups).rename_axis("family").reset_index()


def first_of(answer):
    """The measure that averts most harm per SEK; none where nobody can tell."""
    told = [(value, key[0]) for key, value in answer.items() if key[1] == LAYERS[0] and np.isfinite(value)]
    return max(told)[1] if told else "none"


def reordered(problem, u, found):
    """{family: % of its steps at which another measure is first by harm averted per SEK}."""
    first = [first_of(answer) for answer in found]
    groups, steps = np.array(problem["groups"]), {}
    for i in range(len(u) - 1):
        moved = groups[u[i] != u[i + 1]]
        if len(set(moved)) == 1:
            steps.setdefault(moved[0], []).append(first[i] != first[i + 1])
    return {group: 100.0 * float(np.mean(changed)) for group, changed in steps.items()}


def problem_of(names):
    """Rows as SALib wants them, each from 0 to 1, in families."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names), "groups": [family(name) for name in names]}


def trajectories(names, number, seed=0):
    """float64 (points, rows) in [0, 1]: `number` trajectories, in each of which every family moves once."""
    from SALib.sample import morris

    return morris.sample(problem_of(names), number, num_levels=LEVELS, seed=seed)


def worlds_of(chance, number):
    """int64 (points,): the world of each point of `number` trajectories: one for each, and another where `chance` float64 (points,), the
    level of CHANCE in (0, 1), has another value."""
    trajectory = np.repeat(np.arange(number), len(chance) // number)
    return trajectory * LEVELS + np.rint(chance * (LEVELS - 1)).astype(int) + 1


def indices(names, u, found):
    """How much of the variance of each answer between runs every row makes: first-order and total Sobol indices on an emulator, times the
    part of the variance of runs not seen that the emulator predicts (the rest are worlds, and rows that it does not look at); of rows that
    make a hundredth or more. `u` float64 (points, rows) in (0, 1)."""
    rows, points = [], (u - 0.5) * np.sqrt(12)
    for measure, layer in sorted(found[0]):
        y = np.array([answer[measure, layer] for answer in found])
        try:
            learned = emulate(points, y)
        except TooFewRuns:
            continue
        if learned.held_out < SKILL:
            continue
        told = max(learned.held_out, 0.0)
        first, total = sobol_of(lambda x, e=learned: e.process.predict((x - 0.5) * np.sqrt(12)), len(learned.active))
        first, total = told * first, told * total
        for i, column in enumerate(learned.active):
            if total[i] >= 0.01:
                rows.append({"measure": measure, "answer": layer, "row": names[column], "first order": first[i], "total": total[i],
                             "predicted of runs not seen, %": 100 * told})  # fmt: skip
    columns = ["measure", "answer", "row", "first order", "total", "predicted of runs not seen, %"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["measure", "answer", "total"], ascending=[True, True, False], kind="stable")


def sobol_of(function, k):
    """(first-order, total) Sobol indices float64 (k,) of a function of points (n, k) in (0, 1) (Saltelli and others 2010)."""
    from SALib.analyze import sobol
    from SALib.sample import sobol as sample

    problem = {"num_vars": k, "names": [str(i) for i in range(k)], "bounds": [[0.0, 1.0]] * k}
    points = sample.sample(problem, SAMPLES, calc_second_order=False, seed=0)
    told = sobol.analyze(problem, function(points), calc_second_order=False, seed=0)
    return told["S1"], told["ST"]


def firsts(found):
    """How often each measure is first by harm averted per SEK, over points drawn together, in per cent."""
    first = [first_of(answer) for answer in found]
    share = pd.Series(first).value_counts(normalize=True).mul(100.0)
    return share.rename_axis("measure").rename("first, % of points").reset_index()


def switched(options, console):
    """What measures do, and how they rank, with each mechanism taken away: a row a switch and measure."""
    tables = []
    for name, rows in SWITCHES.items():
        config = jobs([*options, "seeds=1"])[0]
        said = [*options, *(f"parameter.{row}" for row in spelled(rows, config.offence))]
        console.print(name, style="bold")
        configs = jobs(said)
        runs, _ = live_all(configs, console)
        table = compare(runs)
        table = table[table["outcome"].eq(MONEY)][["intervention", "effect", "ci_low", "ci_high", "verdict", "rank"]]
        tables.append(table.rename(columns={"effect": "averted per SEK"}).assign(switch=name))
    table = pd.concat(tables)
    return table[["switch", *[c for c in table.columns if c != "switch"]]]


def spelled(rows, offences):
    """The rows of a switch, one for each type of offence where it says *."""
    return [row.replace("*", kind) for row in rows for kind in (offences if "*" in row else ("",))]


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.sensitivity", description=__doc__.split("\n\n")[0])
    parser.add_argument("method", choices=("screen", "indices", "switches"))
    parser.add_argument("--trajectories", type=int, default=4, help="of a screening (default 4)")
    parser.add_argument("--families", help="of indices: those whose rows are drawn, with commas between them (default all)")
    parser.add_argument("--points", type=int, default=100, help="worlds from which emulators learn (default 100)")
    parser.add_argument("overrides", nargs="*", help="options of the configuration, name=value")
    return answered(tell, parser.parse_intermixed_args(arguments), plain(stderr=True))


def tell(said, console):
    """Live, analyse and show. Returns the exit status."""
    learners()  # asked for before anything is lived
    try:
        import SALib  # noqa: F401
    except ImportError:
        raise ConfigError("sensitivity needs SALib; install it with: pip install 'tryggsim[analysis]'") from None
    if said.trajectories < 2:
        raise ConfigError(f"--trajectories {said.trajectories}: allowed is 2 or more")
    if said.points < LEAST_RUNS:
        raise ConfigError(f"--points {said.points}: allowed is {LEAST_RUNS} or more, so that emulators can learn")
    options = ["experiment=sensitivity", MEASURES, *said.overrides]
    if any(text.startswith("intervention=") for text in said.overrides):
        options.remove(MEASURES)
    config = jobs([*options, "seeds=1"])[0]
    check_cities([config], console)
    parameters = config.parameters()
    names, folder = uncertain(parameters), make_folder(config) / "report"
    folder.mkdir(exist_ok=True)
    if said.method == "switches":
        tables = {"switches": switched(options, console)}
    elif said.method == "screen":
        u = trajectories([*names, CHANCE], said.trajectories)
        table = at(parameters, names, EDGE + (1 - 2 * EDGE) * u[:, :-1])
        found = answers_at(table.assign(world=worlds_of(u[:, -1], said.trajectories)), options, console)
        tables = {"screen": screened([*names, CHANCE], u, complete(found))}
    else:
        names = of_families(names, said.families.split(",") if said.families else [])
        drawn = parameters.sampled(names, said.points)
        u = np.stack([(rankdata(drawn[name]) - 0.5) / said.points for name in names], axis=1)
        found = answers_at(pd.DataFrame(drawn), options, console)
        there = [i for i, answer in enumerate(found) if answer]
        found = [found[i] for i in there]
        if len(found) < LEAST_RUNS:
            raise ConfigError(f"only {len(found)} of {said.points} points have an answer; {LEAST_RUNS} are needed")
        tables = {"indices": indices(names, u[there], found), "first": firsts(found)}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        show(table, name)
    print(f"Tables: {folder}")
    return 0


def complete(found):
    """Answers at all points, for a screening that cannot do without one."""
    failed = sum(not answer for answer in found)
    if failed:
        raise ConfigError(f"{failed} points have no answer: their runs failed; the same command lives them again")
    return found


if __name__ == "__main__":
    sys.exit(main())
