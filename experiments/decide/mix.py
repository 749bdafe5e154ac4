"""The best mix: which measures under one budget, what they do to each other, and what more safety costs in harm.

Mixes of measures, and every pair, are lived in matched worlds. Emulators learn from them what any other mix would do; a genetic algorithm
(NSGA-II, Deb and others 2002) finds those mixes of which none is better in both harm averted and felt safety within the budget and the
limits on side effects; and the best of these are lived, too, so that nothing said rests on an emulator alone.
"""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import qmc

from experiments.certainty import common_seeds
from experiments.chances import NOTHING
from experiments.compare import compare, of_each
from experiments.decide.draw import draw_interactions, draw_mix
from experiments.decide.money import NO_PRICE, yearly_msek
from experiments.effects import paired_effect
from experiments.emulate import LEAST_RUNS, emulate, learners
from experiments.launch import live_all
from experiments.living import build_city
from experiments.money import has_price
from experiments.report.section import Section
from experiments.runs import scenarios, variants
from experiments.side import BESIDE, FOR_WHOM, beside_it, graded, side_effects
from experiments.study import study_folder
from sim.compose import jobs
from sim.disk import own_folder
from sim.options import ConfigError, known_only, option, read
from sim.outcomes.files import numbers_of, read_part
from sim.outcomes.measures import outcomes

FILE = "conf/experiment/decide/mix.yaml"
LEAST_SHARE = 0.02
"""Part of the budget below which a measure is left out of a mix."""
LIMITED = (*BESIDE, *(f"{outcome}, {group}" for outcome, group in FOR_WHOM))
"""Side effects that may be limited."""
GENERATIONS, CROWD = 80, 100
"""Generations of the genetic algorithm, and mixes in each."""


@dataclass(frozen=True)
class Options:
    """The yearly budget in million SEK, how many mixes are lived to learn from, and how many of the best ones after that."""

    budget: float = option(100.0, "million SEK a year", 0.1, 100_000)
    mixes: int = option(48, "mixes", LEAST_RUNS, 2000)
    front: int = option(6, "mixes", 1, 50)


def optimiser():
    """What pymoo brings, which is not always there. Raises `ConfigError` where it is not."""
    try:
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.core.problem import Problem
        from pymoo.optimize import minimize
    except ImportError:
        raise ConfigError("decide mix needs pymoo; install it with: pip install 'tryggsim[decide]'") from None
    return NSGA2, Problem, minimize


def affordable(measure, msek, city, parameters):
    """The measure with the largest dose that costs at most `msek` million SEK a year; what costs grows with the dose. Of a rule there is no
    more than the whole."""
    low, high = 0.0, 1.0 if measure.rule else type(measure).__dataclass_fields__["dose"].metadata["high"]
    if yearly_msek(replace(measure, dose=high), city, parameters) <= msek:
        return replace(measure, dose=high)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if yearly_msek(replace(measure, dose=middle), city, parameters) <= msek else (low, middle)
    return replace(measure, dose=math.floor(low * 1e6) / 1e6)


def spendings(names, budget, n, seed=0):
    """float64 (n, names), million SEK: every measure alone and every pair with half the budget each, then mixes spread over all that cost
    between a third and the whole of it, few of them of everything (a Dirichlet of 0.5)."""
    half = budget / 2
    alone = half * np.eye(len(names))
    pairs = [half * (np.eye(len(names))[a] + np.eye(len(names))[b]) for a, b in itertools.combinations(range(len(names)), 2)]
    first = np.array([*alone, *pairs])
    rng = np.random.default_rng(seed)
    whole = budget * (1 / 3 + 2 / 3 * qmc.Sobol(1, rng=rng).random_base2(12)[:n])
    rest = whole * rng.dirichlet(np.full(len(names), 0.5), n)
    return np.concatenate([first, rest])[: max(n, len(first))]


def label(spent):
    """What a mix {measure: million SEK} is called in a study; `parted` takes it apart."""
    return " + ".join(f"{name} {msek:.3g}" for name, msek in sorted(spent.items()))


