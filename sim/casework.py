"""Casework: whoever or whatever waits for a service with finite capacity. One mechanism; services are data (conf/service).

A case enters a service, waits, is served, and goes on to the next, or is given up. A service works so many units a day (hours of an
investigator, nights in a place); a case needs so many of them, at most `pace` a day. Whoever is being served stays so; the others come
in the order of the service.
"""

from dataclasses import dataclass

import numpy as np

from sim.rng import JUSTICE, uniforms

CASE = np.dtype(
    [
        ("who", "i8"), ("day", "i4"), ("key", "i4"), ("kind", "i2"), ("service", "i2"), ("subject", "i4"), ("innocent", "i1"),
        ("mate", "i4"), ("caught", "i1"), ("entered", "i4"), ("began", "i4"), ("work", "f8"), ("leaves", "f8"), ("evidence", "f8"),
        ("gravity", "f8"), ("remitted", "f8"), ("hastened", "i1"),
    ],
    align=True,
)  # fmt: skip
"""who, day, key: whose case, of which day, and which of that person's on it: what its draws are keyed by; kind: what it is about;
service: where it is; subject: row of the offender whom it may put out of reach, −1 for none; innocent: 1 where the wrong person is
suspected; mate: row of the offender who was along, −1 for nobody; caught: 1 after an arrest on the spot;
entered, began: days on which it came to this service and was first served (WAITS:
not yet); work: units still to be done; leaves: day on which it is given up if it still waits; evidence: log odds beside the service's
own; gravity: what is taken first where the gravest is; remitted: the part of time at services that hold which is spared;
hastened: 1 where the law sets courts a deadline."""

KEPT = ("who", "day", "key", "kind", "service", "subject", "innocent", "mate", "caught", "evidence", "gravity", "entered", "began")
VISIT = np.dtype([(name, CASE[name]) for name in KEPT] + [("ended", "i4"), ("result", "i1")])
"""A stay at a service that is over; `result`: see RESULTS."""
RESULTS = ("success", "failure", "given up")
SUCCESS, FAILURE, GIVEN_UP = range(3)
ORDERS = ("oldest", "newest", "gravest")
ENDS = -1
"""The service after the last."""
WORK, LEAVES, SUCCEEDS = range(3)
"""Purposes of the draws of stream JUSTICE made here, times PER_SERVICE, plus the service."""
PER_SERVICE = 64
FIRST = 256
"""The first of them."""
TINY = 1e-9
WAITS = np.iinfo(np.int32).min
"""The day on which a case was begun that has not been."""


@dataclass(frozen=True)
class Service:
    """A service: `order` of ORDERS; `holds`: whoever is served is out of reach; `clears`: success clears the offence; `then`, `otherwise`
    and `dropped`: the services that follow success, failure, and being given up (ENDS: none). `capacity` units a day, `pace` units a
    case and day, `patience` mean days of waiting, `stale` days in which the odds of success fall by a factor e. By kind of case, float64
    (kinds,): `work` mean units, `success` chance. `turnover` staff who leave in a year, `learning` years in which the new become
    skilled, `skill_odds` log odds of success with only skilled staff beside only new ones; `haste` how many times the pace hastened cases
    have; `rule` the name of the rule that says how many of its cases succeed, where a rule does."""

    name: str
    order: str
    holds: bool
    clears: bool
    then: int
    otherwise: int
    dropped: int
    capacity: float
    pace: float
    patience: float
    stale: float
    work: np.ndarray
    success: np.ndarray
    turnover: float = 0.0
    learning: float = 1.0
    skill_odds: float = 0.0
    haste: float = 1.0
    rule: str = ""

    def skilled(self, turnover):
        """Share of staff who are skilled, in the long run, with so many leaving in a year: whoever leaves is followed by a novice."""
        return 1.0 / (1.0 + turnover * self.learning)


