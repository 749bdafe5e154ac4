from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure
from sim.options import option


@dataclass(frozen=True)
class TaskForce(Measure):
    """P09: city, police, tax, social insurance and employment agencies together against criminal economies: inspectors who close premises
    and front companies that pay and recruit; groups whose shootings draw attention are warned as a whole, and offered a way out. Evidence:
    E080–E086; prices: our judgement."""

    sanctions: bool = option(True)

    pledge = "P09"
    title = "Task force against crime"
    title_sv = "Insatsgrupp mot kriminalitet"
    decides = "city"
    pays = "city"
    evidence = "B"
    law = "Rules of secrecy between agencies limit what they may share"
    law_sv = "Sekretess mellan myndigheter begränsar vad de får dela"
    primary = "network_joins"
    slow = True

    def staff(self, parameters):
        """Inspectors, people who seek out members, and people who help them leave."""
        rule = parameters.group("measure.task_force")
        return self.dose * rule.inspectors, self.dose * rule.outreach, self.dose * rule.handlers

    def pull(self, levers, city, parameters):
        inspectors, seek, handle = self.staff(parameters)
        hours = parameters["staff.hours"] / 365.0
        levers.serve("inspection", inspectors * hours)
        levers.serve("exit_outreach", seek)
        levers.serve("exit_support", handle * hours)
        if self.sanctions:
            levers.rule("group_sanctions", min(self.dose, 1) * parameters["measure.task_force.warned"])

    def bill(self, city, parameters):
        inspectors, seek, handle = self.staff(parameters)
        return [
            Cost("inspector", inspectors, running=parameters["price.inspector"]),
            Cost("social worker", seek + handle, running=parameters["price.social_worker"]),
        ]
