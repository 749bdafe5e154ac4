"""Parts of what presenters read, as data: sections with tables, sentences and pictures."""

from dataclasses import dataclass, field

import numpy as np

from experiments.effects import BETTER, UNVALUED, WORSE

COLOURED = {BETTER: "better", WORSE: "worse"}
"""Verdicts that a cell shows by its colour."""
MANY = 1000
"""Times as many, beyond which nobody asks how many."""


@dataclass(frozen=True)
class Cell:
    """A number in a table: its `text`, its interval, `between`, the `value` it sorts by, and whether it is better or worse, `said`."""

    text: str
    between: str = ""
    value: float | None = None
    said: str = ""


@dataclass(frozen=True)
class Section:
    """Part of an answer: its `title`; names of `columns` and `rows` of cells (text, or `Cell`), the first and the last `last` of which are
    set left; `says`, sentences; `pictures`, names of figures without language; `note`, what to know of the columns. On a page: `name`, by
    which links find it, `level` of its heading, and `block`, what stands in it beside all that (maps, twin), or folds it (folded)."""

    title: str
    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    says: list = field(default_factory=list)
    pictures: list = field(default_factory=list)
    note: str = ""
    last: int = 0
    name: str = ""
    level: int = 2
    block: str = ""

    def is_text(self, column):
        """Whether a column, by its number, is set left, as words are."""
        return column == 0 or column >= len(self.columns) - self.last


def effect(tongue, row, digits=1, scale=1.0, ends=("effect", "ci_low", "ci_high")):
    """The cell of an effect of a `row` (effect, ci_low, ci_high, verdict), times a `scale`; a bare 0 where nothing changed in any world, a
    dash where the harm that it is about has no price."""
    if row.get("verdict") == UNVALUED:
        return Cell("–")
    middle, low, high = (row[end] * scale for end in ends)
    if middle == low == high == 0.0:
        return Cell("0", value=0.0)
    unseen = max(abs(low), abs(high)) < 0.5 * 10**-digits
    between = f"{tongue.number(low, digits, True)} … {tongue.number(high, digits, True)}" if low == low and not unseen else ""
    return Cell(tongue.number(middle, digits, True), between, middle, COLOURED.get(row.get("verdict"), ""))


def plain(tongue, value, digits=0):
    """The cell of a number."""
    return Cell(tongue.number(value, digits), value=value)


def telling(*values):
    """Decimals with which the largest of some numbers shows three digits that tell: one at least, six at most."""
    largest = max((abs(value) for value in values if value == value and value), default=1.0)
    return int(np.clip(2 - np.floor(np.log10(largest)), 1, 6))


def times(tongue, value):
    """The cell of a ratio, of which more than `MANY` says no more."""
    return Cell(f"> {tongue.number(MANY, 0)}", value=value) if value > MANY else plain(tongue, value, 1)


def moves(rows):
    """Those of the rows (measure, [{effect, …}]) in which anything changed at all; all of them where nothing did."""
    return [row for row in rows if any(abs(cell["effect"]) > 0.0 for cell in row[1])] or rows


def still(rows, say):
    """A sentence that names the measures whose rows `moves` leaves out."""
    moving = [title for title, _ in moves(rows)]
    left = [title for title, _ in rows if title not in moving]
    return say["unchanged"].format(names="; ".join(left)) if left else ""
