"""The city that is watched: Mesa makes it anew from the same morning, and its measures change at dawn."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from experiments.living import build_world, new_model
from sim.agents import DECI, PatrolUnit, Person
from sim.clock import DAWN_HOUR
from sim.interventions import measures as all_measures
from sim.memory import memory_of, restore
from sim.model import CityModel
from sim.outcomes.record import city_facts
from sim.whereabouts import people_now, units_now

RECENT_S = 6 * 3600
"""For how long an offence is to be seen."""
NEAR = 4
"""Cells within which a press of the map finds somebody."""


@dataclass(frozen=True)
class Stage:
    """What a city is made of again and again: its configuration, its world, and what it remembers on the first morning."""

    config: object
    world: object
    memory: dict

    def measures(self, doses):
        """The measures that are on, {name: dose}, with all other options as the configuration has them."""
        chosen = next(iter(list(self.config.scenarios.values())[-1:]), {})
        kinds = all_measures()
        return [replace(chosen.get(name) or kinds[name](), dose=dose) for name, dose in doses.items()]

    @property
    def facts(self):
        """The city as a chart is drawn from it: `summary` {city, zones}, and `maps` with the zone of each cell."""
        city = self.world.city
        return SimpleNamespace(summary=city_facts(city), maps={"zone": city.zone})


def make_stage(config, on_day=None):
    """Build the world of a configuration and live its warm-up; `on_day(day)` is called after each day."""
    world = build_world(config)
    model = new_model(config, world)
    model.live(config.study.warmup, on_day)
    memory = {name: np.array(value) for name, value in memory_of(model).items()}
    model.close()
    return Stage(config, world, memory)


class LiveCity(CityModel):
    """A model that Mesa's page can make anew. `stage` is set before the first is made; `doses` {measure: dose} are those that are on."""

    stage, doses = None, {}

    def __init__(self):
        config = self.stage.config
        super().__init__(self.stage.world, self.stage.measures(self.doses), config.study.warmup, 1, config.study.hot_spots)
        restore(self, self.stage.memory)
        self.last = self.stage.world.clock.ticks_a_day * (config.study.warmup + config.study.days)

    def step(self):
        """Live a tick; at the end of the study the page stops."""
        if self.tick < self.last:
            super().step()
        self.running = self.tick < self.last

    def switch(self, doses):
        """Let these measures, {name: dose}, be on from the next dawn on."""
        tomorrow = self.day + (self.tick_of_day > 0)
        begins = tomorrow - self.first_day
        self.scenario.choose([replace(measure, start_day=begins) for measure in self.stage.measures(doses)], tomorrow)

    # What is to be seen.

    def clock_text(self):
        """`Mon 17 Sep 2018, 23:10`: the beginning of the present tick."""
        minutes = self.tick_of_day * self.clock.tick_s // 60 + DAWN_HOUR * 60
        date = self.clock.date(min(self.day, self.last // self.clock.ticks_a_day - 1))
        return f"{date:%a} {date.day} {date:%b %Y}, {minutes // 60 % 24:02}:{minutes % 60:02}"

    def on_foot(self):
        """(rows, cells) of the walkers who are under way and on the street."""
        rows = self.world.walkers[self.last_trips(self.world.walkers).arrive > self.now]
        cells = people_now(self, rows)
        return rows[cells >= 0], cells[cells >= 0]

    def patrols(self):
        """(rows, cells) of the units on duty."""
        cells = units_now(self)
        rows = np.flatnonzero(cells >= 0)
        return rows, cells[rows]

    def offences(self):
        """The log's rows of the last hours that came to something: what happened, and the attempts that were given up."""
        return self.log.since(self.now // DECI - RECENT_S)

    def found(self, cell):
        """Who is nearest to a pressed cell, a unit before a person: a Mesa agent that shows it; None where nobody is near."""
        row, col = divmod(cell, self.city.grid.cols)
        units, at = self.patrols()
        people, where = self.on_foot()
        for rows, cells, agent in ((units, at, self.unit), (people, where, self.person)):
            if len(rows):
                away = np.hypot(cells // self.city.grid.cols - row, cells % self.city.grid.cols - col)
                if away.min() <= NEAR:
                    return agent(int(rows[away.argmin()]))
        return None

    def unit(self, row):
        """The Mesa agent that shows a patrol unit."""
        return next(agent for agent in self.agents_by_type[PatrolUnit] if agent.row == row)

    def told_of(self, agent):
        """[(what, value)]: what is to be known of a unit or a person."""
        if isinstance(agent, Person):
            return [("person", agent.row), ("age", agent.age), ("role", agent.role), ("on the way to", agent.purpose),
                    ("under way", "yes" if agent.under_way else "no"), ("held", "yes" if agent.in_custody else "no")]  # fmt: skip
        return [("unit", agent.row), ("force", agent.force), ("is", agent.doing)]
