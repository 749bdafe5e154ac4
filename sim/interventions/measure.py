"""What every measure has: who decides, what it pulls, what it costs. Two methods, like a solver's step and its error."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from sim.options import option


@dataclass(frozen=True)
class Cost:
    """One line of a bill: `quantity` of an item at `running` SEK a year each and `one_off` SEK each, written off over `years`."""

    item: str
    quantity: float
    running: float = 0.0
    one_off: float = 0.0
    years: float = 1.0

    def yearly(self, interest):
        """SEK a year: running costs and the annuity of the one-off cost at a yearly rate `interest` > 0."""
        annuity = interest / (1.0 - (1.0 + interest) ** -self.years)
        return self.quantity * (self.running + self.one_off * annuity)


@dataclass(frozen=True)
class Measure:
    """A measure of the pledge. `dose` ≥ 0 scales its quantities (1 is what the registry says), `start_day` delays it.

    Subclasses say what the model reads (`pull`) and what is paid for (`bill`); they see the city and the registry, never
    people, kernels or outcomes.
    """

    dose: float = option(1.0, "of the registry's quantity", 0.0, 10.0)
    start_day: int = option(0, "days", 0, 3660)

    pledge: ClassVar[str]
    title: ClassVar[str]
    title_sv: ClassVar[str]
    decides: ClassVar[str]
    pays: ClassVar[str]
    evidence: ClassVar[str]
    """Grade of the evidence for its main effect: A several trials, B some causal, C thin."""
    law: ClassVar[str]
    law_sv: ClassVar[str]
    """What must be decided or changed before it can be done."""
    primary: ClassVar[str]
    """The outcome by which it asks to be judged."""
    later: ClassVar[str] = ""
    later_sv: ClassVar[str] = ""
    """What comes of it after a short study has ended, where that is known."""
    rule: ClassVar[bool] = False
    """Whether it is a rule, of which there is no more than the whole: a dose above 1 costs and does nothing more."""
    slow: ClassVar[bool] = False
    """Whether it works over years, so that little may be claimed of it before."""

    def pull(self, levers, city, parameters):
        """Set the levers."""
        raise TypeError(f"{type(self).__name__} pulls no lever")

    def bill(self, city, parameters):
        """What is bought: a list of `Cost`."""
        raise TypeError(f"{type(self).__name__} has no bill")


def camera_bill(cameras, monitored, price):
    """The bill of so many cameras, with the operators who watch them where they are monitored; `price` the registry's group."""
    lines = [Cost("camera", cameras, running=price.camera_running, one_off=price.camera, years=price.camera_years)]
    if monitored:
        lines.append(Cost("operator", cameras / price.cameras_per_operator, running=price.operator))
    return lines


def around_places(city, indices, count, apart_m, taken=()):
    """See `_around_places`, which keeps what it found: bills are written for many prices."""
    return list(_around_places(city, tuple(map(int, indices)), count, apart_m, tuple(map(int, taken))))


@cache
def _around_places(city, indices, count, apart_m, taken):
    """`count` cells at the given places, those of one place at least `apart_m` metres apart: the middle of each place first, then
    outwards, place by place in turn; none of those `taken`."""
    rings = [city.grid.around(int(city.place_cell[i]), max(city.places[i].radius_m, city.grid.cell_m)) for i in indices]
    ordered = []
    for place, ring in zip(indices, rings, strict=True):
        ring = ring[city.walkable[ring]]
        ordered.append(_apart(city.grid, ring[np.argsort(city.grid.distance_m(ring, city.place_cell[place]), kind="stable")], apart_m))
    cells = []
    for turn in range(max((len(r) for r in ordered), default=0)):
        cells += [ring[turn] for ring in ordered if turn < len(ring)]
    return [cell for cell in dict.fromkeys(cells) if cell not in set(taken)][:count]


def _apart(grid, cells, apart_m):
    """The cells, in their order, without those nearer than `apart_m` to one kept before."""
    kept = []
    for cell in cells:
        if not kept or grid.distance_m(np.array(kept), cell).min().round(3) >= apart_m:
            kept.append(int(cell))
    return kept


def in_burdened_areas(city, *kinds):
    """Indices of places of the given kinds that lie in areas which the police call vulnerable."""
    return [i for i in city.places_of(*kinds) if city.zones.burdened[city.zone[city.place_cell[i]]]]
