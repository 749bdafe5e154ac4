"""Courses: the multi-state process against what is known of it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from sim.courses import STAYS, YEAR, Course, Lives, Transition
from sim.rng import COURSE, uniform

ILL = (
    Transition("falls_ill", (0,), 1, 0.8, ("season",)),
    Transition("recovers", (1,), 0, 2.0),
    Transition("relapses", (1,), STAYS, 3.0),
    Transition("leaves", (0, 1), 2, 0.3, ("weak",)),
)


def course(people=20_000, transitions=ILL):
    who, nobody = np.arange(people, dtype=np.int32) * 7, np.full(people, -1)
    return Course("illness", 3, ("well", "ill", "gone"), transitions, who, {}, np.zeros((people, 0)), nobody)


def exposures(people, season=1.0):
    return {"season": np.full(people, season), "weak": np.where(np.arange(people) % 2, 2.0, 0.0)}


def test_shares_in_each_state_follow_the_matrix_exponential():
    """Against the Kolmogorov equations, for those who can leave and those who cannot."""
    people, lives = 40_000, Lives(course(40_000), 11)
    lives.live(0, 200, exposures(people))
    for weak in (0, 1):
        out = 0.6 * weak
        generator = np.array([[-0.8 - out, 0.8, out], [2.0, -2.0 - out, out], [0.0, 0.0, 0.0]])
        expected = expm(generator * 200 / YEAR)[0]
        share = np.bincount(lives.state[np.arange(people) % 2 == weak], minlength=3) / (people / 2)
        assert share == pytest.approx(expected, abs=4 * math.sqrt(0.25 / (people / 2)))


def test_events_within_a_state_come_at_their_rate():
    always = (replace(ILL[2], sources=(0,)),)
    lives = Lives(course(5_000, always), 4)
    events = lives.live(0, 730, exposures(5_000))
    counts = np.bincount(events["index"], minlength=5_000)
    assert counts.mean() == pytest.approx(6.0, abs=4 * math.sqrt(6.0 / 5_000))
    assert counts.var() == pytest.approx(6.0, rel=0.1)
    assert not lives.state.any()


def test_the_length_of_a_step_changes_nothing():
    whole, daily = Lives(course(3_000), 5), Lives(course(3_000), 5)
    at_once = whole.live(10, 90, exposures(3_000))
    by_day = np.concatenate([daily.live(day, 1, exposures(3_000)) for day in range(10, 100)])
    order = lambda rows: rows[np.lexsort((rows["day"], rows["index"]))]  # noqa: E731
    a, b = order(at_once), order(by_day)
    assert len(a) > 300
    for name in ("index", "transition", "number", "who"):
        assert np.array_equal(a[name], b[name])
    assert np.abs(a["day"] - b["day"]).max() < 1e-6
    assert np.array_equal(whole.state, daily.state)


def test_a_happening_lies_within_the_step_and_names_the_person():
    lives = Lives(course(3_000), 5)
    rows = lives.live(40, 1, exposures(3_000, season=50.0))
    assert len(rows) > 100
    assert rows["day"].min() >= 40 and rows["day"].max() <= 41
    assert np.array_equal(rows["who"], rows["index"] * 7)
    assert (rows["course"] == 3).all()


def test_one_more_transition_leaves_the_others_where_they_were():
    """Who is not met by what was added lives the same days: its clock is its own."""
    base, more = Lives(course(4_000), 9), Lives(course(4_000, (*ILL, Transition("is_seen", (1,), STAYS, 5.0))), 9)
    before, after = base.live(0, 365, exposures(4_000)), more.live(0, 365, exposures(4_000))
    kept = after[after["transition"] < len(ILL)]
    assert len(after) > len(kept)
    key = lambda rows: np.lexsort((rows["day"], rows["index"]))  # noqa: E731
    assert np.array_equal(before[key(before)]["transition"], kept[key(kept)]["transition"])
    assert np.allclose(before[key(before)]["day"], kept[key(kept)]["day"], atol=1e-9)


def test_more_exposure_only_hastens_the_transition_that_is_exposed():
    base, more = Lives(course(4_000), 9), Lives(course(4_000), 9)
    first = lambda rows: {r["index"]: r["day"] for r in rows[::-1] if r["transition"] == 0}  # noqa: E731
    calm, rough = first(base.live(0, 100, exposures(4_000))), first(more.live(0, 100, exposures(4_000, season=2.0)))
    even = [i for i in calm if i % 2 == 0]
    assert len(even) > 100
    assert all(rough[i] == pytest.approx(calm[i] / 2) for i in even)


def test_nobody_moves_where_nothing_is_at_work():
    lives = Lives(course(1_000), 1)
    still = lives.left.copy()
    assert len(lives.live(0, 3_000, {"season": np.zeros(1_000), "weak": np.zeros(1_000)})) == 0
    assert np.array_equal(lives.left, still)


def test_clocks_are_keyed_by_person_transition_and_time():
    lives = Lives(course(50), 77)
    assert lives.left[2, 4] == -math.log(uniform(77, COURSE, 28, 0, 3 * 64 + 2, 0))
    lives.put(np.array([28, 35]), 1)
    assert lives.counts().tolist() == [48, 2, 0]
    assert lives.state[4] == lives.state[5] == 1