def parted(scenario):
    """{measure: million SEK a year} of a `label`."""
    return {name: float(msek) for name, msek in (part.rsplit(" ", 1) for part in scenario.split(" + "))}


def mix_of(spending, measures, least, city, parameters):
    """(label, {name: Measure}) of a row of `spendings`: each measure with what its part can buy; less than `least` buys nothing."""
    chosen = {n: affordable(m, s, city, parameters) for (n, m), s in zip(measures.items(), spending, strict=True) if s >= least}
    spent = {name: yearly_msek(measure, city, parameters) for name, measure in chosen.items()}
    bought = {name: measure for name, measure in chosen.items() if measure.dose > 0 and spent[name] > 0}
    return label({name: spent[name] for name in bought}), bought


def planned(said, console):
    """(jobs of the mixes to learn from, by the options `said`, what is to be said of them); tells which measures stand aside."""
    configs, measures, options, _ = asked(said, console)
    mixes = to_learn_from(measures, options, configs[0])
    return with_mixes(configs, mixes), f"Then up to {options.front} of the best mixes in each of these worlds."


def asked(said, console):
    """(jobs, {name: Measure}, Options, {side effect: most}) of the options `said`; measures whose harm has no price stand aside. Raises
    `ConfigError`."""
    configs = jobs(said)
    raw = dict(configs[0].decide)
    limits = limits_of(raw.pop("limits", None) or {})
    options = read(Options, raw, "decide", FILE)
    measures = {name: next(iter(chosen.values())) for name, chosen in configs[0].scenarios.items() if len(chosen) == 1}
    for name in [name for name, measure in measures.items() if not has_price(measure, configs[0].parameters())]:
        console.print(f"{name} stands aside: it {NO_PRICE}", soft_wrap=True)
        del measures[name]
    if len(measures) < 2:
        raise ConfigError(
            "intervention: a mix takes two measures or more whose harm has a price; choose them with intervention=[…] (conf/intervention/)"
        )
    return configs, measures, options, limits


def to_learn_from(measures, options, config):
    """{label: {name: Measure}} of the mixes that are lived first."""
    return mixes_of(spendings(list(measures), options.budget, options.mixes), measures, options.budget, config)


def mixes_of(rows, measures, budget, config):
    """{label: {name: Measure}} of rows of `spendings`."""
    city, parameters = build_city(config), config.parameters()
    mixes = dict(mix_of(row, measures, LEAST_SHARE * budget, city, parameters) for row in rows)
    mixes.pop("", None)
    return mixes


def with_mixes(configs, mixes):
    """The jobs, each of no measures and of all `mixes`."""
    return [replace(config, scenarios={NOTHING: {}} | mixes) for config in configs]


def live(said, console):
    """Live mixes in the worlds of the options `said`, then the best that these suggest: (folder, runs)."""
    learners(), optimiser()
    configs, measures, options, limits = asked(said, console)
    mixes = to_learn_from(measures, options, configs[0])
    runs, _ = live_all(with_mixes(configs, mixes), console)
    folder = study_folder(configs[0])
    for part in variants(runs).values() if runs else ():
        front = front_of(lived(part), list(measures), options.budget, limits)
        picked = front.iloc[np.unique(np.linspace(0, len(front) - 1, options.front).round().astype(int))] if len(front) else front
        mixes |= mixes_of(picked[list(measures)].to_numpy(), measures, options.budget, configs[0])
    runs, _ = live_all(with_mixes(configs, mixes), console)
    own_folder(folder / "report")
    pd.Series({"budget": options.budget, **limits}).to_csv(folder / "report" / "asked.csv", header=False)
    return folder, runs


def limits_of(raw):
    """{side effect: most} of the option `decide.limits`. Raises `ConfigError`."""
    known_only(raw, LIMITED, "decide.limits")
    for name, most in raw.items():
        if isinstance(most, bool) or not isinstance(most, (int, float)):
            raise ConfigError(f"decide.limits.{name}={most}: must be a number, at most how much more than without measures ({FILE})")
    return {name: float(most) for name, most in raw.items()}