def make_services(chosen, parameters, kinds, share=1.0):
    """The services of the configuration, {name: {order, holds, clears, then, …}} in order, with the registry's group `service`.

    `kinds` is a table with a row for each kind of case: its columns stand in for `work` or `success` where `chosen` says so. `share` is
    the size of the city in that of the registry: capacities are in proportion. What a service has no row for does not apply to it:
    nobody gives up waiting, nothing goes stale, every case succeeds, nobody leaves.
    """
    names, never = list(chosen), np.inf
    number = lambda follows: names.index(follows) if follows else ENDS  # noqa: E731
    services = []
    for name, said in chosen.items():
        rules = parameters.group(f"service.{name}")._asdict()
        column = lambda field, usual: kinds[said[field]] if field in said else np.full(len(kinds), rules.get(field, usual))  # noqa: E731
        services.append(
            Service(
                name, said["order"], said["holds"], said["clears"],
                *(number(said[follows]) for follows in ("then", "otherwise", "dropped")),
                rules["capacity"] * share, rules["pace"], rules.get("patience", never), rules.get("stale", never),
                column("work", never), column("success", 1.0),
                rules.get("turnover", 0.0), rules.get("learning", 1.0), rules.get("skill_odds", 0.0), rules.get("haste", 1.0),
                said.get("rule", ""),
            )
        )  # fmt: skip
    return tuple(services)


class Casework:
    """All open cases and the services in front of which they are, and every stay that ended (`visits`) since it was made.

    `services` in the order in which a day serves them; `seed` of the world; `skill` float64 (services,) the share of staff who are skilled;
    `used` float64 (services,) the units (hours, nights, hearings) that each gave when it last served.
    """

    def __init__(self, services, seed):
        self.services, self.seed = tuple(services), seed
        self.cases = np.zeros(0, dtype=CASE).view(np.recarray)
        self.visits = []
        self.served = np.zeros(0, dtype=bool)
        self.used = np.zeros(len(self.services))
        self.skill = np.array([service.skilled(service.turnover) for service in self.services])

    def number(self, name):
        """The number of the service of this name."""
        return [service.name for service in self.services].index(name)

    def open(self, cases, number, day):
        """Let new `cases` (CASE, with who, day, key, kind, subject, innocent, evidence and gravity) come to service `number` on `day`."""
        if len(cases):
            self.cases = np.concatenate([self.cases, self._enter(np.array(cases), number, day)]).view(np.recarray)
            self.served = np.concatenate([self.served, np.zeros(len(cases), dtype=bool)])

    def resume(self, cases, skill):
        """Go on with the open `cases` (CASE) and the `skill` of another day."""
        self.cases, self.skill = np.array(cases, dtype=CASE).view(np.recarray), np.array(skill)
        self.served = np.zeros(len(cases), dtype=bool)

    def cleared(self, ended, kinds):
        """int64 (kinds,): offences of each kind that are cleared by the stays that `ended`."""
        clears = np.array([service.clears for service in self.services])
        return np.bincount(ended.kind[clears[ended.service] & (ended.result == SUCCESS)], minlength=kinds)

    def serve(self, day, today=None, days=1):
        """One day of every service, or several at once; `today` the services as they are on that day, if not as ever. Returns the stays
        that ended."""
        today = today or self.services
        ended = [self._serve(n, service, day, days) for n, service in enumerate(today)]
        for n, service in enumerate(today):
            in_the_long_run = service.skilled(service.turnover)
            pace = (service.turnover + 1.0 / service.learning) * days / 365.0
            self.skill[n] = in_the_long_run + (self.skill[n] - in_the_long_run) * np.exp(-pace)
        self.visits += ended
        return np.concatenate(ended).view(np.recarray)

    def held_cases(self):
        """The cases (CASE) of all whom a service keeps out of reach today."""
        holds = np.array([service.holds for service in self.services])
        return self.cases[self.served & holds[self.cases.service]]

    def held(self):
        """Rows int32 of the offenders whom a service keeps out of reach today."""
        subjects = self.held_cases().subject
        return np.unique(subjects[subjects >= 0])

    def waiting(self):
        """int64 (services,): open cases in front of each service, begun or not."""
        return np.bincount(self.cases.service, minlength=len(self.services))

    def told(self, first_day):
        """{column: values} of every stay that ended: what, where, when, and how; days counted from `first_day`."""
        visits = np.concatenate([np.zeros(0, dtype=VISIT), *self.visits]).view(np.recarray)
        days = {name: visits[name] - first_day for name in ("day", "entered", "ended")} | {"began": _begun(visits.began, first_day)}
        named = {"service": np.array([s.name for s in self.services])[visits.service], "result": np.array(RESULTS)[visits.result]}
        return {name: visits[name] for name in ("who", "key", "kind", "innocent", "caught", "subject")} | days | named

    def told_of_open(self, first_day):
        """{column: values} of every case that is still open: whose, what, of which day, where, and since when; days counted from
        `first_day`."""
        cases = self.cases
        days = {name: cases[name] - first_day for name in ("day", "entered")} | {"began": _begun(cases.began, first_day)}
        said = {name: cases[name] for name in ("who", "key", "kind", "innocent", "subject")}
        return said | {"service": np.array([s.name for s in self.services])[cases.service]} | days

    def _enter(self, cases, number, day):
        """Their work at a service, and how long they would wait for it, are drawn when cases come there."""
        service = self.services[number]
        cases["service"], cases["entered"], cases["began"] = number, day, WAITS
        cases["work"] = -np.log(self._draw(cases, WORK, number)) * service.work[cases["kind"]]
        if service.holds:
            cases["work"] *= 1.0 - cases["remitted"]
        cases["leaves"] = day - np.log(self._draw(cases, LEAVES, number)) * service.patience
        return cases

    def _draw(self, cases, purpose, number):
        return uniforms(self.seed, JUSTICE, cases["who"], cases["day"], FIRST + purpose * PER_SERVICE + number, cases["key"])

    def _serve(self, number, service, day, days):
        cases = np.asarray(self.cases)  # the fields of a record array are slow to reach
        here = np.flatnonzero(cases["service"] == number)
        self.used[number] = 0.0
        if len(here) == 0:
            return np.zeros(0, dtype=VISIT)
        mine = cases[here]
        waits = mine["began"] == WAITS
        gone = waits & (mine["leaves"] <= day)
        given = ration(mine, service, service.capacity * days, days, ~gone)
        begun = ~waits | (given > 0)
        mine["began"][waits & begun] = day
        mine["work"] -= given
        self.used[number] = given.sum()
        done = begun & (mine["work"] <= TINY)
        usual = self.services[number]
        skill = service.skill_odds * (self.skill[number] - usual.skilled(usual.turnover))
        success = service.success[mine["kind"]]
        odds = success * np.exp(mine["evidence"] + skill - (day - mine["entered"]) / service.stale)
        succeeds = self._draw(mine, SUCCEEDS, number) * (odds + 1 - success) < odds
        result = np.select([gone, done & succeeds, done], [GIVEN_UP, SUCCESS, FAILURE], -1).astype(np.int8)
        cases[here], self.served[here] = mine, given > 0
        for code, follows in ((SUCCESS, service.then), (FAILURE, service.otherwise), (GIVEN_UP, service.dropped)):
            moving = here[result == code]
            if follows >= 0:
                cases[moving] = self._enter(cases[moving], follows, day)
        over = result >= 0
        visits = np.zeros(over.sum(), dtype=VISIT)
        for name in KEPT:
            visits[name] = mine[name][over]
        visits["ended"], visits["result"] = day, result[over]
        ends = over & (np.array([service.then, service.otherwise, service.dropped])[result] < 0)
        keep = np.ones(len(cases), dtype=bool)
        keep[here[ends]] = False
        self.cases, self.served = cases[keep].view(np.recarray), self.served[keep]
        return visits


