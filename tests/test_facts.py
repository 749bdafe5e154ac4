"""Known facts: every tolerance follows its rule, every figure names its source."""

import inspect
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import norm, t

from experiments.effects import jackknife
from experiments.facts import FITTED, HELD_OUT, RULES, crime, evaluate, notices, people, places, profile, read_facts
from experiments.facts.rows import xy_m
from experiments.facts.statistics import STATISTICS
from experiments.validate import main as validate
from sim.city.city import HOMES, WATER, CityError
from sim.config import CONF, REGISTRY
from sim.kernels.plan import PURPOSES
from sim.kernels.walk import MODES
from sim.parameters import Parameters, read_registry

FACTS = read_facts()
COURSES, SERVICES = (yaml.safe_load((CONF / name / "malmo.yaml").read_text(encoding="utf-8")) for name in ("course", "service"))
KNOWN = Parameters(read_registry(REGISTRY)).rows


@pytest.mark.parametrize("fact", FACTS, ids=[f.id for f in FACTS])
def test_a_tolerance_is_what_its_rule_says(fact):
    by_rule = RULES[fact.rule]
    assert (fact.low, fact.high) == (pytest.approx(by_rule(fact.target)) if by_rule else (fact.low, fact.high))
    assert fact.low <= fact.target <= fact.high and fact.low < fact.high and fact.source


def test_facts_have_names_of_their_own_and_halves():
    assert len({fact.id for fact in FACTS}) == len(FACTS)
    new = [fact for fact in FACTS if not fact.seen]
    assert {fact.half for fact in FACTS if fact.seen} == {FITTED} and {fact.half for fact in new} == {FITTED, HELD_OUT}
    assert 0.35 < sum(fact.half == HELD_OUT for fact in new) / len(new) < 0.65


def test_what_the_registry_holds_for_known_is_what_the_facts_say():
    levels = {f"known.{fact.of[-1]}.year": fact.target for fact in FACTS if fact.statistic == "a_year"}
    assert sum(name in KNOWN for name in levels) == 14
    assert {name: KNOWN[name].value for name in levels if name in KNOWN} == {n: t for n, t in levels.items() if n in KNOWN}


# Statistics on constructed runs whose answers are known.

COLS, SIDE = 40, 50.0


def run_of(rows, land_use=None, zone=None, people=(1.0,), days=365, first_date="2018-01-01", districts=("North",)):
    """A run with events of one kind, robbery: rows (cell, time in seconds from the first dawn, victim, victim's age, woman)."""
    cell, time, victim, age, woman = (np.array(column) for column in zip(*rows, strict=True))
    base = {"kind": 0, "happened": 1, "reported": 1, "recorded": 1, "investigated": True, "offender": 7, "moment": 0, "together": False}
    events = pd.DataFrame({"cell": cell, "time": time, "victim": victim, "victim_age": age, "victim_woman": woman} | base)
    summary = {
        "offences": {"robbery": {"target": "person"}}, "courses": {}, "days": days, "first_date": first_date,
        "zones": {"district": list(districts)}, "city": {"rows": COLS, "cols": COLS, "cell_m": SIDE, "east": 0.0, "north": 0.0},
    }  # fmt: skip
    maps = {
        "land_use": np.full(COLS * COLS, HOMES) if land_use is None else land_use,
        "zone": np.zeros(COLS * COLS, dtype=int) if zone is None else zone, "asked_by_zone": np.array(people),
    }  # fmt: skip
    return SimpleNamespace(events=events, summary=summary, maps=maps)


def at(*places):
    """Rows at some cells and days, at noon, each of a victim of its own."""
    return [(cell, day * 86_400 + 8 * 3600, i, 30, 0) for i, (cell, day) in enumerate(places)]


def test_half_of_the_offences_lie_in_the_fullest_cells():
    counts = [(0, d) for d in range(4)] + [(1, d) for d in range(3)] + [(2, 0), (2, 1), (3, 0)]
    run = run_of(at(*counts))
    assert places.share_of_cells([run], "50", "0.5") == pytest.approx(100 * 2 / COLS**2)
    assert places.cells_with_any([run], "50") == pytest.approx(100 * 4 / COLS**2)
    water = np.full(COLS * COLS, WATER)
    water[:10] = HOMES  # what is not built up is no place at all
    assert places.share_of_cells([run_of(at(*counts), water)], "50", "0.5") == pytest.approx(20.0)
    assert places.share_of_cells([run_of(at(*counts), water)], "250", "0.5") == pytest.approx(50.0)


