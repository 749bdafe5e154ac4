"""Does the choice survive doubt: everything that is uncertain drawn together, and what would have to be true for another to be better.

Every draw of the uncertain rows of the registry (a Latin hypercube) is lived in a world of its own, under every choice. Emulators part what
the rows do from what worlds do by chance (Strong, Oakley and Brennan 2014); of what they expect, this says how much each choice may be
regretted (Savage 1951), how often it is good enough (satisficing, Lempert, Popper and Bankes 2003), where another beats it (the patient
rule induction method, Friedman and Fisher 1999), and what it would be worth to know a row before choosing (Raiffa and Schlaifer 1961).
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from experiments.chances import NOTHING
from experiments.compare import fact_of
from experiments.decide.draw import draw_doubt
from experiments.decide.money import NO_PRICE, at_budget
from experiments.emulate import LEAST_RUNS, SKILL, emulate, learners
from experiments.living import build_city
from experiments.money import has_price
from experiments.points import jobs_at, live_points
from experiments.report.meaning import standing
from experiments.report.section import Section
from experiments.sensitivity import uncertain
from experiments.side import graded, is_scenario
from experiments.study import study_folder
from sim.compose import jobs
from sim.config import REGISTRY
from sim.disk import own_folder
from sim.options import ConfigError, option, read
from sim.outcomes.files import numbers_of, read_part
from sim.outcomes.measures import cost_msek, outcomes
from sim.parameters import read_registry

FILE = "conf/experiment/decide/doubt.yaml"
FLOOR_DRAWS = 40
"""Shuffles of a row that tell what it would seem to be worth to know by chance alone."""
LEVELS = 200
"""Levels of the gains, of those that so few draws leave open, at which choices are compared."""
LEAST_WORTH = 0.005
"""Million SEK a year below which knowing a row is worth nothing."""
RARE = 0.05
"""Part of the draws below which a choice's being better is not described."""
SHOWN = 12
"""Rows whose worth is shown."""
ENDS = ("low", "high")
BESIDE = ["safe_share", "watched_hours", "wrongful_detentions"]
"""Outcomes that stand beside what a choice gains."""


@dataclass(frozen=True)
class Options:
    """What every choice costs a year, how many draws are lived, and how much averted harm per krona is good enough."""

    budget: float = option(100.0, "million SEK a year", 0.1, 100_000)
    points: int = option(120, "draws", LEAST_RUNS, 100_000)
    enough: float = option(1.0, "SEK per SEK", 0, 1000)