def _begun(began, first_day):
    """float64 (n,): days counted from `first_day` on which cases were begun; NaN for those that were not."""
    return np.where(began == WAITS, np.nan, began - float(first_day))


def alike(cases):
    """(cases,) what identifies a case wherever it is: whose, of which day, which of them, and what about."""
    return np.rec.fromarrays([cases.who, cases.day, cases.key, cases.kind], names="who, day, key, kind")


def ration(cases, service, capacity, days, there):
    """float64 (cases,): units that each gets in so many `days`, `capacity` in all and at most the pace of the service (times its haste for
    hastened cases); only to those who are `there`.

    Whoever has begun comes first; the others begin in the order of the service, and only with all that they can use in a day.
    """
    pace = service.pace * days * np.where(cases["hastened"] == 1, service.haste, 1.0)
    want = np.where(there, np.minimum(pace, cases["work"]), 0.0)
    waits = cases["began"] == WAITS
    first = {"oldest": cases["entered"], "newest": -cases["entered"], "gravest": -cases["gravity"]}[service.order]
    order = np.lexsort((cases["key"], cases["day"], cases["who"], cases["entered"], first, waits))
    before = np.cumsum(want[order]) - want[order]
    begun = np.clip(capacity - before, 0.0, want[order])
    given = np.empty(len(cases))
    given[order] = np.where(waits[order] & (begun < want[order]), 0.0, begun)
    return given
