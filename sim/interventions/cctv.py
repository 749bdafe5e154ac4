from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure, around_places, in_burdened_areas
from sim.options import option


@dataclass(frozen=True)
class Cctv(Measure):
    """P07, its cameras: central squares and nightlife, the hospital, and the most burdened areas. Evidence: E030–E036; price: E037."""

    monitored: bool = option(True)

    pledge = "P07"
    title = "Camera surveillance"
    title_sv = "Ökad kameraövervakning"
    decides = "city"
    pays = "city"
    evidence = "B"

    def sites(self, city, parameters):
        places = [*in_burdened_areas(city, "square", "mall", "bus_hub"), *city.places_of("hospital", "square", "nightlife")]
        places = list(dict.fromkeys(int(i) for i in places))
        return around_places(city, places, round(self.dose * parameters["measure.cctv.cameras"]))

    def pull(self, levers, city, parameters):
        levers.watch(self.sites(city, parameters), self.monitored)

    def bill(self, city, parameters):
        cameras = len(self.sites(city, parameters))
        price = parameters.group("price")
        lines = [Cost("camera", cameras, running=price.camera_running, one_off=price.camera, years=price.camera_years)]
        if self.monitored:
            lines.append(Cost("operator", cameras / price.cameras_per_operator, running=price.operator))
        return lines
