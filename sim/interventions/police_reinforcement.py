from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure
from sim.levers import STRATEGIES
from sim.options import option


@dataclass(frozen=True)
class PoliceReinforcement(Measure):
    """P01: more state police for good, sent to hot spots between calls. Evidence: E001, E005, E017, E020; price: E070."""

    strategy: str = option("hot_spots", choices=STRATEGIES)

    pledge = "P01"
    title = "Police reinforcement"
    title_sv = "Nationell trygghetssatsning (fler poliser)"
    decides = "state"
    pays = "state"
    evidence = "A"

    def officers(self, parameters):
        return self.dose * parameters["measure.police_reinforcement.officers"]

    def pull(self, levers, city, parameters):
        outdoors = self.officers(parameters) * parameters["measure.police_reinforcement.outdoors"]
        levers.hire("police_reinforcement", "police", outdoors, self.strategy)

    def bill(self, city, parameters):
        return [Cost("police officer", self.officers(parameters), running=parameters["price.police_officer"])]
