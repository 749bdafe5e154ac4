from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure
from sim.levers import ROSTERS, STRATEGIES
from sim.options import option


@dataclass(frozen=True)
class OrderGuards(Measure):
    """P06: a hundred municipal order guards on visible foot patrol in public places. Evidence: E006, E007, E060, E061; price: E065."""

    strategy: str = option("hubs", choices=STRATEGIES)
    roster: str = option("all", choices=ROSTERS)

    pledge = "P06"
    title = "Order guards"
    title_sv = "Kommunala ordningsvakter"
    decides = "city"
    pays = "city"
    evidence = "B"
    law = "The police must allow and approve guards for public places"
    law_sv = "Polisen måste medge förordnande av ordningsvakter på allmän plats"
    primary = "happened"

    def guards(self, parameters):
        return self.dose * parameters["measure.order_guards.guards"]

    def pull(self, levers, city, parameters):
        levers.hire("order_guards", "order_guard", self.guards(parameters), self.strategy, roster=self.roster)

    def bill(self, city, parameters):
        return [Cost("order guard", self.guards(parameters), running=parameters["price.order_guard"])]
