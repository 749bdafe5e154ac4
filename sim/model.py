"""The model: a city, ten minutes at a time. Mesa's shell around arrays; the step is a list of phases."""

import time
from collections import namedtuple

import mesa
import numpy as np
from mesa.discrete_space import PropertyLayer
from numba import get_num_threads

from sim import afoot, feelings, guardians, motives
from sim.agents import Person, make_agents
from sim.books import Books
from sim.clock import DAY
from sim.interventions.already_there import already_there
from sim.kernels import apart as apart_kernel
from sim.kernels import exposed as exposed_kernel
from sim.kernels import feel as feel_kernel
from sim.kernels import journeys as journey_kernel
from sim.kernels import move as move_kernel
from sim.kernels import offend as offend_kernel
from sim.kernels import patrol as patrol_kernel
from sim.kernels import plan as plan_kernel
from sim.kernels.move import ROLES
from sim.kernels.walk import DECI
from sim.outcomes.log import EventLog
from sim.outcomes.rights import AGES_END
from sim.scenario import Scenario
from sim.scene import apply_levers, begin_day, end_day, make_scene, scene_beside
from sim.world import MOMENT

TOURS = 4
LOG_ROOM = 4096
WEEK = 7
GROUPS = ("walk", "plan", "patrol", "risk", "law", "network", "feel")
LAYERS = ("lamp", "camera", "disorder", "sight_usual", "heard")

Street = namedtuple(
    "Street",
    "ground transit walking people where walked guides offenders offence target units forces sites calls patrol risk law network scene "
    "spots outdoors moments shared looked guides_looked waits cursor zone zone_first stand_ins most_tries path enter rivals waits_for",
)
Street.__doc__ = "All that the kernel `offend` reads and writes; each part is described where it is made."


class ModelError(RuntimeError):
    """The model cannot go on: a capacity was reached or a way is impossible. The message says where."""


