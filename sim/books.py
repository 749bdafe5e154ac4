"""The books of a study: what is added up while it is lived, and read by nobody in the model."""

import numpy as np

from sim.clock import DAWN_HOUR
from sim.kernels.plan import MOST_TRIPS, PURPOSES
from sim.kernels.walk import MODES
from sim.outcomes.journeys import JOURNEYS
from sim.outcomes.rights import AGES
from sim.population.people import RESIDENT

FARTHEST_KM = 30
"""Trips of so many kilometres or more are counted as one."""


class TripCount:
    """What residents plan in the first week of a study: counts float64 (7 weekdays, hours, purposes, modes, whole kilometres) of trips, on
    `days_of_people`, of which `days_out` with a trip."""

    def __init__(self, grid):
        self.grid, self.days_of_people, self.days_out = grid, 0.0, 0.0
        self.counts = np.zeros((7, 24, len(PURPOSES), len(MODES), FARTHEST_KM + 1))

    def add(self, world, trips, counts, weekday, stands_for):
        """The trips of a day: `counts` int32 (walkers,) of TRIP in rooms of MOST_TRIPS each; `stands_for` float64 (people,)."""
        walkers = world.walkers
        row = np.repeat(np.arange(len(walkers)), counts)
        number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        made = trips[row * MOST_TRIPS + number]
        origin = np.where(number == 0, world.people.home[walkers[row]], np.roll(made.target, 1))
        km = self.grid.distance_m(origin, made.target) * world.parameters["walk.ride_detour"] / 1e3
        resident = world.people.role[walkers] == RESIDENT
        weight = stands_for[walkers] * resident
        hour = (made.depart // 3600 + DAWN_HOUR) % 24
        at = weekday, hour, made.purpose, made.mode, np.minimum(km, FARTHEST_KM).astype(int)
        np.add.at(self.counts, at, weight[row])
        self.days_of_people += weight.sum()
        self.days_out += weight[counts > 0].sum()

    def told(self):
        """{column: values} of the trips of residents in the first week: on which weekday (Monday 0) and in which hour they began, where to,
        how, how far (whole kilometres on the street), and how many; on every row the days of people, and of those who were out."""
        at = np.nonzero(self.counts)
        weekday, hour, purpose, mode, km = at
        named = {"weekday": weekday, "hour": hour, "purpose": np.array(PURPOSES)[purpose], "mode": np.array(MODES)[mode], "km": km}
        return named | {"trips": self.counts[at], "days_of_people": self.days_of_people, "days_out": self.days_out}


class Books:
    """footfall float64 (hours, cells) person-seconds; evening_feel float64 (cells,) sum over surveys of how safe places feel;
    asked, safe float64 (zones,) answers and how many felt safe; treated bool (cells,) where a measure stood, shone or patrolled;
    watched float64 (zones,) person-hours in view of cameras; exposed float64: see `kernels.exposed.look`; journeys float64: see
    `kernels.journeys.count`; trips (TripCount), which models that are lived in step share."""

    def __init__(self, city, trips=None):
        self.city, self.trips = city, trips or TripCount(city.grid)
        cells, zones = city.grid.cells, len(city.zones.name)
        self.footfall = np.zeros((24, cells))
        self.evening_feel = np.zeros(cells)
        self.evenings = 0
        self.asked, self.safe = np.zeros(zones), np.zeros(zones)
        self.treated = np.zeros(cells, dtype=bool)
        self.watched = np.zeros(zones)
        self.exposed = np.zeros((zones, len(AGES), 2))
        self.journeys = np.zeros((len(JOURNEYS), zones, 24, 2 * len(AGES), 3))

    def add_day(self, today, camera):
        """One day: person-seconds (cells,) and how far any camera has each cell in view."""
        seen = np.flatnonzero((camera > 0) & (self.city.zone >= 0))
        self.watched += np.bincount(self.city.zone[seen], weights=today[seen] * camera[seen], minlength=len(self.watched)) / 3600.0

    def told_of_journeys(self):
        """{column: values} of the journeys: which, the home zone, the hour at which they began, sex and age of those on them, and how many
        began, were given up, and did not feel safe."""
        at = np.nonzero(self.journeys.any(axis=-1))
        journey, zone, hour, group = at
        counts = self.journeys[at]
        named = {
            "journey": np.array(JOURNEYS)[journey],
            "zone": zone,
            "hour": hour,
            "woman": group // len(AGES),
            "age": np.array(AGES)[group % len(AGES)],
        }
        return named | {"made": counts[:, 0], "given_up": counts[:, 1], "unsafe": counts[:, 2]}

    def add_survey(self, place_feel, zone, safe):
        """One evening: how safe places feel (cells,), and the home zone and answer of everyone asked."""
        self.evening_feel += place_feel
        self.evenings += 1
        self.asked += np.bincount(zone, minlength=len(self.asked))
        self.safe += np.bincount(zone, weights=safe, minlength=len(self.safe))

    def mark_treated(self, levers, base, sites, radius_of, camera_radius):
        """Cells that `levers` treat beyond `base`: views of cameras, lit and cleaned cells, and discs around the sites of squads.

        `radius_of` squad name → metres.
        """
        for cell in [c for c, monitored in levers.cameras.items() if base.cameras.get(c) != monitored]:
            self.treated[self.city.grid.around(cell, camera_radius)] = True
        self.treated[list(levers.lamps.keys() | levers.dimmed.keys() | levers.upkeep.keys())] = True
        for s, name in enumerate(sorted(levers.squads)):
            if name not in base.squads:
                for cell in sites.cell[sites.first[s] : sites.first[s + 1]]:
                    self.treated[self.city.grid.around(int(cell), radius_of(name))] = True
        self.treated &= self.city.walkable

    def maps(self, scene):
        """Everything that has a place, as arrays over cells or zones: for `maps.npz`."""
        city = self.city
        return {
            "walkable": city.walkable, "land_use": city.land_use, "zone": city.zone, "footfall": self.footfall.astype(np.float32),
            "guard_seconds": scene.guard_seconds, "lamp": scene.lamp, "camera": scene.camera, "disorder": scene.disorder,
            "evening_feel": (self.evening_feel / max(self.evenings, 1)).astype(np.float32), "treated": self.treated,
            "safe_by_zone": self.safe / np.maximum(self.asked, 1), "asked_by_zone": self.asked, "watched": self.watched,
            "exposed": self.exposed,
        }  # fmt: skip
