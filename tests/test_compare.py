"""Paired effects: coverage on constructed data, verdicts, displacement."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from experiments import compare as c
from experiments import effects as e
from experiments import money
from experiments.baseline import judged
from sim.outcomes.measures import HIGHER, LOWER, NEITHER, Outcome, weighed
from sim.outcomes.space import rings, weighted_displacement_quotient


def constructed(draw, worlds, effect, shared=10.0, own=1.0):
    """Outcomes of matched worlds with a true effect: (treated, control)."""
    world = draw.normal(100.0, shared, worlds)
    return world + effect + draw.normal(0, own, worlds), world + draw.normal(0, own, worlds)


@pytest.mark.parametrize("worlds", [4, 6, 10, 40])
def test_intervals_cover_the_truth_as_often_as_they_say(worlds):
    draw = np.random.default_rng(worlds)
    tries = 2000 if worlds < e.MANY else 250
    hits = 0
    for _ in range(tries):
        effect = e.paired_effect(*constructed(draw, worlds, -2.0))
        hits += effect.low <= -2.0 <= effect.high
    assert abs(hits / tries - e.LEVEL) < 0.03


@pytest.mark.parametrize("worlds", [4, 6, 10])
def test_the_smallest_resolvable_effect_is_found_with_the_power_it_promises(worlds):
    draw = np.random.default_rng(worlds)
    own = 1.0
    error = own * np.sqrt(2 / worlds)
    from scipy.stats import t

    true = (t.ppf(0.975, worlds - 1) + t.ppf(e.POWER, worlds - 1)) * error
    found = 0
    for _ in range(2000):
        effect = e.paired_effect(*constructed(draw, worlds, true, own=own))
        found += effect.low > 0
    assert abs(found / 2000 - e.POWER) < 0.09


def test_the_interval_is_the_paired_t_interval():
    draw = np.random.default_rng(1)
    treated, control = constructed(draw, 8, 1.0)
    effect, known = e.paired_effect(treated, control), ttest_rel(treated, control).confidence_interval(0.95)
    assert (effect.low, effect.high) == pytest.approx((known.low, known.high))


def test_matching_gains_what_the_worlds_share():
    draw = np.random.default_rng(2)
    effect = e.paired_effect(*constructed(draw, 2000, 0.0, shared=3.0, own=1.0))
    assert effect.gain == pytest.approx(10.0, rel=0.15)


def test_worlds_that_all_differ_alike_say_nothing_of_what_could_have_been_seen():
    same = e.paired_effect([5.0, 7.0, 6.0], [5.0, 7.0, 6.0])
    assert (same.mean, same.low, same.high) == (0.0, 0.0, 0.0) and np.isnan(same.mde) and np.isnan(same.gain)


def test_one_world_has_no_interval():
    effect = e.paired_effect([3.0], [1.0])
    assert effect.mean == 2.0 and np.isnan(effect.low) and np.isnan(effect.mde)


FEWER, MORE, ANY = Outcome("x", "", LOWER, counts="x"), Outcome("y", "", HIGHER), Outcome("z", "", NEITHER)
RULES = {"brief": 14, "long": 365, "margin_pct": 1.0, "least_events": 100}
SLOW = Outcome("x", "", LOWER, slow=True)
SAYS = [  # outcome, low, high, baseline, events, days, verdict
    (FEWER, -9, -5, 100, 1e4, 365, e.BETTER),
    (FEWER, 5, 9, 100, 1e4, 365, e.WORSE),
    (MORE, 5, 9, 100, 1e4, 365, e.BETTER),
    (MORE, -9, -5, 100, 1e4, 365, e.WORSE),
    (ANY, 5, 9, 100, 1e4, 365, e.DIFFERENT),
    (FEWER, -9, 5, 100, 1e4, 365, e.TOO_SMALL),
    (FEWER, -0.5, 0.5, 100, 1e4, 365, e.EQUIVALENT),
    (FEWER, -0.9, -0.5, 100, 1e4, 365, e.EQUIVALENT),
    (FEWER, 0, 0, 100, 1e4, 365, e.EQUIVALENT),
    (FEWER, -9, -5, 100, 99, 365, e.TOO_FEW),
    (FEWER, -9, -5, 100, 1e4, 7, e.TOO_SHORT),
    (SLOW, -9, -5, 100, 1e4, 364, e.TOO_SHORT),
    (SLOW, -9, -5, 100, 1e4, 365, e.BETTER),
    (FEWER, np.nan, np.nan, 100, 1e4, 365, e.TOO_SMALL),
]


@pytest.mark.parametrize("outcome, low, high, base, events, days, said", SAYS)
def test_claims_are_sized_to_what_was_run(outcome, low, high, base, events, days, said):
    effect = e.Effect((low + high) / 2, low, high, 1.0, 1.0)
    assert e.verdict(effect, outcome, base, events, e.Limits(days, 0, RULES)) == said


def test_displacement_quotients_of_known_cases():
    before = np.array([100.0, 100.0, 1000.0])
    assert weighted_displacement_quotient(np.array([80.0, 120.0, 1000.0]), before) == pytest.approx(-1.0)
    assert weighted_displacement_quotient(np.array([80.0, 100.0, 1000.0]), before) == pytest.approx(0.0)
    assert weighted_displacement_quotient(np.array([80.0, 90.0, 1000.0]), before) == pytest.approx(0.5)
    assert np.isnan(weighted_displacement_quotient(before, before))


@settings(max_examples=50, deadline=None)
@given(st.integers(3, 12), st.integers(3, 12))
def test_rings_neither_overlap_nor_leave_the_walkable_ground(row, col):
    city = {"rows": 16, "cols": 16, "cell_m": 100.0}
    treated = np.zeros((16, 16), dtype=bool)
    treated[row, col] = True
    walkable = np.ones((16, 16), dtype=bool)
    walkable[:, 0] = False
    inside, ring = rings({"treated": treated.reshape(-1), "walkable": walkable.reshape(-1)}, city, 300.0)
    r, k = np.mgrid[0:16, 0:16]
    expected = (np.hypot(r - row, k - col) * 100 <= 300) & ~treated & walkable
    assert np.array_equal(ring.reshape(16, 16), expected) and not (inside & ring).any()


def rank_of(harms, spent=10.0, prices=(1.0,), outcome=money.MONEY):
    """Ranks of measures with the given harm averted per krona in each world, {name: (worlds,)}, by way of the table's own rule; the cost of
    each at drawn `prices`, as parts of `spent`."""
    costs = {name: spent * np.array(prices[name] if isinstance(prices, dict) else prices) for name in harms}
    runs = {name: SimpleNamespace(summary={"cost_draws": cost.tolist(), "days": 365}) for name, cost in costs.items()}
    by_scenario = {name: dict.fromkeys(range(6), run) for name, run in runs.items()}
    weighed = {money.MONEY: "harm_drawn", money.INDEX: "harm_index"}[outcome]
    drawn = lambda harm: {"harm_drawn": 0.0, "harm_index": 0.0, "safe_share": 0.0} | {weighed: harm}  # noqa: E731
    values = {n: {s: drawn(-h * spent) for s, h in enumerate(v)} for n, v in ({"none": np.zeros(6)} | harms).items()}
    rows = []
    for name, averted in harms.items():
        effect = e.paired_effect(averted, np.zeros(6))
        rows.append({"intervention": name, "outcome": outcome, "verdict": e.BETTER if effect.low > 0 else e.TOO_SMALL})
    return dict(zip(harms, money.ranks(pd.DataFrame(rows), by_scenario, values), strict=True))


def test_a_lead_that_hangs_on_prices_is_no_lead():
    near = np.array([0.01, -0.01, 0.02, -0.02, 0.01, -0.01])
    harms = {"dear": 2.0 + near, "cheap": 3.0 - near}
    assert rank_of(harms, prices={"dear": (1.0, 1.0, 1.0), "cheap": (1.0, 1.0, 1.0)}) == {"dear": 2, "cheap": 1}
    assert rank_of(harms, prices={"dear": (1.0, 1.0, 1.0), "cheap": (0.5, 1.0, 3.0)}) == {"dear": 1, "cheap": 1}


def test_a_planted_order_is_found_and_a_planted_tie_is_shared():
    world = np.random.default_rng(1).normal(0, 0.1, 6)
    near = np.array([0.01, -0.01, 0.02, -0.02, 0.01, -0.01])
    harms = {"second": 2.0 + world, "best": 5.0 + world, "as good": 2.0 + world + near, "nothing": world, "third": 1.0 + world}
    for outcome in money.HARMS.values():
        assert rank_of(harms, outcome=outcome) == {"best": 1, "second": 2, "as good": 2, "third": 4, "nothing": 0}


def test_a_noisy_first_does_not_hide_who_is_ahead_of_whom():
    noisy = np.array([1.0, 9.0, 5.0, 2.0, 8.0, 6.0])
    near = np.array([0.01, -0.01, 0.02, -0.02, 0.01, -0.01])
    assert rank_of({"noisy": noisy, "good": 3.0 + near, "fair": 2.0 - near}) == {"noisy": 1, "good": 1, "fair": 2}


def test_nothing_is_ranked_where_nothing_is_resolved():
    draw = np.random.default_rng(2)
    assert set(rank_of({name: draw.normal(0, 5, 6) for name in "abc"}).values()) == {0}


def measures(*primaries):
    return {"measures": [{"primary": primary} for primary in primaries], "courses": {"marriage": {}, "violence": {}},
            "harm": {"robbery": 5.0, "marriage.coerced": 0.0, "violence.hit": 9.0},
            "harm_days": {"robbery": 50.0, "marriage.coerced": 20.0, "violence.hit": 0.0}}  # fmt: skip


def test_harm_that_nobody_has_valued_judges_no_measure_that_is_for_it():
    assert money.unvalued(measures("marriage_harms")) == {"harm", money.MONEY, money.NET}
    assert money.unvalued(measures("violence_harms")) == {"harm_index", money.INDEX}
    for aims in (["happened"], ["marriage_harms", "happened"], ["marriage_harms", "violence_harms"], []):
        assert money.unvalued(measures(*aims)) == set()


def series(after, settled_pct=2.0):
    """Baseline runs of three worlds whose offences a day change from 100 in the third to `after` in the last quarter of a warm-up."""
    runs = []
    for seed in range(3):
        daily = pd.DataFrame({"day": np.arange(-28, 0), "safe_share": 0.5, "in_custody": 0, "disorder": 0.1})
        daily["happened_robbery"] = np.where(daily["day"] < -7, 100.0, after) + seed + 0.1 * (daily["day"] % 2)
        summary = {"offences": {"robbery": {"target": "person"}}, "compare": {"settled_pct": settled_pct}, "seed": seed}
        runs.append(SimpleNamespace(config={"scenario": "none", "measures": {}}, summary=summary, daily=daily))
    return runs


@pytest.mark.parametrize("after, settled", [(100.0, True), (101.0, True), (110.0, False), (90.0, False)])
def test_a_warm_up_that_still_moves_is_said_to(after, settled):
    table = c.stationarity(series(after)).set_index("series")
    assert bool(table.loc["happened", "settled"]) == settled
    assert table.loc["happened", "change_pct"] == pytest.approx(after - 100, abs=1.1)
    assert table.loc[["safe_share", "in_custody", "disorder"], "settled"].all()


@pytest.mark.parametrize(
    "values, events, said",
    [([9, 11, 10], 300, "inside"), ([20, 21, 22], 300, "outside"), ([10, 21, 14], 300, "overlaps"),
     ([20, 21, 22], 3, "too few events to tell"), ([20], 300, "too few events to tell"), ([np.nan, np.nan], 0, "needs a year of study")],
)  # fmt: skip
def test_a_baseline_is_judged_by_its_interval(values, events, said):
    assert judged(e.paired_effect(values, np.zeros(len(values))), 8.0, 12.0, events, 10) == said


def test_harm_is_the_sum_of_what_each_of_it_weighs():
    courses = pd.DataFrame({"what": ["c.hit", "c.told", "c.hit"]})
    weights = {"robbery": 2.0, "theft": 0.5, "c.hit": 10.0}
    assert weighed(np.array([3, 4]), courses, ["robbery", "theft"], weights) == 3 * 2.0 + 4 * 0.5 + 2 * 10.0
    assert weighed(np.array([3, 4]), courses[:0], ["robbery", "theft"], weights) == 8.0
