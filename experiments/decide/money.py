"""Equal money: every measure with the dose that costs the same a year, what it averts, and how fast that fades as more is spent."""

import re
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from experiments.certainty import common_seeds
from experiments.chances import NOTHING, chances, means
from experiments.compare import compare, of_each
from experiments.decide.draw import draw_money
from experiments.effects import paired_effect, spread
from experiments.launch import live_all
from experiments.living import build_city
from experiments.money import CITY, MONEY, unvalued
from experiments.report.section import Section
from experiments.runs import scenarios, variants
from experiments.side import beside_it, graded, side_effects
from experiments.study import study_folder
from sim.compose import jobs
from sim.disk import own_folder
from sim.options import ConfigError, option, read
from sim.outcomes.measures import cost_msek, outcomes

NO_PRICE = "is meant to prevent harm on which nobody has put a price"
NEAR = 0.02
"""Part of a budget by which what a measure costs may miss it."""
WORTH = np.linspace(0.0, 5.0, 101)
"""What a krona of averted harm may be worth to whoever decides, in kronor."""


def yearly_msek(measure, city, parameters):
    """What a measure costs in a year, in million SEK."""
    return sum(line.yearly(parameters["price.interest"]) for line in measure.bill(city, parameters)) / 1e6


def at_budget(measure, msek, city, parameters):
    """(the measure with the dose for which it costs `msek` million SEK a year, why not): one of the two is None. A rule has no dose."""
    if measure.rule:
        return (
            None,
            f"is a rule, the whole of which costs {yearly_msek(replace(measure, dose=1.0), city, parameters):.3g} million SEK a year",
        )
    most = next(f for f in fields(measure) if f.name == "dose").metadata["high"]
    off = lambda dose: yearly_msek(replace(measure, dose=dose), city, parameters) - msek  # noqa: E731
    if off(most) < -NEAR * msek:
        return None, f"takes {off(most) + msek:.3g} million SEK a year at most, at {most:g} times the registry's quantity"
    dose = brentq(off, 0.0, most, xtol=1e-6) if off(most) > 0 else most
    if abs(off(dose)) > NEAR * msek:
        return None, f"comes in steps: {off(dose) + msek:.3g} million SEK a year is the nearest to {msek:g}"
    return replace(measure, dose=round(dose, 6)), None


def label(name, msek):
    """What a measure at a budget is called in a study; `parted` takes it apart."""
    return f"{name} {msek:g}"


def parted(choice):
    """(name of the measure, million SEK a year) of a `label`."""
    name, msek = choice.rsplit(" ", 1)
    return name, float(msek)


def at_budgets(measures, budgets, city, parameters):
    """({choice: {name: Measure}}, rows (measure, budget, why not)) of all `measures` {name: Measure} at all budgets, in million SEK; a rule
    has no dose, and stands at what the whole of it costs."""
    choices, aside = {}, []
    for name, measure in measures.items():
        if measure.rule:
            whole = replace(measure, dose=1.0)
            choices[label(name, round(yearly_msek(whole, city, parameters), 3))] = {name: whole}
            continue
        for msek in budgets:
            dosed, why = at_budget(measure, msek, city, parameters)
            if dosed:
                choices[label(name, msek)] = {name: dosed}
            else:
                aside.append((name, msek, why))
    return choices, aside


