"""A study of several years as it would have looked after its first: the same runs, cut."""

from dataclasses import dataclass
from types import SimpleNamespace

from experiments.compare import compare
from sim.outcomes.files import Run
from sim.outcomes.journeys import JOURNEYS

YEAR = 365
WHOLE = (*(f"{name}_{end}" for name in JOURNEYS for end in ("hit", "safe", "given_up")), "gave_up_share", "watched_hours", "checks")
"""Outcomes that are kept for a whole study only, as sums over all its days."""


@dataclass(frozen=True)
class Cut:
    """A run of which only the first `days` are looked at."""

    run: Run
    days: int

    @property
    def config(self):
        return self.run.config

    @property
    def summary(self):
        """The run's own, with the bill of those days."""
        full = self.run.summary
        bill = [line | {"days": max(line["days"] - full["days"] + self.days, 0)} for line in full["bill"]]
        cost = [sum(line["yearly_sek"] * line["days"] for line in lines) for lines in (bill, full["bill"])]
        part = cost[0] / cost[1] if cost[1] else 0.0
        return full | {"days": self.days, "bill": bill, "cost_draws": [part * cost for cost in full["cost_draws"]]}

    @property
    def events(self):
        events = self.run.events
        return events[events["time"] < self.days * 86_400]

    @property
    def maps(self):
        return self.run.maps

    def in_memory(self):
        """Its tables, those that tell when something was."""
        tables = {"daily": "day", "visits": "ended", "harms": "day"}
        cut = {name: (table := getattr(self.run, name))[table[column] < self.days] for name, column in tables.items()}
        return SimpleNamespace(
            config=self.config, summary=self.summary, events=self.events, maps=self.maps, journeys=self.run.journeys, **cut
        )


def first_year(runs):
    """The comparison after a year, with the columns of `compare`, without the outcomes `WHOLE`; None for studies that are not longer."""
    if runs[0].summary["days"] < 2 * YEAR:
        return None
    table = compare([Cut(run, YEAR) for run in runs])
    return table[~table["outcome"].isin(WHOLE)].reset_index(drop=True)
