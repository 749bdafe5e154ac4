"""Levers: the only thing that a measure may write, and all that the model reads of it.

Levers compose: quantities add, places unite, the brighter lamp and the more frequent cleaning win. The order in which measures pull
never matters.
"""

from dataclasses import dataclass, field, replace

from sim.options import UserError

STRATEGIES = ("random", "hot_spots", "hubs", "burdened", "route")
"""Where guardians may be sent. Crews of ambulance and rescue go out from their `stations`."""
STATIONS = "stations"
ROSTERS = ("all", "day", "evening", "night")
"""Shifts that guardians may be given: all, as others have them, or one alone."""
GIVEN = "given"
"""A strategy that brings its own cells."""
STREET_RULES = ("report.", "sentence.")
"""How the names of rules begin that the street knows."""


class LeverError(UserError):
    """Two measures that contradict each other."""


@dataclass(frozen=True)
class Squad:
    """Guardians hired together: `people` of a force, sent out by one strategy, to `cells` where it is GIVEN, where they stay `stay_s`
    seconds in the mean (0: as long as their force does), in the shifts of a `roster`. `name` keys their random numbers."""

    name: str
    force: str
    people: float
    strategy: str
    cells: tuple = ()
    stay_s: float = 0.0
    roster: str = ROSTERS[0]


@dataclass
class Levers:
    """squads by name; leavers: force → people who leave it for another; cameras: cell → monitored; lamps: cell → level in [0, 1]; dimmed:
    cell → the most that its old lamps give; upkeep: cell → days between cleanings; staff: service → units a day beside its own; secured:
    service → share of its grant that lasts (1 and more: all of it); rules: name → what it sets (a share of cases, a part of a sentence, a
    ratio)."""

    squads: dict = field(default_factory=dict)
    leavers: dict = field(default_factory=dict)
    cameras: dict = field(default_factory=dict)
    lamps: dict = field(default_factory=dict)
    dimmed: dict = field(default_factory=dict)
    upkeep: dict = field(default_factory=dict)
    staff: dict = field(default_factory=dict)
    secured: dict = field(default_factory=dict)
    rules: dict = field(default_factory=dict)

    def on_street(self):
        """The part that is known on the street: guardians, equipment, upkeep, and rules of what is reported and how it is punished."""
        rules = {name: value for name, value in self.rules.items() if name.startswith(STREET_RULES)}
        return Levers(self.squads, self.leavers, self.cameras, self.lamps, self.dimmed, self.upkeep, rules=rules)

    def hire(self, name, force, people, strategy, cells=(), stay_s=0.0, roster=ROSTERS[0]):
        """Add `people` (≥ 0) to a squad of `force`; a squad has one strategy, and where that is GIVEN its own `cells` and `stay_s`; and one
        roster."""
        if strategy not in (*STRATEGIES, STATIONS, GIVEN):
            raise LeverError(f"strategy {strategy}: allowed are {', '.join(STRATEGIES)}")
        squad, before = Squad(name, force, people, strategy, tuple(map(int, cells)), stay_s, roster), self.squads.get(name)
        if before and replace(before, people=people) != squad:
            raise LeverError(f"squad {name}: asked to be both {before.strategy}, {before.roster} and {strategy}, {roster}")
        self.squads[name] = replace(squad, people=people + (before.people if before else 0.0))

    def leave(self, force, people):
        """Let `people` (≥ 0) leave a force: its squads shrink alike, none below nobody."""
        self.leavers[force] = self.leavers.get(force, 0.0) + people

    def watch(self, cells, monitored):
        """Cameras on cells; where two stand on one cell it is monitored if either is."""
        for cell in map(int, cells):
            self.cameras[cell] = self.cameras.get(cell, False) or monitored

    def light(self, cells, level):
        """Lamps of at least this level, 0 to 1, on cells."""
        for cell in map(int, cells):
            self.lamps[cell] = max(self.lamps.get(cell, 0.0), level)

    def dim(self, cells, level):
        """The lamps that stand on cells give at most this level, 0 to 1; what a measure puts up beside them does not change."""
        for cell in map(int, cells):
            self.dimmed[cell] = min(self.dimmed.get(cell, 1.0), level)

    def serve(self, service, units):
        """Add `units` a day (≥ 0) to what a service can do."""
        self.staff[service] = self.staff.get(service, 0.0) + units

    def secure(self, service, share):
        """Let a share (≥ 0) of the grant behind a service last, and not be decided anew each year."""
        self.secured[service] = self.secured.get(service, 0.0) + share

    def rule(self, name, value):
        """Let a rule set a value ≥ 0; two measures may not want different ones."""
        if self.rules.get(name, value) != value:
            raise LeverError(f"rule {name}: asked to be both {self.rules[name]:g} and {value:g}")
        self.rules[name] = value

    def clean(self, cells, every_days):
        """Cells cleaned at least every `every_days` days."""
        for cell in map(int, cells):
            self.upkeep[cell] = min(self.upkeep.get(cell, float("inf")), every_days)
