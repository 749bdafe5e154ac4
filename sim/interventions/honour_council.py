from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure


@dataclass(frozen=True)
class HonourCouncil(Measure):
    """P12: a coordinator and a council against honour oppression: staff to whom the young can turn, and more hours for those who do.
    Recorded cases are expected to rise first. Evidence: E115–E117; prices: our judgement."""

    pledge = "P12"
    title = "Honour coordinator and council"
    title_sv = "Hederssamordnare och hedersråd"
    decides = "city"
    pays = "city"
    evidence = "C"
    law = "A decision of the city council"
    law_sv = "Beslut i kommunfullmäktige"
    primary = "honour_oppression_harms"
    slow = True

    def staff(self, parameters):
        """People who listen, and people who handle cases."""
        rule = parameters.group("measure.honour_council")
        return self.dose * rule.outreach, self.dose * rule.handlers

    def pull(self, levers, city, parameters):
        listens, handles = self.staff(parameters)
        levers.serve("honour_outreach", listens)
        levers.serve("honour_support", handles * parameters["staff.hours"] / 365.0)

    def bill(self, city, parameters):
        return [Cost("social worker", sum(self.staff(parameters)), running=parameters["price.social_worker"])]
