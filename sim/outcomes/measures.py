"""What a run comes to: outcomes computed from its saved files and from nothing else."""

from dataclasses import dataclass

import numpy as np

from sim.clock import DAWN_HOUR
from sim.outcomes.journeys import JOURNEYS, journeys_of
from sim.outcomes.rights import LEDGER, ledger

LOWER, HIGHER, NEITHER = -1, 1, 0
LAYERS = ("happened", "reported", "recorded")
LEDGER_UNITS = {"watched_hours": "person-hours", "checks": "checks"}


@dataclass(frozen=True)
class Outcome:
    """An outcome: its unit, which way is better, and `counts`, the outcome that counts the events behind it, "" where these are not rare.

    `at_once`: it shows what a measure does itself, before anything follows from it; `slow`: it builds up over a year.
    """

    name: str
    unit: str
    better: int
    counts: str = ""
    at_once: bool = False
    slow: bool = False


def outcome_list(offences, courses=None):
    """All outcomes in the order of every table; `offences` {type: {group, …}} and `courses` {name: {served, …}} as in the
    configuration."""
    groups = list(dict.fromkeys(kind["group"] for kind in offences.values()))
    listed = [Outcome("harm", "MSEK", LOWER, counts="happened"), Outcome("harm_index", "years in prison", LOWER, counts="happened")]
    listed += [Outcome("happened", "offences", LOWER, counts="happened")]
    listed += [Outcome(f"happened_{g}", "offences", LOWER, counts=f"happened_{g}") for g in groups]
    listed += [Outcome(f"happened_{name}", "offences", LOWER, counts=f"happened_{name}") for name in offences]
    listed += [
        Outcome("reported", "offences", NEITHER, counts="reported"),
        Outcome("recorded", "offences", NEITHER, counts="recorded"),
        Outcome("cleared", "offences", NEITHER, counts="cleared"),
        Outcome("clearance", "% of recorded", NEITHER, counts="recorded"),
        Outcome("days_to_judgement", "days", LOWER, slow=True),
        Outcome("backlog", "cases", LOWER),
        Outcome("justice_cost", "MSEK", NEITHER, at_once=True),
        Outcome("happened_by_night", "offences", LOWER, counts="happened_by_night"),
        Outcome("victims", "people", LOWER, counts="victims"),
        Outcome("safe_share", "% of residents", HIGHER),
        Outcome("gave_up", "outings given up", LOWER),
        Outcome("gave_up_share", "% of residents", LOWER, slow=True),
        Outcome("turned_away", "attempts", NEITHER, at_once=True),
        Outcome("response", "s", LOWER, at_once=True),
        Outcome("guardian_hours", "unit-hours", NEITHER, at_once=True),
    ]
    for name in JOURNEYS:
        listed += [
            Outcome(f"{name}_hit", "per 100,000 journeys", LOWER, counts=f"{name}_victims"),
            Outcome(f"{name}_safe", "% of journeys", HIGHER),
            Outcome(f"{name}_given_up", "% of journeys", LOWER),
        ]
    listed += [Outcome(name, LEDGER_UNITS.get(name, "times"), LOWER if "wrong" in name else NEITHER, at_once=True) for name in LEDGER]
    for name, course in (courses or {}).items():
        hurt = f"{name}_harms"
        if any(rule.get("harm") for rule in course["transitions"].values()):
            listed += [Outcome(n, unit, LOWER, hurt, slow=True) for n, unit in ((hurt, "times"), (f"{name}_victims", "people"))]
            listed += [Outcome(f"{name}_reported", "times", NEITHER, counts=hurt)]
        for counted, rule in counted_of(name, course).items():
            listed.append(Outcome(counted, "times", {"lower": LOWER, "higher": HIGHER}[rule["better"]], counts=counted))
        for service in turned_to(course):
            listed += [
                Outcome(f"{service}_served", "stays", NEITHER, at_once=True),
                Outcome(f"{service}_refused", "stays", LOWER, at_once=True),
            ]
    return listed


def counted_of(name, course):
    """{outcome: transition} of a course: what tables count beside harm."""
    return {f"{name}_{t}": rule | {"what": f"{name}.{t}"} for t, rule in course["transitions"].items() if "better" in rule}


def turned_to(course):
    """The services to which people turn in a course, or are referred."""
    return [service for service, ends in course.get("served", {}).items() if not ends.get("suspects")]


def hits(run):
    """The events of a run that hit someone or something: what happened, without what needs customers (target `market`)."""
    events = run.events
    aimed = [k for k, kind in enumerate(run.summary["offences"].values()) if kind["target"] != "market"]
    return events[events["happened"].eq(1) & events["kind"].isin(aimed)]


