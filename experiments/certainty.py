"""How sure the worlds of a study are of what is best."""

import numpy as np
import pandas as pd

from experiments.chances import NOTHING, adjusted, among, paired_p
from experiments.compare import first_variant, of_each
from experiments.effects import paired_effect
from experiments.money import HARMS, SAFETY, per_krona, unvalued
from experiments.runs import scenarios, variants
from sim.outcomes.measures import outcomes


def certainty(runs, harm="money", table=None):
    """{ranked outcome: table} of the first variant: by harm averted per krona, harm weighed as `harm` says, and by felt safety per krona.

    Each a row a choice, doing nothing among them: the columns of `chances`, and of the measure's effect on what happened `effect`, `p`,
    `p_adjusted` for as many measures as were asked about, and `gain`, how many times as many worlds it takes where they are not matched.
    With a comparison `table` only of measures whose effect it resolves.
    """
    by_scenario = scenarios(next(iter(variants(runs).values())))
    asked = {outcome: set(by_scenario) if table is None else resolved(table, outcome) for outcome in (HARMS[harm], SAFETY)}
    by_scenario = {name: worlds for name, worlds in by_scenario.items() if name in set.union(*asked.values())}
    values = of_each(outcomes, by_scenario, "how sure the ranking is")
    return {outcome: _certainty(outcome, {name: by_scenario[name] for name in by_scenario if name in names}, values)
            for outcome, names in asked.items()}  # fmt: skip


def resolved(table, outcome):
    """Names of the measures whose effect on a ranked outcome the first variant of a comparison `table` resolves, and of doing nothing."""
    part = first_variant(table)
    return {NOTHING, *part.loc[part["outcome"].eq(outcome) & part["rank"].gt(0), "intervention"]}


def _certainty(outcome, by_scenario, values):
    gains = gains_of(outcome, by_scenario, values)
    if not gains or len(next(iter(gains.values()))) < 2:
        return pd.DataFrame(columns=["choice"])
    table = among(gains).set_index("choice", drop=False)
    seeds = sorted(common_seeds(by_scenario))
    rows = {}
    for name in gains:
        x, x0 = (np.array([values[label][s]["happened"] for s in seeds]) for label in (name, NOTHING))
        effect = paired_effect(x, x0)
        rows[name] = {"effect": effect.mean, "ci_low": effect.low, "ci_high": effect.high, "p": paired_p(x, x0), "gain": effect.gain}
    tests = pd.DataFrame.from_dict(rows, orient="index")
    tests["p_adjusted"] = adjusted(tests["p"])
    return table.join(tests).reset_index(drop=True)


def common_seeds(by_scenario):
    """Worlds in which every scenario was lived."""
    return set.intersection(*(set(worlds) for worlds in by_scenario.values()))


def gains_of(outcome, by_scenario, values):
    """{measure: float64 (worlds, draws)}: what it gains by a ranked outcome over no measures, in the worlds that all have; measures that
    cost nothing are left out, and where harm is weighed those that are meant to prevent harm without a price."""
    seeds = sorted(common_seeds(by_scenario))
    gains = {
        name: np.array([per_krona(outcome, worlds[s], values[name][s], values[NOTHING][s]) for s in seeds])
        for name, worlds in by_scenario.items()
        if name != NOTHING and seeds and outcome not in unvalued(worlds[seeds[0]].summary)
    }  # fmt: skip
    return {name: found for name, found in gains.items() if np.isfinite(found).all()}
