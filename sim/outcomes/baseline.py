"""What a city brings in a year, in the figures in which something is known of the real one: a saved run beside its sources."""

import numpy as np

SOON = 365
"""Days of study from which people can be counted who are hit at least once a year."""


def layer_of(kind, name):
    """The layer in which a type of offence is known: shootings all come to light, dealing and disorder only where someone looks."""
    return "happened" if name == "shooting" else "recorded" if kind["target"] == "market" else "reported"


def a_year(run):
    """{name: value} of a run, named as in the registry's family `known`.

    Of the whole city `survey.safe` and, in a study of a year or more, `survey.gave_up`, % of residents, and `clearance.all`, % of what was
    recorded; of types of offence `<type>.year`, in the layer in which they are known; of courses `<course>.<transition>` and `.reported` a
    year, `.victims` (people hit, in a study of a year or more) and `.members` (mean number of those who draw others in); of services
    `.refused`, the share of stays that did not begin for want of room, in %.
    """
    run = run.in_memory()
    days = run.daily[run.daily["day"] >= 0]
    yearly = days.drop(columns="day").mean() * 365
    summary = run.summary
    found = {f"{name}.year": yearly[f"{layer_of(kind, name)}_{name}"] for name, kind in summary["offences"].items()}
    recorded = days[[f"recorded_{name}" for name in summary["offences"]]].to_numpy().sum()
    cleared = days[[f"cleared_{name}" for name in summary["offences"]]].to_numpy().sum()
    found["clearance.all"] = 100.0 * cleared / recorded if recorded else np.nan
    found["survey.safe"] = 100.0 * days["safe_share"].mean()
    found["survey.gave_up"] = 100.0 * summary["gave_up_share"] if len(days) >= SOON else np.nan
    for name, course in summary["courses"].items():
        hurts = [f"{name}.{t}" for t, rule in course["transitions"].items() if rule.get("harm")]
        found |= {f"{name}.{t}": yearly[f"{name}.{t}"] for t in course["transitions"]}
        found[f"{name}.reported"] = yearly[[c for c in yearly.index if c.startswith(f"{name}.") and c.endswith("_reported")]].sum()
        found[f"{name}.members"] = days[[f"{name}:{state}" for state in course.get("spreads", [])]].sum(axis=1).mean()
        hit = run.harms[run.harms["what"].isin(hurts) & (run.harms["day"] < SOON)]
        found[f"{name}.victims"] = hit["who"].nunique() if len(days) >= SOON else np.nan
    for service in summary["services"]:
        ended = run.visits.loc[run.visits["service"].eq(service), "result"]
        found[f"{service}.refused"] = 100.0 * ended.eq("given up").mean() if len(ended) else np.nan
    return {name: float(value) for name, value in found.items()}


def harms_without_source(summary):
    """Names of all that hurts someone in a course, `<course>.<transition>`, where nothing is known of those who are hit there."""
    known = {name.rpartition(".")[0] for name in summary["known"] if name.endswith((".reported", ".victims"))}
    return [f"{name}.{t}" for name, course in summary["courses"].items() for t, rule in course["transitions"].items()
            if rule.get("harm") and name not in known]  # fmt: skip
