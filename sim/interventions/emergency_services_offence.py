from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure

OFFENCE = "attack_on_crew"


@dataclass(frozen=True)
class EmergencyServicesOffence(Measure):
    """P05: violence or threats against ambulance and rescue crews are punished like those against police. How hard a sentence is deters
    little; crews may report more. Evidence: E022, E094–E096; price: our judgement."""

    pledge = "P05"
    title = "Offence of violence against emergency crews"
    title_sv = "Strängare straff för våld mot blåljuspersonal"
    rule = True
    decides = "state"
    pays = "state"
    evidence = "C"
    law = "Needed a change of the Penal Code (in force since 1 January 2020)"
    law_sv = "Krävde en ändring av brottsbalken (i kraft sedan 1 januari 2020)"
    primary = "happened_attack_on_crew"

    def pull(self, levers, city, parameters):
        rule, share = parameters.group("measure.emergency_services_offence"), min(self.dose, 1)
        usual = parameters[f"offence.{OFFENCE}.report"]
        levers.rule(f"sentence.{OFFENCE}", 1 + share * (rule.sentence - 1))
        levers.rule(f"report.{OFFENCE}", min(usual + share * rule.reporting, 1))

    def bill(self, city, parameters):
        return [Cost("information to crews", self.dose, running=parameters["price.crew_information"])]
