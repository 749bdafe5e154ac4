"""Matched worlds compared: paired effects, intervals, what could have been seen, and how much may be claimed.

Everything here is a pure function of saved runs.
"""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import bootstrap, t

from experiments.together import each
from sim.outcomes.measures import HIGHER, LOWER, Outcome, cost_msek, hits, outcome_list, outcomes
from sim.outcomes.rights import by_group
from sim.outcomes.space import counts, rings, weighted_displacement_quotient

LEVEL, POWER, MANY, QUANTILES = 0.95, 0.8, 30, 199
"""Level of the intervals, power behind the smallest resolvable effect, worlds from which the bootstrap is used, and points at which a
distribution is looked at."""
MONEY = "harm_averted_per_msek"
"""The outcome by which measures are ranked."""
COLUMNS = [
    "variant", "intervention", "outcome", "unit", "baseline", "effect", "effect_pct", "ci_low", "ci_high", "mde", "gain", "verdict",
    "share_better", "rank", "worlds", "cost_msek", "cost_low", "cost_high", "decides", "pays", "evidence",
]  # fmt: skip
BETTER, WORSE, EQUIVALENT, DIFFERENT = "better", "worse", "equivalent", "different"
TOO_SMALL, TOO_SHORT, TOO_FEW = "too small a study to tell", "too short a horizon to tell", "too few events to tell"


@dataclass(frozen=True)
class Effect:
    """A paired difference over worlds: mean, interval, smallest resolvable effect, and the gain in variance from matching."""

    mean: float
    low: float
    high: float
    mde: float
    gain: float


def paired_effect(treated, control):
    """Effect of `treated` over `control`, float arrays (worlds,) of the same worlds in the same order.

    t interval (Student 1908) over the differences; from 30 worlds on a bias-corrected bootstrap (Efron 1987). One world has no
    interval. `mde` is the true effect that a study of this size finds with a power of 0.8. `gain` is by how much more worlds
    an unmatched comparison would need. Worlds that all differ alike say nothing of either.
    """
    d = np.asarray(treated, float) - np.asarray(control, float)
    n = len(d)
    if n < 2:
        return Effect(float(d.mean()) if n else np.nan, np.nan, np.nan, np.nan, np.nan)
    error = d.std(ddof=1) / np.sqrt(n)
    reach = t.ppf(0.5 + LEVEL / 2, n - 1) * error
    low, high = d.mean() - reach, d.mean() + reach
    if n >= MANY and error > 0:
        found = bootstrap((d,), np.mean, confidence_level=LEVEL, n_resamples=4999, rng=np.random.default_rng(0))
        low, high = found.confidence_interval
    apart = np.var(treated, ddof=1) + np.var(control, ddof=1)
    mde = (t.ppf(0.5 + LEVEL / 2, n - 1) + t.ppf(POWER, n - 1)) * error if error > 0 else np.nan
    gain = apart / d.var(ddof=1) if error > 0 else np.nan
    return Effect(float(d.mean()), float(low), float(high), float(mde), float(gain))


@dataclass(frozen=True)
class Limits:
    """What a study can judge: its `days`, the days that its measure needs (`horizon`), the margin within which effects are equivalent in
    per cent of the baseline, and the events below which nothing is claimed."""

    days: int
    horizon: int
    margin_pct: float
    least_events: float


def verdict(effect, outcome, baseline, events, limits):
    """What may be said of an effect (DESIGN law 11): `baseline` mean without the measure, `events` behind it in a study."""
    if limits.days < (outcome.horizon_days if outcome.at_once else max(outcome.horizon_days, limits.horizon)):
        return TOO_SHORT
    if outcome.counts and events < limits.least_events:
        return TOO_FEW
    if not np.isfinite(effect.low):
        return TOO_SMALL
    if effect.low == effect.high == 0.0 or max(abs(effect.low), abs(effect.high)) <= limits.margin_pct / 100.0 * abs(baseline):
        return EQUIVALENT
    if effect.low > 0 or effect.high < 0:
        if outcome.better not in (LOWER, HIGHER):
            return DIFFERENT
        return BETTER if (effect.mean > 0) == (outcome.better == HIGHER) else WORSE
    return TOO_SMALL


def variants(runs):
    """Runs grouped by everything but measures, scenario and seed: {description: runs}. One group has the description ''."""
    keys = {}
    for run in runs:
        rest = {k: v for k, v in run.config.items() if k not in ("scenario", "seed", "measures")}
        keys.setdefault(json.dumps(rest), []).append(run)
    if len(keys) == 1:
        return {"": runs}
    flat = [pd.json_normalize(json.loads(key)).iloc[0].to_dict() for key in keys]
    names = [n for n in dict.fromkeys(n for f in flat for n in f) if len({str(f.get(n)) for f in flat}) > 1]
    return {", ".join(setting(n, f) for n in names): group for f, group in zip(flat, keys.values(), strict=True)}


