from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure


@dataclass(frozen=True)
class CrownWitness(Measure):
    """P04: members of networks who are caught may tell of accomplices for a lower sentence; it counts only where other evidence supports
    it. Reprisals and false accusations are the model's. Evidence: E092, E093; prices: our judgement."""

    pledge = "P04"
    title = "Crown witnesses"
    title_sv = "Kronvittnen"
    rule = True
    decides = "state"
    pays = "state"
    evidence = "C"
    law = "Needed a change of the Penal Code (in force since 1 July 2022)"
    law_sv = "Krävde en ändring av brottsbalken (i kraft sedan 1 juli 2022)"
    primary = "happened_shooting"
    later = "Reprisals against witnesses come later"
    later_sv = "Repressalier mot vittnen kommer senare"
    slow = True

    def pull(self, levers, city, parameters):
        levers.rule("crown_witness", min(self.dose, 1) * parameters["measure.crown_witness.discount"])

    def bill(self, city, parameters):
        return [Cost("protection programme", self.dose, running=parameters["price.witness_programme"])]
