"""A language in which presenters read: its words, its numbers, and what measures are called in it."""

from dataclasses import dataclass, field

import numpy as np

from experiments.chances import NOTHING, leaders
from experiments.report import measure_title, number
from experiments.report.meaning import meaning
from sim.outcomes.measures import counted_of


@dataclass(frozen=True)
class Tongue:
    """A language in which an answer is told: its `language` (en, sv), its words `say`, and names of measures, `titles`."""

    language: str
    say: dict
    titles: dict = field(default_factory=dict)

    def naming(self, runs, names):
        """The same language with the titles of measures of these `names` in some `runs`."""
        titles = {name: measure_title(runs, name, self.language) for name in names} | {NOTHING: self.say["none"]}
        return Tongue(self.language, self.say, titles)

    def number(self, value, digits=1, sign=False):
        """A number as the language writes it."""
        return number(self.language)(value, digits, sign)

    def row(self, name):
        """What a row of the registry means, with its name, by which it can be looked up and changed."""
        return self.say["row"].format(meaning=meaning(name, self.language), name=name)

    def short(self, value):
        """A number of three digits that tell, as the language writes it."""
        told = float(f"{value:.3g}")
        return self.number(told, len(np.format_float_positional(told, trim="-").partition(".")[2]))

    def percent(self, share, digits=0):
        """A share as per cent, without the sign; – for NaN."""
        return self.number(100.0 * share, digits)

    def interval(self, row, name, digits=1):
        """`+1.2 [−0.3, +2.7]` of a row that has `name`, `name_low` and `name_high`; – where it has none."""
        said, low, high = (self.number(row[f"{name}{end}"], digits, True) for end in ("", "_low", "_high"))
        between = "; " if self.language == "sv" else ", "
        return said if "–" in (said, low) else f"{said} [{low}{between}{high}]"

    def best(self, table, titles=None):
        """A sentence: which choices of a table of `chances` may be the best."""
        titles = titles or self.titles
        names = [titles[name] for name in leaders(table)]
        return self.say["best_is" if len(names) == 1 else "tie_is"].format(names=", ".join(names))


def named_outcome(runs, outcome, tongue):
    """An outcome as a reader names it: one of the listed words, or the name of what it counts: a type of offence, a course, a service."""
    say, end = tongue.say, "sv" if tongue.language == "sv" else "en"
    if outcome in say["outcomes"]:
        return say["outcomes"][outcome]
    summary = runs[0].summary
    named = {f"happened_{name}": (said, "{name}") for name, said in summary["offences"].items()}
    for group in ("courses", "services"):
        named |= {f"{n}_{what}": (said, words) for n, said in summary[group].items() for what, words in say[f"{group}_outcomes"].items()}
    for name, course in summary["courses"].items():
        named |= {counted: (rule, "{name}") for counted, rule in counted_of(name, course).items()}
    said, words = named[outcome]
    return words.format(name=said[end])
