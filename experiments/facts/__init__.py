"""Known facts of the real city, and how far a simulated one may lie from each.

Facts stand in conf/evidence/facts.csv: `statistic` names a function of `experiments.facts.statistics`, `of` what it is asked for; `low` and
`high` are the tolerance, by the `rule`: the published interval, else ±20 % of a count or ratio, or ±3 points of a share. They were written
down before anything was calibrated against them. `seen` says whether the model uses the figure already, as an input or a fitted target;
`scope` what the figure counts that the model does not, where that is so: such a fact counts like any other, but nothing is fitted to it.
"""

import csv
import hashlib
from dataclasses import dataclass

from sim.config import CONF

FACTS = CONF / "evidence" / "facts.csv"
FITTED, HELD_OUT = "fitted", "held out"
RULES = {"20 %": lambda x: (0.8 * x, 1.2 * x), "3 points": lambda x: (max(x - 3.0, 0.0), x + 3.0), "published": None}
"""The tolerance by rule of a target; None where the source gives it."""


@dataclass(frozen=True)
class Fact:
    """A known figure: its `target`, the tolerance `low` to `high`, and where it was found."""

    id: str
    group: str
    statistic: str
    of: tuple
    target: float
    low: float
    high: float
    rule: str
    unit: str
    seen: bool
    scope: str
    source: str
    note: str

    @property
    def half(self):
        """Whether calibration may use it: half of the facts by a hash of their names, and all that the model had seen before."""
        odd = hashlib.sha256(self.id.encode()).digest()[-1] % 2
        return HELD_OUT if odd and not self.seen else FITTED

    def holds(self, value):
        """Whether a value lies within the tolerance."""
        return self.low <= value <= self.high


def read_facts(file=FACTS):
    """All facts of the file, in its order."""
    with open(file, encoding="utf-8", newline="") as lines:
        return [_fact(row) for row in csv.DictReader(lines)]


def _fact(row):
    numbers = {name: float(row[name]) for name in ("target", "low", "high")}
    return Fact(**(row | numbers | {"of": tuple(row["of"].split(", ")), "seen": row["seen"] == "yes"}))
