"""Statistics of what happens, when, and what becomes of it: how many, reported, cleared, at which hours and on which days."""

import holidays
import numpy as np

from experiments.facts.rows import YEAR, mean_over, offences, pooled, share_over


def a_year(runs, *of):
    """Offences of a layer and a kind in a year; or transitions of a course, `course.transition`."""
    count = lambda run: len(offences(run, *of)) if len(of) > 1 else run.harms["what"].eq(of[0]).sum()  # noqa: E731
    return mean_over(runs, lambda run: count(run) * YEAR / run.summary["days"])


def share_in_months(runs, layer, kind, months):
    """% of the offences of a kind in the months `first-last`; NaN for studies of less than a year."""
    first, last = map(int, months.split("-"))
    if min(run.summary["days"] for run in runs) < YEAR:
        return np.nan
    return share_over(runs, lambda run: _share(offences(run, layer, kind)["at"].dt.month.between(first, last)))


def share_in_hours(runs, layer, kind, first, last, whom=""):
    """% of the offences of a kind from the hour `first` to before `last` (over midnight where it is smaller); `men`: against men of 15 or
    more."""
    long = (int(last) - int(first)) % 24 or 24

    def shares(run):
        rows = offences(run, layer, kind)
        if whom == "men":
            rows = rows[rows["victim_woman"].eq(0) & (rows["victim_age"] >= 15)]
        return _share((rows["at"].dt.hour - int(first)) % 24 < long)

    return share_over(runs, shares)


def share_on_days(runs, layer, kind, weekday):
    """% of the offences of a kind on a weekday (Monday 0)."""
    return share_over(runs, lambda run: _share(offences(run, layer, kind)["at"].dt.day_of_week == int(weekday)))


def share_at_weekends(runs, layer, kind):
    """% of the offences of a kind from Friday at 18 to the end of Sunday."""

    def shares(run):
        at = offences(run, layer, kind)["at"]
        return _share((at.dt.day_of_week >= 5) | ((at.dt.day_of_week == 4) & (at.dt.hour >= 18)))

    return share_over(runs, shares)


def share_on_workdays(runs, layer, kind):
    """% of the offences of a kind from Monday to Friday, but not on holidays."""
    free = holidays.country_holidays("SE")

    def shares(run):
        at = offences(run, layer, kind)["at"]
        red = np.array([free.get(day, "Söndag") != "Söndag" for day in at.dt.date], dtype=bool)
        return _share((at.dt.day_of_week < 5).to_numpy() & ~red)

    return share_over(runs, shares)


def reported(runs, *kinds):
    """% of what happened that was reported, of kinds of offence, and of courses of harm."""

    def shares(run):
        rows = offences(run, "happened", *[kind for kind in kinds if kind not in run.summary["courses"]])
        hurts = hurt_in(run, [kind for kind in kinds if kind in run.summary["courses"]])
        return rows["reported"].sum() + hurts["reported"].sum(), len(rows) + len(hurts)

    return share_over(runs, shares)


def hurt_in(run, courses):
    """Rows of the harms in which someone was hurt, in some courses."""
    names = [f"{name}.{t}" for name in courses for t, rule in run.summary["courses"][name]["transitions"].items() if rule.get("harm")]
    return run.harms[run.harms["what"].isin(names)]


def cleared(runs, kind):
    """% of the recorded offences of a kind, or of "all", that were cleared in the same days."""

    def shares(run):
        days = run.daily[run.daily["day"] >= 0]
        kinds = list(run.summary["offences"]) if kind == "all" else [kind]
        return tuple(days[[f"{layer}_{k}" for k in kinds]].to_numpy().sum() for layer in ("cleared", "recorded"))

    return share_over(runs, shares)


def investigated(runs, kind):
    """% of the recorded offences that are investigated."""
    return share_over(runs, lambda run: _share(offences(run, "recorded", kind)["investigated"]))


def response_minutes(runs, percentile):
    """Percentile of the minutes in which the police came to offences to which they were called."""

    def times(run):
        response = run.events["response"]
        return response[response >= 0] / 60

    return pooled(runs, times, lambda minutes: np.percentile(minutes, float(percentile)))


def _share(those):
    return int(those.sum()), len(those)
