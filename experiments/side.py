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


def side_effects(runs, table, groups=None):
    """A row a choice of the first variant of a comparison `table`: cost, evidence, whether it is a `scenario` (its evidence is thin), and
    of every outcome `CHOSEN_FOR`, `BESIDE` and `FOR_WHOM` the effect and the ends of its interval (`<outcome>`, `_low`, `_high`)."""
    table, groups = first_variant(table), first_variant(equity(runs) if groups is None else groups)
    rows = []
    for name, part in table.groupby("intervention", sort=False):
        by, first = part.set_index("outcome"), part.iloc[0]
        row = {"choice": name, **{key: first[key] for key in ("cost_msek", "decides", "pays", "evidence", "worlds")}}
        row["scenario"] = is_scenario(first["evidence"])
        for outcome in (*CHOSEN_FOR, *BESIDE):
            row |= told(outcome, by.loc[outcome] if outcome in by.index else None)
        own = groups[groups["intervention"] == name].set_index(["outcome", "group"])
        for outcome, group in FOR_WHOM:
            row |= told(f"{outcome}, {group}", own.loc[(outcome, group)] if (outcome, group) in own.index else None)
        rows.append(row)
    return pd.DataFrame(rows)


def is_scenario(grade):
    """Whether a result rests on such thin evidence that it is a scenario rather than a forecast."""
    return grade == THIN


def told(name, row):
    """{name, name_low, name_high} of a row of a comparison; NaN where there is none."""
    ends = ("effect", "ci_low", "ci_high")
    return {f"{name}{end}": float(row[column]) if row is not None else float("nan")
            for end, column in zip(("", "_low", "_high"), ends, strict=True)}  # fmt: skip


def beside_it(row, tongue):
    """Cells of what stands beside every effect: displacement, hours watched, people wrongly held, offences in burdened areas."""
    return [tongue.number(row["weighted_displacement_quotient"], 2), tongue.number(row["watched_hours"], 0, True),
            tongue.number(row["wrongful_detentions"], 1, True), tongue.number(row[f"happened, {BURDENED}"], 0, True)]  # fmt: skip


def graded(row, tongue):
    """The evidence of a choice, marked where it is thin; – for doing nothing."""
    if row["evidence"] != row["evidence"]:
        return "–"
    grade = tongue.say["evidence_grades"].get(row["evidence"], row["evidence"])
    return f"{grade}, {tongue.say['scenario']}" if row["scenario"] else grade
