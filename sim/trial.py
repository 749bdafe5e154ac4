"""What a field trial is: where it takes place, what is done there, and what is asked of it. Options of conf/experiment/trial/."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from sim.interventions.measure import Measure
from sim.levers import GIVEN
from sim.options import ConfigError, known_only, option, read

WHERE = "conf/experiment/trial/"
DONE = ("force", "visits", "minutes", "cameras", "monitored", "lamp", "dimmed", "cleaned")
"""What a trial says of a treatment; where and since when follows from the trial."""
FORCES = ("police", "municipal_police", "order_guard")


@dataclass(frozen=True)
class Treatment(Measure):
    """What is done at sites: `visits` a day by a force to each, of so many `minutes`, `cameras` and `lamp` level and how often it is
    cleaned. `cells` are the middles of the sites: the trial finds them.

    The people whom so many visits take follow from the hours of work of that force and its way between sites.
    """

    force: str = option("police", choices=FORCES)
    visits: float = option(0.0, "a day and site", 0, 200)
    minutes: float = option(0.0, "minutes a visit, 0: as long as the force stays", 0, 120)
    cameras: int = option(0, "a site", 0, 50)
    monitored: bool = option(True)
    lamp: float = option(0.0, "level of light, 0: as it was", 0, 1)
    dimmed: float = option(1.0, "most that old lamps give, 1: as they were", 0, 1)
    cleaned: float = option(0.0, "days between two rounds, 0: as it was", 0, 365)
    radius_m: float = option(100.0, "m", 10, 1000)
    cells: tuple = ()
    name: str = "treatment"

    pledge = title = title_sv = "trial"
    decides = pays = law = law_sv = ""
    evidence = "J"
    primary = "happened"

    def pull(self, levers, city, parameters):
        """Set the levers at the sites."""
        near = [cell for site in self.cells for cell in _near(city, site, self.radius_m)]
        if self.visits > 0 and self.cells:
            levers.hire(self.name, self.force, self.people(city, parameters), GIVEN, self.cells, 60 * self.minutes)
        if self.cameras:
            levers.watch([c for site in self.cells for c in spread(city, site, self.radius_m, self.cameras)], self.monitored)
        if self.lamp > 0:
            levers.light(near, self.lamp)
        if self.dimmed < 1:
            levers.dim(near, self.dimmed)
        if self.cleaned > 0:
            levers.clean(near, self.cleaned)

    def bill(self, city, parameters):
        """A trial asks for effects, not for what they cost."""
        return []

    @property
    def does_nothing(self):
        """Whether the sites stay as they were."""
        return not (self.visits or self.cameras or self.lamp or self.cleaned or self.dimmed < 1)

    def check_dose(self, city, parameters):
        """Raise `ConfigError` where whole units cannot give the visits, to within a fifth."""
        if not self.visits:
            return
        unit, people = parameters[f"force.{self.force}.people"], self.people(city, parameters)
        if abs(round(people / unit) * unit - people) > 0.2 * people:
            raise ConfigError(
                f"trial.{self.name}.visits={self.visits:g}: at {len(self.cells)} sites that takes {people:.2g} people, and {self.force} "
                f"goes about in units of {unit:g}; allowed is what makes whole units, to within a fifth ({WHERE})"
            )

    def asked_minutes(self, parameters):
        """Minutes of a visit, in the mean."""
        return self.minutes or parameters[f"force.{self.force}.dwell"] / 60

    def people(self, city, parameters):
        """People of the force whom the visits take: a person works so many hours a year, a part of them in active patrol, in units of some,
        each of which stays, and then goes on to another site, the nearer the likelier."""
        force = parameters.group(f"force.{self.force}")
        leg_s = legs_m(city, self.cells, force.spread) * parameters["patrol.detour"] / force.speed
        hours = len(self.cells) * self.visits * (60 * self.asked_minutes(parameters) + leg_s) / 3600
        return hours / (force.hours / 365 * force.fidelity) * force.people


@dataclass(frozen=True)
class Trial:
    """Sites: the hottest cells by what was known of `offences` in the days `before`, or places of some kinds, or a list (CSV with
    easting_m and northing_m); `number` of them from rank `skip` on, `apart_m` apart, each a disc of `radius_m`. They are treated by lot in
    pairs of like sites, by lot alone, or all (`allocate`), for `during` days; around each lies a buffer of `buffer_m`.

    What is asked: offences of a `layer`, of types or groups (`outcome`, as `robbery+assault`, or `all`), at `hours`, with guardians in
    sight or not (`guarded`); or how safe places feel (`layer: feeling`). `published` is what the authors found, `low` to `high` its
    interval or the range of the evidence, as a rate ratio (of a feeling: a difference in standard deviations).

    The `treatment` comes to the treated sites when it begins; a `background` is at all sites from the first day on."""

    title: str = option("")
    evidence: str = option("")
    sites: str = option("hot", choices=("hot", "places", "list"))
    kinds: str = option("")
    offences: str = option("all")
    file: str = option("")
    number: int = option(40, "sites", 1, 10_000)
    skip: int = option(0, "sites", 0, 10_000)
    apart_m: float = option(300.0, "m", 0, 10_000)
    radius_m: float = option(100.0, "m", 10, 1000)
    allocate: str = option("pairs", choices=("pairs", "lot", "all"))
    before: int = option(180, "days", 7, 1830)
    during: int = option(180, "days", 7, 1830)
    buffer_m: float = option(250.0, "m", 0, 2000)
    layer: str = option("reported", choices=("happened", "reported", "recorded", "feeling"))
    outcome: str = option("all")
    hours: str = option("all", choices=("all", "day", "night"))
    guarded: str = option("any", choices=("any", "present", "absent"))
    published: float = option(1.0, "rate ratio, or difference of a feeling", -10, 100)
    low: float = option(0.0, "rate ratio, or difference of a feeling", -10, 100)
    high: float = option(100.0, "rate ratio, or difference of a feeling", -10, 100)
    treatment: Treatment = Treatment()
    background: Treatment = Treatment(name="background")


@cache
def _near(city, site, radius_m):
    near = city.grid.around(site, radius_m)
    return tuple(near[city.walkable[near]].tolist())


def legs_m(city, cells, spread_m):
    """Mean straight metres to the next site of a round among `cells`, where a site is chosen in proportion to exp(−distance / spread)."""
    if len(cells) < 2:
        return 0.0
    away = city.grid.distance_m(np.array(cells)[:, None], np.array(cells)[None, :])
    weight = np.exp(-away / spread_m) * (1 - np.eye(len(cells)))
    return float((away * weight).sum(axis=1) @ (1 / np.maximum(weight.sum(axis=1), 1e-12)) / len(cells))


def spread(city, site, radius_m, count):
    """`count` cells of a site at most: its middle, then others around it, each as far as can be from those before."""
    near = np.array(_near(city, site, radius_m))
    chosen = [site]
    while len(chosen) < min(count, len(near)):
        away = np.min([city.grid.distance_m(near, cell) for cell in chosen], axis=0)
        chosen.append(int(near[np.argmax(away)]))
    return chosen


def read_trial(raw):
    """The mapping of `trial` as a `Trial`."""
    if not isinstance(raw, dict):
        raise ConfigError(f"trial={raw}: is a group of options (conf/experiment/trial/)")
    done = {name: raw.get(name) or {} for name in ("treatment", "background")}
    trial = read(Trial, {name: value for name, value in raw.items() if name not in done}, "trial", WHERE)
    for name, said in done.items():
        known_only(said, DONE, f"trial.{name}")
    own = {name: read(Treatment, said, f"trial.{name}", WHERE) for name, said in done.items()}
    return replace(trial, **{name: replace(treatment, name=name, radius_m=trial.radius_m) for name, treatment in own.items()})
