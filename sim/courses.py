"""Courses: what develops in a life over weeks and years. One multi-state process; courses are data (conf/course).

People at risk are in one state each. A transition has an intensity: its rate, times what each of them is exposed to. Every transition of
every person runs on a clock of its own, a unit Poisson process in the time that its intensity has added up (Anderson 2007; the common
reaction paths of Rathinam, Sheppard and Khammash 2010): whatever changes one intensity leaves the clocks of all others as they were.
"""

import copy
from dataclasses import dataclass, field, replace

import numpy as np

from sim.rng import COURSE, uniforms

STAYS = -1
"""The target of a transition that is an event within a state."""
YEAR = 365.0
PER_COURSE = 64
"""Transitions of a course, at most: the purpose of a draw of stream COURSE is the number of its transition among all."""
AT_RISK = 2**20
ACQUAINTED = AT_RISK + 2**10
"""The first of the purposes by which it is drawn who is at risk, and whom they know, one a course."""

NEUTRAL = {"standing": 0.0, "drive": 1.0, "wheels": 0.0}
"""Fields of an offender that states may set, and what they are where no state says so (see sim.street_lives)."""

HAPPENING = np.dtype([("course", "i2"), ("transition", "i2"), ("index", "i4"), ("who", "i4"), ("number", "i4"), ("day", "f8")], align=True)
"""A transition that came about: of whom (index among those at risk, and id), the how manieth of its kind for that person, and when (days,
with their fraction)."""


@dataclass(frozen=True)
class Transition:
    """From any of the states `sources` to `target` (STAYS: an event within the state), `rate` times a year where exposures are 1; `by`
    the names of exposures; `harm`: whether someone is hurt; `report`: the chance that the police hear of it; `opens`: the service to
    which the person turns, "" for none; `wrong`: whether for no reason."""

    name: str
    sources: tuple
    target: int
    rate: float
    by: tuple = ()
    harm: bool = False
    report: float = 0.0
    opens: str = ""
    wrong: bool = False


@dataclass(frozen=True)
class Served:
    """What a service changes: `ends` {begun, success, failure, dropped: the state into which that puts a person}, of those who turned to it
    in this course, or, where `suspects`, of those whom any case there suspects."""

    ends: dict
    suspects: bool = False


@dataclass(frozen=True)
class Course:
    """A course: `states` and `transitions`, `number` its place among all, `who` int32 (people,) the ids of those at risk, ascending;
    `served` {service: Served}; `contacts` int32 (people, n) the ids of others at risk whom each knows, −1 for none; `suspects` int32
    (people,) the id of whoever hurts each, −1 for someone unknown; `spreads`: the states in which someone draws in those who know them;
    `brings` {field of an offender: float64 (states,) what each state makes of it}; `witness`: the state of those who tell of others, STAYS
    for none."""

    name: str
    number: int
    states: tuple
    transitions: tuple
    who: np.ndarray
    served: dict
    contacts: np.ndarray
    suspects: np.ndarray
    spreads: tuple = ()
    brings: dict = field(default_factory=dict)
    witness: int = STAYS

    @property
    def exposures(self):
        """Names of all exposures that the course asks for."""
        return {name for transition in self.transitions for name in transition.by}

    def without(self, gone):
        """The same course without the people whose ids are in `gone`."""
        stays = ~np.isin(self.who, gone)
        return replace(self, who=self.who[stays], contacts=self.contacts[stays], suspects=self.suspects[stays])


def make_courses(chosen, groups, partners, people, parameters, seed):
    """The courses of the configuration, {name: {of, states, transitions, served, …}} in order, with the registry's rows `course.<name>`.

    `groups` name of the course → int32 ids of who may be at risk: each is, or where it is `families` each family of them, with the chance
    of the row `course.<name>.at_risk`. `partners` int32 (people,) the id of each one's partner, −1 for none.
    """
    courses, known = [], parameters.group("acquaintance")
    for number, (name, said) in enumerate(chosen.items()):
        states, ids = tuple(said["states"]), groups[name]
        rows = np.searchsorted(people.id, ids)
        drawn_for = people.household[rows] if said.get("families") else ids
        drawn = uniforms(seed, COURSE, drawn_for, 0, AT_RISK + number, 0) < parameters[f"course.{name}.at_risk"]
        transitions = tuple(_transition(f"course.{name}.{t}", rule, states, parameters) for t, rule in said["transitions"].items())
        served = {service: _served(ends, states) for service, ends in said.get("served", {}).items()}
        spreads = tuple(map(states.index, said.get("spreads", ())))
        who, rows = ids[drawn], rows[drawn]
        suspects = partners[rows] if said.get("suspect") == "partner" else np.full(len(who), -1, dtype=np.int32)
        contacts = acquaint(who, people[rows], known, number, seed)
        brings = _brings(f"state.{name}", states, parameters)
        witness = states.index(said["witness"]) if "witness" in said else STAYS
        courses.append(Course(name, number, states, transitions, who, served, contacts, suspects, spreads, brings, witness))
    return tuple(courses)


def _served(ends, states):
    return Served({end: states.index(to) for end, to in ends.items() if end != "suspects"}, ends.get("suspects", False))


def _brings(path, states, parameters):
    """{field: float64 (states,)}: what the registry's rows `<path>.<state>.<field>` say; the first state is what others are beside."""
    brings = {}
    for s, state in enumerate(states):
        for name, value in parameters.group(f"{path}.{state}")._asdict().items():
            brings.setdefault(name, np.full(len(states), NEUTRAL[name]))[s] = value
    return brings


