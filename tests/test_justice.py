"""From a recorded offence to a judgement: who is investigated, held, and let go; and the queues with which a world begins."""

from dataclasses import replace

import numpy as np
import pytest

from sim import justice
from sim.casework import SUCCESS, WAITS, Casework
from sim.clock import DAY
from sim.interventions import measures
from sim.kernels.walk import DECI
from sim.levers import Levers
from sim.model import CityModel
from tests.conftest import LIVELY, live, malmo_city, past_cases, small_world

STRICT = {f"offence.{n}.{field}": 1.0 for n in ("assault", "robbery", "vandalism", "drug_dealing") for field in ("detain", "investigate")}


def test_nobody_offends_while_held():
    """Every morning some are held; none of them offends on that day, nor who was arrested, until the next dawn."""
    world = small_world(LIVELY | STRICT | {"law.on_scene": 0.8, "service.detention.capacity": 1000.0}, days=10)
    model, checked, ever = CityModel(world, [measures()["order_guards"](dose=5.0)]), 0, set()
    for day in range(10):
        model.live(1)
        held = set(model.world.people.id[model.offenders.row[model.scenario.casework.held()]].tolist())
        today = model.log.days[day]
        assert not held & set(today["offender"].tolist())
        ever |= held
        for arrest in today[today["arrested"] == 1]:
            later = today[(today["offender"] == arrest["offender"]) & (today["time"] > arrest["time"])]
            assert len(later) == 0
            checked += 1
    assert checked > 3 and len(ever) > 3


def test_whoever_is_arrested_is_investigated_and_stronger_cases_are_solved_more_often():
    world = small_world(LIVELY, days=5)
    log = live(world, [measures()["order_guards"](dose=5.0)], days=5).log.all()
    cases = justice.cases_of(log, world)
    recorded = log[(log.happened == 1) & (log.recorded == 1)]
    assert recorded.arrested.sum() > 0 and (cases.caught == 1).sum() == recorded.arrested.sum()
    assert len(cases) <= len(recorded)
    caught = cases[cases.caught == 1]
    assert caught.evidence.min() >= np.log(world.parameters["law.caught_odds"]) - 1e-9 and not caught.innocent.any()
    rows = np.searchsorted(world.people.id, cases.who)
    sure = cases.innocent == 0
    assert np.array_equal(cases.subject[sure], world.people.offender[rows][sure]) and (cases.subject[~sure] == -1).all()


def detaining(world, share):
    """The same world, in which a court detains that share of those suspected of anything."""
    table = world.kinds.table.copy()
    table.detain = share
    return replace(world, kinds=replace(world.kinds, table=table))


def test_only_some_of_those_under_18_are_detained(begun):
    world, _ = begun
    world = detaining(world, 1.0)
    past = past_cases(world, 728)
    past.evidence[:] = world.parameters["law.usual_evidence"]
    young = world.people.age[np.searchsorted(world.people.id, past.who)] < 18
    held = justice.detained(past, world, Levers())
    held_young = world.people.age[np.searchsorted(world.people.id, held.who)] < 18
    assert young.sum() > 100 and (~young).sum() > 100
    assert (~held_young).sum() == (~young).sum()
    assert held_young.sum() / young.sum() == pytest.approx(world.parameters["law.detain_youth"], abs=0.03)


def test_courts_hasten_cases_of_the_detained_and_grave_ones_of_the_young(begun):
    world, _ = begun
    past = past_cases(world, 728)
    young = world.people.age[np.searchsorted(world.people.id, past.who)] < 18
    grave = world.kinds.table.detain[past.kind] > 0
    held = justice.is_detained(past, world, Levers())
    hastened = justice.has_deadline(past, world, Levers())
    assert (hastened == ((young & grave) | held)).all() and (young & grave).sum() > 20 and held.sum() > 20 and not hastened.all()


def test_more_evidence_means_detention_more_often(begun):
    """On the scale of log odds, as much as the registry says."""
    world, _ = begun
    world = detaining(world, 0.3)
    past = past_cases(world, 728)
    past = past[world.people.age[np.searchsorted(world.people.id, past.who)] >= 18].view(np.recarray)
    for more in (-1.0, 0.0, 1.5):
        past.evidence[:] = world.parameters["law.usual_evidence"] + more
        odds = 0.3 / 0.7 * np.exp(world.parameters["law.detain_evidence"] * more)
        held = len(justice.detained(past, world, Levers())) / len(past)
        assert held == pytest.approx(odds / (1 + odds), abs=4 * np.sqrt(0.25 / len(past)))


@pytest.fixture(scope="module")
def begun():
    world = small_world({}, city=malmo_city(), residents=339_313, fraction=0.01)
    work = Casework(world.services, world.seed)
    work.resume(world.start.cases, world.start.skill)
    return world, work


def test_a_world_begins_with_the_open_cases_of_2018(begun):
    """About 6,800 open cases [5,500–8,000], of which a third are of the types modelled; half of them decided within 56 days or so."""
    world, work = begun
    known = [world.parameters[f"known.{n}.year"] for n in world.offences.names]
    known += [640.0, 30.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]  # reported by partners' victims, and in the other courses
    share = world.kinds.table.investigate @ known / (0.49 * 53_192)
    waiting = work.waiting()[[work.number("investigation"), work.number("prosecution")]].sum()
    assert 0.2 < share < 0.5 and 5_500 * share < waiting < 8_000 * share
    assert 0.7 < work.waiting()[work.number("prison")] / (world.kinds.table.custody_days.mean() / 2) < 5


def test_more_investigators_shorten_the_queue_and_solve_more(begun):
    world, _ = begun
    past, found = past_cases(world, 728), []
    for more in (-60.0, 60.0):
        work, levers = Casework(world.services, world.seed), Levers(staff={"investigation": more})
        for day in range(-364, 0, 7):
            today = justice.staffed(work.services, world, day, levers)
            justice.live_day(
                work, past[(past.day >= day) & (past.day < day + 7)], world, day, today, levers, np.zeros(len(world.offenders)), 7
            )
        visits = np.concatenate(work.visits)
        solved = ((visits["service"] == work.number("investigation")) & (visits["result"] == SUCCESS)).sum()
        found.append(((work.cases.began == WAITS).sum(), work.waiting()[0], solved))
    (waits, open_, solved), (waits_more, open_more, solved_more) = found
    assert waits_more < 0.6 * waits and open_more < open_ and solved_more > solved


def test_custody_ends_at_dawn_unless_a_service_holds():
    model = live(small_world(LIVELY, days=3), days=1)
    justice.hold(model.offenders, np.array([3, 5]), model.now)
    assert np.flatnonzero(model.offenders.away_until > model.now).tolist() == [3, 5]
    assert (model.offenders.away_until[[3, 5]] == model.now + DAY * DECI).all()
    justice.hold(model.offenders, np.zeros(0, dtype=int), model.now)
    assert not (model.offenders.away_until > 0).any()


def test_police_reinforcement_adds_investigators():
    world = small_world({}, city=malmo_city(), residents=339_313, fraction=0.01, days=2)
    model = live(world, [measures()["police_reinforcement"]()], days=1)
    assert model.scenario.levers.staff["investigation"] > 10