class CityModel(mesa.Model):
    """The street of one world, lived with a set of measures.

    `world` is shared by all scenarios of a seed; `measures` are those of the one that is lived, from `first_day` on (a model day ≥ 0, the
    first of the study). `shards` is the number of threads that walk people; it changes no result. `hot_basis` says which offences make
    the list of hot spots.

    Several `scenarios` may share a street, as long as they do the same to it; those that do not do what the first does are `parting` at
    dawn, for a model of their own (sim.convoy). Such a model is made `beside` another one, in whose state it goes on, and guided by the
    first of them, which has room for so many `companions`: what everyone plans, and whoever walks as there, is shared with it.
    """

    def __init__(self, world, measures=(), first_day=0, shards=1, hot_basis="reported", companions=0, beside=None):
        super().__init__(rng=world.seed)
        self.world, self.first_day, self.hot_basis = world, first_day, hot_basis
        self.scenarios, self.parting = [Scenario(world, measures, first_day)], []
        self.guide, self.companions = (beside.guide or beside) if beside else None, 0
        self.tick, self.clock, self.parameters, self.city = 0, world.clock, world.parameters, world.city
        self.force_names = self.parameters.members("force")
        self.forces = self.parameters.table("force", self.force_names)
        self.groups = {name: self.parameters.group(name) for name in GROUPS}
        if beside:
            self.guide.companions += 1
            self.where, self.walked = afoot.beside(beside, self.guide.companions)
            self.guides, scene = self.guide.walked, scene_beside(beside.scene)
        else:
            hurt = feelings.past_hurt(world.people, self.groups["feel"], world.seed)
            self.where, self.walked = afoot.make_where(world, hurt, companions), afoot.make_walked(world, shards)
            self.guides, scene = afoot.nothing_walked(world, 0), make_scene(world, self.forces)
        self.scene, self.layers = self._shared(scene)
        self.tours = np.zeros((len(world.people), TOURS), dtype=np.uint8)
        self.offenders = world.offenders.copy()
        self.hot = np.zeros(self.city.grid.cells)
        self.active = np.flatnonzero(self.city.walkable).astype(np.int32)
        self.log = EventLog(LOG_ROOM)
        self._make_room()
        self.units, self.levers = None, None
        self.pull_levers()
        if not beside:
            self.open_books()
        self.today = self._empty_day()
        self.datacollector = mesa.DataCollector(model_reporters={k: lambda model, column=k: model.today[column] for k in self.today})
        self.seconds = {phase.__name__: 0.0 for phase in PHASES}

    def step(self):
        """Live one tick: the phases in order."""
        for phase in PHASES:
            self.pass_through(phase)
        self.tick += 1

    def pass_through(self, phase):
        """Live one of PHASES, timed in `seconds`, which scenarios that share a street share as well. Returns the seconds it took."""
        begun = time.perf_counter()
        phase(self)
        took = time.perf_counter() - begun
        self.seconds[phase.__name__] += took / len(self.scenarios)
        return took

    def live(self, days, on_day=None):
        """Live `days` whole days; `on_day(day)` is called after each."""
        for _ in range(days):
            for _ in range(self.clock.ticks_a_day):
                self.step()
            if on_day:
                on_day(self.day)

    @property
    def scenario(self):
        """The first of the scenarios: the one whose levers are pulled."""
        return self.scenarios[0]

    @property
    def day(self):
        return self.tick // self.clock.ticks_a_day

    @property
    def tick_of_day(self):
        return self.tick % self.clock.ticks_a_day

    @property
    def now(self):
        """Beginning of the present tick, in tenths of a second."""
        return self.tick * self.clock.tick_s * DECI

    def close(self):
        """Let go of a model that is no longer needed: Mesa 3.3 otherwise keeps every model that ever had agents."""
        self.remove_all_agents()
        mesa.Agent._ids.pop(self, None)
        self.__dict__.clear()  # its phases refer back to it, so that nothing else would free its arrays soon

    def person(self, row):
        """A Mesa agent that shows one row of the people."""
        return Person(self, row)

    def last_trips(self, rows=slice(None)):
        """WHERE (n,): the last trips of the people in these `rows`."""
        return self.where.trip[self.where.row[rows]]

    # Phases.

    def live_morning(self):
        """At dawn: all who serve and every course live their day. Scenarios that then do not do the same to the street part."""
        if self.tick_of_day:
            return
        if self.day == self.first_day:
            self.open_books()
        for scenario in self.scenarios:
            scenario.live_morning(self.day, self.offenders, self.log.yesterday(), self.now)
        alike = [scenario.is_alike(self.scenario) for scenario in self.scenarios]
        self.parting = [s for s, stays in zip(self.scenarios, alike, strict=True) if not stays]
        self.scenarios = [s for s, stays in zip(self.scenarios, alike, strict=True) if stays]

    def open_day(self):
        """At dawn: levers that change today are pulled, courses have made of offenders what they are; shifts, sites, calls."""
        if self.tick_of_day:
            return
        day, world = self.day, self.world
        self.offenders[:] = self.scenario.offenders
        starting = self.scenario.starts(day)
        if starting:
            self.pull_levers()
        begin_day(self.scene, self.parameters, day, self.first_day)
        guardians.deal_shifts(self.units, self.forces, guardians.rosters_of(self.levers), self.parameters, world.seed, day)
        self.sites = guardians.make_sites(self.levers, world, self.hot)
        if starting:
            self._mark_treated()
        self.calls = guardians.deal_calls(world, day)
        self.cursor[patrol_kernel.CALLS] = self.cursor[patrol_kernel.SOONEST] = 0

    def deal(self):
        """At dawn: everyone's trips, which no measure changes: a guide deals them for all."""
        if self.tick_of_day:
            return
        day, world, clock = self.day, self.world, self.clock
        weekday = clock.date(day).weekday()
        if self.guide is None:
            plan_kernel.deal(
                self.city.ground, self.city.spots, self.groups["plan"], self.groups["walk"], world.people, world.reachable,
                world.offenders, world.walkers, self.trips, self.trip_counts, world.seed, day, clock.day_type[day],
                clock.pay_weekend[day], weekday,
            )  # fmt: skip
            plan_kernel.sort_by_tick(self.trips, self.trip_counts, clock.tick_s, self.trip_first, self.trip_order)
            if self.first_day <= day < self.first_day + WEEK:
                stands_for = self.scene.weight[(world.people.offender >= 0).astype(int)]
                self.books.trips.add(world, self.trips, self.trip_counts, weekday, stands_for)
        self.tours[:] = 0

    def tempt(self):
        """At dawn: the day's moments of motive, in order of time."""
        if self.tick_of_day:
            return
        at_home, guide = motives.home_until(self, self.day * DAY * DECI), self.guide.motives if self.guide else None
        try:
            self.motives = motives.deal(
                self.world, self.offenders, self.groups["network"], at_home, self.day, guide, guides=self.companions > 0
            )
        except motives.TooManyMoments as error:
            raise ModelError(f"day {self.day}: {error}") from None
        self._gather()

    def choose(self):
        """People decide at the door: go, stay, or take the car."""
        first, last = self._departures()
        feel_kernel.choose(
            self.world.people, self.offenders, self.where, self.trips, self.trip_order, first, last, self.tours, self.decisions,
            self.scene, self.groups["feel"], self.world.seed, self.day, self.day * DAY * DECI, float(self.clock.dark[self.tick]),
            get_num_threads(),
        )  # fmt: skip
        journey_kernel.count(
            self.world.people, self.offenders, self.where, self.trips, self.trip_order, first, last, self.decisions, self.scene,
            self.groups["feel"], self.day * DAY * DECI, float(self.clock.dark[self.tick]), self.clock.hour(self.tick), AGES_END,
            self.books.journeys,
        )  # fmt: skip

    def move(self):
        """Those who go write their trips into the street; where another model guides, only those who do otherwise here."""
        first, last = self._departures()
        ways = self.city.ground, self.city.transit, self.groups["walk"], self.world.outdoors, self.world.people, self.where
        trips = self.trips, self.trip_order, first, last, self.decisions
        now = self.failed, self.world.seed, self.tick, self.day * DAY * DECI, self.clock.tick_s * DECI
        if self.guide is None:
            move_kernel.move(*ways, *trips, self.walked, *now)
        else:
            apart_kernel.move_apart(*ways, *trips, self.guide.decisions, self.walked, *now, self.path, self.enter)
        if self.failed.any():
            self._explain_failure()

    def offend(self):
        """Moments of motive meet opportunity and risk; guardians live along, up to each moment that comes to something."""
        first, last = np.searchsorted(self.motives.moments.time, (self.now, self.now + self.clock.tick_s * DECI))
        full = True
        while full:
            first, full = self.live_moments(first, last)
        if self.cursor[patrol_kernel.LOST]:
            raise ModelError(f"day {self.day}: more than {LOG_ROOM} offenders wait at once; lower parameter.risk.wait or offence.*.rate")

    def live_moments(self, first, last):
        """Live the moments in rows `first`…`last`−1 of today's, all of this tick, until the log is full; returns the first one left, and
        whether it is."""
        reached, written = offend_kernel.offend(
            self.street, first, last, self.log.buffer, self.world.seed, self.tick, self.clock.tick_s * DECI,
            float(self.clock.dark[self.tick]),
        )  # fmt: skip
        self.log.take(written)
        return reached, written + 2 > len(self.log.buffer)

    def patrol(self):
        """Units go from site to site until the end of the tick, and to the calls that come in."""
        patrol_kernel.patrol_to(self.street, self.world.seed, self.now + self.clock.tick_s * DECI)

    def settle(self):
        """Forget who passed in this tick, and after the last of an hour fold its person-seconds into what is usual then."""
        scene, spans = self.scene, self.city.spans
        self.walked.passing[:, self.tick % self.walked.street.shape[1]] = 0
        if (self.tick + 1) * self.clock.tick_s % 3600:
            return
        most = move_kernel.settle(spans, self.walked, self.guides, self.tick, self.clock.tick_s * DECI, self.person_seconds)
        if most > move_kernel.MOST_CS:
            raise ModelError(f"day {self.day}: too many people in one cell; lower population.fraction, city.cell_m or study.tick_s")
        hour, kind = self.clock.hour(self.tick), int(self.clock.day_type[self.day] > 0)
        scene.seen_hours[kind, hour] += 1
        rate = 1.0 / min(scene.seen_hours[kind, hour], self.parameters["ambient.days"])  # a plain mean at first: the start leaves no trace
        move_kernel.remember_hour(
            spans, self.walked.hour, scene.weight, rate, scene.usual[kind, hour], scene.today, self.books.footfall[hour]
        )

    def feel(self):
        """At each full hour: who is usually near, and which homes are empty; in the evening, the survey."""
        if self.tick * self.clock.tick_s % 3600:
            return
        hour, kind = self.clock.hour(self.tick), int(self.clock.day_type[self.day] > 0)
        scene, rules, usual = self.scene, self.groups["feel"], self.scene.usual[kind, hour]
        exposed_kernel.look(
            self.city.ground, self.city.transit, self.groups["walk"], self.world.people, self.where, self.world.walkers,
            self.world.outdoors, self.city.zone, scene, hour, self.day, self.now, self.world.seed, AGES_END, self.path, self.enter,
            self.books.exposed,
        )  # fmt: skip
        feelings.new_hour(scene, self.city.ground, usual)
        if self.guide is None:
            self.out = feelings.people_out(self.world, self.where)
        else:
            self.out = feelings.people_out_beside(self.world, self.where, self.walked, self.guide.out)
        feelings.share_out(self.world, self.out, scene.weight, self.groups["risk"].empty_leans, scene.empty)
        if hour == int(rules.survey_hour):
            asked, latent, places = feelings.survey(self.world, self.where, scene, self.active, rules)
            self.today |= feelings.answers(latent, self.world.people.woman[asked] == 1)
            self.books.add_survey(places, self.world.people.zone[asked], latent > 0)

    def close_day(self):
        """After the last tick of a day: memories fade, upkeep is done, the day's series are kept."""
        if self.tick_of_day != self.clock.ticks_a_day - 1:
            return
        scene = self.scene
        end_day(scene, self.parameters, self.upkeep_left, self.city.grid.cell_m, self.day, self.first_day)
        self.where.hurt[:] *= np.float32(0.5 ** (1.0 / self.groups["feel"].hurt_half_life))
        counts = self.log.close_day(self.world.offences.names)
        offends = (self.world.people.offender >= 0).astype(int)
        so_far = {"gave_up": float(self.where.gave_up @ scene.weight[offends]), "guard_hours": float(scene.guard_seconds.sum() / 3600)}
        self.today.update(counts, **{name: value - self.before[name] for name, value in so_far.items()})
        self.before = so_far
        told = [scenario.close_day() for scenario in self.scenarios]
        self.today |= told[0]
        self.today["disorder"] = float(scene.disorder[self.active].mean())
        for name, seconds in zip(ROLES, self.person_seconds, strict=True):
            self.today[f"hours_{name}"] = float(seconds / 360_000)
        self.person_seconds[:] = 0
        self.hot *= 0.5 ** (1.0 / self.parameters["hot.half_life"])
        np.add.at(self.hot, self.log.cells_today(self.hot_basis, self.world.offences.target == 3), 1.0)
        self.books.add_day(scene.today, scene.camera)
        scene.today[:] = 0
        self.today["day"] = int(self.day)
        self.datacollector.collect(self)

    def open_books(self):
        """Begin to add up what is told of the whole study; nothing that happens depends on it."""
        self.books = Books(self.city, self.guide.books.trips if self.guide else None)
        self.scene.guard_seconds[:] = 0
        self.where.gave_up[:] = 0
        self.before = {"gave_up": 0.0, "guard_hours": 0.0}

    def series(self):
        """{column: values}: the daily series so far."""
        return {name: list(values) for name, values in self.datacollector.model_vars.items()}

    # Levers.

    def pull_levers(self):
        """Send out the units and equip the streets, as the levers of the scenario are."""
        self.levers = self.scenario.levers.on_street()
        units = guardians.make_units(self.levers, self.forces, self.force_names)
        if self.units is not None:
            guardians.keep_history(units, self.units)
        self.units = units
        self.sites = guardians.make_sites(self.levers, self.world, self.hot)
        self.upkeep_left = apply_levers(self.scene, self.world, self.levers)
        self._gather()
        make_agents(self)

    # Details.

    def _mark_treated(self):
        """Where measures begin to act: of lists that change, the first, which no measure has touched yet."""
        before = already_there(self.city, self.parameters, self.world.residents)
        radius = lambda squad: self.forces.radius[self.force_names.index(self.levers.squads[squad].force)]  # noqa: E731
        self.books.mark_treated(self.levers, before, self.sites, radius, self.parameters["camera.radius"])

    def _shared(self, scene):
        """The scene with some of its layers living in Mesa property layers: the same memory under two names."""
        shape = (self.city.grid.rows, self.city.grid.cols)
        layers = {name: PropertyLayer(name, shape, default_value=np.float32(0), dtype=np.float32) for name in LAYERS}
        for name, layer in layers.items():
            layer.data[:] = getattr(scene, name).reshape(shape)
        return scene._replace(**{name: layer.data.reshape(-1) for name, layer in layers.items()}), layers

    def _make_room(self):
        self.planned = self.guide.planned if self.guide else afoot.room_for_trips(self.world)
        self.trips, self.trip_counts, self.trip_order, self.trip_first = self.planned
        self.decisions = np.zeros(len(self.trips), dtype=np.uint8)
        self.failed = np.zeros((self.walked.street.shape[0], 2), dtype=np.int32)
        self.motives = motives.none(self.world)
        self.waits = np.zeros(LOG_ROOM, dtype=MOMENT).view(np.recarray)
        self.cursor = np.zeros(4, dtype=np.int64)
        self.calls = np.zeros(0, dtype=guardians.CALL).view(np.recarray)
        self.path, self.enter = np.empty(4096, dtype=np.int32), np.empty(4097, dtype=np.int32)
        self.person_seconds = np.zeros(len(ROLES))
        room = sum(len(part.who) + part.passers.shape[0] * part.passers.shape[2] for part in (self.walked, self.guides))
        self.rivals, self.waits_for = np.empty(room, dtype=np.int32), np.empty(room)

    def _empty_day(self):
        counts = EventLog(1).close_day(self.world.offences.names)
        hours = {f"hours_{name}": 0.0 for name in ROLES}
        others = dict.fromkeys(("safe_share", "safe_women", "safe_men", "mean_feeling", "gave_up", "guard_hours", "disorder"), 0.0)
        return {"day": -1, **counts, **others, **self.scenario.told_of_today(), **hours}

    def _departures(self):
        return self.trip_first[self.tick_of_day], self.trip_first[self.tick_of_day + 1]

    def waiting(self):
        """Moments that were put off and have not been lived yet."""
        return self.waits[: self.cursor[patrol_kernel.WAITING]]

    def _gather(self):
        """Name everything that the offence kernel reads."""
        world, groups = self.world, self.groups
        self.street = Street(
            self.city.ground, self.city.transit, groups["walk"], world.people, self.where, self.walked, self.guides, self.offenders,
            world.offences.table, world.offences.target, self.units, self.forces, self.sites, self.calls, groups["patrol"],
            groups["risk"], groups["law"], groups["network"], self.scene, self.city.spots, world.outdoors, self.motives.moments,
            self.motives.shared, self.motives.looked, (self.guide or self).motives.looked, self.waits, self.cursor, self.city.zone,
            world.zone_first, world.stand_ins, int(groups["risk"].tries), self.path, self.enter, self.rivals, self.waits_for,
        )  # fmt: skip

    def _explain_failure(self):
        code, trip = self.failed[self.failed[:, 0] != 0][0]
        p = self.trips.person[trip]
        a, b = self.last_trips(p).place, self.trips.target[trip]
        raise ModelError(f"day {self.day}: trip of person {self.world.people.id[p]} from cell {a} to {b}: {afoot.FAILURES[int(code)]}")


PHASES = (
    CityModel.live_morning, CityModel.open_day, CityModel.deal, CityModel.tempt, CityModel.feel, CityModel.choose, CityModel.move,
    CityModel.offend, CityModel.patrol, CityModel.settle, CityModel.close_day,
)  # fmt: skip
"""What a tick consists of, in order."""
