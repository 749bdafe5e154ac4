"""The parameter registry: every number of the model, once, with unit, range, source and evidence grade.

The rows stand in `conf/evidence/parameters.csv`. A name is a dotted path (`offence.robbery.reward`); the part before the
last dot is a *group*, and a group reaches the kernels as a named tuple of float64 (`parameters.group("walk").speed`). A group
whose members are themselves families (`offence.<type>.<attribute>`) comes as a *table*: one record for each member.
"""

import copy
import csv
import difflib
import io
import math
import re
import zlib
from collections import namedtuple
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.disk import write_text
from sim.options import UserError, as_float

GRADES = {
    "A": "several trials",
    "B": "some causal evidence",
    "C": "thin",
    "D": "published figure, or arithmetic on published figures",
    "J": "judgement",
    "F": "fitted",
}
DISTRIBUTIONS = {
    "triangular": "over the range, about the value",
    "threefold": "as triangular in logarithms from a third of the value to three times it, within the range; nought stays nought",
    "whole": "as triangular from a third of the value to three times it, within the range, rounded; nought stays nought",
    "odds": "of a share: as triangular in log odds from a third of its odds to three times them, within the range; none and all stay so",
    "weight": "of a weight in log odds: as triangular from a third of the odds (ln 3 below) to three times them, within the range",
    "fifth": "of what is published: as triangular from four fifths of the value to six fifths, within the range",
    "choice": "says which, a whole number: not drawn",
    "fixed": "not drawn",
}
"""How a row is drawn where it is in doubt. The range is what is allowed; of what has no range of its own that is plausible, a factor of up
to three stands for the doubt."""
DOUBT, PUBLISHED = 3.0, 0.2
UNMOVED = {"threefold": (0.0,), "whole": (0.0,), "fifth": (0.0,), "odds": (0.0, 1.0)}
"""Values that no factor moves."""
POSITIVE = ("threefold", "whole", "fifth", "odds")
"""Distributions of what is never below nought; odds are of what is never above one."""
COLUMNS = ["name", "value", "unit", "low", "high", "sd", "distribution", "grade", "source", "meaning"]


class ParameterError(UserError):
    """A parameter that does not exist or lies outside its range."""


