from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure
from sim.levers import STRATEGIES
from sim.options import option


@dataclass(frozen=True)
class PoliceReinforcement(Measure):
    """P01: more state police for good: outdoors, sent to hot spots between calls; at desks, with investigations; and in the service of
    prosecutors, with the cases that pile up there. Evidence: E001, E005, E017, E020; price: E070."""

    strategy: str = option("hot_spots", choices=STRATEGIES)

    pledge = "P01"
    title = "Police reinforcement"
    title_sv = "Nationell trygghetssatsning (fler poliser)"
    decides = "state"
    pays = "state"
    evidence = "A"
    law = "The state's budget; no new law"
    law_sv = "Statens budget; ingen ny lag"
    primary = "happened"

    def officers(self, parameters):
        return self.dose * parameters["measure.police_reinforcement.officers"]

    def pull(self, levers, city, parameters):
        outdoors = self.officers(parameters) * parameters["measure.police_reinforcement.outdoors"]
        levers.hire("police_reinforcement", "police", outdoors, self.strategy)
        hours = self.officers(parameters) * parameters["force.police.hours"] / 365.0 * parameters["police.modelled_share"]
        levers.serve("investigation", hours * parameters["measure.police_reinforcement.investigators"])
        levers.serve("prosecution", hours * parameters["measure.police_reinforcement.prosecution"])

    def bill(self, city, parameters):
        return [Cost("police officer", self.officers(parameters), running=parameters["price.police_officer"])]
