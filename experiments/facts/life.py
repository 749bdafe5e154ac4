"""Statistics of days and of lives: trips, how long justice takes, and courses of harm."""

import numpy as np

from experiments.facts.crime import hurt_in
from experiments.facts.people import hit_once
from experiments.facts.rows import mean_over, offences, pooled, share_over

OPEN_AT = ("investigation", "prosecution")


def trips_by(runs, mode):
    """% of residents' trips by a mode; whoever runs walks."""
    modes = (mode, "run") if mode == "walk" else (mode,)
    return _share_of_trips(runs, lambda trips: trips["mode"].isin(modes))


def trips_to(runs, purpose):
    """% of residents' trips to a purpose."""
    return _share_of_trips(runs, lambda trips: trips["purpose"].eq(purpose))


def trips_of_km(runs, km):
    """% of residents' trips of so many kilometres or more."""
    return _share_of_trips(runs, lambda trips: trips["km"] >= int(km))


def _share_of_trips(runs, which):
    return share_over(runs, lambda run: (run.trips["trips"][which(run.trips)].sum(), run.trips["trips"].sum()))


def trips_a_day(runs, _):
    """Trips of a resident on a day."""
    return mean_over(runs, lambda run: run.trips["trips"].sum() / run.trips["days_of_people"].iloc[0])


def out_on_a_day(runs, _):
    """% of residents who make a trip on a day."""
    return mean_over(runs, lambda run: 100.0 * (run.trips["days_out"] / run.trips["days_of_people"]).iloc[0])


def days_to_decision(runs, _):
    """Median days from when a case is first worked on by investigators to the prosecutor's decision."""

    def days(run):
        case = ["who", "key", "kind", "day"]
        visits = run.visits[run.visits["kind"] < len(run.summary["offences"])]
        begun, decided = (visits[visits["service"].eq(service)] for service in ("investigation", "prosecution"))
        both = begun[[*case, "began"]].merge(decided[[*case, "ended"]], on=case)
        return (both["ended"] - both["began"]).dropna()

    return pooled(runs, days, np.median)


def days_to_judgement(runs, kind):
    """Median days from the charge to the judgement of a kind of offence, or of "all"."""

    def days(run):
        names = list(run.summary["offences"])
        kinds = range(len(names)) if kind == "all" else [names.index(kind)]
        heard = run.visits[run.visits["service"].eq("court") & run.visits["kind"].isin(kinds) & run.visits["result"].ne("given up")]
        return heard["ended"] - heard["entered"]

    return pooled(runs, days, np.median)


def open_over(runs, days):
    """% of the cases that wait for investigators or prosecutors at the end that are of more than so many days ago."""

    def shares(run):
        waiting = run.open[run.open["service"].isin(OPEN_AT)]
        return (waiting["day"] < run.summary["days"] - int(days)).sum(), len(waiting)

    return share_over(runs, shares)


def stays_up_to(runs, service, days):
    """% of the stays at a service that ended within so many days."""

    def shares(run):
        stays = run.visits[run.visits["service"].eq(service) & run.visits["began"].notna()]
        return (stays["ended"] - stays["began"] <= int(days)).sum(), len(stays)

    return share_over(runs, shares)


def refused(runs, service):
    """% of those who ask for a place at a service that do not get one."""

    def shares(run):
        ended = run.visits.loc[run.visits["service"].eq(service), "result"]
        return ended.eq("given up").sum(), len(ended)

    return share_over(runs, shares)


def people_hit(runs, course):
    """People who are hurt in a course in a year."""
    return mean_over(runs, lambda run: hit_once(run, [course])["who"].nunique())


def partners_among_assaults(runs, _):
    """% of assaults on women of 15 or more that their partners commit."""

    def shares(run):
        partners = hurt_in(run, ["partner_violence"])
        street = offences(run, "happened", "assault")
        others = street["victim_woman"].eq(1) & (street["victim_age"] >= 15)
        return len(partners), len(partners) + int(others.sum())

    return share_over(runs, shares)