def acquaint(who, rows, known, number, seed):
    """int32 (people, n): for each of the ids `who`, whose `rows` of the people these are, the ids of those at risk whom they know: as many
    as `known` (the registry's group `acquaintance`) says of the family, of work or school, of the area, and from anywhere."""
    circles = {"family": rows.household, "daytime": rows.day_place, "area": rows.zone, "anyone": np.zeros(len(who), dtype=np.int8)}
    keys = [key for name, key in circles.items() for _ in range(int(getattr(known, name)))]
    draws = [uniforms(seed, COURSE, who, k, ACQUAINTED + number, 0) for k in range(len(keys))]
    found = [another_of(who, key, u) for key, u in zip(keys, draws, strict=True)]
    return np.stack(found, axis=1) if found else np.empty((len(who), 0), dtype=np.int32)


def another_of(who, key, u):
    """int32 (people,): for each of `who` another one with the same `key` ≥ 0, all others alike by `u` in (0, 1); −1 where nobody has it."""
    order = np.argsort(key, kind="stable")
    _, first, group, size = np.unique(key[order], return_index=True, return_inverse=True, return_counts=True)
    first, size, place = first[group], size[group], np.arange(len(who))
    other = first + (place - first + 1 + (u[order] * (size - 1)).astype(int)) % size
    found = np.empty(len(who), dtype=np.int32)
    found[order] = np.where((size > 1) & (key[order] >= 0), who[order][other], -1)
    return found


def _transition(path, rule, states, parameters):
    row = parameters.group(path)
    return Transition(
        path.rsplit(".", 1)[1], tuple(map(states.index, rule["from"])), states.index(rule["to"]) if "to" in rule else STAYS, row.rate,
        tuple(rule.get("by", ())), rule.get("harm", False), row.report if rule.get("known") else 0.0, rule.get("opens", ""),
        rule.get("wrong", False),
    )  # fmt: skip


def kind_of(course, world):
    """What a case of this course is about: its kind, after those of the offences."""
    return len(world.offences.names) + course.number


class Lives:
    """The lives of those at risk in one course: `state` int8 (people,); of each transition and person `left` float64, what its intensity
    must still add up to before it comes about, and `times` int32, how often it has. Everybody begins in the first state."""

    def __init__(self, course, seed):
        self.course, self.seed = course, seed
        self.rate = np.array([[t.rate * (s in t.sources) for s in range(len(course.states))] for t in course.transitions])
        shape = len(course.transitions), len(course.who)
        self.state = np.zeros(shape[1], dtype=np.int8)
        self.times = np.zeros(shape, dtype=np.int32)
        self.left = np.empty(shape)
        for t in range(shape[0]):
            self.left[t] = self._draw(t, np.arange(shape[1]))

    def live(self, day, days, exposure):
        """Live from the morning of `day` for so many `days`, under exposures (name → float64 (people,) ≥ 0) that do not change meanwhile.

        Returns what came about (HAPPENING), in order of time for each person.
        """
        rest, happened = np.full(len(self.course.who), days / YEAR), []
        alive = np.arange(len(rest))
        while len(alive):
            intensity = self._intensities(alive, exposure)
            with np.errstate(divide="ignore", invalid="ignore"):
                wait = np.where(intensity > 0.0, self.left[:, alive] / intensity, np.inf)
            first = wait.argmin(axis=0)
            soonest = wait[first, np.arange(len(alive))]
            lived = np.minimum(soonest, rest[alive])
            self.left[:, alive] -= intensity * lived
            rest[alive] -= lived
            comes = soonest <= lived
            alive, first = alive[comes], first[comes]
            happened.append(self._come_about(alive, first, day + days - rest[alive] * YEAR))
        return np.concatenate([np.zeros(0, dtype=HAPPENING), *happened]).view(np.recarray)

    def put(self, who, state):
        """Put the people with ids `who` into a state (number), whatever theirs was."""
        self.state[np.searchsorted(self.course.who, who)] = state

    def copy(self):
        """The same lives once more, to be lived apart."""
        other = copy.copy(self)
        other.state, other.times, other.left = self.state.copy(), self.times.copy(), self.left.copy()
        return other

    def counts(self):
        """int64 (states,): people in each state."""
        return np.bincount(self.state, minlength=len(self.course.states))

    def _intensities(self, alive, exposure):
        """float64 (transitions, people): a year's intensity of each transition for those `alive`."""
        out = np.take(self.rate, self.state[alive], axis=1)
        for row, transition in zip(out, self.course.transitions, strict=True):
            for name in transition.by:
                row *= exposure[name][alive]
        return out

    def _come_about(self, people, transitions, days):
        rows = np.zeros(len(people), dtype=HAPPENING)
        rows["course"], rows["transition"], rows["index"], rows["day"] = self.course.number, transitions, people, days
        rows["who"], rows["number"] = self.course.who[people], self.times[transitions, people]
        target = np.array([t.target for t in self.course.transitions], dtype=np.int8)[transitions]
        self.state[people] = np.where(target == STAYS, self.state[people], target)
        self.times[transitions, people] += 1
        for t in np.unique(transitions):
            mine = people[transitions == t]
            self.left[t, mine] = self._draw(t, mine)
        return rows

    def _draw(self, transition, people):
        """Unit exponentials, one for each of these people's next time of a transition."""
        purpose = self.course.number * PER_COURSE + transition
        return -np.log(uniforms(self.seed, COURSE, self.course.who[people], self.times[transition, people], purpose, 0))