def setting(name, flat):
    """An option as a user writes it; a parameter that only other variants override has the registry's own value."""
    return f"{name.replace('parameters.', 'parameter.', 1)}={flat.get(name, 'as in the registry')}"


def scenarios(runs):
    """Runs of one variant by measure: {label: {seed: run}}, `none` first. Options that differ become part of the label."""
    options = {}
    for run in runs:
        options.setdefault(run.config["scenario"], {}).setdefault(json.dumps(run.config["measures"]), []).append(run)
    found = {}
    for name, versions in options.items():
        flat = [pd.json_normalize(json.loads(v)).iloc[0].to_dict() if json.loads(v) else {} for v in versions]
        differ = [n for n in dict.fromkeys(n for f in flat for n in f) if len({str(f.get(n)) for f in flat}) > 1]
        for f, group in zip(flat, versions.values(), strict=True):
            said = ", ".join(f"{n.split('.', 1)[-1]}={f.get(n)}" for n in differ)
            found[f"{name} ({said})" if said else name] = {run.summary["seed"]: run for run in group}
    return {"none": found.pop("none", {})} | dict(sorted(found.items()))


def compare(runs):
    """The comparison table: one row a measure and outcome, with the columns `COLUMNS`. A pure function of the saved runs."""
    tables = []
    for variant, group in variants(runs).items():
        by_scenario = scenarios(group)
        values = of_each(outcomes, by_scenario)
        found = []
        for label in list(by_scenario)[1:]:
            seeds = sorted(values[label].keys() & values["none"].keys())
            if seeds:
                found += [{"variant": variant} | row for row in _rows(label, by_scenario, values, seeds)]
        table = pd.DataFrame(found, columns=COLUMNS)
        part = table[table["outcome"].eq(MONEY)]
        table.loc[part.index, "rank"] = _ranks(part, by_scenario, values)
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def of_each(work, by_scenario):
    """{label: {seed: work(run)}} for runs {label: {seed: run}}."""
    found = iter(each(work, [run for worlds in by_scenario.values() for run in worlds.values()]))
    return {label: {seed: next(found) for seed in worlds} for label, worlds in by_scenario.items()}


def harm_averted(run, harm, harm0):
    """Harm averted per million SEK spent in one world, both in million SEK; NaN for a measure that costs nothing."""
    cost = cost_msek(run.summary)
    return (harm0 - harm) / cost if cost > 0 else np.nan


def _ranks(part, by_scenario, values):
    """Ranks of the rows of `part`, one a measure: one more than there are measures of which the worlds say that they avert more; 0 where
    the effect is not resolved."""
    ranks, none = pd.Series(0, index=part.index), values["none"]
    resolved = part[part["verdict"].isin([BETTER, WORSE])]
    averted = {
        row.Index: {
            seed: harm_averted(run, values[row.intervention][seed]["harm"], none[seed]["harm"])
            for seed, run in by_scenario[row.intervention].items() if seed in none
        }
        for row in resolved.itertuples()
    }  # fmt: skip
    for row, worlds in averted.items():
        ranks[row] = 1 + sum(is_ahead(other, worlds) for other in averted.values())
    return ranks


def is_ahead(first, second):
    """Whether the worlds that both have, {seed: value}, say that the first is above the second."""
    seeds = sorted(first.keys() & second.keys())
    return paired_effect([first[s] for s in seeds], [second[s] for s in seeds]).low > 0