def test_a_near_repeat_is_counted_against_what_chance_brings():
    pair = at((5, 10), (6, 12), (900, 100), (1300, 300))  # one pair 50 m and two days apart, of six; one pair close, one soon
    assert places.knox([run_of(pair)], "happened", "robbery", "0", "100", "1", "7") == pytest.approx(6.0)
    assert places.knox([run_of(pair)], "happened", "robbery", "100", "200", "1", "7") != 6.0
    draw = np.random.default_rng(1)
    by_chance = [run_of(at(*zip(draw.integers(0, 400, 600), draw.integers(0, 365, 600), strict=True))) for _ in range(4)]
    assert places.knox(by_chance, "happened", "robbery", "0", "100", "1", "7") == pytest.approx(1.0, abs=0.1)


def test_hours_go_over_midnight_and_days_begin_at_midnight_too():
    rows = [(0, hour * 3600, 1, 30, 0) for hour in (17, 19, 21, 2)]  # 21, 23, 01 on Tuesday, 06 on Monday 1 January
    run = run_of(rows)
    assert crime.share_in_hours([run], "reported", "robbery", "20", "4") == 75.0
    assert crime.share_in_hours([run], "reported", "robbery", "1", "3", "men") == 25.0
    assert crime.share_on_days([run], "reported", "robbery", "1") == 25.0
    assert crime.share_on_workdays([run], "reported", "robbery") == 25.0  # New Year's Day is none
    assert crime.share_at_weekends([run_of([(0, (4 * 24 + h) * 3600, 1, 30, 0) for h in (13, 14)])], "reported", "robbery") == 50.0


def test_suspects_of_an_age_are_counted_for_each_resident_of_it():
    run = run_of(at((0, 0)))
    who = {"who": [1, 2, 2, 3, 4, 5], "age": [15, 20, 20, 20, 35, 36]}
    run.visits = pd.DataFrame(who | {"kind": 0, "service": "prosecution", "innocent": 0})
    run.summary["residents_by_age"] = {"men": [0] * 15 + [10] * 5 + [30] * 10, "women": [0] * 15 + [10] * 5 + [50] * 10 + [40] * 100}
    assert people.suspects_index([run], "20", "20") == pytest.approx(100 * (2 / 80) / (1 / 20))
    assert people.suspects_index([run], "30", "39") == pytest.approx(100 * (2 / 400) / (1 / 20))


@pytest.mark.parametrize("shift", [0.0, 0.9, -0.4])
def test_the_unsafe_are_compared_as_if_the_question_had_been_as_hard_as_in_the_survey(shift):
    """Whatever the model's own question, if feelings are normal, 31 % of women and 9 % of men at a fifth of both are 31 over 9."""
    women, men = norm.cdf(norm.ppf([0.69, 0.91]) - shift)
    daily = pd.DataFrame({"day": [-1, 0, 1], "safe_women": [0.1, women, women], "safe_men": [0.9, men, men]})
    assert people.unsafe_women_to_men([SimpleNamespace(daily=daily)], "20") == pytest.approx(31 / 9)
    for nobody in ({"safe_women": 0.0}, {"safe_men": 1.0}, {"safe_men": np.nan}):
        assert np.isnan(people.unsafe_women_to_men([SimpleNamespace(daily=daily.assign(**nobody))], "20"))


