"""How sure a study is of its ranking: chances of being best, what they cost if wrong, and how the effect grew week by week."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.certainty import certainty, common_seeds
from experiments.chances import NOTHING
from experiments.compare import compare, of_each
from experiments.decide.draw import draw_chances, draw_weeks
from experiments.effects import paired_effect
from experiments.launch import check_cities, live_all
from experiments.money import HARMS, SAFETY
from experiments.report.section import Section
from experiments.runs import scenarios, variants
from experiments.side import beside_it, graded, side_effects
from experiments.study import StudyError, note_of, study_folder
from sim.compose import jobs
from sim.disk import own_folder
from sim.options import ConfigError, option, read
from sim.outcomes.measures import hits

WEEK_S = 7 * 86_400
FILE = "conf/experiment/decide/sure.yaml"


def week_by_week(runs):
    """How the effect on what hits someone or something grew: a row a measure and whole week, the change from the first day to its end,
    with its interval: columns choice, week, effect, low, high."""
    by_scenario = scenarios(next(iter(variants(runs).values())))
    seeds, weeks = sorted(common_seeds(by_scenario)), runs[0].summary["days"] // 7
    counted = of_each(hits_a_week, by_scenario)
    rows = []
    for name in list(by_scenario)[1:]:
        so_far = np.cumsum([counted[name][s][:weeks] - counted[NOTHING][s][:weeks] for s in seeds], axis=1)
        for week in range(weeks):
            effect = paired_effect(so_far[:, week], np.zeros(len(seeds)))
            rows.append((name, week + 1, effect.mean, effect.low, effect.high))
    return pd.DataFrame(rows, columns=["choice", "week", "effect", "low", "high"])


def hits_a_week(run):
    """int64 (weeks,): what hit someone or something in each week of a run, the last perhaps of fewer days."""
    return np.bincount(hits(run)["time"] // WEEK_S, minlength=run.summary["days"] // 7 + 1)


@dataclass(frozen=True)
class Options:
    """How many worlds are lived: at first, more at a time, and at most; and the expected loss, in SEK of harm averted per SEK spent, below
    which no more are."""

    worlds: int = option(4, "worlds", 2, 1000)
    step: int = option(2, "worlds", 1, 100)
    budget: int = option(20, "worlds", 2, 1000)
    bound: float = option(0.05, "SEK per SEK", 0, 100)


def planned(said, _):
    """(all jobs that the options `said` may come to, what is to be said of them)."""
    first = jobs([*said, "seeds=1"])[0]
    budget = read(Options, first.decide, "decide", FILE).budget
    return jobs([*said, f"seeds={budget}"]), "At most: worlds are lived a few at a time, until enough is known."


def live(said, console):
    """Live worlds of the study that the options `said` describe, until enough is known or the budget is spent: (its folder, its runs).

    What is expected to be lost by choosing the leader is asked after every step; asking often does not bias it, as it would a test
    (expected opportunity cost, Chick and Inoue 2001).
    """
    first = jobs([*said, "seeds=1"])[0]
    options, known = read(Options, first.decide, "decide", FILE), []
    check_cities([first], console)
    for worlds in [*range(options.worlds, options.budget, options.step), options.budget]:
        asked = [*said, f"seeds={worlds}"]
        runs, _ = live_all(jobs(asked), console)
        table = certainty(runs, first.study.harm)[HARMS[first.study.harm]] if runs else pd.DataFrame()
        if table.empty:
            raise StudyError("too few runs came to an end for a ranking; the causes stand above")
        leader = table.iloc[0]
        known.append((worlds, leader["choice"], leader["best"], leader["loss"]))
        console.print(f"{worlds} worlds: {leader['choice']} leads, best with {leader['best']:.0%}; expected loss {leader['loss']:.3f}")
        if leader["loss"] <= options.bound:
            break
    folder = study_folder(first)
    own_folder(folder / "report")
    steps = pd.DataFrame(known, columns=["worlds", "leader", "best", "loss"])
    steps.to_csv(folder / "report" / "steps.csv", index=False, lineterminator="\n")
    return folder, runs


def answer(runs, report, tongues):
    """Write and draw how sure these runs are: {language: sections of the answer}."""
    harm = note_of(report.parent)["harm"]
    tables = certainty(runs, harm)
    if tables[HARMS[harm]].empty:
        raise ConfigError(f"{report.parent}: it takes two worlds with measures that cost something to say how sure a ranking is")
    weeks = week_by_week(runs)
    beside = side_effects(runs, compare(runs)).set_index("choice").drop(columns="worlds")
    tables = {outcome: table.join(beside, on="choice") for outcome, table in tables.items()}
    for outcome, table in tables.items():
        table.to_csv(report / f"sure_{outcome}.csv", index=False, lineterminator="\n")
    weeks.to_csv(report / "weeks.csv", index=False, lineterminator="\n")
    names, told = dict.fromkeys(name for table in tables.values() for name in table["choice"] if name != NOTHING), {}
    for language, tongue in tongues.items():
        tongue = tongue.naming(runs, names)
        draw_chances(tables[HARMS[harm]], tongue.titles, tongue.say, report / "figures" / f"sure.{language}.png")
        if len(weeks):
            draw_weeks(weeks, tongue.titles, tongue.say, report / "figures" / f"weeks.{language}.png")
        told[language] = [
            section(tables[HARMS[harm]], tongue, HARMS[harm], ["sure"]), section(tables[SAFETY], tongue, SAFETY, []),
            *([Section(tongue.say["so_far"], pictures=["weeks"])] if len(weeks) else []),
        ]  # fmt: skip
    return told


def section(table, tongue, outcome, pictures):
    """One table, and who may be best by an outcome."""
    rows = []
    for row in table.to_dict("records"):
        effect = {name: row[end] for name, end in (("e", "effect"), ("e_low", "ci_low"), ("e_high", "ci_high"))}
        ranks = tongue.say["from_to"].format(low=f"{row['rank_low']:.0f}", high=f"{row['rank_high']:.0f}")
        rows.append([
            tongue.titles[row["choice"]], tongue.percent(row["best"]), tongue.percent(row["top3"]), tongue.number(row["loss"], 3),
            f"{row['rank']:.0f} {ranks}", tongue.interval(effect, "e", 0), tongue.number(row["p"], 3), tongue.number(row["p_adjusted"], 3),
            tongue.number(row["gain"], 1), *beside_it(row, tongue), graded(row, tongue),
        ])  # fmt: skip
    say = tongue.say["sure"]
    columns = [*say["columns"], *tongue.say["beside"], tongue.say["evidence"]]
    return Section(say["title"][outcome], columns, rows, [tongue.best(table)], pictures, say["note"], last=1)