def lived(runs):
    """A row a mix that was lived, in one variant: what was spent on each measure, its cost, harm averted in million SEK a year, felt safety
    gained in percentage points, with intervals, and side effects."""
    table, years = side_effects(runs, compare(runs)), runs[0].summary["days"] / 365
    spent = pd.DataFrame([parted(choice) for choice in table["choice"]]).fillna(0.0)
    rows = pd.DataFrame({"choice": table["choice"], "cost": spent.sum(axis=1), "averted": -table["harm"] / years})
    rows["averted_low"], rows["averted_high"] = -table["harm_high"] / years, -table["harm_low"] / years
    for end in ("", "_low", "_high"):
        rows[f"safer{end}"] = table[f"safe_share{end}"]
    kept = [column for column in table.columns if column not in ("choice", "worlds") and not column.startswith(("harm", "safe_share_"))]
    return pd.concat([rows, spent, table[kept]], axis=1)


def emulators(table, names, limits):
    """{outcome: Emulator} over what is spent on the measures `names`, in tenths of the dearest mix: what is averted, felt safety, and what
    is limited."""
    scale = table["cost"].max() / 10
    points = table[names].to_numpy() / scale
    of = {name: emulate(points, table[name].to_numpy(dtype=float)) for name in ("averted", "safer", *limits)}
    return of, scale


def front_of(table, names, budget, limits):
    """Mixes of which none that costs at most `budget` and keeps the `limits` averts more and makes feel safer, as far as emulators of the
    lived `table` tell: a row a mix, what is spent on each measure, `averted` and `safer`, those that avert most first."""
    NSGA2, Problem, minimize = optimiser()
    of, scale = emulators(table, names, limits)
    most = np.minimum(budget, [table[name].max() for name in names])

    class Mix(Problem):
        def __init__(self):
            super().__init__(n_var=len(names), n_obj=2, n_ieq_constr=1 + len(limits), xl=np.zeros(len(names)), xu=np.maximum(most, 1e-6))

        def _evaluate(self, x, out, *_, **__):
            found = {name: emulator.mean(x / scale) for name, emulator in of.items()}
            out["F"] = np.column_stack([-found["averted"], -found["safer"]])
            out["G"] = np.column_stack([x.sum(axis=1) - budget, *(found[name] - limit for name, limit in limits.items())])

    result = minimize(Mix(), NSGA2(pop_size=CROWD), ("n_gen", GENERATIONS), seed=1)
    if result.X is None:
        return pd.DataFrame(columns=[*names, "averted", "safer"])
    front = pd.DataFrame(np.atleast_2d(result.X), columns=names)
    front["averted"], front["safer"] = -np.atleast_2d(result.F).T
    return front.drop_duplicates().sort_values("averted", ascending=False, ignore_index=True)