def _rows(label, by_scenario, values, seeds):
    run, none = by_scenario[label][seeds[0]], by_scenario["none"][seeds[0]]
    summary = run.summary
    bill = float(np.mean([cost_msek(by_scenario[label][s].summary) for s in seeds]))
    first = summary["measures"][0] if len(summary["measures"]) == 1 else None
    says = {key: first[key] if first else "several" for key in ("decides", "pays", "evidence")}
    treated = {o: np.array([values[label][s][o] for s in seeds]) for o in values[label][seeds[0]]}
    control = {o: np.array([values["none"][s][o] for s in seeds]) for o in treated}
    costs = np.mean([by_scenario[label][s].summary["cost_draws"] for s in seeds], axis=0)
    range_ = dict(zip(("cost_low", "cost_high"), np.quantile(costs, (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)).tolist(), strict=True))
    common = {"intervention": label, "worlds": len(seeds), "cost_msek": bill} | range_ | says
    horizon = max((measure["horizon_days"] for measure in summary["measures"]), default=0)
    limits = Limits(summary["days"], horizon, summary["margin_pct"], summary["least_events"])
    for outcome in outcome_list(none.summary["offences"], none.summary["courses"]):
        x, x0 = treated[outcome.name], control[outcome.name]
        effect, base = paired_effect(x, x0), float(x0.mean())
        events = float(control[outcome.counts].sum()) if outcome.counts else np.inf
        better = (x - x0) * outcome.better > 0 if outcome.better else np.full(len(x), np.nan)
        yield common | {
            "outcome": outcome.name, "unit": outcome.unit, "baseline": base, "effect": effect.mean,
            "effect_pct": 100.0 * effect.mean / base if base else np.nan, "ci_low": effect.low, "ci_high": effect.high,
            "mde": effect.mde, "gain": effect.gain, "verdict": verdict(effect, outcome, base, events, limits),
            "share_better": float(np.mean(better)),
        }  # fmt: skip
    yield from _money(common, treated, control, bill, costs, limits)
    yield from _space(common, by_scenario, label, seeds, limits)


def with_prices(effect, n, costs):
    """Intervals of harm averted per million SEK, and of net benefit, (low, high) each: they carry the spread between `n` worlds (a t
    distribution about the `effect`) and that of prices: `costs` float (draws,), in million SEK, all equally likely."""
    error = (effect.high - effect.low) / 2 / t.ppf(0.5 + LEVEL / 2, n - 1) if n > 1 else np.nan
    at = (np.arange(QUANTILES) + 0.5) / QUANTILES
    harm = effect.mean + error * (t.ppf(at, n - 1) if n > 1 else np.full(QUANTILES, np.nan))
    ends = (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        spreads = harm[:, None] / costs[None, :], harm[:, None] - costs[None, :]
    return [np.quantile(spread, ends) if np.isfinite(spread).all() else (np.nan, np.nan) for spread in spreads]


def _money(common, treated, control, bill, costs, limits):
    """Harm averted per million SEK spent, in money and by the harm index, and net benefit, with intervals that carry the spread of prices,
    and the limits of any outcome.

    Equivalent to doing nothing is what averts, or loses, less than the margin's part of the money spent; by the index, of all harm.
    """
    events, spent, worlds = float(control["happened"].sum()), bill or np.nan, len(control["harm"])
    lines = [
        (MONEY, "harm", "MSEK per MSEK", spent, 0.0, bill), ("net_benefit", "harm", "MSEK", 1.0, bill, bill),
        ("harm_index_per_msek", "harm_index", "years in prison per MSEK", spent, 0.0, float(control["harm_index"].mean())),
    ]  # fmt: skip
    for name, of, unit, divide, less, margin in lines:
        effect = paired_effect(control[of], treated[of])
        low, high = with_prices(effect, worlds, costs)[name == "net_benefit"]
        mean, mde = effect.mean / divide - less, effect.mde / divide
        outcome = Outcome(name, unit, HIGHER, counts="happened")
        said = verdict(Effect(mean, low, high, mde, effect.gain), outcome, margin / divide, events, limits)
        better = (control[of] - treated[of]) / divide - less > 0
        yield common | {
            "outcome": name, "unit": unit, "baseline": 0.0, "effect": mean, "effect_pct": np.nan, "ci_low": low, "ci_high": high,
            "mde": mde, "gain": effect.gain, "verdict": said, "share_better": float(np.mean(better)),
        }  # fmt: skip


def _space(common, by_scenario, label, seeds, limits):
    """Offences in treated cells, around them and elsewhere, and the displacement quotient where the treated effect is resolved."""
    with_measure, without = [], []
    for seed in seeds:
        run, none = by_scenario[label][seed], by_scenario["none"][seed]
        areas = rings(run.maps, run.summary["city"], run.summary["ring_m"])
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
        }  # fmt: skip
        if i == 0:
            resolved = said in (BETTER, WORSE)
    whole = weighted_displacement_quotient(x.sum(axis=0), x0.sum(axis=0)) if resolved else np.nan
    low, high = _quotient_interval(x, x0) if resolved and len(seeds) > 2 else (np.nan, np.nan)
    yield common | {
        "outcome": "weighted_displacement_quotient", "unit": "ratio", "baseline": np.nan, "effect": whole, "effect_pct": np.nan,
        "ci_low": low, "ci_high": high, "mde": np.nan, "gain": np.nan, "share_better": np.nan,
        "verdict": DIFFERENT if np.isfinite(low) and (low > 0 or high < 0) else TOO_SMALL,
    }  # fmt: skip