def outcomes(run):
    """{outcome: value} of one run, over the days of the study; `harm_drawn` and `justice_drawn` float64 (draws,).

    `happened` counts offences that hit someone or something; what needs customers (target `market`: dealing, disorder) has a row
    of its own and is in `recorded`, but a hundred sales are not a hundred robberies.
    """
    run = run.in_memory()
    events, summary = run.events, run.summary
    daily = run.daily[run.daily["day"] >= 0]
    kinds = list(summary["offences"])
    happened, hit = events[events["happened"] == 1], hits(run)
    by_kind = np.bincount(happened["kind"], minlength=len(kinds))
    values = {"harm": weighed(by_kind, run.harms, kinds, summary["harm"]) / 1e6}
    values |= {"harm_index": weighed(by_kind, run.harms, kinds, summary["harm_days"]) / 365.0, "happened": float(len(hit))}
    for name, kind in summary["offences"].items():
        n = float(by_kind[kinds.index(name)])
        values[f"happened_{name}"] = n
        values[f"happened_{kind['group']}"] = values.get(f"happened_{kind['group']}", 0.0) + n
    for layer in LAYERS[1:]:
        values[layer] = float(happened[layer].sum())
    values["cleared"] = float(daily[[f"cleared_{name}" for name in kinds]].to_numpy().sum())
    values["clearance"] = 100.0 * values["cleared"] / values["recorded"] if values["recorded"] else np.nan
    values["days_to_judgement"] = days_to_judgement(run.visits)
    values["backlog"] = float(daily["open_investigation"].iloc[-1])
    night = summary["compare"]["night_from"], summary["compare"]["night_to"]
    since = (DAWN_HOUR + hit["time"] / 3600 - night[0]) % 24
    of_justice = justice_msek(daily, summary["justice"])
    values["justice_cost"] = sum(units * summary["justice"]["price"][service] for service, units in of_justice.items())
    weights = drawn(summary["drawn"])
    values["harm_drawn"] = weighed(by_kind, run.harms, kinds, summary["harm"] | weights) / 1e6
    values["justice_drawn"] = sum(units * weights[service] for service, units in of_justice.items())
    values["happened_by_night"] = float((since < (night[1] - night[0]) % 24).sum())
    values["victims"] = float(happened.loc[happened["victim"] >= 0, "victim"].nunique())
    values["safe_share"] = 100.0 * float(daily["safe_share"].mean())
    values["gave_up"] = float(daily["gave_up"].sum())
    values["gave_up_share"] = 100.0 * summary["gave_up_share"]
    values["turned_away"] = float((events["happened"] == 0).sum())
    values["response"] = float(events.loc[events["response"] >= 0, "response"].median())
    values["guardian_hours"] = float(daily["guard_hours"].sum())
    values |= journeys_of(run)
    in_ledger = ledger(run).groupby("what")["number"].sum()
    values |= {what: float(in_ledger.get(what, 0.0)) for what in LEDGER}
    for name, course in summary["courses"].items():
        values |= of_course(run, name, course)
    return values


def weighed(by_kind, harms, kinds, weights):
    """Sum of the `weights` {what: each, or float64 (draws,)} of what happened: `by_kind` (kinds,) offences on the street, and the table
    `harms` of courses."""
    on_the_street = (n * weights[name] for name, n in zip(kinds, by_kind.tolist(), strict=True))
    return sum(on_the_street) + sum(n * weights.get(what, 0.0) for what, n in harms["what"].value_counts().items())


def drawn(rows):
    """{type, course.transition or service of justice: float64 (draws,)} of the rows of the registry that were drawn for a study."""
    short = {name: name.split(".", 1)[1].removesuffix(".harm") for name in rows}
    return {short[name]: np.array(values) for name, values in rows.items()}


def of_course(run, name, course):
    """{outcome: value} of one course: how often someone was hurt, how many people, what the police heard of; and of the services to
    which they turn, how many stays ended and how many did not begin for want of room."""
    hurts = [f"{name}.{transition}" for transition, rule in course["transitions"].items() if rule.get("harm")]
    hurt = run.harms[run.harms["what"].isin(hurts)]
    values = {counted: float(run.harms["what"].eq(rule["what"]).sum()) for counted, rule in counted_of(name, course).items()}
    if hurts:
        values |= {f"{name}_harms": float(len(hurt)), f"{name}_victims": float(hurt["who"].nunique())}
        values[f"{name}_reported"] = float(hurt["reported"].sum())
    for service in turned_to(course):
        stays = run.visits[run.visits["service"].eq(service)]
        values[f"{service}_served"] = float((stays["result"] != "given up").sum())
        values[f"{service}_refused"] = float((stays["result"] == "given up").sum())
    return values


def days_to_judgement(visits):
    """Median days from the offence to the judgement of a court, of all judged in the study; NaN without any."""
    judged = visits[visits["service"].eq("court")]
    return float((judged["ended"] - judged["day"]).median()) if len(judged) else np.nan


def cost_msek(summary, part="yearly_sek"):
    """What the run's measures cost over the days of the study, in million SEK; or of that the running costs, by `part` "running_sek"."""
    return sum(line[part] * line["days"] for line in summary["bill"]) / 365.0 / 1e6


def justice_msek(daily, justice):
    """{service: millions of units} of investigators, courts and prisons over the days of a study, for which justice is paid: all that each
    gave but what the measures' own staff and places gave, for whom their bills pay."""
    more = justice["staffed"]
    return {name: float((daily[f"used_{name}"] - more.get(name, 0.0)).clip(lower=0.0).sum()) / 1e6 for name in justice["price"]}
