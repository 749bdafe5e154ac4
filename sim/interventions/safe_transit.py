import math
from dataclasses import dataclass
from functools import cache

from sim.interventions.already_there import cameras_before
from sim.interventions.measure import Cost, Measure, around_places, camera_bill
from sim.options import option


@cache
def nearest_first(city, places, radius_m):
    """Walkable cells within a radius of any of the places (their indices), the nearest to one first; kept, as bills are written for many
    prices."""
    cells = []
    for place in places:
        near = city.grid.around(int(city.place_cell[place]), radius_m)
        near = near[city.walkable[near]]
        away = city.grid.distance_m(near, city.place_cell[place])
        cells += zip(away.round(3), near.tolist(), strict=True)
    return list(dict.fromkeys(cell for _, cell in sorted(cells)))


@dataclass(frozen=True)
class SafeTransit(Measure):
    """P08: cameras, lighting and clean-up at and around hubs, each switchable. Evidence: E010, E030, E040–E046; prices: E037, E051."""

    cameras: bool = option(True)
    lighting: bool = option(True)
    cleaning: bool = option(True)
    monitored: bool = option(False)

    pledge = "P08"
    title = "Safe public transport"
    title_sv = "En trygg kollektivtrafik"
    decides = "city"
    pays = "city and region"
    evidence = "B"
    law = "Permits for cameras at hubs"
    law_sv = "Tillstånd för kameror vid knutpunkter"
    primary = "safe_share"

    def hubs(self, city):
        return city.places_of("rail_station", "bus_hub")

    def camera_sites(self, city, parameters):
        number = round(self.dose * parameters["measure.safe_transit.cameras_per_hub"] * len(self.hubs(city)))
        return around_places(city, self.hubs(city), number, parameters["camera.apart"], taken=cameras_before(city, parameters))

    def surroundings(self, city, parameters):
        """Cells around hubs, nearest first: a share of them as large as the dose, from wider around where that is above 1."""
        radius = parameters["measure.safe_transit.radius"] * math.sqrt(max(self.dose, 1.0))
        cells = nearest_first(city, tuple(map(int, self.hubs(city))), radius)
        return cells[: round(min(self.dose, 1.0) * len(cells))]

    def pull(self, levers, city, parameters):
        if self.cameras:
            levers.watch(self.camera_sites(city, parameters), self.monitored)
        if self.lighting:
            levers.light(self.surroundings(city, parameters), parameters["measure.safe_transit.lamp_level"])
        if self.cleaning:
            levers.clean(self.surroundings(city, parameters), parameters["measure.safe_transit.cleaning_days"])

    def bill(self, city, parameters):
        price = parameters.group("price")
        hectares = len(self.surroundings(city, parameters)) * city.grid.cell_m**2 / 1e4
        lines = []
        if self.cameras:
            lines += camera_bill(len(self.camera_sites(city, parameters)), self.monitored, price)
        if self.lighting:
            lamps = hectares * parameters["measure.safe_transit.lamps_per_hectare"]
            lines.append(Cost("lamp", lamps, running=price.lamp_running, one_off=price.lamp, years=price.lamp_years))
        if self.cleaning:
            usual = parameters["upkeep.every_days"]
            rounds = 365.0 / min(parameters["measure.safe_transit.cleaning_days"], usual) - 365.0 / usual
            lines.append(Cost("cleaning round", hectares * rounds, running=price.cleaning_hectare))
        return lines
