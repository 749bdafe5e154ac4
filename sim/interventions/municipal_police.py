from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure
from sim.levers import ROSTERS, STRATEGIES
from sim.options import option


@dataclass(frozen=True)
class MunicipalPolice(Measure):
    """P02: a second force for order and prevention, with fewer powers. It frees hours of the state police, on patrol and at desks, and it
    draws some of its officers from the state police and the order guards. Evidence: E025, E026; price: by analogy with E070."""

    strategy: str = option("hot_spots", choices=STRATEGIES)
    roster: str = option("all", choices=ROSTERS)

    pledge = "P02"
    title = "Municipal police"
    title_sv = "Kommunala ordningspoliser"
    decides = "state"
    pays = "city"
    evidence = "C"
    law = "The Police Act must first let municipalities employ police"
    law_sv = "Polislagen måste först tillåta kommuner att anställa poliser"
    primary = "happened"

    def officers(self, parameters):
        return self.dose * parameters["measure.municipal_police.officers"]

    def pull(self, levers, city, parameters):
        rule, officers = parameters.group("measure.municipal_police"), self.officers(parameters)
        levers.hire("municipal_police", "municipal_police", officers, self.strategy, roster=self.roster)
        levers.hire("police", "police", officers * rule.frees * rule.freed_outdoors, "random")
        levers.leave("police", officers * rule.from_police * rule.freed_outdoors)
        levers.leave("order_guard", officers * rule.from_guards)
        hours = officers * parameters["force.police.hours"] / 365.0 * parameters["police.modelled_share"]
        levers.serve("investigation", hours * max(rule.frees - rule.from_police, 0) * rule.freed_at_desks)

    def bill(self, city, parameters):
        return [Cost("municipal officer", self.officers(parameters), running=parameters["price.municipal_officer"])]
