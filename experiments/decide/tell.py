"""An answer as people read it: sections of a table, sentences and pictures, printed on a terminal or written as a page."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.decide.chances import NOTHING, leaders
from experiments.report import measure_title, number


@dataclass(frozen=True)
class Section:
    """Part of an answer: its `title`; names of `columns` and `rows` of cells, all text, the first and the last `last` of which are set
    left; `says`, sentences; `pictures`, names of figures without language; `note`, what to know of the columns."""

    title: str
    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    says: list = field(default_factory=list)
    pictures: list = field(default_factory=list)
    note: str = ""
    last: int = 0

    def is_text(self, column):
        """Whether a column, by its number, is set left, as words are."""
        return column == 0 or column >= len(self.columns) - self.last


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


def print_sections(sections):
    """Print an answer on the terminal."""
    for section in sections:
        if section.rows:
            note = Text(section.note) if section.note else None
            listed = Table(title=Text(section.title), title_justify="left", caption=note, caption_justify="left")
            for k, name in enumerate(section.columns):
                listed.add_column(Text(name), justify="left" if section.is_text(k) else "right")
            for row in section.rows:
                listed.add_row(*map(Text, row))
            Console(width=190).print(listed)
        elif section.title:
            print(section.title)
        for sentence in section.says:
            print(sentence)


def write_page(report, sections, tongue, title, about):
    """Write an answer as one page that opens offline, `answer.html` or `answer.sv.html`: `title` what was asked, `about` the study it rests
    on, in a line. Returns the page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    names = {name for section in sections for name in section.pictures}
    images = {name: base64.b64encode((report / "figures" / f"{name}.{tongue.language}.png").read_bytes()).decode() for name in names}
    page = report / ("answer.sv.html" if tongue.language == "sv" else "answer.html")
    html = environment.get_template("answer.html.j2").render(
        sections=sections, images=images, title=title, about=about, language=tongue.language
    )
    page.write_text(html, encoding="utf-8")
    return page
