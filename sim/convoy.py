"""Models of one world that are lived in step, so that what everyone does in all of them is done once."""

from sim.memory import beside
from sim.model import PHASES, CityModel

BEFORE_THE_GUIDE = (CityModel.move,)
"""Phases in which the guide goes on from what its companions still look at; in all others it comes first."""


class Convoy:
    """A `guide` and the models that have parted from it, or from one another: at dawn, as soon as scenarios that have shared a street do
    not do the same to it any more.

    The guide deals the trips of everyone, and walks them; its companions walk only those who decide otherwise there. That is all they
    share: what happens in each, and what is kept of it, is what would have happened had it been lived alone. `seconds` of each model tell
    what its phases took, whatever the number of scenarios on its street.
    """

    def __init__(self, guide):
        self.models, self.seconds = [guide], [dict.fromkeys(guide.seconds, 0.0)]

    def live(self, days, on_day=None):
        """Live `days` whole days; `on_day(day)` is called after each."""
        guide = self.models[0]
        for _ in range(days):
            for _ in range(guide.clock.ticks_a_day):
                self.step()
            if on_day:
                on_day(guide.day)

    def step(self, phases=PHASES):
        """Live one tick of every model: phase by phase, in each of them."""
        for phase in phases:
            if phase is CityModel.live_morning:
                self.live_morning()
                continue
            numbers = range(len(self.models))
            for n in reversed(numbers) if phase in BEFORE_THE_GUIDE else numbers:
                self.live_through(n, phase)
        for model in self.models:
            model.tick += 1

    def live_morning(self):
        """Every model lives its morning; scenarios that part go on in a model of their own, and may part there as well."""
        for n, model in enumerate(self.models):  # those that are added meanwhile are lived as well
            self.live_through(n, CityModel.live_morning)
            if model.parting:
                self.part(model, model.parting)
                model.parting = []

    def live_through(self, n, phase):
        """One of PHASES in one of the models, by its number."""
        self.seconds[n][phase.__name__] += self.models[n].pass_through(phase)

    def part(self, model, scenarios):
        """Let a model of their own go on, with these `scenarios`, where `model` is; at dawn."""
        self.models.append(beside(model, scenarios))
        self.seconds.append(dict.fromkeys(model.seconds, 0.0))

    def close(self):
        """Let go of all models."""
        for model in self.models:
            model.close()