def bought(lived, days):
    """What money buys in a study of so many `days`, `lived` as `told` gives it: a row a measure and budget, with what it costs, harm
    averted in million SEK a year and felt safety gained in percentage points, with their intervals (prices and weights of harm drawn),
    harm averted per krona, and of each further krona since the budget before (`marginal`, with its interval); and whether the harm that it
    is meant to prevent has a price at all (`valued`)."""
    values, by_scenario, seeds = lived
    years = days / 365
    averted = {name: np.array([values[NOTHING][s]["harm_drawn"] - values[name][s]["harm_drawn"] for s in seeds]) / years for name in values}
    safer = {name: np.array([values[name][s]["safe_share"] - values[NOTHING][s]["safe_share"] for s in seeds]) for name in values}
    costs = {name: np.array([by_scenario[name][s].summary["cost_draws"] for s in seeds]) / years for name in values}
    bills = {name: np.mean([cost_msek(by_scenario[name][s].summary) for s in seeds]) / years for name in values}
    rows, before = [], {}
    for choice in sorted(values.keys() - {NOTHING}, key=lambda c: (parted(c)[0], parted(c)[1])):
        name, msek = parted(choice)
        low, high = spread(averted[choice])
        felt = paired_effect(safer[choice], np.zeros(len(seeds)))
        row = {"choice": choice, "measure": name, "budget": msek, "cost": bills[choice], "averted": averted[choice].mean(),
               "averted_low": low, "averted_high": high, "safer": felt.mean, "safer_low": felt.low, "safer_high": felt.high}  # fmt: skip
        less = before.get(name, NOTHING)
        more, dearer = averted[choice] - averted[less], costs[choice] - (costs[less] if less != NOTHING else 0.0)
        row["marginal"] = more.mean() / (bills[choice] - bills[less])
        row["marginal_low"], row["marginal_high"] = spread(more / dearer)
        row["per_krona"] = row["averted"] / row["cost"]
        summary = next(iter(by_scenario[choice].values())).summary
        facts = summary["measures"][0]
        row["rule"], row["decides"], row["valued"] = facts["rule"], facts["decides"], MONEY not in unvalued(summary)
        rows.append(row)
        before[name] = choice
    return pd.DataFrame(rows)


def told(runs):
    """(outcomes {choice: {seed: values}}, runs {choice: {seed: run}}, seeds that all have) of the first variant."""
    by_scenario = scenarios(next(iter(variants(runs).values())))
    return of_each(outcomes, by_scenario), by_scenario, sorted(common_seeds(by_scenario))


def acceptability(lived, choices):
    """How likely each of the `choices` is the best one, doing nothing among them, by what averted harm is worth: the acceptability curve
    (van Hout and others 1994). A row a worth in `WORTH` (kronor for a krona of harm), a column a choice."""
    values, by_scenario, seeds = lived
    averted = np.array([[values[NOTHING][s]["harm_drawn"] - values[c][s]["harm_drawn"] for s in seeds] for c in choices])
    costs = np.array([[by_scenario[c][s].summary["cost_draws"] for s in seeds] for c in choices])
    both = means(np.concatenate([averted, costs]))
    averted, costs = both[:, : len(choices)], both[:, len(choices) :]
    rows = []
    for worth in WORTH:
        gains = np.column_stack([np.zeros(len(both)), worth * averted - costs])
        rows.append(chances(gains, [NOTHING, *choices]).set_index("choice")["best"])
    return pd.DataFrame(rows, index=pd.Index(WORTH, name="worth"))


@dataclass(frozen=True)
class Options:
    """Yearly budgets, in million SEK, parted by commas."""

    budgets: str = option("10,50,100")

    @property
    def msek(self):
        """float, each > 0, the smallest first. Raises `ConfigError`."""
        try:
            found = sorted({float(text) for text in str(self.budgets).split(",")})
        except ValueError:
            found = []
        if not found or not all(0 < msek < 1e5 for msek in found):
            raise ConfigError(f"decide.budgets={self.budgets}: must be amounts in million SEK a year, as 10,50,100 ({FILE})")
        return found


FILE = "conf/experiment/decide/money.yaml"


def planned(said, console):
    """(jobs of every measure at every budget, by the options `said`, what is to be said of them); tells which measures stand aside."""
    return asked(said, console)[0], ""


def asked(said, console):
    """(jobs, rows (measure, budget, why) of measures that stand aside)."""
    configs = jobs(said)
    budgets = read(Options, configs[0].decide, "decide", FILE).msek
    city, parameters = build_city(configs[0]), configs[0].parameters()
    measures = {name: next(iter(chosen.values())) for name, chosen in configs[0].scenarios.items() if len(chosen) == 1}
    choices, aside = at_budgets(measures, budgets, city, parameters)
    for name, msek, why in aside:
        console.print(f"{name} stands aside at {msek:g} million SEK: it {why}", soft_wrap=True)
    if not choices:
        raise ConfigError(f"decide.budgets={configs[0].decide.get('budgets')}: no chosen measure can take such a budget ({FILE})")
    return [replace(config, scenarios={NOTHING: {}} | choices) for config in configs], aside


