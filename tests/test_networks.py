"""Networks: who belongs to them, what membership and feuds do to offending, who was along, and who tells."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import accomplices, exposures, street_lives
from sim.casework import Casework, alike
from sim.kernels import moments, offend
from sim.kernels.plan import TO_HOME, TO_WORK
from sim.levers import Levers
from sim.outcomes.log import EVENT
from sim.population.networks import groups_of, hold
from sim.population.people import zone_middles
from tests.conftest import COURSES, JUSTICE, LIVELY, entrance, live, malmo_city, past_cases, small_world


@pytest.fixture(scope="module")
def malmo():
    return small_world({}, city=malmo_city(), residents=339_313, fraction=0.01, days=2)


@pytest.fixture(scope="module")
def rough():
    """A town with networks that shoot, after three days."""
    return live(
        small_world(LIVELY | COURSES | JUSTICE | {"offence.shooting.rate": 60.0, "offence.shooting.crowd": 2.0, "network.feud": 0.0})
    )


def life_of(world, name):
    return next(life for life in world.start.lives if life.course.name == name)


def test_members_are_as_many_and_as_old_as_is_known(malmo):
    """About 400 active members [200–800], the core grown up; groups of the same size among neighbours (baseline figures, E086)."""
    life = life_of(malmo, "network")
    counts = dict(zip(life.course.states, life.counts().tolist(), strict=True))
    assert 200 < counts["periphery"] + counts["core"] < 800 and 120 < counts["core"] < 350
    age = malmo.people.age[malmo.row_of[life.course.who]]
    core = age[life.state == life.course.states.index("core")]
    assert 19 <= np.median(core) <= 30
    group = malmo.people.group[malmo.people.group >= 0]
    assert len(np.unique(group)) == groups_of(malmo.parameters, 1.0) and np.ptp(np.bincount(group)) <= 1
    zone = malmo.people.zone[malmo.people.group >= 0]
    district = np.array(malmo.city.zones.district)[zone]
    assert (np.diff(group[np.lexsort((zone, district))]) >= 0).all()


def test_more_live_near_a_network_where_the_police_say_that_criminals_have_a_hold(malmo):
    network, people, zones = malmo.parameters.group("network"), malmo.people, malmo.city.zones
    asked = (people.role == 0) & (people.woman == 0) & (people.age >= network.youngest) & (people.age <= network.oldest)
    held = hold(malmo.city, network.spills, network.lesser)[people.zone]
    assert np.array_equal(held == 1.0, zones.worst[people.zone]) and (held[zones.burdened[people.zone]] >= network.lesser).all()
    assert zones.worst.sum() == 7 and zones.burdened.sum() == 10 and not (zones.worst & ~zones.burdened).any()
    near = network.near / (1 + (network.burdened - 1) * held[asked].mean())
    for low, high in ((1.0, 1.01), (0.1, 0.99), (0.01, 0.1), (0.0, 0.01)):
        there = asked & (held >= low) & (held < high)
        expected = near * (1 + (network.burdened - 1) * held[there]).sum()
        assert expected > 30 and (people.group[there] >= 0).sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))
    men = (people.group[asked] >= 0).sum() / asked.sum()
    assert men == pytest.approx(network.near, rel=0.1)  # however they are spread, as many as the registry says


def test_the_hold_ends_at_no_line_and_is_nowhere_where_nothing_is_designated(malmo):
    city, middle = malmo.city, zone_middles(malmo.city)
    here, there = np.flatnonzero(city.zones.burdened)[0], np.flatnonzero(~city.zones.burdened)
    away = np.array([city.grid.distance_m(middle[z], middle[city.zones.burdened]).min() for z in there])
    assert np.allclose(hold(city, 400.0, 1.0)[there], np.exp(-away / 400.0)) and hold(city, 400.0, 1.0)[here] == 1.0
    worst = np.array([city.grid.distance_m(middle[z], middle[city.zones.worst]).min() for z in there])
    assert np.allclose(hold(city, 400.0, 0.0)[there], np.exp(-worst / 400.0))
    none = replace(city, zones=replace(city.zones, burdened=np.zeros_like(city.zones.burdened)))
    assert (hold(none, 400.0, 0.3) == 0.0).all()


def test_a_group_keeps_to_the_square_or_stop_nearest_to_where_most_of_it_live(malmo):
    people, offenders, city = malmo.people, malmo.offenders, malmo.city
    places = [i for i, place in enumerate(city.places) if place.kind in ("square", "bus_hub", "rail_station", "nightlife", "mall")]
    for group in range(groups_of(malmo.parameters, 1.0)):
        mine = np.flatnonzero(people.group == group)
        middle = zone_middles(city)[np.bincount(people.zone[mine]).argmax()]
        away = [city.grid.distance_m(middle, city.place_cell[i]) for i in places]
        assert (offenders.haunt[people.offender[mine]] == places[int(np.argmin(away))]).all()
        assert (offenders.second_haunt[people.offender[mine]] == len(city.places) + people.zone[mine]).all()
    others = people.group[offenders.row] < 0
    assert len(np.unique(offenders.haunt[others])) > 20


def test_a_rival_is_looked_for_on_the_ground_of_the_group_or_at_the_own_door_or_in_the_streets_around_it(rough):
    world, kind = rough.world, rough.world.offences.names.index("shooting")
    mine, other = np.flatnonzero(world.people.group[rough.offenders.row] >= 0)[:2]
    spots, share = rough.city.spots, rough.parameters["risk.on_ground"]
    until = share + (1.0 - share) * rough.parameters["risk.at_door"]
    before, rough.offenders.sought[mine] = rough.offenders.sought[mine], other
    for u in (0.01, share - 0.01, share + 0.01, until - 0.01, until + 0.01, 0.99):
        cell = entrance(offend.starting_point)(rough.street, kind, mine, 5, 0, u)
        if share < u < until:
            assert cell == world.people.home[rough.offenders.row[other]]
        else:
            spot = rough.offenders.haunt[other] if u < share else rough.offenders.second_haunt[other]
            assert cell in spots.cell[spots.first[spot] : spots.first[spot + 1]]
    rough.offenders.sought[mine] = before


def test_a_rival_at_home_is_found_at_the_own_door_as_often_as_that_one_comes_to_it(rough):
    world, kind = rough.world, rough.world.offences.names.index("shooting")
    mine, other = np.flatnonzero(world.people.group[rough.offenders.row] >= 0)[:2]
    row, tick_ds, out = rough.offenders.row[other], 6_000, rough.parameters["risk.comes_out"]
    before, there = rough.offenders.sought[mine], rough.where.trip[row].copy()
    rough.offenders.sought[mine] = other
    here, tick = world.people.home[row], 40
    rough.where.trip["place"][row], rough.where.trip["purpose"][row] = here, TO_HOME
    rough.where.trip["depart"][row] = rough.where.trip["arrive"][row] = 30 * tick_ds
    found = entrance(offend.find_sought)
    look = lambda cell, u: found(rough.street, kind, mine, cell, tick, tick_ds, 5, 1.0, u)  # noqa: E731
    assert look(here, 0.9 * out) == row and look(here, 1.1 * out) == -1
    far = next(cell for cell in world.people.home if rough.city.grid.distance_m(int(cell), int(here)) > 500)
    assert look(int(far), 1e-6) == -1
    rough.where.trip["arrive"][row] = rough.where.trip["depart"][row] = 10**12
    rough.where.trip["came"][row], rough.where.trip["origin"][row] = TO_WORK, here
    assert look(here, 1e-6) == -1
    rough.where.trip[row], rough.offenders.sought[mine] = there, before


def test_only_members_and_those_around_them_shoot(rough):
    events = rough.log.all()
    shots = events[(events.kind == rough.world.offences.names.index("shooting")) & (events.happened == 1)]
    assert len(shots) > 3
    assert (rough.world.people.group[rough.world.row_of[shots.offender]] >= 0).all()
    others = (rough.offenders.standing == 0) & (rough.offenders.active == 0)
    assert others.sum() > 5
    idle = set(rough.world.people.id[rough.offenders.row[others]].tolist())
    today = rough.log.days[-1]
    assert not idle & set(today["offender"].tolist())


@given(st.floats(0, 5), st.floats(0, 5), st.booleans(), st.integers(0, 13))
@settings(max_examples=60, deadline=None)
def test_motive_agrees_with_plain_python(rough, standing, heat, active, kind):
    offenders, table = rough.offenders[:1].copy().view(np.recarray), rough.world.offences.table
    network = rough.groups["network"]
    offenders.standing, offenders.heat, offenders.active = standing, heat, active
    person = rough.world.people[offenders.row[0]]
    whose = (1 if person.age >= 18 else table.youth[kind]) * (table.women[kind] if person.woman else 1)
    feud = 1 + network.feud * heat if table.outside[kind] == 0 else 1
    expected = table.rate[kind] * whose * (table.outside[kind] * active + table.member[kind] * standing * feud)
    assert entrance(moments.motive)(rough.world.people, offenders, table, network, 0, kind) == pytest.approx(expected)


def shot(world, offender, victim):
    log = np.zeros(1, dtype=EVENT).view(np.recarray)
    log.kind, log.happened, log.offender, log.victim = world.offences.names.index("shooting"), 1, offender, victim
    return log


def test_a_hit_heats_both_groups_makes_them_rivals_and_draws_attention_to_that_of_the_offender(malmo):
    first, second = (malmo.people.id[malmo.people.group == g][0] for g in (2, 5))
    stranger = malmo.people.id[malmo.people.group < 0][0]
    feuds = street_lives.no_feuds(malmo)
    rivals = feuds[:, street_lives.RIVAL].copy()
    assert (rivals != np.arange(len(feuds))).all() and (rivals >= 0).all() and (rivals < len(feuds)).all() and len(np.unique(rivals)) > 4
    street_lives.smoulder(feuds, shot(malmo, first, second), malmo)
    presses = malmo.parameters["network.presses"]
    assert feuds[:, street_lives.HEAT].tolist() == [{5: 1.0, 2: presses}.get(g, 0.0) for g in range(len(feuds))]
    assert feuds[:, street_lives.ATTENTION].tolist() == [float(g == 2) for g in range(len(feuds))]
    assert feuds[:, street_lives.RIVAL].tolist() == [{5: 2, 2: 5}.get(g, rival) for g, rival in enumerate(rivals)]
    street_lives.smoulder(feuds, shot(malmo, first, second)[:0], malmo)
    halves = [malmo.parameters["network.heat_half_life"], malmo.parameters["network.attention_half_life"]]
    assert feuds[5, 0] == pytest.approx(0.5 ** (1 / halves[0])) and feuds[2, 1] == pytest.approx(0.5 ** (1 / halves[1]))
    feuds = street_lives.no_feuds(malmo)
    street_lives.smoulder(feuds, shot(malmo, first, stranger), malmo)
    assert feuds[:, street_lives.HEAT].argmax() == rivals[2] and feuds[int(rivals[2]), street_lives.RIVAL] == 2


def test_states_bring_to_the_street_what_the_registry_says(malmo):
    lives = [life.copy() for life in malmo.start.lives]
    network, release, car = (next(life for life in lives if life.course.name == n) for n in ("network", "release", "straw_car"))
    offenders, feuds, p = malmo.offenders.copy(), street_lives.no_feuds(malmo), malmo.parameters
    feuds[3, :2] = 0.4, 7.0
    network.state[:], release.state[:], car.state[:] = network.course.states.index("core"), 1, 0
    street_lives.bring(offenders, lives, feuds, Levers(), malmo, 0, 0)
    near = malmo.people.group[offenders.row] >= 0
    assert (offenders.standing[near] == p["state.network.core.standing"]).all() and (offenders.standing[~near] == 0).all()
    assert (offenders.drive == p["state.release.released.drive"]).all() and (offenders.wheels == 0).all() and (offenders.warned == 0).all()
    assert set(offenders.heat[malmo.people.group[offenders.row] == 3]) == {1 - np.exp(-0.4)}
    street_lives.bring(offenders, lives, feuds, Levers(rules={"group_sanctions": 0.5}), malmo, 0, 0)
    assert set(offenders.warned[malmo.people.group[offenders.row] == 3]) == {0.5}
    assert (offenders.warned[malmo.people.group[offenders.row] != 3] == 0).all()


def test_a_group_looks_for_a_member_of_its_rival_who_is_at_large(malmo):
    lives = [life.copy() for life in malmo.start.lives]
    offenders, feuds = malmo.offenders.copy(), street_lives.no_feuds(malmo)
    group, feuds[3, street_lives.RIVAL] = malmo.people.group[offenders.row], 7
    found, quarrel = set(), int(malmo.parameters["network.quarrel"])
    for first in range(0, 40 * quarrel, quarrel):
        for day in (first, first + quarrel - 1):
            street_lives.bring(offenders, lives, feuds, Levers(), malmo, day, day * 864_000)
            (sought,) = set(offenders.sought[group == 3].tolist())
            assert group[sought] == 7 and offenders.standing[sought] > 0 and (day == first or sought in found)
            found.add(sought)
    assert 5 < len(found) <= 40 and (offenders.sought[group < 0] == -1).all()
    offenders.away_from[list(found)], offenders.away_until[list(found)] = 0, 100 * 864_000
    for day in range(40):
        street_lives.bring(offenders, lives, feuds, Levers(), malmo, day, day * 864_000)
        assert not set(offenders.sought[group == 3].tolist()) & found
    offenders.away_from[group == 7], offenders.away_until[group == 7] = 0, 100 * 864_000
    street_lives.bring(offenders, lives, feuds, Levers(), malmo, 0, 0)
    assert (offenders.sought[group == 3] == -1).all()


def test_hits_fall_on_rivals_far_more_often_than_by_chance(rough):
    events, world = rough.log.all(), rough.world
    shots = events[(events.kind == world.offences.names.index("shooting")) & (events.happened == 1)]
    by, hit = (world.people.group[world.row_of[who]] for who in (shots.offender, shots.victim))
    near = (world.people.group >= 0).mean()
    assert ((hit >= 0) & (hit != by)).mean() > 5 * near, (len(shots), near)


def test_ages_are_those_of_the_day(malmo):
    life = life_of(malmo, "network")
    now = malmo.people.age[malmo.row_of[life.course.who]]
    for day, years in ((-730, -2), (-1, -1), (0, 0), (364, 0), (365, 1)):
        assert np.array_equal(exposures.Surroundings(malmo, None, (), [], day).age(life), now + years)
    drawn = exposures.youth(life, exposures.Surroundings(malmo, None, (), [], 0))
    network = malmo.parameters.group("network")
    assert (drawn[now < network.youth_from] == 0).all() and set(drawn[now > network.youth_to]) == {network.later}


def test_places_of_those_who_are_held_draw_others_in(malmo):
    life, work = life_of(malmo, "network").copy(), Casework(malmo.services, malmo.seed)
    work.resume(malmo.start.cases, malmo.start.skill)
    mine = life.course.who[malmo.people.group[malmo.row_of[life.course.who]] == 4]
    life.state[:] = 0
    life.put(mine[:8], life.course.states.index("core"))
    held = work.cases[:2].copy()
    held["service"], held["subject"] = work.number("prison"), malmo.people.offender[malmo.row_of[mine[:2]]]
    work.cases, work.served = held.view(np.recarray), np.array([True, True])
    pull = exposures.vacancies(life, exposures.Surroundings(malmo, work, malmo.services, [life], 0))
    of_group = np.isin(life.course.who, mine)
    assert set(pull[of_group]) == {1 + malmo.parameters["network.vacancy"] * 2 / 8} and set(pull[~of_group]) == {1.0}


@pytest.fixture(scope="module")
def cases(malmo):
    standing = street_lives.standing(malmo.start.lives, malmo)
    found = past_cases(malmo, 1460)
    found.mate = accomplices.mates_of(found, malmo, standing)
    return found, standing


def test_members_are_along_with_their_group_and_others_with_those_of_their_haunt(malmo, cases):
    found, standing = cases
    along, table = found[found.mate >= 0], malmo.offences.table
    assert (along.mate != along.subject).all()
    member = standing[along.subject] > 0
    group, haunt = malmo.people.group[malmo.offenders.row], malmo.offenders.haunt
    assert member.sum() > 20 and (~member).sum() > 500
    assert (group[along.mate[member]] == group[along.subject[member]]).all() and (standing[along.mate[member]] > 0).all()
    assert (haunt[along.mate[~member]] == haunt[along.subject[~member]]).all()
    robbery = found[(found.kind == malmo.offences.names.index("robbery")) & (found.subject >= 0)]
    young = malmo.people.age[malmo.row_of[robbery.who]] <= malmo.parameters["law.together_age"]
    assert (robbery.mate[young] >= 0).mean() == pytest.approx(table.together[1], abs=0.06)


def test_only_grown_members_testify_and_only_under_the_rule(malmo, cases):
    found, standing = cases
    standing = np.where(np.arange(len(standing)) % 2, 3.0, 0.0)
    assert not accomplices.who_testifies(found, malmo, standing, 0.0).any()
    tells = accomplices.who_testifies(found, malmo, standing, 1.0)
    who = found[tells]
    assert tells.sum() > 10 and (standing[who.subject] > 0).all() and (who.mate >= 0).all()
    assert (malmo.people.age[malmo.row_of[who.who]] >= 18).all()
    crown = malmo.parameters.group("crown")
    may = (found.subject >= 0) & (found.mate >= 0) & (standing[found.subject] > 0) & (malmo.people.age[malmo.row_of[found.who]] >= 18)
    assert tells.sum() / may.sum() == pytest.approx(1 / (1 + np.exp(crown.fear - crown.value)), rel=0.35)


def test_a_testimony_counts_only_where_it_is_supported(malmo, cases):
    found, _ = cases
    along = found[(found.mate >= 0) & (found.innocent == 0)].view(np.recarray)
    nobody, all_of_them = np.zeros(len(along), dtype=bool), np.ones(len(along), dtype=bool)
    law, crown = malmo.parameters.group("law"), malmo.parameters.group("crown")
    before, after = (accomplices.named(along, tells, malmo) for tells in (nobody, all_of_them))
    assert len(before) / len(along) == pytest.approx(law.named, abs=0.03) and not before.innocent.any()
    true, false = after[after.innocent == 0], after[after.innocent == 1]
    assert len(true) / len(along) == pytest.approx(1 - (1 - law.named) * (1 - crown.supported), abs=0.03)
    assert len(false) / len(along) == pytest.approx(crown.lies, abs=0.02) and (false.subject == -1).all()
    assert (before.key >= accomplices.OF_ACCOMPLICE).all() and (before.subject == malmo.people.offender[malmo.row_of[before.who]]).all()


def test_witnesses_strengthen_the_cases_of_their_group_and_shorten_their_own_time(malmo, cases):
    work = Casework(malmo.services, malmo.seed)
    work.resume(malmo.start.cases, malmo.start.skill)
    group = np.append(malmo.people.group[malmo.offenders.row], -1)
    at = int(np.flatnonzero((work.cases.subject >= 0) & (group[work.cases.subject] >= 0))[0])
    witness, before = work.cases[[at]].view(np.recarray), work.cases.evidence.copy()
    accomplices.help_along(work, witness, malmo, 0.5)
    more = work.cases.evidence - before
    mine = (work.cases.subject >= 0) & (group[work.cases.subject] == group[witness.subject[0]])
    assert more[mine] == pytest.approx(malmo.parameters["crown.others"]) and not more[~mine].any()
    assert np.array_equal(work.cases.remitted == 0.5, alike(work.cases) == alike(witness)[0])
    prison, own = work.number("prison"), malmo.start.cases[[at]].view(np.recarray)
    full = work._enter(own.copy(), prison, 0).work[0]
    own["remitted"] = 0.5
    assert work._enter(own, prison, 0).work[0] == pytest.approx(full / 2)
