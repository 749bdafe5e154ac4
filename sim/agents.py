"""Mesa agents as views of rows: the arrays hold the state, the agents read it. Made when asked for, never needed to run."""

import mesa

from sim.kernels.patrol import CALL, on_duty
from sim.kernels.plan import PURPOSES
from sim.population.people import ROLES

DECI = 10


class PatrolUnit(mesa.Agent):
    """A unit of a squad: where it is, whether it is on shift, and what it does."""

    def __init__(self, model, row):
        super().__init__(model)
        self.row = row

    @property
    def force(self):
        return self.model.force_names[self.model.units[self.row].force]

    @property
    def on_duty(self):
        return bool(on_duty(self.model.units, self.row, self.model.now))

    @property
    def doing(self):
        """off duty, call, passive or patrol."""
        if not self.on_duty:
            return "off duty"
        if self.model.units[self.row].call == CALL:
            return "call"
        return "passive" if self.model.units[self.row].passive else "patrol"

    @property
    def cell(self):
        """Flat index of the cell to which it goes or at which it stands."""
        return int(self.model.units[self.row].target)


class Camera(mesa.Agent):
    """A camera on a cell."""

    def __init__(self, model, cell, monitored):
        super().__init__(model)
        self.cell, self.monitored = cell, monitored


class Hub(mesa.Agent):
    """A station or bus hub."""

    def __init__(self, model, place):
        super().__init__(model)
        self.name = model.city.places[place].name
        self.cell = int(model.city.place_cell[place])


class Person(mesa.Agent):
    """A resident, commuter, visitor or offender: a view of one row, made by `CityModel.person`."""

    def __init__(self, model, row):
        super().__init__(model)
        self.row = row

    @property
    def age(self):
        return int(self.model.world.people.age[self.row])

    @property
    def role(self):
        return ROLES[self.model.world.people.role[self.row]]

    @property
    def home(self):
        return int(self.model.world.people.home[self.row])

    @property
    def cell(self):
        """Where the person stays, or is on the way to."""
        return int(self.model.last_trips(self.row).place)

    @property
    def purpose(self):
        return PURPOSES[self.model.last_trips(self.row).purpose]

    @property
    def under_way(self):
        return bool(self.model.now < self.model.last_trips(self.row).arrive)

    @property
    def in_custody(self):
        o = self.model.world.people.offender[self.row]
        return bool(o >= 0 and self.model.offenders[o].away_from <= self.model.now < self.model.offenders[o].away_until)


def make_agents(model):
    """Replace the model's agents by the units, cameras and hubs of its present levers."""
    model.remove_all_agents()
    for row in range(len(model.units)):
        PatrolUnit(model, row)
    for cell, monitored in sorted(model.levers.cameras.items()):
        Camera(model, cell, monitored)
    for place in model.city.places_of("rail_station", "bus_hub"):
        Hub(model, int(place))