def interactions(runs):
    """What pairs of measures do to each other in one variant: a row a pair that was lived together and each alone at the same cost, with
    what both avert beyond the sum of each (million SEK a year) and so for felt safety (percentage points), with intervals."""
    by_scenario = scenarios(runs)
    values, seeds, years = of_each(outcomes, by_scenario), sorted(common_seeds(by_scenario)), runs[0].summary["days"] / 365
    effect = lambda name, outcome, s: values[name][s][outcome] - values[NOTHING][s][outcome]  # noqa: E731
    rows = []
    for name in by_scenario:
        spent = parted(name) if name != NOTHING else {}
        alone = [label({measure: msek}) for measure, msek in spent.items()]
        if len(spent) != 2 or not all(one in by_scenario for one in alone):
            continue
        row = dict(zip(("first", "second"), spent, strict=True))
        for column, outcome, sign in (("averted", "harm", -1 / years), ("safer", "safe_share", 1.0)):
            beyond = [sign * (effect(name, outcome, s) - sum(effect(one, outcome, s) for one in alone)) for s in seeds]
            found = paired_effect(np.array(beyond), np.zeros(len(seeds)))
            row |= {column: found.mean, f"{column}_low": found.low, f"{column}_high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)


def answer(runs, report, tongues):
    """Write and draw the best mixes of these runs, and what measures do to each other: {language: sections}."""
    file = report / "asked.csv"
    if not file.exists():
        raise ConfigError(f"{report.parent}: these runs are not of mixes; live such with: python -m experiments.decide mix")
    asked = read_part(file, numbers_of)
    budget, tables, pairs = asked.pop("budget"), {}, {}
    for variant, part in variants(runs).items():
        table = lived(part)
        names = [column for column in table.columns[6:] if column in {m["name"] for run in part for m in run.summary["measures"]}]
        tables[variant] = (table, names, front_of(table, names, budget, asked))
        pairs[variant] = interactions(part)
    for which, found in (("mixes", {v: t for v, (t, _, _) in tables.items()}), ("front", {v: f for v, (_, _, f) in tables.items()}),
                         ("interactions", pairs)):  # fmt: skip
        pd.concat(found, names=["variant", "row"]).reset_index("variant").to_csv(report / f"{which}.csv", index=False, lineterminator="\n")
    told = {}
    for language, tongue in tongues.items():
        tongue = tongue.naming(runs, sorted({n for _, names, _ in tables.values() for n in names}))
        draw_mix(tables, tongue.titles, tongue.say, report / "figures" / f"mix.{language}.png")
        draw_interactions(pairs, tongue.titles, tongue.say, report / "figures" / f"interactions.{language}.png")
        told[language] = [
            *(section(best_lived(table, budget, asked), names, budget, variant, tongue) for variant, (table, names, _) in tables.items()),
            Section("", pictures=["mix"]),
            *(Section(tongue.say["mix"]["together"] + of_variant(variant), says=of_pairs(part, tongue)) for variant, part in pairs.items()),
            Section("", pictures=["interactions"]),
        ]  # fmt: skip
    return told


def best_lived(table, budget, limits):
    """The lived mixes within budget and limits of which none of these is better in both; those that avert most first."""
    may = table[(table["cost"] <= budget * 1.005) & np.all([table[name] <= most for name, most in limits.items()], axis=0)]
    beaten = [((may["averted"] > row.averted) & (may["safer"] > row.safer)).any() for row in may.itertuples()]
    return may[~np.array(beaten, dtype=bool)].sort_values("averted", ascending=False)


def section(table, names, budget, variant, tongue):
    """Mixes: what is spent on what, what that averts, felt safety, side effects."""
    say, rows = tongue.say, []
    for row in table.to_dict("records"):
        spent = ", ".join(f"{tongue.titles[name]} {tongue.number(row[name], 0)}" for name in names if row[name] > 0)
        rows.append(
            [spent, tongue.interval(row, "averted"), tongue.interval(row, "safer", 2), *beside_it(row, tongue), graded(row, tongue)]
        )
    title = say["mix"]["title"].format(msek=tongue.short(budget)) + of_variant(variant)
    return Section(title, [say["mix"]["spent"], say["averted_short"], say["felt_short"], *say["beside"], say["evidence"]], rows, last=1)


def of_variant(variant):
    """What is added to a title to tell variants apart."""
    return f" ({variant})" if variant else ""


def of_pairs(pairs, tongue):
    """Sentences: the pairs of which these worlds say that they do something to each other."""
    say, found = tongue.say["mix"], []
    for row in pairs.to_dict("records"):
        if any(row[f"{column}_low"] * row[f"{column}_high"] > 0 for column in ("averted", "safer")):
            found.append(say["pair"].format(first=tongue.titles[row["first"]], second=tongue.titles[row["second"]],
                                            averted=tongue.interval(row, "averted"), safer=tongue.interval(row, "safer", 2)))  # fmt: skip
    if found or not len(pairs):
        return found or [say["none_lived"]]
    return [say["no_pair"]] if pairs["averted_low"].notna().any() else [say["one_world"]]
