"""Paired effects: coverage on constructed data, verdicts, displacement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from experiments import compare as c
from sim.outcomes.measures import HIGHER, LOWER, NEITHER, Outcome
from sim.outcomes.space import rings, weighted_displacement_quotient


def constructed(draw, worlds, effect, shared=10.0, own=1.0):
    """Outcomes of matched worlds with a true effect: (treated, control)."""
    world = draw.normal(100.0, shared, worlds)
    return world + effect + draw.normal(0, own, worlds), world + draw.normal(0, own, worlds)


@pytest.mark.parametrize("worlds", [4, 6, 10, 40])
def test_intervals_cover_the_truth_as_often_as_they_say(worlds):
    draw = np.random.default_rng(worlds)
    tries = 2000 if worlds < c.MANY else 250
    hits = 0
    for _ in range(tries):
        effect = c.paired_effect(*constructed(draw, worlds, -2.0))
        hits += effect.low <= -2.0 <= effect.high
    assert abs(hits / tries - c.LEVEL) < 0.03


@pytest.mark.parametrize("worlds", [4, 6, 10])
def test_the_smallest_resolvable_effect_is_found_with_the_power_it_promises(worlds):
    draw = np.random.default_rng(worlds)
    own = 1.0
    error = own * np.sqrt(2 / worlds)
    from scipy.stats import t

    true = (t.ppf(0.975, worlds - 1) + t.ppf(c.POWER, worlds - 1)) * error
    found = 0
    for _ in range(2000):
        effect = c.paired_effect(*constructed(draw, worlds, true, own=own))
        found += effect.low > 0
    assert abs(found / 2000 - c.POWER) < 0.09


def test_the_interval_is_the_paired_t_interval():
    draw = np.random.default_rng(1)
    treated, control = constructed(draw, 8, 1.0)
    effect, known = c.paired_effect(treated, control), ttest_rel(treated, control).confidence_interval(0.95)
    assert (effect.low, effect.high) == pytest.approx((known.low, known.high))


def test_matching_gains_what_the_worlds_share():
    draw = np.random.default_rng(2)
    effect = c.paired_effect(*constructed(draw, 2000, 0.0, shared=3.0, own=1.0))
    assert effect.gain == pytest.approx(10.0, rel=0.15)


def test_one_world_has_no_interval():
    effect = c.paired_effect([3.0], [1.0])
    assert effect.mean == 2.0 and np.isnan(effect.low) and np.isnan(effect.mde)


FEWER, MORE, ANY = Outcome("x", "", LOWER, counts="x"), Outcome("y", "", HIGHER), Outcome("z", "", NEITHER)
SAYS = [  # outcome, low, high, baseline, events, days, verdict
    (FEWER, -9, -5, 100, 1e4, 365, c.BETTER),
    (FEWER, 5, 9, 100, 1e4, 365, c.WORSE),
    (MORE, 5, 9, 100, 1e4, 365, c.BETTER),
    (MORE, -9, -5, 100, 1e4, 365, c.WORSE),
    (ANY, 5, 9, 100, 1e4, 365, c.DIFFERENT),
    (FEWER, -9, 5, 100, 1e4, 365, c.TOO_SMALL),
    (FEWER, -0.5, 0.5, 100, 1e4, 365, c.EQUIVALENT),
    (FEWER, -0.9, -0.5, 100, 1e4, 365, c.EQUIVALENT),
    (FEWER, 0, 0, 100, 1e4, 365, c.EQUIVALENT),
    (FEWER, -9, -5, 100, 99, 365, c.TOO_FEW),
    (FEWER, -9, -5, 100, 1e4, 7, c.TOO_SHORT),
    (FEWER, np.nan, np.nan, 100, 1e4, 365, c.TOO_SMALL),
]


@pytest.mark.parametrize("outcome, low, high, base, events, days, said", SAYS)
def test_claims_are_sized_to_what_was_run(outcome, low, high, base, events, days, said):
    effect = c.Effect((low + high) / 2, low, high, 1.0, 1.0)
    assert c.verdict(effect, outcome, base, events, days, 1.0, 100) == said


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
