from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure


@dataclass(frozen=True)
class ExtremismPrevention(Measure):
    """P11: a steering group with a coordinator, in daily contact with field workers, staff and congregations: more who notice and refer,
    sometimes without reason, and mentors for those referred. Evidence: E110–E112; prices: our judgement."""

    pledge = "P11"
    title = "Steering group against violent extremism"
    title_sv = "Styrgrupp mot våldsbejakande extremism"
    decides = "city"
    pays = "city"
    evidence = "C"
    law = "A decision of the city council; rules of secrecy limit referrals"
    law_sv = "Beslut i kommunfullmäktige; sekretess begränsar anmälningar"
    primary = "extremism_harms"
    later = "Who is referred wrongly may lose trust for years"
    later_sv = "Den som anmäls felaktigt kan förlora förtroendet i åratal"
    slow = True

    def staff(self, parameters):
        """People who notice, and mentors."""
        rule = parameters.group("measure.extremism_prevention")
        return self.dose * rule.field_workers, self.dose * rule.mentors

    def pull(self, levers, city, parameters):
        notices, mentors = self.staff(parameters)
        levers.serve("extremism_outreach", notices)
        levers.serve("mentoring", mentors * parameters["staff.hours"] / 365.0)

    def bill(self, city, parameters):
        return [Cost("social worker", sum(self.staff(parameters)), running=parameters["price.social_worker"])]
