from dataclasses import dataclass

from sim.interventions.already_there import cameras_before
from sim.interventions.measure import Measure, around_places, camera_bill, in_burdened_areas
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
        number, apart_m = round(self.dose * parameters["measure.cctv.cameras"]), parameters["camera.apart"]
        return around_places(city, places, number, apart_m, taken=cameras_before(city, parameters))

    def pull(self, levers, city, parameters):
        levers.watch(self.sites(city, parameters), self.monitored)

    def bill(self, city, parameters):
        return camera_bill(len(self.sites(city, parameters)), self.monitored, parameters.group("price"))
