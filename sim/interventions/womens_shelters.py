from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure


@dataclass(frozen=True)
class WomensShelters(Measure):
    """P10: shelters whose funding lasts, instead of grants that are decided anew each year, and some more places. Places do not lapse,
    staff stay, and advocacy gains skill. Evidence: E100, E105; prices: our judgement."""

    pledge = "P10"
    title = "Lasting funding of women's shelters"
    title_sv = "Långsiktiga satsningar på kvinnojourer"
    decides = "city"
    pays = "city"
    evidence = "C"
    law = "A decision of the city council"
    law_sv = "Beslut i kommunfullmäktige"
    primary = "partner_violence_harms"
    slow = True

    def places(self, parameters):
        return self.dose * parameters["measure.womens_shelters.places"]

    def secured(self, parameters):
        return min(self.dose * parameters["measure.womens_shelters.secured"], 1.0)

    def pull(self, levers, city, parameters):
        levers.serve("shelter", self.places(parameters))
        levers.secure("shelter", self.secured(parameters))

    def bill(self, city, parameters):
        lapsing = parameters["service.shelter.capacity"] * parameters["grant.shelter.lapses"] * parameters["grant.shelter.lost"]
        price = parameters["price.shelter_place"]
        return [
            Cost("shelter place", self.places(parameters), running=price),
            Cost("shelter place that would lapse", self.secured(parameters) * lapsing, running=price),
        ]
