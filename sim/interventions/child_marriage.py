from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure


@dataclass(frozen=True)
class ChildMarriage(Measure):
    """P13: zero tolerance: married minors who are noticed are placed apart, and more are noticed. Evidence: E118, E119; prices: our
    judgement."""

    pledge = "P13"
    title = "Zero tolerance of child marriage"
    title_sv = "Nolltolerans mot barnäktenskap"
    decides = "city"
    pays = "city"
    evidence = "C"
    law = "Nothing: the Social Services Act and LVU let the city part minors from those to whom they were married"
    law_sv = "Ingenting: socialtjänstlagen och LVU ger kommunen rätt att skilja minderåriga från dem som de gifts bort med"
    primary = "child_marriage_harms"
    slow = True

    def staff(self, parameters):
        """People who notice, and people who place and support."""
        rule = parameters.group("measure.child_marriage")
        return self.dose * rule.outreach, self.dose * rule.handlers

    def pull(self, levers, city, parameters):
        notices, handles = self.staff(parameters)
        levers.serve("minors_outreach", notices)
        levers.serve("guardianship", handles * parameters["staff.hours"] / 365.0)
        usual = parameters["service.guardianship.success"]
        levers.rule("place_apart", usual + min(self.dose, 1) * (parameters["measure.child_marriage.placed_apart"] - usual))

    def bill(self, city, parameters):
        return [Cost("social worker", sum(self.staff(parameters)), running=parameters["price.social_worker"])]