def discoverer():
    """The patient rule induction method, which is not always there. Raises `ConfigError` where it is not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of ways to run models that are not used here
            from ema_workbench.analysis.prim import Prim
    except ImportError:
        raise ConfigError("decide doubt needs ema_workbench; install it with: pip install 'tryggsim[decide]'") from None
    return Prim


def planned(said, console):
    """(jobs of every choice at every draw, by the options `said`, what is to be said of them); tells which measures stand aside."""
    table, options, _ = asked(said, console)
    return jobs_at(table, options), ""


def asked(said, console):
    """(table of what is drawn, a row a world; options of the command line that say all else; Options). Raises `ConfigError`."""
    first = jobs([*said, "seeds=1"])[0]
    options, city, parameters = read(Options, first.decide, "decide", FILE), build_city(first), first.parameters()
    doses = {}
    for name, chosen in first.scenarios.items():
        if len(chosen) == 1:
            measure = next(iter(chosen.values()))
            dosed, why = at_budget(measure, options.budget, city, parameters)
            if dosed and has_price(measure, parameters):
                doses[name] = dosed.dose
            else:
                console.print(f"{name} stands aside at {options.budget:g} million SEK: it {why or NO_PRICE}", soft_wrap=True)
    if not doses:
        raise ConfigError(f"decide.budget={options.budget:g}: no chosen measure can take such a budget ({FILE})")
    kept = [text for text in said if not text.startswith("intervention=")]
    at_doses = [*kept, f"intervention=[{','.join(doses)}]", *(f"intervention.{name}.dose={dose}" for name, dose in doses.items())]
    return pd.DataFrame(parameters.sampled(uncertain(parameters, weighed=True), options.points)), at_doses, options


def live(said, console):
    """Live every choice at every draw of what is uncertain, by the options `said`: (folder, runs)."""
    learners(), discoverer()
    table, at_doses, options = asked(said, console)
    found = live_points(table, at_doses, console)
    folder = study_folder(jobs([*at_doses, "seeds=1"])[0])
    own_folder(folder / "report")
    pd.Series({"budget": options.budget, "enough": options.enough}).to_csv(folder / "report" / "asked.csv", header=False)
    return folder, [run for runs in found for run in runs.values() if run]


def drawn(runs):
    """(rows float64 (draws, k) as a table of what was drawn; what each choice averts, float64 (draws, choices) as a table, in million SEK a
    year, and such a table of what it costs, at the prices that were drawn; a table by choice of its side effects in the mean, its evidence
    and whether it is a `scenario`) of all draws that every choice was lived at."""
    by_seed = {}
    for run in runs:
        by_seed.setdefault(run.summary["seed"], {})[run.config["scenario"]] = run
    names = [name for name in dict.fromkeys(run.config["scenario"] for run in runs) if name != NOTHING]
    whole = {seed: mine for seed, mine in sorted(by_seed.items()) if {NOTHING, *names} <= mine.keys()}
    years = runs[0].summary["days"] / 365
    points, averted, costs, beside = {}, {}, {}, []
    for seed, mine in whole.items():
        values = {name: outcomes(run) for name, run in mine.items()}
        harm = {name: of["harm"] for name, of in values.items()}
        costs[seed] = {name: cost_msek(mine[name].summary) / years for name in names}
        averted[seed] = {name: (harm[NOTHING] - harm[name]) / years for name in names}
        points[seed] = mine[NOTHING].config["parameters"]
        beside.append(pd.DataFrame({name: {o: values[name][o] - values[NOTHING][o] for o in BESIDE} for name in names}).T)
    own = {row.name: row.value for row in read_registry(REGISTRY)}
    points = pd.DataFrame.from_dict(points, orient="index")
    points = points.fillna({name: own[name] for name in points}).loc[:, lambda t: t.nunique() > 1]
    choices = pd.concat(beside).groupby(level=0).mean() if beside else pd.DataFrame()
    for name, run in next(iter(whole.values())).items() if whole else ():
        if name != NOTHING:
            grade = fact_of(run.summary, "evidence")
            choices.loc[name, ["evidence", "scenario"]] = grade, is_scenario(grade)
    averted, costs = (pd.DataFrame.from_dict(of, orient="index") for of in (averted, costs))
    return points, averted, costs, choices


def standardised(points):
    """float64 (draws, rows): normal scores of what was drawn, so that all rows are spread alike."""
    return np.stack([norm.ppf((rankdata(points[name]) - 0.5) / len(points)) for name in points], axis=1)


def expected(z, averted, costs):
    """(table (draws, choices) of the net gain that emulators over standardised rows `z` expect of each choice, doing nothing among them:
    what it averts, emulated, less what it costs, known; {choice: columns of the rows that matter to either}; {choice: part of the variance
    of what it averts in runs not seen that they predict, 0 where that is too little to be believed}; table (draws, choices) of what they
    leave of what it averts in runs not seen)."""
    found, active, told, left = {NOTHING: np.zeros(len(z))}, {}, {}, {}
    for name in averted:
        learned, cost = emulate(z, averted[name].to_numpy()), costs[name].to_numpy()
        told[name], found[name] = learned.held_out if learned.held_out >= SKILL else 0.0, learned.mean(z) - cost
        left[name] = learned.left
        matters = [learned.active] if told[name] else []
        matters += [emulate(z, cost).active] if np.ptp(cost) > 0 else []
        active[name] = np.unique(np.concatenate([np.zeros(0, dtype=int), *matters]))
    return pd.DataFrame(found, index=averted.index), active, told, pd.DataFrame(left, index=averted.index)


def at_levels(means, left):
    """The net gains `means` at every level that so few draws leave open, a table (LEVELS × draws, choices): what emulators leave of runs
    not seen, `left`, is nought in the mean, as well as that many draws can tell; it is drawn for all choices together, as the worlds that
    these share have it, from a normal distribution."""
    spread = np.atleast_2d(np.cov(left.to_numpy(), rowvar=False)) / len(left)
    drawn = np.random.default_rng(0).multivariate_normal(np.zeros(len(spread)), spread, LEVELS)
    levels = pd.DataFrame(0.0, range(LEVELS), means.columns)
    levels[list(left)] = drawn - drawn.mean(axis=0)
    return pd.DataFrame((levels.to_numpy()[:, None] + means.to_numpy()[None]).reshape(-1, len(means.columns)), columns=means.columns)


def regrets(means, costs, enough):
    """A row a choice: net gain in the mean, how much it may be regretted (mean and 95th percentile of the draws), how often it is best, and
    `enough`: in how many draws it averts that much per krona; the one with least mean regret first. `means` and `costs` float64 (draws,
    choices) as tables, doing nothing among the former."""
    regret = -means.sub(means.max(axis=1), axis=0)
    table = pd.DataFrame({
        "gain": means.mean(), "regret": regret.mean(), "regret_95": regret.quantile(0.95),
        "best": (regret <= 0).div((regret <= 0).sum(axis=1), axis=0).mean(),
    })  # fmt: skip
    table["enough"] = [((means[n] + costs[n]) / costs[n] >= enough).mean() if n in costs and costs[n].all() else np.nan for n in means]
    return table.sort_values("regret", kind="stable").rename_axis("choice").reset_index()


def worth_knowing(z, means, columns):
    """What it is worth, in million SEK a year, to know before choosing: (everything, table of rows). Of each of the `columns` of `z`, the
    worth and its `floor`: what the same row would seem worth by chance in nineteen of twenty cases."""
    choose = lambda known: float(known.max(axis=1).mean() - means.to_numpy().mean(axis=0).max())  # noqa: E731
    rng = np.random.default_rng(0)
    rows = []
    for column in columns:
        by_chance = [choose(smooth(rng.permutation(z[:, column]), means)) for _ in range(FLOOR_DRAWS)]
        worth = choose(smooth(z[:, column], means))
        rows.append((column, worth if worth >= LEAST_WORTH else 0.0, max(float(np.quantile(by_chance, 0.95)), 0.0)))
    return choose(means.to_numpy()), pd.DataFrame(rows, columns=["column", "worth", "floor"]).sort_values("worth", ascending=False)


def smooth(x, means):
    """float64 (draws, choices): what is expected of each choice where only `x` float64 (draws,) is known: cubic in it."""
    powers = np.vander(x, 4)
    return powers @ np.linalg.lstsq(powers, means.to_numpy(), rcond=None)[0]


def box(points, better):
    """Where it is that something is better, with a chance of `better` float64 (draws,), by rows of the table `points`: (rows row, low,
    high, NaN where it has no such end; coverage, the part of all such draws inside; density, the part of those inside that are such).
    None where that is rare or nearly always."""
    likely, chance = np.asarray(better) > 0.5, np.asarray(better, dtype=float)
    share = float(likely.mean())
    if not RARE <= min(share, chance.mean()) <= max(share, chance.mean()) <= 1 - RARE or not len(points.columns):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it does with its own tables
        found = discoverer()(points.reset_index(drop=True), likely, threshold=share).find_box()
    path = found.peeling_trajectory
    step = int((path["coverage"] * path["density"]).idxmax())
    limits, by_chance = found.box_lims[step], found.qp[step]
    rows, inside = [], np.ones(len(points), dtype=bool)
    for name in by_chance:
        ends = [limits[name].iloc[i] if 0 <= by_chance[name][i] < 0.05 else np.nan for i in (0, 1)]
        inside &= ~(points[name].to_numpy() < ends[0]) & ~(points[name].to_numpy() > ends[1])  # what has no end ends nowhere
        if not np.isnan(ends).all():
            rows.append((name, *ends))
    coverage, density = chance[inside].sum() / chance.sum(), chance[inside].mean()
    return pd.DataFrame(rows, columns=["row", "low", "high"]), float(coverage), float(density)


def answer(runs, report, tongues):
    """Write and draw whether the choice survives doubt: {language: sections}."""
    file = report / "asked.csv"
    points, averted, costs, choices = drawn(runs)
    if not file.exists() or not len(points.columns):
        raise ConfigError(
            f"{report.parent}: nothing uncertain was drawn for these runs; live such with: python -m experiments.decide doubt"
        )
    if len(averted) < LEAST_RUNS:
        raise ConfigError(
            f"{report.parent}: {len(averted)} draws were lived under every choice; it takes {LEAST_RUNS} or more to say anything"
        )
    asked = pd.Series(read_part(file, numbers_of))
    z = standardised(points)
    means, active, told, left = expected(z, averted, costs)
    gains = at_levels(means, left)
    paid = pd.DataFrame(np.tile(costs, (LEVELS, 1)), columns=costs.columns)
    table = regrets(gains, paid, asked["enough"]).join(choices, on="choice")
    table["predicted"] = [told.get(name, np.nan) for name in table["choice"]]
    whole, worth = worth_knowing(z, means, sorted({int(c) for columns in active.values() for c in columns}))
    worth.insert(0, "row", [points.columns[c] for c in worth["column"]])
    leader, boxes = table["choice"].iloc[0], []
    for rival in (name for name in table["choice"] if name != leader):
        columns = sorted({*active.get(leader, ()), *active.get(rival, ())})
        better = (gains[rival] > gains[leader]).to_numpy().reshape(LEVELS, -1).mean(axis=0)
        found, share = box(points.iloc[:, columns], better), float(better.mean())
        for row, low, high in found[0].itertuples(index=False) if found else [("", np.nan, np.nan)]:
            boxes.append((rival, leader, share, row, low, high, *(found[1:] if found else (np.nan, np.nan))))
    boxes = pd.DataFrame(boxes, columns=["choice", "beats", "share", "row", "low", "high", "coverage", "density"])
    for name, what in (("regret", table), ("worth", worth.drop(columns="column")), ("boxes", boxes)):
        what.to_csv(report / f"doubt_{name}.csv", index=False, lineterminator="\n")
    told_in = {}
    for language, tongue in tongues.items():
        tongue = tongue.naming(runs, averted)
        shown = worth.head(SHOWN)
        shown = shown.assign(row=shown["row"].map(tongue.row))
        draw_doubt(table, gains, shown, tongue.number(whole), tongue.titles, tongue.say, report / "figures" / f"doubt.{language}.png")
        told_in[language] = sections(table, worth, whole, boxes, len(averted), asked, tongue)
    return told_in


def sections(table, worth, whole, boxes, draws, asked, tongue):
    """How much each choice may be regretted, what would have to be true for others to beat the first, and what is worth knowing."""
    say = tongue.say["doubt"]
    rows = [
        [tongue.titles[row["choice"]], tongue.number(row["gain"], 1, True),
         *(tongue.number(row[f"regret{end}"]) for end in ("", "_95")),
         *(tongue.percent(row[name]) for name in ("best", "enough", "predicted")), tongue.number(row["safe_share"], 2, True),
         tongue.number(row["watched_hours"], 0, True), tongue.number(row["wrongful_detentions"], 1, True), graded(row, tongue)]
        for row in table.to_dict("records")
    ]  # fmt: skip
    columns = [text.format(enough=tongue.short(asked["enough"])) for text in say["columns"]]
    columns += [tongue.say["felt_short"], *tongue.say["beside"][1:3], tongue.say["evidence"]]
    leader = table.iloc[0]
    lead = say["lead"].format(
        leader=tongue.titles[leader["choice"]], best=tongue.percent(leader["best"]), most=tongue.percent(table["predicted"].max())
    )
    title = say["title"].format(draws=draws, msek=tongue.short(asked["budget"]))
    first = Section(title, columns, rows, says=[lead], pictures=["doubt"], last=1)
    known = worth[worth["worth"] > worth["floor"]].head(SHOWN)
    values = [
        say["worth"].format(row=tongue.row(r.row), worth=tongue.number(r.worth, 2), floor=tongue.number(r.floor, 2))
        for r in known.itertuples()
    ]
    return [
        first, Section(say["rivals"], says=[rival_said(part, tongue) for _, part in boxes.groupby(["choice", "beats"], sort=False)]),
        Section(say["knowing"], says=[say["whole"].format(whole=tongue.number(whole, 2)), *(values or [say["nothing_known"]])]),
    ]  # fmt: skip


def stands(name, tongue):
    """Words for the value at which a row of the registry stands, with its unit."""
    value, unit = standing(name)
    return tongue.say["doubt"]["stands"].format(value=tongue.short(value), unit=unit)


def rival_said(part, tongue):
    """A sentence: how often a choice beats the first, and where that is so."""
    say, row = tongue.say["doubt"], part.iloc[0]
    said = say["beats"].format(rival=tongue.titles[row["choice"]], leader=tongue.titles[row["beats"]], share=tongue.percent(row["share"]))
    told = part[part["row"] != ""]
    if not len(told):
        return f"{said}."
    limits = (
        (
            f"{tongue.row(r['row'])} {stands(r['row'], tongue)}",
            [say[end].format(end=tongue.short(r[end])) for end in ENDS if r[end] == r[end]],
        )
        for r in told.to_dict("records")
    )
    where = [f"{name} {tongue.say['and'].join(ends)}" for name, ends in limits]
    inside = say["inside"].format(density=tongue.percent(row["density"]), coverage=tongue.percent(row["coverage"]))
    return f"{said}: {say['where']} {tongue.say['and'].join(where)} ({inside})."
