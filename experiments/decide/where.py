"""Where and how: the same measure in other places, at other hours, with other options."""

from dataclasses import replace

import numpy as np
import pandas as pd
import yaml

from experiments.certainty import common_seeds, gains_of
from experiments.chances import NOTHING, among
from experiments.compare import compare, of_each
from experiments.decide.draw import draw_where
from experiments.effects import paired_effect, spread
from experiments.launch import live_all
from experiments.living import build_city
from experiments.money import HARMS
from experiments.report.section import Section
from experiments.runs import scenarios, variants
from experiments.side import beside_it, side_effects
from experiments.study import note_of, study_folder
from sim.compose import jobs
from sim.config import read_measures
from sim.disk import read_yaml, write_text
from sim.options import ConfigError, known_only
from sim.outcomes.files import read_part
from sim.outcomes.measures import cost_msek, hits, outcomes

FILE = "conf/experiment/decide/where.yaml"
ASKED = "asked.yaml"
"""The file in a study's folder that says in words what its scenarios are."""
MONTHS = {"december": 12, "june": 6}
"""Months that stand for the dark and the light half of the year."""


def questions(raw, study):
    """{question: {choice: {measure's name: Measure}}} of the options of a study. Raises `ConfigError`."""
    found = {}
    known_only(raw, raw if isinstance(raw, dict) else ["<question>"], "decide")
    for question, said in raw.items():
        checked(said, ("en", "sv", "choices"), f"decide.{question}")
        found[question] = {}
        for choice, means_ in said["choices"].items():
            where = f"decide.{question}.choices.{choice}"
            checked(means_, ("measures", "en", "sv"), where)
            found[question][choice] = read_measures(means_["measures"], study, f"{where}.measures", FILE)
    return found


def checked(said, keys, where):
    """Raise `ConfigError` unless a mapping has these keys, and no others."""
    known_only(said, keys, where)
    missing = [key for key in keys if not said.get(key)]
    if missing:
        raise ConfigError(f"{where}.{missing[0]}: missing ({FILE})")


def label(question, choice):
    """What a choice is called in a study; `parted` takes it apart."""
    return f"{question} {choice}"


def parted(scenario):
    """(question, choice) of a `label`."""
    return tuple(scenario.split(" ", 1))


def planned(said, _):
    """(jobs of every choice of every question, by the options `said`, what is to be said of them)."""
    configs = jobs(said)
    asked = questions(configs[0].decide, configs[0].study)
    chosen = {label(q, c): measures for q, choices in asked.items() for c, measures in choices.items()}
    configs = [replace(config, scenarios={NOTHING: {}} | chosen) for config in configs]
    build_city(configs[0], check_measures=True)
    return configs, ""


def live(said, console):
    """Live every choice of every question in the worlds of the options `said`: (folder, runs)."""
    configs, _ = planned(said, console)
    runs, _ = live_all(configs, console)
    folder = study_folder(configs[0])
    write_text(folder / ASKED, yaml.safe_dump(configs[0].decide, allow_unicode=True, sort_keys=False))
    return folder, runs


def answered(runs, harm):
    """A row a choice: what it costs and averts a year, felt safety, the change in what happened in a dark and a light month, and how likely
    it is the best answer to its question, by harm averted per krona (`best`, `loss`), doing nothing among the answers."""
    by_scenario = scenarios(next(iter(variants(runs).values())))
    values = of_each(outcomes, by_scenario)
    seeds, years = sorted(common_seeds(by_scenario)), runs[0].summary["days"] / 365
    monthly = of_each(lambda run: {name: in_month(run, month) for name, month in MONTHS.items()}, by_scenario)
    gains = gains_of(HARMS[harm], by_scenario, values)
    rows = []
    for question in dict.fromkeys(parted(name)[0] for name in gains):
        mine = {name: gain for name, gain in gains.items() if parted(name)[0] == question}
        sure = among(mine).set_index("choice") if len(seeds) > 1 else pd.DataFrame(columns=["best", "loss"])
        for name in mine:
            averted = np.array([values[NOTHING][s]["harm_drawn"] - values[name][s]["harm_drawn"] for s in seeds]) / years
            row = {"question": question, "choice": parted(name)[1], "scenario_name": name}
            row["cost"] = np.mean([cost_msek(by_scenario[name][s].summary) for s in seeds]) / years
            row["averted"], (row["averted_low"], row["averted_high"]) = averted.mean(), spread(averted)
            row |= effect_of("safer", [values[name][s]["safe_share"] - values[NOTHING][s]["safe_share"] for s in seeds])
            for month in MONTHS:
                row |= effect_of(month, [monthly[name][s][month] - monthly[NOTHING][s][month] for s in seeds])
            rows.append(row | {key: sure[key].get(name, np.nan) for key in ("best", "loss")})
    return pd.DataFrame(rows)


def effect_of(name, differences):
    """{name, name_low, name_high} of paired differences."""
    effect = paired_effect(np.array(differences), np.zeros(len(differences)))
    return {name: effect.mean, f"{name}_low": effect.low, f"{name}_high": effect.high}


def in_month(run, month):
    """What hit someone or something in a month of the study; NaN where that month is not whole."""
    first, days = pd.Timestamp(run.summary["first_date"]), run.summary["days"]
    whole = pd.date_range(first, periods=days).month == month
    at = first + pd.to_timedelta(hits(run)["time"], unit="s")
    return float((at.dt.month == month).sum()) if whole.sum() >= 28 else np.nan


def answer(runs, report, tongues):
    """Write and draw which choice answers each question best in these runs, with side effects in the same rows: {language: sections}."""
    file = report.parent / ASKED
    if not file.exists():
        raise ConfigError(f"{report.parent}: these runs answer no such questions; live such with: python -m experiments.decide where")
    asked = read_part(file, read_yaml)
    table = answered(runs, note_of(report.parent)["harm"])
    beside = side_effects(runs, compare(runs)).rename(columns={"choice": "scenario_name"}).drop(columns="worlds")
    table = table.merge(beside, on="scenario_name", how="left")
    table.to_csv(report / "where.csv", index=False, lineterminator="\n")
    told = {}
    for language, tongue in tongues.items():
        draw_where(table, asked, language, tongue.say, report / "figures" / f"where.{language}.png")
        told[language] = [section(part, asked[question], tongue) for question, part in table.groupby("question", sort=False)]
        told[language].append(Section("", pictures=["where"]))
    return told


def section(part, asked, tongue):
    """One question: a row a choice, and which may be the best answer."""
    said = {choice: means_[tongue.language] for choice, means_ in asked["choices"].items()}
    rows = [
        [said[row["choice"]], tongue.number(row["cost"], 0), tongue.interval(row, "averted"), tongue.interval(row, "safer", 2),
         *(tongue.interval(row, month, 0) for month in MONTHS), *beside_it(row, tongue), tongue.percent(row["best"])]
        for row in part.to_dict("records")
    ]  # fmt: skip
    says = []
    if part["best"].notna().all():
        nothing = pd.DataFrame([{"choice": NOTHING, "best": 1 - part["best"].sum()}])
        ranked = pd.concat([part[["choice", "best"]], nothing]).sort_values("best", ascending=False, kind="stable")
        says.append(tongue.best(ranked, said | {NOTHING: tongue.say["none"]}))
    say = tongue.say
    columns = [
        "",
        say["cost_short"],
        say["averted_short"],
        say["felt_short"],
        say["december"],
        say["june"],
        *say["beside"],
        say["best_short"],
    ]
    return Section(asked[tongue.language], columns, rows, says)
