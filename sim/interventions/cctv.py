from dataclasses import dataclass

from sim.interventions.already_there import cameras_before
from sim.interventions.measure import Cost, Measure, around_places, camera_bill, in_burdened_areas
from sim.options import option


@dataclass(frozen=True)
class Cctv(Measure):
    """P07: cameras at central squares and nightlife, the hospital, and in the most burdened areas; and people who look for cars of straw
    owners, which are then towed. Each switchable. Evidence: E030–E036, E085; price: E037."""

    cameras: bool = option(True)
    straw_owners: bool = option(True)
    monitored: bool = option(True)

    pledge = "P07"
    title = "Cameras, and against straw owners of cars"
    title_sv = "Kameror och insatser mot bilmålvakter"
    decides = "city"
    pays = "city"
    evidence = "B"
    law = "Permits for cameras in public places; the law on towing is there since 2014"
    law_sv = "Tillstånd för kameror på allmän plats; reglerna om bärgning finns sedan 2014"
    primary = "happened_theft"

    def sites(self, city, parameters):
        places = [*in_burdened_areas(city, "square", "mall", "bus_hub"), *city.places_of("hospital", "square", "nightlife")]
        places = list(dict.fromkeys(int(i) for i in places))
        number, apart_m = round(self.dose * parameters["measure.cctv.cameras"]), parameters["camera.apart"]
        return around_places(city, places, number, apart_m, taken=cameras_before(city, parameters))

    def searchers(self, parameters):
        return self.dose * parameters["measure.cctv.searchers"]

    def pull(self, levers, city, parameters):
        if self.cameras:
            levers.watch(self.sites(city, parameters), self.monitored)
        if self.straw_owners:
            levers.serve("towing_patrol", self.searchers(parameters))
            levers.serve("towing", self.searchers(parameters) * parameters["measure.cctv.towings"])

    def bill(self, city, parameters):
        price, lines = parameters.group("price"), []
        if self.cameras:
            lines += camera_bill(len(self.sites(city, parameters)), self.monitored, price)
        if self.straw_owners:
            searchers = self.searchers(parameters)
            towed = searchers * parameters["measure.cctv.towings"] * 365.0
            lines += [Cost("inspector", searchers, running=price.inspector), Cost("towing", towed, running=price.towing)]
        return lines