@dataclass(frozen=True)
class Row:
    """One number of the model: allowed from `low` to `high`; of those that calibration fits, `sd` is the standard deviation that it left,
    of all others NaN."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    sd: float
    distribution: str
    grade: str
    source: str
    meaning: str


class Parameters:
    """All rows of the registry, with the overrides of one run applied and checked.

    Raises `ParameterError` for an unknown name, a value that is no finite number or lies outside [low, high].
    """

    def __init__(self, rows, overrides=None, home="conf/evidence/parameters.csv"):
        self.rows = {row.name: row for row in rows}
        self.values = {row.name: row.value for row in rows}
        for name, value in (overrides or {}).items():
            self.values[name] = self._checked(name, value, home)
        self.groups, self.family = {}, {}
        for name in self.values:
            self.family.setdefault(name.rpartition(".")[0], []).append(name)

    def _checked(self, name, value, home):
        if name not in self.rows:
            close = difflib.get_close_matches(name, self.rows, n=3)
            hint = f"; close names: {', '.join(close)}" if close else ""
            raise ParameterError(f"parameter.{name}: no such parameter{hint} (all names: {home})")
        row = self.rows[name]
        wanted = f"allowed is a number from {row.low:g} to {row.high:g} {row.unit} ({home}, row {name})"
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(as_float(value)):
            raise ParameterError(f"parameter.{name}={value}: not a number; {wanted}")
        if row.distribution in ("whole", "choice") and value != int(value):
            raise ParameterError(f"parameter.{name}={value:g}: not a whole number; {wanted}")
        if not row.low <= value <= row.high:
            raise ParameterError(f"parameter.{name}={value:g}: out of range; {wanted}")
        return float(value)

    def with_values(self, values):
        """The same registry with other `values` {name: float}, within their ranges."""
        other = copy.copy(self)
        other.values, other.groups = self.values | values, {}
        return other

    def sampled(self, names, n, seed=0):
        """{name: float64 (n,)}: rows drawn together (a Latin hypercube, McKay and others 1979) by their distributions (DISTRIBUTIONS),
        fitted ones normal about their values as wide as calibration left them, within their ranges; rows that are not `in_doubt` are left
        out."""
        from scipy.stats import qmc  # slow to import, and asked for by few

        rows = [self.rows[name] for name in names if self.in_doubt(name)]
        u = qmc.LatinHypercube(len(rows), rng=np.random.default_rng(seed)).random(n)
        points = {}
        for row, at in zip(rows, u.T, strict=True):
            points[row.name] = self.quantile(row, at)
        return points

    def in_doubt(self, name):
        """Whether a row is drawn: it is no choice, not fixed, has a range, and its value is none that no factor moves."""
        row = self.rows[name]
        unmoved = UNMOVED.get(row.distribution, ()) if math.isnan(row.sd) else ()
        return row.distribution not in ("choice", "fixed") and row.low < row.high and self.values[name] not in unmoved

    def quantile(self, row, u):
        """float64 (n,): the values of a row `in_doubt` below which the shares `u` float64 (n,) in (0, 1) of its distribution lie; see
        `sampled`."""
        from scipy.special import expit, logit
        from scipy.stats import triang, truncnorm

        value = self.values[row.name]
        if not math.isnan(row.sd):
            return truncnorm.ppf(u, (row.low - value) / row.sd, (row.high - value) / row.sd, value, row.sd)
        scale, back = {"threefold": (np.log, np.exp), "odds": (logit, expit)}.get(row.distribution, (np.positive, np.positive))
        with np.errstate(divide="ignore"):
            low, mode, high = (scale(x) for x in (row.low, value, row.high))
        if row.distribution in ("threefold", "odds", "weight"):
            low, high = max(low, mode - math.log(DOUBT)), min(high, mode + math.log(DOUBT))
        elif row.distribution == "whole":
            low, high = max(low, value / DOUBT), min(high, value * DOUBT)
        elif row.distribution == "fifth":
            low, high = max(low, value * (1.0 - PUBLISHED)), min(high, value * (1.0 + PUBLISHED))
        drawn = back(triang.ppf(u, (mode - low) / (high - low), low, high - low))
        return np.round(drawn) if row.distribution == "whole" else drawn

    def __getitem__(self, name):
        return self.values[name]

    def group(self, prefix):
        """Named tuple of float64: the rows `prefix.<field>`."""
        if prefix not in self.groups:
            self.groups[prefix] = self._group(prefix)
        return self.groups[prefix]

    def _group(self, prefix):
        fields = {name.rsplit(".", 1)[1]: self.values[name] for name in self.family.get(prefix, ())}
        return group_type(prefix, tuple(fields))(**fields)

    def table(self, prefix, members, needless=lambda member, field: False):
        """Record array (len(members),) of float64: the rows `prefix.<member>.<field>` for each member in order.

        A member that lacks a field that another has is an error of the registry, raised as `ParameterError`; but where
        `needless(member, field)` there is no row, and NaN stands for it.
        """
        families = [n for m in members for n in self.values if n.startswith(f"{prefix}.{m}.")]
        fields = list(dict.fromkeys(n.rsplit(".", 1)[1] for n in families))
        wrong = [f"{prefix}.{m}.{f}" for f in fields for m in members if (f"{prefix}.{m}.{f}" in self.values) == needless(m, f)]
        if wrong:
            raise ParameterError(f"{wrong[0]}: the registry lacks this row, or has it in vain ({len(wrong)} such rows)")
        rows = [tuple(self.values.get(f"{prefix}.{m}.{f}", math.nan) for f in fields) for m in members]
        return np.array(rows, dtype=[(f, "f8") for f in fields]).view(np.recarray)

    def members(self, prefix):
        """The family members below a prefix, in the order of the registry: `members("offence")` → offence types."""
        depth = prefix.count(".") + 2
        names = (n for n in self.values if n.startswith(prefix + ".") and n.count(".") == depth)
        return list(dict.fromkeys(n.split(".")[depth - 1] for n in names))


def group_type(prefix, fields):
    """The named-tuple class of a group, under a name of this module by which the cache of compiled kernels finds it again.

    The name holds a checksum of the fields, so that kernels compiled for other fields are never taken for these.
    """
    name = f"{prefix.replace('.', '_')}_group_{zlib.crc32(' '.join(fields).encode()):08x}"
    if name not in globals():
        globals()[name] = namedtuple(name, fields, module=__name__)
    return globals()[name]


def __getattr__(name):
    """A group class that only an older cache of compiled kernels remembers: an empty one, which nothing of today matches."""
    if re.fullmatch(r"\w+_group_[0-9a-f]{8}", name):
        return namedtuple(name, (), module=__name__)
    raise AttributeError(f"module {__name__} has no attribute {name}")


def write_registry(path, changes):
    """Change fields of rows of a registry file: `changes` {name: {column: text}}; all else stays as it was."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | changes.get(row["name"], {}) for row in rows)
    write_text(path, text.getvalue())


def read_registry(path):
    """Rows of a registry file (CSV with the columns `COLUMNS`). Raises `ParameterError` with file and line if broken."""
    state = Path(path).stat()
    return list(_rows_of(path, state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=4)
def _rows_of(path, changed, size):
    """The rows of a registry file as it was when it was last `changed`: every job of a sweep asks for them several times."""
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if reader.fieldnames != COLUMNS:
                raise ParameterError(f"{path}: the columns must be {', '.join(COLUMNS)}")
            return tuple(_row_of(record, f"{path}, line {line}") for line, record in enumerate(reader, start=2))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ParameterError(f"{path}: cannot be read as a table ({error})") from None


def _row_of(record, where):
    """The Row of a line of a registry file. Raises `ParameterError`."""
    if None in record or None in record.values():
        raise ParameterError(f"{where}: has another number of columns than the first line")
    try:
        record["sd"] = record["sd"] or "nan"
        numbers = {key: float(record.pop(key)) for key in ("value", "low", "high", "sd")}
    except ValueError:
        raise ParameterError(f"{where}: value, low, high and sd must be numbers (sd may be left out)") from None
    row = Row(**record, **numbers)
    if not row.low <= row.value <= row.high or row.grade not in GRADES or row.distribution not in DISTRIBUTIONS:
        raise ParameterError(f"{where} ({row.name}): value outside its range, or unknown grade or distribution")
    if (row.distribution in POSITIVE and row.low < 0) or (row.distribution == "odds" and row.high > 1):
        raise ParameterError(f"{where} ({row.name}): {row.distribution} is not for such a range")
    if row.sd <= 0 or (not math.isnan(row.sd) and row.grade != "F"):
        raise ParameterError(f"{where} ({row.name}): sd must be above 0, and only of what is fitted (grade F)")
    return row
