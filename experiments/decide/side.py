"""Side effects beside effects: what a choice does to whom and at whose cost, in the same row as what it is chosen for."""

import pandas as pd

from experiments.compare import equity, first_variant
from sim.outcomes.rights import BURDENED, OTHERS

BESIDE = ("weighted_displacement_quotient", "happened_around_them", "watched_hours", "checks", "detentions", "wrongful_detentions",
          "wrong_referrals", "justice_cost")  # fmt: skip
"""Outcomes of the comparison that stand beside every effect: displacement, rights, and what justice costs."""
CHOSEN_FOR = ("harm", "happened", "safe_share")
"""Outcomes for which measures are chosen."""
FOR_WHOM = tuple((outcome, group) for outcome in ("happened", "safe_share") for group in (BURDENED, OTHERS))
"""Outcomes and groups of `equity` that stand beside every effect."""
THIN = "C"
"""Grade of the evidence at which a result is a scenario rather than a forecast."""


def side_effects(runs, table):
    """A row a choice of the first variant of a comparison `table`: cost, evidence, whether it is a `scenario` (its evidence is thin), and
    of every outcome `CHOSEN_FOR`, `BESIDE` and `FOR_WHOM` the effect and the ends of its interval (`<outcome>`, `_low`, `_high`)."""
    table, groups = first_variant(table), first_variant(equity(runs))
    rows = []
    for name, part in table.groupby("intervention", sort=False):
        by, first = part.set_index("outcome"), part.iloc[0]
        row = {"choice": name, **{key: first[key] for key in ("cost_msek", "decides", "pays", "evidence", "worlds")}}
        row["scenario"] = first["evidence"] in (THIN, "several")
        for outcome in (*CHOSEN_FOR, *BESIDE):
            row |= told(outcome, by.loc[outcome] if outcome in by.index else None)
        own = groups[groups["intervention"] == name].set_index(["outcome", "group"])
        for outcome, group in FOR_WHOM:
            row |= told(f"{outcome}, {group}", own.loc[(outcome, group)] if (outcome, group) in own.index else None)
        rows.append(row)
    return pd.DataFrame(rows)


def told(name, row):
    """{name, name_low, name_high} of a row of a comparison; NaN where there is none."""
    ends = ("effect", "ci_low", "ci_high")
    return {f"{name}{end}": float(row[column]) if row is not None else float("nan")
            for end, column in zip(("", "_low", "_high"), ends, strict=True)}  # fmt: skip


def interval(row, name, shape):
    """`+1.2 [−0.3, +2.7]` of a row that has `name`, `name_low` and `name_high`; – where it has none."""
    said, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if said != said:
        return "–"
    return shape.format(said) if low != low else f"{shape.format(said)} [{shape.format(low)}, {shape.format(high)}]"