def live(said, console):
    """Live every measure at every budget in the worlds of the options `said`: (folder, runs)."""
    configs, aside = asked(said, console)
    runs, _ = live_all(configs, console)
    folder = study_folder(configs[0])
    own_folder(folder / "report")
    pd.DataFrame(aside, columns=["measure", "budget", "why"]).to_csv(folder / "report" / "aside.csv", index=False, lineterminator="\n")
    return folder, runs


def answer(runs, report, tongues):
    """Write and draw what money buys in these runs, with side effects in the same rows: {language: sections}."""
    if not all(re.fullmatch(r"\w+ [\d.e+]+", run.config["scenario"]) for run in runs if run.config["scenario"] != NOTHING):
        raise ConfigError(f"{report.parent}: these runs are not of measures at budgets; live such with: python -m experiments.decide money")
    lived = told(runs)
    beside = side_effects(runs, compare(runs)).set_index("choice")
    table = bought(lived, runs[0].summary["days"]).join(beside.drop(columns=["worlds", "decides"]), on="choice")
    open_to = table[table["decides"].eq(CITY) & ~table["rule"] & table["valued"]]
    curves = {msek: acceptability(lived, list(part["choice"])) for msek, part in open_to.groupby("budget") if len(lived[2]) > 1}
    table.to_csv(report / "money.csv", index=False, lineterminator="\n")
    for msek, curve in curves.items():
        curve.to_csv(report / f"acceptability_{msek:g}.csv", lineterminator="\n")
    sections = {}
    for language, tongue in tongues.items():
        tongue = tongue.naming(runs, dict.fromkeys(table["measure"]))
        if table["valued"].any():
            draw_money(table[table["valued"]], curves, tongue.titles, tongue.say, report / "figures" / f"money.{language}.png")
        say, city = tongue.say["money"], table["decides"].eq(CITY)
        lists = [section(part, tongue, title) for title, part in ((say["city"], table[city]), (say["others"], table[~city])) if len(part)]
        says = [likeliest(curve, msek, tongue) for msek, curve in curves.items()]
        sections[language] = [Section(say["best"], says=says, pictures=["money"]), *lists]
    return sections


def likeliest(curve, msek, tongue):
    """A sentence: which of the city's choices at a budget is likeliest the best where a krona of averted harm is worth a krona."""
    at_par = curve.loc[WORTH[np.abs(WORTH - 1.0).argmin()]]
    first = at_par.idxmax()
    name = tongue.titles[first if first == NOTHING else parted(first)[0]]
    return tongue.say["money"]["likeliest"].format(msek=tongue.short(msek), name=name, chance=tongue.percent(at_par.max()))


def of_harm(row, tongue):
    """Cells of harm averted, per krona, and of the last krona; dashes where the harm that a measure is meant to prevent has no price."""
    if not row["valued"]:
        return ["–"] * 3
    return [tongue.interval(row, "averted"), tongue.number(row["per_krona"], 2, True), tongue.interval(row, "marginal", 2)]


def section(table, tongue, title):
    """A row a measure and budget: what it averts, what the last krona averts, felt safety, side effects, evidence."""
    say = tongue.say
    rows = [
        [tongue.titles[row["measure"]], tongue.number(row["cost"], 0), *of_harm(row, tongue), tongue.interval(row, "safer", 2),
         *beside_it(row, tongue), graded(row, tongue)]
        for row in table.to_dict("records")
    ]  # fmt: skip
    columns = [say["measure"], say["cost_short"], say["averted_short"], *say["money"]["columns"], say["felt_short"], *say["beside"],
               say["evidence"]]  # fmt: skip
    return Section(title, columns, rows, note=say["money"]["note"], last=1)
