from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure


@dataclass(frozen=True)
class DetentionRules(Measure):
    """P03: courts detain more of those suspected of grave offences, above all at 15–18; more places in detention and in secure youth care,
    and social services that act sooner. What follows a release, and who takes the place of those held, is the model's. Evidence: E087–E091;
    prices: our judgement."""

    pledge = "P03"
    title = "Tighter rules of detention"
    title_sv = "Uppstramade häktningsregler"
    decides = "state"
    pays = "state and city"
    evidence = "C"
    law = "The Code of Judicial Procedure and the Care of Young Persons Act (LVU) must be changed"
    law_sv = "Rättegångsbalken och LVU måste ändras"
    primary = "harm"
    later = "Those who are held come back: offences after release fall outside a short study"
    later_sv = "De som hålls kommer tillbaka: brott efter frigivning faller utanför en kort studie"
    slow = True

    def pull(self, levers, city, parameters):
        rule = parameters.group("measure.detention_rules")
        usual, share = parameters["law.detain_youth"], min(self.dose, 1)
        levers.rule("detain_youth", usual + share * max(rule.youth - usual, 0))
        levers.rule("detain_adults", 1 + share * (rule.adults - 1))
        levers.serve("detention", self.dose * rule.detention_places)
        levers.serve("youth_care", self.dose * rule.care_places)
        levers.serve("social_services", self.dose * rule.handlers * parameters["staff.hours"] / 365.0)

    def bill(self, city, parameters):
        rule, price = parameters.group("measure.detention_rules"), parameters.group("price")
        return [
            Cost("place in detention", self.dose * rule.detention_places, running=price.detention_place),
            Cost("place in secure care", self.dose * rule.care_places, running=price.care_place),
            Cost("social worker", self.dose * rule.handlers, running=price.social_worker),
        ]
