"""The books of a study: what is added up while it is lived, and read by nobody in the model."""

import numpy as np

from sim.outcomes.journeys import JOURNEYS
from sim.outcomes.rights import AGES


class Books:
    """footfall float64 (hours, cells) person-seconds; evening_feel float64 (cells,) sum over surveys of how safe places feel;
    asked, safe float64 (zones,) answers and how many felt safe; treated bool (cells,) where a measure stood, shone or patrolled;
    watched float64 (zones,) person-hours in view of cameras; exposed float64: see `kernels.exposed.look`; journeys float64: see
    `kernels.journeys.count`."""

    def __init__(self, city):
        self.city = city
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
        self.treated[list(levers.lamps.keys() | levers.upkeep.keys())] = True
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
