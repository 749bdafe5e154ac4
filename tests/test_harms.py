"""Courses in a world: what they start from, who hears of them, what services change, and what measures against them do first."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim import dawn, exposures, harms, justice
from sim.casework import CASE, Casework
from sim.interventions import measures
from sim.levers import LeverError, Levers
from sim.outcomes.measures import of_course
from tests.conftest import COURSES, live, malmo_city, past_cases, small_world

YEAR = 365
NOTHING = np.zeros(0, dtype=CASE).view(np.recarray)


@pytest.fixture(scope="module")
def malmo():
    return small_world({}, city=malmo_city(), residents=339_313, fraction=0.01, days=YEAR + 1)


def lived(world, levers=None, days=YEAR, street=NOTHING):
    """(what courses did, stays that ended, lives) after so many days, with the cases of no `street`, or with these."""
    work, lives, before = Casework(world.services, world.seed), [life.copy() for life in world.start.lives], world.start.harms
    work.resume(world.start.cases, world.start.skill)
    rows = []
    for day in range(days):
        _, before = dawn.live_day(world, work, lives, street[street.day == day].view(np.recarray), before, levers or Levers(), day)
        rows.append(before)
    return np.concatenate(rows).view(np.recarray), np.concatenate(work.visits).view(np.recarray), lives


@pytest.fixture(scope="module")
def without(malmo):
    return lived(malmo)


def pulled(world, name, dose=1.0):
    levers = Levers()
    measures()[name](dose=dose).pull(levers, world.city, world.parameters)
    return levers


def course(world, name):
    return next(c for c in world.courses if c.name == name)


def hurt(world, rows, name):
    chosen = course(world, name)
    return rows[(rows.course == chosen.number) & np.isin(rows.transition, [i for i, t in enumerate(chosen.transitions) if t.harm])]


def ended(world, visits, service):
    return visits[visits.service == [s.name for s in world.services].index(service)]


def test_services_are_turned_to_in_the_same_order_in_every_process(malmo, without):
    """Sets of names are in another order in every process; rows of open cases are not to be."""
    _, seeking = harms.cases_of(without[0], malmo)
    assert list(seeking) == sorted(seeking) and len(seeking) > 4


def test_a_year_brings_what_is_known_of_2018(malmo, without):
    """Women hit by a partner 2,700–3,800, 500–800 assaults reported; about half of those who ask for shelter are refused; 100–250
    violent extremists."""
    rows, visits, lives = without
    by_partner = hurt(malmo, rows, "partner_violence")
    assert 2_700 < len(np.unique(by_partner.who)) < 3_800
    assert 500 < by_partner.reported.sum() < 800
    asked = ended(malmo, visits, "shelter")
    assert 0.35 < (asked.result == 2).mean() < 0.7
    extreme = lives[course(malmo, "extremism").number]
    assert 100 < np.isin(extreme.state, [2, 3]).sum() < 250


def test_courses_begin_settled(malmo):
    """The number in each state at the first dawn is that of a year later, within what chance does."""
    street = past_cases(malmo, YEAR)
    street.day += YEAR
    street.key += 10**6  # cases of their own, beside those still open
    for life, later in zip(malmo.start.lives, lived(malmo, street=street)[2], strict=True):
        before, after = life.counts(), later.counts()
        assert (np.abs(after - before) < 5 * np.sqrt(before + after + 1)).all(), life.course.name


def test_lasting_funding_means_fewer_refused_and_more_skilled_staff(malmo, without):
    refused = lambda visits: (ended(malmo, visits, "shelter").result == 2).sum()  # noqa: E731
    more = [refused(lived(malmo, pulled(malmo, "womens_shelters", dose))[1]) for dose in (1.0, 4.0)]
    assert refused(without[1]) > more[0] > more[1]
    today = justice.staffed(malmo.services, malmo, 0, pulled(malmo, "womens_shelters"))
    shelter = [s.name for s in malmo.services].index("shelter")
    assert today[shelter].skilled(today[shelter].turnover) > malmo.start.skill[shelter]


def test_a_grant_that_lapses_takes_places_in_some_years_only(malmo):
    shelter = [s.name for s in malmo.services].index("shelter")
    places = lambda seed, levers: justice.staffed(malmo.services, replace(malmo, seed=seed), 0, levers)[shelter].capacity  # noqa: E731
    found = [places(seed, Levers()) for seed in range(400)]
    grant, own = malmo.parameters.group("grant.shelter"), malmo.services[shelter].capacity
    assert set(np.round(found, 9)) == {round(own, 9), round(own * (1 - grant.lost), 9)}
    assert np.mean(np.array(found) < own) == pytest.approx(grant.lapses, abs=0.08)
    secured = Levers()
    secured.secure("shelter", 0.7)
    secured.secure("shelter", 0.7)
    assert all(places(seed, secured) == own for seed in range(50))


@pytest.mark.parametrize(
    "name, chosen, transition, service",
    [("honour_council", "honour_oppression", "is_heard", "honour_support"),
     ("extremism_prevention", "extremism", "is_referred", "mentoring"),
     ("extremism_prevention", "extremism", "is_wrongly_referred", "mentoring"),
     ("child_marriage", "child_marriage", "is_noticed", "guardianship")],
)  # fmt: skip
def test_staff_who_listen_hear_more_and_handle_more(malmo, without, name, chosen, transition, service):
    number, at = course(malmo, chosen).number, [t.name for t in course(malmo, chosen).transitions].index(transition)
    heard = lambda rows: ((rows.course == number) & (rows.transition == at)).sum()  # noqa: E731
    counts, handled = [heard(without[0])], [(ended(malmo, without[1], service).result != 2).sum()]
    for dose in (2.0, 6.0):
        rows, visits, _ = lived(malmo, pulled(malmo, name, dose))
        counts.append(heard(rows))
        handled.append((ended(malmo, visits, service).result != 2).sum())
    assert counts[0] < counts[1] < counts[2]
    assert handled[0] <= handled[1] <= handled[2] and handled[0] < handled[2]


def test_minors_who_are_noticed_are_placed_apart_as_often_as_the_rule_says(malmo):
    levers = pulled(malmo, "child_marriage", 10.0)
    stays = ended(malmo, lived(malmo, levers)[1], "guardianship")
    done = stays[stays.result != 2]
    assert len(done) > 15
    assert (done.result == 0).mean() == pytest.approx(malmo.parameters["measure.child_marriage.placed_apart"], abs=0.15)


def test_two_measures_may_not_want_different_rules():
    levers = Levers()
    levers.rule("place_apart", 0.9)
    levers.rule("place_apart", 0.9)
    with pytest.raises(LeverError, match="place_apart"):
        levers.rule("place_apart", 0.5)


def test_who_is_served_is_where_the_service_puts_them():
    """In shelter from the day on which the stay begins; afterwards parted, or back with a violent partner."""
    world = small_world(COURSES | {"service.shelter.capacity": 400.0, "service.shelter.work": 5.0, "grant.shelter.lapses": 0.0}, days=90)
    model, chosen = live(world, days=0), course(world, "partner_violence")
    life = model.scenario.lives[chosen.number]
    number, kind = model.scenario.casework.number("shelter"), harms.kind_of(chosen, world)
    moved = []
    for _ in range(85):
        model.live(1)
        cases = model.scenario.casework.cases
        here = cases[(cases.service == number) & (cases.kind == kind)]
        begun = here.who[here.began == model.day - 1]
        state = dict(zip(chosen.who.tolist(), life.state.tolist(), strict=True))
        assert all(chosen.states[state[w]] == "sheltered" for w in begun)
        over = model.scenario.ended[(model.scenario.ended.service == number) & (model.scenario.ended.result == 0)]
        moved += [chosen.states[state[w]] for w in over.who]
    assert len(moved) > 3 and set(moved) <= {"parted", "calm", "violent"} and moved.count("parted") > len(moved) / 2


def test_nobody_is_hit_by_a_partner_who_is_held(malmo):
    work = Casework(malmo.services, malmo.seed)
    work.resume(malmo.start.cases, malmo.start.skill)
    life = malmo.start.lives[0]
    held = work.cases[:3].copy()
    held["kind"], held["who"] = harms.kind_of(life.course, malmo), life.course.who[[5, 9, 200]]
    held["service"], work.cases = work.number("detention"), held.view(np.recarray)
    work.served = np.array([True, True, False])
    assert np.flatnonzero(exposures.partner_at_large(life, exposures.Surroundings(malmo, work, (), [], 0)) == 0).tolist() == [5, 9]


def test_acquaintances_in_a_state_that_spreads_draw_in(malmo):
    chosen = course(malmo, "extremism")
    life = malmo.start.lives[chosen.number].copy()
    life.state[:] = 0
    someone = np.flatnonzero((chosen.contacts >= 0).sum(axis=1) > 3)[0]
    known = chosen.contacts[someone][chosen.contacts[someone] >= 0][:3]
    life.put(known, chosen.states.index("radical"))
    drawn, weight = exposures.contacts(life, exposures.Surroundings(malmo, None, (), [], 0)), malmo.parameters["course.extremism.contact"]
    again = np.isin(chosen.contacts[someone], known).sum()
    assert drawn[someone] == pytest.approx(1 + weight * again) and again >= len(set(known.tolist())) > 1
    assert np.median(drawn) == 1.0


def test_people_know_those_of_their_family_school_and_area(malmo):
    """In each circle someone else with the same household, day place or area; nobody where there is nobody else."""
    known, people = malmo.parameters.group("acquaintance"), malmo.people
    for chosen in (course(malmo, "network"), course(malmo, "honour_oppression")):
        rows, column = np.searchsorted(people.id, chosen.who), 0
        for circle, field in (("family", "household"), ("daytime", "day_place"), ("area", "zone")):
            key = people[field][rows]
            _, group, size = np.unique(key, return_inverse=True, return_counts=True)
            for _ in range(int(getattr(known, circle))):
                other = chosen.contacts[:, column]
                met = other >= 0
                assert np.array_equal(met, (size[group] > 1) & (key >= 0)) and met.any()
                assert (other[met] != chosen.who[met]).all() and np.isin(other[met], chosen.who).all()
                assert np.array_equal(people[field][np.searchsorted(people.id, other[met])], key[met])
                column += 1


def test_families_are_at_risk_of_honour_oppression_together(malmo):
    chosen, people = course(malmo, "honour_oppression"), malmo.people
    rule = malmo.parameters.group("course.honour_oppression")
    family = people.household[np.searchsorted(people.id, chosen.who)]
    could = people.id[(people.role == 0) & (people.age >= rule.youngest) & (people.age <= rule.oldest)]
    of_family = could[np.isin(people.household[np.searchsorted(people.id, could)], family)]
    assert np.array_equal(np.sort(of_family), chosen.who)


def test_whoever_hits_a_partner_is_the_one_who_may_be_held(malmo):
    chosen, people = course(malmo, "partner_violence"), malmo.people
    rows = np.searchsorted(people.id, chosen.who)
    partner = np.searchsorted(people.id, chosen.suspects)
    assert (chosen.suspects >= 0).all() and np.array_equal(people.household[rows], people.household[partner])
    assert (partner != rows).all() and (people.age[partner] >= malmo.parameters["population.child_below"]).all()
    happened = np.zeros(len(rows), dtype=harms.HARM).view(np.recarray)
    happened.course, happened.who = chosen.number, chosen.who
    cases = harms.as_cases(happened, malmo)
    assert np.array_equal(cases.subject, people.offender[partner]) and (cases.subject >= 0).sum() > 20


def test_a_saved_run_tells_what_its_courses_did():
    """The outcome of a course is what its log holds, by hand."""

    class Run:
        harms = pd.DataFrame({"what": ["c.hit", "c.hit", "c.ends", "d.hit"], "who": [1, 1, 2, 3], "reported": [1, 0, 0, 1]})
        visits = pd.DataFrame({"service": ["s", "s", "t"], "result": ["success", "given up", "given up"]})

    rules = {"transitions": {"hit": {"from": ["a"], "harm": True}, "ends": {"from": ["a"]}}, "served": {"s": {}}}
    assert of_course(Run, "c", rules) == {"c_harms": 2.0, "c_victims": 1.0, "c_reported": 1.0, "s_served": 1.0, "s_refused": 1.0}