def test_victims_are_counted_once_and_again():
    rows = [(0, 0, who, age, woman) for who, age, woman in ((1, 16, 0), (1, 16, 0), (2, 40, 1), (3, 80, 0), (-1, -1, -1))]
    run = run_of(rows)
    run.summary["courses"] = {"partner_violence": {"transitions": {"assault": {"harm": True}}}}
    run.harms = pd.DataFrame({"what": "partner_violence.assault", "who": [2, 7], "age": [40, 50], "woman": [1, 1]})
    assert people.victims_again([run], "happened", "robbery") == pytest.approx(100 / 3)
    assert people.victims_again([run], "happened", "robbery", "partner_violence") == pytest.approx(100 * 2 / 4)
    assert people.times_a_victim([run], "happened", "robbery") == pytest.approx(4 / 3)
    assert people.victims_aged([run], "happened", "robbery", "0", "17") == 50.0
    assert people.victims_aged([run], "happened", "robbery", "16", "34", "16", "79") == pytest.approx(200 / 3)
    assert people.victims_men([run], "happened", "robbery", "18") == 50.0


def test_who_is_hurt_in_a_course_is_not_who_is_hit_on_the_street():
    run = run_of([(0, 0, 1, 30, 1), (0, 0, 2, 30, 0)])
    run.summary["courses"] = {"at_home": {"transitions": {"assault": {"harm": True}, "begins": {}}}}
    run.harms = pd.DataFrame({"what": ["at_home.assault", "at_home.assault", "at_home.begins"], "who": [9, 9, 8], "age": 30, "woman": 1,
                              "reported": [1, 0, 0]})  # fmt: skip
    assert set(people.hit_once(run, ["at_home"])["who"]) == {9} and set(people.hit_once(run, ["robbery"])["who"]) == {1, 2}
    assert set(people.hit_once(run, ["robbery", "at_home"])["who"]) == {1, 2, 9}
    assert crime.reported([run], "at_home") == 50.0 and crime.reported([run], "robbery", "at_home") == 75.0


def test_areas_and_districts_hold_shares_of_what_happens():
    zone = np.arange(COLS * COLS) % 3
    run = run_of(at(*[(0, d) for d in range(6)], *[(1, d) for d in range(3)], (2, 1)), zone=zone, people=(50.0, 10.0, 40.0),
                 districts=("North", "South", "North"))  # fmt: skip
    run.summary["zones"]["burdened"] = [False, True, True]
    assert places.share_in_burdened_areas([run], "happened", "robbery") == 40.0
    assert places.share_in_districts([run], "happened", "robbery", "South") == 30.0
    assert places.areas_with_half([run], "happened", "robbery") == pytest.approx(1.0)


@pytest.mark.parametrize("point, metres", [((5, 3), 3), ((-3, 4), 5), ((13, -4), 5), ((10, 0), 0)])
def test_the_distance_to_a_line_ends_with_the_line(point, metres):
    assert places.from_segment(point, (0, 0), (10, 0)) == pytest.approx(metres)


@pytest.mark.parametrize("fact", FACTS, ids=[f.id for f in FACTS])
def test_every_fact_can_be_asked_for(fact):
    inspect.signature(STATISTICS[fact.statistic]).bind([], *fact.of)
    offences = yaml.safe_load((CONF / "offence" / "street.yaml").read_text(encoding="utf-8"))
    known = {"all", "happened", "reported", "recorded", "cleared", "women", "men", *offences, *COURSES, *SERVICES, *MODES, *PURPOSES}
    words = [word for word in fact.of if word.replace("_", "").isalpha()]
    assert set(words) <= known | {"network.joins"}


# Facts beside runs.


def test_the_interval_of_a_mean_is_students():
    values = np.array([3.0, 5.0, 4.0, 8.0])
    found = jackknife(lambda kept: float(values[kept].mean()), 4)
    assert found == pytest.approx((5.0, *t.interval(0.95, 3, 5.0, values.std(ddof=1) / 2)))
    assert np.isnan(jackknife(lambda kept: 3.0, 1)[1:]).all() and np.isnan(jackknife(lambda kept: np.nan, 3)).all()


def test_the_last_line_counts_what_is_inside_by_half():
    halves = ["fitted", "fitted", "held out"]
    assert evaluate.tally(pd.DataFrame({"inside": [True, False, True], "half": halves})) == (
        "facts: 2 of 3 inside (fitted 1 of 2, held out 1 of 1)"
    )


