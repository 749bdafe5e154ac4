"""What a row of the registry means, in the language of whoever reads an answer."""

from functools import cache
from pathlib import Path

from sim.config import REGISTRY
from sim.disk import read_yaml
from sim.parameters import read_registry

SWEDISH = Path(__file__).with_name("parameters.sv.yaml")
CALLED, SOURCES = "called", "sources"


@cache
def rows():
    """{name: Row} of the registry."""
    return {row.name: row for row in read_registry(REGISTRY)}


@cache
def swedish():
    """({group: {rest of a name, a star for any one part of it: what it means, in Swedish}}, {part of a name: what it is called}, {figure
    of what is known: where it comes from})."""
    groups = read_yaml(SWEDISH.read_text(encoding="utf-8"))
    return groups, groups.pop(CALLED), groups.pop(SOURCES)


def in_swedish(name):
    """What the row of this `name` means, in Swedish; None where nobody has said it. What fits with fewest stars counts."""
    groups, called, _ = swedish()
    group, *parts = name.split(".")
    fitting = []
    for pattern, said in groups.get(group, {}).items():
        wanted = pattern.split(".")
        if len(wanted) == len(parts) and all(w in ("*", part) for w, part in zip(wanted, parts, strict=True)):
            fitting.append((wanted.count("*"), said, [part for w, part in zip(wanted, parts, strict=True) if w == "*"]))
    if not fitting:
        return None
    _, said, stars = min(fitting)
    return said.format(*(called.get(star, star) for star in stars))


def meaning(name, language):
    """What the row of this `name` means; in English where there is no Swedish, and the name itself where there is no such row."""
    said = in_swedish(name) if language == "sv" else None
    return said or (rows()[name].meaning if name in rows() else name)


def source(figure, said, language):
    """Where a `figure` of what is known comes from, as the registry has `said` it in English, or in Swedish where that is told."""
    return swedish()[2].get(figure, said) if language == "sv" else said


def standing(name):
    """(value, unit) of the row of this `name` as it stands; NaN where there is no such row."""
    return (rows()[name].value, rows()[name].unit) if name in rows() else (float("nan"), "")