def _quotient_interval(x, x0):
    """Jackknife t interval (Tukey 1958) of the quotient over worlds."""
    n = len(x)
    keep = [np.arange(n) != i for i in range(n)]
    parts = np.array([weighted_displacement_quotient(x[k].sum(axis=0), x0[k].sum(axis=0)) for k in keep])
    whole = weighted_displacement_quotient(x.sum(axis=0), x0.sum(axis=0))
    pseudo = n * whole - (n - 1) * parts
    reach = t.ppf(0.5 + LEVEL / 2, n - 1) * pseudo.std(ddof=1) / np.sqrt(n)
    return float(pseudo.mean() - reach), float(pseudo.mean() + reach)


WATCHED = ("safe_share", "in_custody", "disorder")
"""Daily series that must have settled before the measures begin, beside what happens."""


def stationarity(runs):
    """Whether the warm-up had settled: for each watched series of the baseline, the change from the third to the last quarter of the
    warm-up over worlds. A table with columns series, before, after, change_pct, ci_low, ci_high (of the change), settled."""
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
        settled = effect.low <= 0 <= effect.high or abs(change) < runs[0].summary["settled_pct"]
        rows.append((name, before.mean(), after.mean(), change, effect.low, effect.high, bool(settled)))
    return pd.DataFrame(rows, columns=["series", "before", "after", "change_pct", "ci_low", "ci_high", "settled"])


EQUITY_COLUMNS = [
    "variant", "intervention", "outcome", "group", "baseline", "effect", "effect_pct", "ci_low", "ci_high", "worlds",
]  # fmt: skip


def equity(runs):
    """For whom and where: one row a measure, outcome and group (a district, the most burdened areas and the others, a group of ages), with
    paired intervals over worlds. No verdicts: many small groups are looked at at once."""
    rows = []
    for variant, group in variants(runs).items():
        values = of_each(by_group, scenarios(group))
        for label in list(values)[1:]:
            seeds = sorted(values[label].keys() & values["none"].keys())
            for what, where in values[label][seeds[0]] if seeds else ():
                x, x0 = (np.array([of[s][what, where] for s in seeds]) for of in (values[label], values["none"]))
                effect, base = paired_effect(x, x0), float(x0.mean())
                pct = 100 * effect.mean / base if base else np.nan
                rows.append((variant, label, what, where, base, effect.mean, pct, effect.low, effect.high, len(seeds)))
    return pd.DataFrame(rows, columns=EQUITY_COLUMNS)


def first_variant(table):
    """The rows of the first variant: what figures and short tables show."""
    return table[table["variant"] == table["variant"].iloc[0]] if len(table) else table


def ranking(table):
    """One row a measure: its rank by harm averted per krona where that is resolved, shared by those whom the worlds cannot tell apart,
    0 for the rest, which are one tie.

    Index (variant, intervention); columns rank, verdict and the effects and intervals of the outcomes that the summary shows.
    """
    shown = (MONEY, "happened", "harm", "safe_share", "net_benefit")
    if table.empty:
        return pd.DataFrame(columns=["variant", "intervention", "verdict", "rank"])
    rows = []
    for (variant, label), part in table.groupby(["variant", "intervention"], sort=False):
        by = part.set_index("outcome")
        row = {"variant": variant, "intervention": label, "verdict": by.loc[MONEY, "verdict"], "rank": int(by.loc[MONEY, "rank"])}
        row |= {k: by[k].iloc[0] for k in ("cost_msek", "decides", "pays", "evidence", "worlds")}
        for name in shown:
            row |= {f"{name}{end}": by.loc[name, col] for end, col in (("", "effect"), ("_low", "ci_low"), ("_high", "ci_high"))}
            base = by.loc[name, "baseline"]
            row |= {f"{name}_verdict": by.loc[name, "verdict"], f"{name}_pct": by.loc[name, "effect_pct"]}
            row |= {f"{name}_pct_{end}": 100.0 * by.loc[name, f"ci_{end}"] / base if base else np.nan for end in ("low", "high")}
        rows.append(row)
    ranked = pd.DataFrame(rows).sort_values(MONEY, ascending=False, kind="stable")
    better, worse = ranked["verdict"].eq(BETTER), ranked["verdict"].eq(WORSE)
    return pd.concat([ranked[better].sort_values("rank", kind="stable"), ranked[~better & ~worse].sort_index(), ranked[worse]])
