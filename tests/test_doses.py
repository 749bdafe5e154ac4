"""What a dose does first: every measure moves what it works on, and more of it moves more. Crime and harm are reported, never asserted."""

from datetime import date

import numpy as np
import pytest

from sim import dawn, harms
from sim.accomplices import OF_ACCOMPLICE
from sim.casework import GIVEN_UP, Casework, alike
from sim.interventions import measures
from sim.levers import Levers
from sim.model import CityModel
from tests.conftest import live, malmo_city, past_cases, small_world

DAYS = 120
TALKATIVE = {"crown.fear": 2.0, "crown.value": 12.0, "crown.supported": 1.0, "law.named": 0.0, "network.near": 0.1} | {
    f"offence.{name}.detain": 0.8 for name in ("assault", "vandalism", "bicycle_theft", "drug_dealing")
}
"""Many members, who tell easily; many grave suspicions."""
DOSES = (0.0, 1.0, 4.0)


@pytest.fixture(scope="module")
def malmo():
    return small_world(TALKATIVE, city=malmo_city(), residents=339_313, fraction=0.003, days=DAYS + 1)


class Served:
    """What services and courses do in Malmö with a dose of a measure, when every day brings the street's usual cases."""

    def __init__(self, world, name, dose):
        self.world, self.levers = world, Levers()
        measures()[name](dose=dose).pull(self.levers, world.city, world.parameters)
        self.work, lives, before = Casework(world.services, world.seed), [life.copy() for life in world.start.lives], world.start.harms
        self.work.resume(world.start.cases, world.start.skill)
        past, rows = past_cases(world, DAYS), []
        past.day += DAYS
        for day in range(DAYS):
            _, before = dawn.live_day(world, self.work, lives, past[past.day == day].view(np.recarray), before, self.levers, day)
            rows.append(before)
        self.rows, self.visits = (
            np.concatenate([harms.NOTHING, *rows]).view(np.recarray),
            np.concatenate(self.work.visits).view(np.recarray),
        )

    def stays(self, service, young=False):
        """How many were served by a service, of all or of those under 18."""
        mine = self.visits[(self.visits.service == self.work.number(service)) & (self.visits.result != GIVEN_UP)]
        return (self.world.people.age[self.world.row_of[mine.who]] < 18).sum() if young else len(mine)

    def waits(self, service):
        """Mean days until someone is served first."""
        mine = self.visits[(self.visits.service == self.work.number(service)) & (self.visits.result != GIVEN_UP)]
        return (mine.began - mine.entered).mean()

    def came_about(self, course, transition):
        chosen = next(c for c in self.world.courses if c.name == course)
        at = [t.name for t in chosen.transitions].index(transition)
        return ((self.rows.course == chosen.number) & (self.rows.transition == at)).sum()

    def told_of(self):
        """How many are before a prosecutor because a witness has told of them."""
        return len(np.unique(alike(self.visits[self.visits.key >= OF_ACCOMPLICE])))


@pytest.fixture(scope="module")
def served(malmo):
    kept = {}

    def of(name, dose):
        key = (name, dose) if dose else None  # no dose is no measure, whichever it would be
        if key not in kept:
            kept[key] = Served(malmo, name, dose)
        return kept[key]

    return of


SERVED = [  # measure, what it moves first, which way
    ("police_reinforcement", lambda s: s.stays("investigation"), 1),
    ("detention_rules", lambda s: s.stays("detention", young=True), 1),
    ("detention_rules", lambda s: s.waits("social_services"), -1),
    ("crown_witness", lambda s: s.told_of(), 1),
    ("cctv", lambda s: s.stays("towing"), 1),
    ("task_force", lambda s: s.stays("inspection"), 1),
    ("task_force", lambda s: s.came_about("network", "asks_for_exit"), 1),
    ("womens_shelters", lambda s: s.stays("shelter"), 1),
    ("honour_council", lambda s: s.came_about("honour_oppression", "is_heard"), 1),
    ("extremism_prevention", lambda s: s.came_about("extremism", "is_referred"), 1),
    ("child_marriage", lambda s: s.came_about("child_marriage", "is_noticed"), 1),
]


@pytest.mark.parametrize("name, first, sign", SERVED, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(SERVED)])
def test_more_of_a_measure_moves_more_of_what_it_works_on(served, name, first, sign):
    none, some, more = (sign * first(served(name, dose)) for dose in DOSES)
    assert none <= some <= more and none < more


ON_THE_STREET = [  # measure, what it does first: time of guardians, time of people under cameras, in light, in litter (less of it)
    ("police_reinforcement", lambda m: m.scene.guard_seconds.sum()),
    ("municipal_police", lambda m: m.scene.guard_seconds[m.force_names.index("municipal_police")].sum()),
    ("order_guards", lambda m: m.scene.guard_seconds[m.force_names.index("order_guard")].sum()),
    ("cctv", lambda m: m.books.watched.sum()),
    ("safe_transit", lambda m: m.books.watched.sum()),
    ("safe_transit", lambda m: m.books.footfall[20:].sum(axis=0) @ m.scene.lamp),
    ("safe_transit", lambda m: -m.books.footfall.sum(axis=0) @ m.scene.disorder),
]


@pytest.mark.parametrize("name, first", ON_THE_STREET, ids=[f"{n}-{i}" for i, (n, _) in enumerate(ON_THE_STREET)])
def test_more_of_a_measure_is_seen_on_the_street(malmo, name, first):
    found = []
    for dose in DOSES:
        model = CityModel(malmo, [measures()[name](dose=dose)])
        model.live(2)
        found.append(float(first(model)))
        model.close()
    assert found[0] < found[1] <= found[2]


def test_more_attacks_on_crews_are_reported_where_crews_are_told_of_the_law():
    """In a Malmö whose crews are attacked every few hours; how many attacks there are then is not asserted."""
    often = {"offence.attack_on_crew.rate": 45.0, "offence.attack_on_crew.crowd": 1.0, "offence.attack_on_crew.reward": 3.0}
    world = small_world(often, city=malmo_city(), residents=339_313, fraction=0.01, days=3, start=date(2018, 9, 10))
    shares = []
    for dose in (0.0, 0.5, 1.0):
        log = live(world, [measures()["emergency_services_offence"](dose=dose)], days=3).log.all()
        attacks = log[(log.kind == world.offences.names.index("attack_on_crew")) & (log.happened == 1)]
        shares.append(attacks.reported.mean())
    assert len(attacks) > 30 and shares[0] < shares[1] < shares[2]


def test_every_measure_has_a_dose_test():
    assert {name for name, *_ in (*SERVED, *ON_THE_STREET)} | {"emergency_services_offence"} == set(measures())


def test_municipal_police_free_hours_and_draw_people_away(malmo):
    """Freed hours add to the state's patrols and desks; whoever comes from the police or the guards is missing there."""
    rule, levers = malmo.parameters.group("measure.municipal_police"), Levers()
    measures()["municipal_police"]().pull(levers, malmo.city, malmo.parameters)
    assert levers.squads["police"].people == pytest.approx(rule.officers * rule.frees * rule.freed_outdoors)
    assert levers.leavers == pytest.approx(
        {"police": rule.officers * rule.from_police * rule.freed_outdoors, "order_guard": rule.officers * rule.from_guards}
    )
    assert levers.staff["investigation"] > 0
