"""Matched worlds compared: paired effects, intervals, what could have been seen, and how much may be claimed.

Everything here is a pure function of saved runs.
"""

import numpy as np
import pandas as pd

from experiments import money
from experiments.effects import BETTER, DIFFERENT, ENDS, TOO_SMALL, UNVALUED, WORSE, Limits, jackknife, paired_effect, verdict
from experiments.money import HARMS
from experiments.runs import scenarios, variants
from experiments.together import each
from sim.outcomes.journeys import journeys_by
from sim.outcomes.measures import cost_msek, hits, outcome_list, outcomes
from sim.outcomes.rights import by_group
from sim.outcomes.space import counts, rings, weighted_displacement_quotient

COLUMNS = [
    "variant", "intervention", "outcome", "unit", "baseline", "effect", "effect_pct", "ci_low", "ci_high", "mde", "gain", "verdict",
    "share_better", "share_same", "rank", "worlds", "cost_msek", "cost_running", "cost_low", "cost_high", "decides", "pays", "evidence",
]  # fmt: skip


def compare(runs):
    """The comparison table: one row a measure and outcome, with the columns `COLUMNS`. A pure function of the saved runs."""
    tables = []
    for variant, group in variants(runs).items():
        by_scenario = scenarios(group)
        values = of_each(outcomes, by_scenario, "comparing runs")
        found = []
        for label in list(by_scenario)[1:]:
            seeds = sorted(values[label].keys() & values["none"].keys())
            if seeds:
                found += [{"variant": variant} | row for row in _rows(label, by_scenario, values, seeds)]
        table = pd.DataFrame(found, columns=COLUMNS)
        for ranked in (money.MONEY, money.INDEX, money.SAFETY):
            part = table[table["outcome"].eq(ranked)]
            table.loc[part.index, "rank"] = money.ranks(part, by_scenario, values)
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def of_each(work, by_scenario, doing="reading runs"):
    """{label: {seed: work(run)}} for runs {label: {seed: run}}."""
    found = iter(each(work, [run for worlds in by_scenario.values() for run in worlds.values()], doing=doing))
    return {label: {seed: next(found) for seed in worlds} for label, worlds in by_scenario.items()}


def fact_of(summary, key):
    """What the measure of a run says of itself: of several, the thinnest `evidence`, and for all else "several"."""
    said = [measure[key] for measure in summary["measures"]]
    return said[0] if len(said) == 1 else max(said, default="several") if key == "evidence" else "several"


def _rows(label, by_scenario, values, seeds):
    run, none = by_scenario[label][seeds[0]], by_scenario["none"][seeds[0]]
    summary = run.summary
    bill = float(np.mean([cost_msek(by_scenario[label][s].summary) for s in seeds]))
    says = {key: fact_of(summary, key) for key in ("decides", "pays", "evidence")}
    treated = {o: np.array([values[label][s][o] for s in seeds]) for o in values[label][seeds[0]]}
    control = {o: np.array([values["none"][s][o] for s in seeds]) for o in treated}
    costs = np.mean([by_scenario[label][s].summary["cost_draws"] for s in seeds], axis=0)
    range_ = dict(zip(("cost_low", "cost_high"), np.quantile(costs, ENDS).tolist(), strict=True))
    running = float(np.mean([cost_msek(by_scenario[label][s].summary, "running_sek") for s in seeds]))
    common = {"intervention": label, "worlds": len(seeds), "cost_msek": bill, "cost_running": running} | range_ | says
    horizon = max((measure["horizon_days"] for measure in summary["measures"]), default=0)
    limits, unvalued = Limits(summary["days"], horizon, summary["compare"]), money.unvalued(summary)
    for outcome in outcome_list(none.summary["offences"], none.summary["courses"]):
        x, x0 = treated[outcome.name], control[outcome.name]
        effect, base = paired_effect(x, x0), float(x0.mean())
        events = float(control[outcome.counts].sum()) if outcome.counts else np.inf
        better = (x - x0) * outcome.better > 0 if outcome.better else np.full(len(x), np.nan)
        yield common | {
            "outcome": outcome.name, "unit": outcome.unit, "baseline": base, "effect": effect.mean,
            "effect_pct": 100.0 * effect.mean / base if base else np.nan, "ci_low": effect.low, "ci_high": effect.high,
            "mde": effect.mde, "gain": effect.gain,
            "verdict": UNVALUED if outcome.name in unvalued else verdict(effect, outcome, base, events, limits),
            "share_better": float(np.mean(better)), "share_same": float(np.mean(x == x0)),
        }  # fmt: skip
    yield from money.rows(common, treated, control, bill, costs, limits, unvalued)
    yield from _space(common, by_scenario, label, seeds, limits)


