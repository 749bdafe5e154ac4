"""What a measure's money buys: harm averted per krona, net benefit, and who is ahead of whom, at prices and weights that nobody knows
exactly."""

import numpy as np
import pandas as pd

from experiments.effects import BETTER, UNVALUED, WORSE, Effect, paired_effect, spread, verdict
from sim.outcomes.measures import HIGHER, Outcome

MONEY, INDEX, SAFETY, NET = "harm_averted_per_msek", "harm_index_per_msek", "safe_share_per_msek", "net_benefit"
"""The outcomes by which measures are ranked, each on its own; and what is left of the harm averted when all is paid."""
WEIGHTS = {"harm": "harm", MONEY: "harm", NET: "harm", "harm_index": "harm_days", INDEX: "harm_days"}
"""The weights of harm, in a run's summary, on which outcomes rest."""
YEAR = 365.0
CITY = "city"
"""Who decides what the city's own money can buy."""
HARMS = {"money": MONEY, "index": INDEX}
"""How harm may be weighed (option `study.harm`): at its cost to victims, or by the Cambridge index."""


def rows(common, treated, control, bill, costs, limits, unvalued=()):
    """Rows of the comparison: harm averted per million SEK spent, in money and by the harm index, felt safety gained per million SEK, and
    net benefit: less what the measure costs, and what more justice costs.

    `treated`, `control` {outcome: (worlds,) or, where drawn, (worlds, draws)}; `bill` in million SEK, `costs` float64 (draws,) the same at
    drawn prices. Intervals carry the spread between worlds, of prices, and of what harm weighs. Equivalent to doing nothing is what averts,
    or loses, less than the margin's part of the money spent; by the index, of all harm; of felt safety nothing is. Felt safety lasts as
    long as the money does, so that it is held against what a measure costs in a year. Of the outcomes `unvalued` the verdict is UNVALUED.
    """
    events, spent, drawn = float(control["happened"].sum()), bill or np.nan, costs[None, :] if bill else np.nan
    averted = {name: control[name] - treated[name] for name in ("harm", "harm_drawn", "justice_cost", "justice_drawn", "harm_index")}
    kept, index = averted["harm"] + averted["justice_cost"] - bill, averted["harm_index"]
    margin_of_index = float(control["harm_index"].mean()) / spent
    safer = (treated["safe_share"] - control["safe_share"]) * limits.days / YEAR
    lines = [
        (MONEY, "MSEK per MSEK", averted["harm"] / spent, averted["harm_drawn"] / drawn, bill / spent, "happened"),
        (NET, "MSEK", kept, averted["harm_drawn"] + averted["justice_drawn"] - costs[None, :], bill, "happened"),
        (INDEX, "years in prison per MSEK", index / spent, index[:, None] / drawn, margin_of_index, "happened"),
        (SAFETY, "percentage points per MSEK a year", safer / spent, safer[:, None] / drawn, 0.0, ""),
    ]  # fmt: skip
    for name, unit, values, drawn_values, margin, counts in lines:
        effect = paired_effect(values, np.zeros(len(values)))
        low, high = spread(drawn_values)
        found = Effect(effect.mean, low, high, effect.mde, effect.gain)
        yield common | {
            "outcome": name, "unit": unit, "baseline": 0.0, "effect": effect.mean, "effect_pct": np.nan, "ci_low": low, "ci_high": high,
            "mde": effect.mde, "gain": effect.gain,
            "share_better": float(np.mean(values > 0)), "share_same": float(np.mean(values == 0)),
            "verdict": UNVALUED if name in unvalued else verdict(found, Outcome(name, unit, HIGHER, counts=counts), margin, events, limits),
        }  # fmt: skip


def unvalued(summary):
    """Names of the outcomes in which the harm that every measure of a run is meant to prevent has no weight, so that they cannot judge
    it."""
    courses = {f"{name}_harms": f"{name}." for name in summary["courses"]}
    aims = [courses.get(measure["primary"]) for measure in summary["measures"]]
    weighs = lambda weights: any(what.startswith(aim) and weight for aim in aims for what, weight in weights.items())  # noqa: E731
    return {name for name, weights in WEIGHTS.items() if aims and all(aims) and not weighs(summary[weights])}


def has_price(measure, parameters):
    """Whether anyone has put a price on the harm that a measure is meant to prevent."""
    course = f"course.{measure.primary.removesuffix('_harms')}."
    prices = [name for name in parameters.values if name.startswith(course) and name.endswith(".harm")]
    return not prices or any(parameters[name] for name in prices)


def per_krona(outcome, run, values, none):
    """float64 (draws,): what a run gains by a ranked outcome, over the run without measures, per million SEK (of felt safety: a year) at
    drawn prices; NaN for a measure that costs nothing. `values`, `none` the outcomes of both."""
    costs = np.array(run.summary["cost_draws"])
    gains = {
        MONEY: none["harm_drawn"] - values["harm_drawn"], INDEX: none["harm_index"] - values["harm_index"],
        SAFETY: (values["safe_share"] - none["safe_share"]) * run.summary["days"] / YEAR,
    }  # fmt: skip
    return gains[outcome] / costs if (costs > 0).all() else np.full(len(costs), np.nan)


def ranks(part, by_scenario, values):
    """Ranks of the rows of `part`, one a measure, all of one ranked outcome: one more than there are measures of which the worlds say that
    they gain more; 0 where the effect is not resolved."""
    found, none = pd.Series(0, index=part.index), values["none"]
    resolved = part[part["verdict"].isin([BETTER, WORSE])]
    gains = {
        row.Index: {
            seed: per_krona(row.outcome, run, values[row.intervention][seed], none[seed])
            for seed, run in by_scenario[row.intervention].items() if seed in none
        }
        for row in resolved.itertuples()
    }  # fmt: skip
    for index, mine in gains.items():
        found[index] = 1 + sum(is_ahead(other, mine) for other in gains.values())
    return found


def is_ahead(first, second):
    """Whether the worlds that both have, {seed: (draws,)}, say that the first is above the second, at whatever prices."""
    seeds = sorted(first.keys() & second.keys())
    return spread(np.array([first[s] - second[s] for s in seeds]))[0] > 0
