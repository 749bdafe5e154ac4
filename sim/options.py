"""Typed options: a dataclass whose fields know their unit, range and choices, read from plain mappings with clear messages."""

import dataclasses
import difflib
import math
import typing
from dataclasses import field

MOST_RESIDENTS = 20_000_000
"""People whom a model can hold."""
LONGEST = 2000
"""Characters that are told of a longer message."""


class UserError(ValueError):
    """A user's mistake, told in one line, whatever the mistaken text is: line breaks in it are spaces, what no terminal shows is marked,
    and the middle of a long one is left out."""

    def __init__(self, message):
        told = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(str(message).split()))
        super().__init__(told if len(told) <= LONGEST else f"{told[: LONGEST // 2]} … {told[-LONGEST // 2 :]}")


class ConfigError(UserError):
    """A configuration that cannot be run."""


def option(default, unit="", low=None, high=None, choices=None):
    """A field of a class of options with its default, unit, range [low, high] or choices."""
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "choices": choices})


def read(kind, raw, where, file):
    """A mapping as an instance of the dataclass `kind`; `where` names the group of options, `file` where they stand."""
    fields = {f.name: f for f in dataclasses.fields(kind)}
    known_only(raw, fields, where)
    types = typing.get_type_hints(kind)
    values = {}
    for name, value in raw.items():
        values[name] = checked(f"{where}.{name}", value, types[name], fields[name].metadata, file)
    return kind(**values)


def known_only(raw, names, where):
    """Raise `ConfigError` unless `raw` is a mapping with no other keys than `names`; `where` names the group of options."""
    if not isinstance(raw, dict):
        raise ConfigError(f"{where}={raw}: is a group of options; set {where}.<option>, one of {', '.join(map(str, names))}")
    for name in raw:
        if name not in names:
            full = f"{where}.{name}" if where else name
            close = difflib.get_close_matches(str(name), [str(n) for n in names], n=3)
            hint = f"; close names: {', '.join(close)}" if close else f"; known are {', '.join(map(str, names))}"
            raise ConfigError(f"{full}: no such option{hint}")


def checked(name, value, kind, rule, file):
    unit = f" {rule['unit']}" if rule.get("unit") else ""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = as_float(value)
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        wanted = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}[kind]
        raise ConfigError(f"{name}={value}: must be {wanted}{_allowed(rule, unit)} ({file})")
    if kind is str and not value.isprintable():
        raise ConfigError(f"{name}={value!r}: must be a text without control characters ({file})")
    if rule.get("choices") and value not in rule["choices"]:
        raise ConfigError(f"{name}={value}: allowed are {', '.join(rule['choices'])} ({file})")
    low, high = rule.get("low"), rule.get("high")
    if (low is not None and value < low) or (high is not None and value > high):
        raise ConfigError(f"{name}={value}: out of range{_allowed(rule, unit)} ({file})")
    return value


def as_float(value):
    """A number as a float; infinite where it is larger than any."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _allowed(rule, unit):
    return f"; allowed is {rule['low']:.10g} to {rule['high']:.10g}{unit}" if rule.get("low") is not None else ""