def _space(common, by_scenario, label, seeds, limits):
    """Offences in treated cells, around them and elsewhere, and the displacement quotient where the treated effect is resolved."""
    with_measure, without = [], []
    for seed in seeds:
        run, none = by_scenario[label][seed], by_scenario["none"][seed]
        areas = rings(run.maps, run.summary["city"], run.summary["compare"]["ring"])
        for kept, of in ((with_measure, run), (without, none)):
            kept.append(counts(hits(of)["cell"].to_numpy(), *areas))
    x, x0 = np.array(with_measure), np.array(without)
    for i, name in enumerate(("happened_in_treated_cells", "happened_around_them", "happened_elsewhere")):
        outcome = next(o for o in outcome_list({}) if o.name == "happened")
        effect, base = paired_effect(x[:, i], x0[:, i]), float(x0[:, i].mean())
        said = verdict(effect, outcome, base, x0[:, i].sum(), limits)
        yield common | {
            "outcome": name, "unit": "offences", "baseline": base, "effect": effect.mean,
            "effect_pct": 100 * effect.mean / base if base else np.nan, "ci_low": effect.low, "ci_high": effect.high,
            "mde": effect.mde, "gain": effect.gain, "verdict": said, "share_better": float(np.mean(x[:, i] < x0[:, i])),
            "share_same": float(np.mean(x[:, i] == x0[:, i])),
        }  # fmt: skip
        if i == 0:
            resolved = said in (BETTER, WORSE)
    whole = low = high = np.nan
    if resolved:
        whole, low, high = jackknife(lambda kept: weighted_displacement_quotient(x[kept].sum(axis=0), x0[kept].sum(axis=0)), len(seeds))
        low, high = (low, high) if len(seeds) > 2 else (np.nan, np.nan)  # two quotients say little of their spread
    yield common | {
        "outcome": "weighted_displacement_quotient", "unit": "ratio", "baseline": np.nan, "effect": whole, "effect_pct": np.nan,
        "ci_low": low, "ci_high": high, "mde": np.nan, "gain": np.nan, "share_better": np.nan, "share_same": np.nan,
        "verdict": DIFFERENT if np.isfinite(low) and (low > 0 or high < 0) else TOO_SMALL,
    }  # fmt: skip


WATCHED = ("safe_share", "in_custody", "disorder")
"""Daily series that must have settled before the measures begin, beside what happens."""