def test_a_town_is_set_beside_every_fact(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("experiments.living.compile_kernels", lambda _: None)
    town = ["city=town", "city.side=20", "population.residents=1500", "population.fraction=1.0", "study.warmup=7", "study.days=7"]
    assert validate([*town, "seeds=2", "launcher=one", f"results={tmp_path}", "parameter.offence.vandalism.rate=2"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"facts: \d+ of 111 inside \(fitted \d+ of \d\d, held out \d+ of \d\d\)", said[-1])
    table = pd.read_csv(tmp_path / "validate" / "report" / "facts.csv")
    assert list(table["id"]) == [fact.id for fact in FACTS] and table["value"].notna().sum() > 40
    inside = table["value"].between(table["low"], table["high"])
    assert (table["inside"] == inside).all() and said[-1].startswith(f"facts: {inside.sum()} ")
    pictures = {path.name for path in (tmp_path / "validate" / "report" / "figures").glob("*.png")}
    assert pictures == {f"facts_{group.replace(' ', '_')}.png" for group in table["group"]}


def test_a_mistake_is_said_in_one_line(capsys):
    assert validate(["population.fraction=3"]) == 2
    assert "population.fraction=3" in capsys.readouterr().err


def test_a_map_that_knows_where_it_happens_gains_over_those_that_do_not():
    """Notices drawn from the model's own places are expected by it, and not by where people live."""
    draw = np.random.default_rng(3)
    hot = draw.integers(0, 400, 12)
    zone = np.arange(COLS * COLS) // (COLS * COLS // 2)
    run = run_of(at(*[(int(c), int(d)) for c, d in zip(draw.choice(hot, 400), draw.integers(0, 365, 400), strict=True)]), zone=zone,
                 people=(1.0, 9.0))  # fmt: skip
    east, north = xy_m(run, draw.choice(hot, 60))
    told = pd.DataFrame({"category": "robbery", "year": np.repeat([2024, 2025], 30), "east": east, "north": north, "radius_m": 120.0})
    found = notices.score(told, [run]).iloc[0]
    assert found["notices"] == 30 and found["model"] > 2 > 0 > found["residents"] and found["notices before"] > 1
    assert found["model beyond residents"] == pytest.approx(found["model"] - found["residents"]) and found["± error"] > 0
    even = notices.spread(np.ones(COLS * COLS))
    assert notices.bits(told, even, even, *xy_m(run, np.arange(COLS * COLS))) == pytest.approx(0.0)


def test_notices_are_read_where_they_lie(real_city):
    told = notices.read_notices(f"{real_city}/police_events.csv")
    assert len(told) > 300 and set(told["category"]) == set(notices.KINDS) and told["radius_m"].max() <= notices.TOO_VAGUE_M
    assert told["east"].between(360_000, 385_000).all() and told["north"].between(6_150_000, 6_172_000).all()
    with pytest.raises(CityError, match="nowhere.csv"):
        notices.read_notices("nowhere.csv")


def test_notices_by_weekday_and_hour_are_read_and_compared(tmp_path):
    file = tmp_path / "profile.csv"
    file.write_text("category,weekday,hour,n,n_clean\nviolence,5,23,9,6\nviolence,0,9,3,2\nfire,0,1,9,9\n", encoding="utf-8")
    told = profile.read_profile(file)
    assert told.sum() == 8 and told[0, 5, 23] == 6 and told[0, 0, 9] == 2
    hours, days = profile.in_blocks(told[0])
    assert hours.tolist() == [0, 0, 0.25, 0, 0, 0.75] and days.tolist() == [0.25, 0, 0, 0, 0, 0.75, 0]
    lived = np.zeros_like(told, dtype=float)
    lived[0, 5, 21], lived[0, 0, 8] = 1.0, 1.0
    table = profile.apart(told, lived).set_index("category")
    assert table.loc["violence", "hours, model"] == 25 and table.loc["violence", "weekdays, model"] == 25
    assert table.loc["violence", "hours, all alike"] == pytest.approx(100 * 4 / 6)
    profile.draw_profiles(told, lived, tmp_path / "profile.png")
    assert (tmp_path / "profile.png").stat().st_size > 10_000
    file.write_text("category,weekday,hour,n\nviolence,5,23,9\n", encoding="utf-8")
    with pytest.raises(CityError, match="cannot be read as notices by weekday and hour"):
        profile.read_profile(file)
