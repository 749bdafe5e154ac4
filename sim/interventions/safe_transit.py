from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure, around_places
from sim.options import option


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

    def hubs(self, city):
        return city.places_of("rail_station", "bus_hub")

    def camera_sites(self, city, parameters):
        number = round(self.dose * parameters["measure.safe_transit.cameras_per_hub"] * len(self.hubs(city)))
        return around_places(city, self.hubs(city), number)

    def surroundings(self, city, parameters):
        """Cells around hubs, nearest first: as large a share of them as the dose."""
        radius = parameters["measure.safe_transit.radius"]
        cells = []
        for hub in self.hubs(city):
            near = city.grid.around(int(city.place_cell[hub]), radius)
            near = near[city.walkable[near]]
            away = city.grid.distance_m(near, city.place_cell[hub])
            cells += sorted(zip(away.round(3), near.tolist(), strict=True))
        cells = list(dict.fromkeys(cell for _, cell in sorted(cells)))
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
            cameras = len(self.camera_sites(city, parameters))
            lines.append(Cost("camera", cameras, running=price.camera_running, one_off=price.camera, years=price.camera_years))
        if self.lighting:
            lamps = hectares * parameters["measure.safe_transit.lamps_per_hectare"]
            lines.append(Cost("lamp", lamps, running=price.lamp_running, one_off=price.lamp, years=price.lamp_years))
        if self.cleaning:
            rounds = 365.0 / parameters["measure.safe_transit.cleaning_days"] - 365.0 / parameters["upkeep.every_days"]
            lines.append(Cost("cleaning round", hectares * rounds, running=price.cleaning_hectare))
        return lines
