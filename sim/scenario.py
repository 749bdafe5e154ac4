"""A scenario: measures chosen for a world, and all that they do away from the street: cases, courses of harm, feuds."""

import numpy as np

from sim import dawn, harms, justice, street_lives
from sim.casework import Casework
from sim.interventions.already_there import already_there


class Scenario:
    """`measures` in a `world`, each from its own day on, counted from `first_day` (a model day ≥ 0, the first of the study); `name` is
    what a study calls it.

    The street knows of a scenario its `levers` as far as they reach there, and `offenders`, as they are this morning; of the street a
    scenario knows what happened yesterday. `lived` is the last day whose morning it has lived; `days` what it tells of each day that is
    over.
    """

    def __init__(self, world, measures=(), first_day=0, name="none"):
        self.world, self.measures, self.first_day, self.name = world, tuple(measures), first_day, name
        self.casework, self.ended = Casework(world.services, world.seed), justice.NOTHING
        self.casework.resume(world.start.cases, world.start.skill)
        self.lives, self.harms = [life.copy() for life in world.start.lives], [world.start.harms]
        self.feuds = street_lives.no_feuds(world)
        self.offenders = world.offenders
        self.lived, self.days, self.chosen = -1, [], -1
        self.pull_levers(0)

    def choose(self, measures, day):
        """Let other measures be those of the scenario, from the morning of a `day` on that has not been lived."""
        self.measures, self.chosen = tuple(measures), day

    def starts(self, day):
        """Whether a measure starts on this day, or others were chosen from it on."""
        return day == self.chosen or any(day == self.first_day + measure.start_day for measure in self.measures)

    def pull_levers(self, day):
        """The levers of a day: what was there in 2018, and every measure that has started."""
        self.levers = already_there(self.world.city, self.world.parameters, self.world.residents)
        for measure in self.measures:
            if day >= self.first_day + measure.start_day:
                measure.pull(self.levers, self.world.city, self.world.parameters)

    def live_morning(self, day, offenders, log, now):
        """The morning of a day that begins at `now` (tenths of a second), once: yesterday's cases (`log`, EVENT) are opened, everyone who
        serves and every course lives on, and `offenders` become what that makes of them."""
        if day == self.lived:
            return
        self.lived = day
        if day == self.first_day:
            self.open_books()
        if self.starts(day):
            self.pull_levers(day)
        fresh = justice.cases_of(log, self.world)
        self.ended, today = dawn.live_day(self.world, self.casework, self.lives, fresh, self.harms[-1], self.levers, day)
        self.harms.append(today)
        self.offenders = offenders.copy()
        justice.hold(self.offenders, self.casework.held(), now)
        street_lives.smoulder(self.feuds, log, self.world)
        street_lives.bring(self.offenders, self.lives, self.feuds, self.levers, self.world, day, now)

    def is_alike(self, other):
        """Whether both do the same to the street on the day whose morning they have lived."""
        same = self.levers.on_street() == other.levers.on_street()
        return same and self.offenders.tobytes() == other.offenders.tobytes()

    def close_day(self):
        """Keep what is told of the day, and return it: {column of the daily series: value}."""
        self.days.append(self.told_of_today())
        return self.days[-1]

    def told_of_today(self):
        return justice.today(self.casework, self.ended, self.world) | harms.today(self.lives, self.harms[-1], self.world)

    def open_books(self):
        """Begin to keep what is told of the whole study; nothing that happens depends on it."""
        self.casework.visits, self.harms = [], self.harms[-1:]

    def memory(self):
        """Everything that later mornings depend on, as named arrays; valid before a morning is lived."""
        own = {"cases": self.casework.cases, "skill": self.casework.skill, "harms": self.harms[-1], "feuds": self.feuds}
        return own | harms.memory(self.lives)

    def resume(self, memory):
        """Go on from the `memory` of another scenario of the same world, whatever the measures of either."""
        self.casework.resume(memory["cases"], memory["skill"])
        self.harms = [memory["harms"].view(np.recarray)]
        self.feuds[...] = memory["feuds"]
        harms.restore(self.lives, memory)