def stationarity(runs):
    """Whether the warm-up had settled: for each watched series of the baseline, the change over worlds from the last weeks but some to the
    last: from the third to the last quarter, in whole weeks. A table with columns series, days (in each of the two), before, after,
    change_pct, ci_low, ci_high (of the change), settled."""
    pairs = {}
    for run in scenarios(runs)["none"].values():
        daily = run.daily[run.daily["day"] < 0]
        quarter = 7 * max(1, len(daily) // 28)
        if len(daily) < 2 * quarter:
            continue
        hit = [f"happened_{name}" for name, kind in run.summary["offences"].items() if kind["target"] != "market"]
        for name, columns in ({"happened": hit} | {name: [name] for name in WATCHED}).items():
            total = daily[columns].sum(axis=1)
            pairs.setdefault(name, []).append((total.iloc[-2 * quarter : -quarter].mean(), total.iloc[-quarter:].mean()))
    rows = []
    for name, pair in pairs.items():
        before, after = np.array(pair).T
        effect = paired_effect(after, before)
        change = 100 * effect.mean / before.mean() if before.any() else 0.0
        settled = effect.low <= 0 <= effect.high or abs(change) < runs[0].summary["compare"]["settled_pct"]
        rows.append((name, quarter, before.mean(), after.mean(), change, effect.low, effect.high, bool(settled)))
    return pd.DataFrame(rows, columns=["series", "days", "before", "after", "change_pct", "ci_low", "ci_high", "settled"])


GROUPED = ["baseline", "effect", "effect_pct", "ci_low", "ci_high", "worlds"]
EQUITY_COLUMNS = ["variant", "intervention", "outcome", "group", *GROUPED]
JOURNEY_COLUMNS = ["variant", "intervention", "outcome", "by", "group", *GROUPED]


def equity(runs):
    """For whom and where: one row a measure, outcome and group (a district, the most burdened areas and the others, a group of ages), with
    paired intervals over worlds. No verdicts: many small groups are looked at at once."""
    return grouped(runs, by_group, EQUITY_COLUMNS)


def journeys(runs):
    """The three journeys, likewise, by hour, district, sex and age."""
    return grouped(runs, journeys_by, JOURNEY_COLUMNS)


def grouped(runs, work, columns):
    """A table of paired effects on everything that `work(run)` tells, {(outcome, …): value}, wherever all worlds know of it."""
    rows = []
    for variant, group in variants(runs).items():
        values = of_each(work, scenarios(group), "comparing groups of people")
        for label in list(values)[1:]:
            seeds = sorted(values[label].keys() & values["none"].keys())
            told = [values[scenario][s] for scenario in (label, "none") for s in seeds]
            for key in told[0] if seeds else ():
                if all(key in each_of for each_of in told):
                    x, x0 = (np.array([of[s][key] for s in seeds]) for of in (values[label], values["none"]))
                    effect, base = paired_effect(x, x0), float(x0.mean())
                    pct = 100 * effect.mean / base if base else np.nan
                    rows.append((variant, label, *key, base, effect.mean, pct, effect.low, effect.high, len(seeds)))
    return pd.DataFrame(rows, columns=columns)


def first_variant(table):
    """The rows of the first variant: what figures and short tables show."""
    return table[table["variant"] == table["variant"].iloc[0]] if len(table) else table


def ranking(table, harm="money"):
    """One row a measure: its rank by harm averted per krona, harm weighed as HARMS says, where that is resolved, shared by those whom the
    worlds cannot tell apart, 0 for the rest: ties, what it is too early to tell of, and harm without a price.

    Index (variant, intervention); columns rank, verdict and the effects and intervals of the outcomes that the summary shows;
    `per_krona` is the one ranked by.
    """
    shown = {"per_krona": HARMS[harm]} | {name: name for name in ("happened", "harm", "safe_share", money.NET)}
    if table.empty:
        return pd.DataFrame(columns=["variant", "intervention", "verdict", "rank"])
    rows = []
    for (variant, label), part in table.groupby(["variant", "intervention"], sort=False):
        by = part.set_index("outcome")
        row = {"variant": variant, "intervention": label, "verdict": by.loc[HARMS[harm], "verdict"]}
        row["rank"] = int(by.loc[HARMS[harm], "rank"])
        row |= {k: by[k].iloc[0] for k in ("cost_msek", "cost_running", "decides", "pays", "evidence", "worlds")}
        for name, outcome in shown.items():
            row |= {f"{name}{end}": by.loc[outcome, col] for end, col in (("", "effect"), ("_low", "ci_low"), ("_high", "ci_high"))}
            base = by.loc[outcome, "baseline"]
            row |= {f"{name}_verdict": by.loc[outcome, "verdict"], f"{name}_pct": by.loc[outcome, "effect_pct"]}
            row |= {f"{name}_pct_{end}": 100.0 * by.loc[outcome, f"ci_{end}"] / base if base else np.nan for end in ("low", "high")}
        rows.append(row)
    ranked = pd.DataFrame(rows).sort_values("per_krona", ascending=False, kind="stable")
    better, worse = ranked["verdict"].eq(BETTER), ranked["verdict"].eq(WORSE)
    return pd.concat([ranked[better].sort_values("rank", kind="stable"), ranked[~better & ~worse].sort_index(), ranked[worse]])
