"""Chances of being best, against worlds in which it is known who is."""

import numpy as np
import pytest

from experiments.chances import adjusted, chances, leaders, means, paired_p


def worlds(*gains, n=12, spread=1.0, shared=5.0, uncertain=1, seed=1):
    """float64 (choices, n, uncertain): gains about these means, with much that all choices of a world share."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0, spread, (len(gains), n, 1)) + rng.normal(0, shared, (1, n, 1))
    return np.array(gains)[:, None, None] + own + np.zeros((1, 1, uncertain))


def test_a_planted_best_is_found_although_worlds_differ_more_than_choices():
    table = chances(means(worlds(0.0, 3.0, 0.5, 1.0)), ["a", "b", "c", "d"])
    assert table["choice"].iloc[0] == "b" and table["best"].iloc[0] > 0.99 and leaders(table) == ["b"]
    assert table["best"].sum() == pytest.approx(1) and table["loss"].iloc[0] < 0.02 and (np.diff(table["best"]) <= 0).all()
    assert set(table.loc[table["top3"] > 0.9, "choice"]) >= {"b", "d"}


def test_a_planted_tie_is_called_a_tie():
    shares = np.array([
        chances(means(worlds(2.0, 2.0, -3.0, seed=seed), draws=2000), ["a", "b", "c"]).set_index("choice").loc[["a", "b", "c"], "best"]
        for seed in range(60)
    ])  # fmt: skip
    assert shares[:, :2].mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.1) and shares[:, 2].max() < 0.01
    table = chances(means(worlds(2.0, 2.0, -3.0, seed=3, n=30)), ["a", "b", "c"])
    assert sorted(leaders(table)) == ["a", "b"]
    same = worlds(2.0)[[0, 0]]
    assert chances(means(same), ["a", "b"])["best"].tolist() == [0.5, 0.5]


def test_means_spread_as_the_paired_t_interval_does():
    gains = worlds(0.0, 1.0, n=8)
    found = means(gains, draws=100_000)
    d = (gains[1] - gains[0])[:, 0]
    half = 2.3646 * d.std(ddof=1) / np.sqrt(8)
    low, high = np.quantile(found[:, 1] - found[:, 0], (0.025, 0.975))
    assert (low, high) == (pytest.approx(d.mean() - half, abs=0.03), pytest.approx(d.mean() + half, abs=0.03))


def test_the_best_is_as_often_best_as_it_is_said_to_be():
    """Of those called best with some chance, that part are: over many studies of four worlds with true means drawn at random."""
    rng, said, was = np.random.default_rng(2), [], []
    for seed in range(400):
        true = rng.normal(0, 1, 3)
        table = chances(means(worlds(*true, n=4, seed=seed), draws=1000, seed=seed), range(3))
        said.append(table["best"].iloc[0])
        was.append(table["choice"].iloc[0] == true.argmax())
    assert np.mean(was) == pytest.approx(np.mean(said), abs=0.06)


def test_uncertain_prices_are_drawn_with_the_worlds():
    gains = np.stack([np.zeros((6, 2)), np.tile([1.0, -1.0], (6, 1))]) + np.random.default_rng(0).normal(0, 0.01, (1, 6, 1))
    table = chances(means(gains), ["nothing", "dear or cheap"]).set_index("choice")
    assert table["best"].to_dict() == {"nothing": pytest.approx(0.5, abs=0.02), "dear or cheap": pytest.approx(0.5, abs=0.02)}
    assert table["loss"]["nothing"] == pytest.approx(0.5, abs=0.02)


def test_many_questions_are_paid_for():
    rng = np.random.default_rng(0)
    p = [paired_p(rng.normal(0, 1, 10), rng.normal(0, 1, 10)) for _ in range(200)]
    assert sum(x < 0.05 for x in p) > 3 and not (adjusted(p) < 0.05).any()
    assert adjusted([1e-9, np.nan, 0.5])[0] < 1e-7 and np.isnan(adjusted([1e-9, np.nan, 0.5])[1])
    assert paired_p([1, 2], [1, 2]) == 1.0 and np.isnan(paired_p([1], [2])) and paired_p([2, 3], [1, 2]) == 0.0


def test_one_world_says_nothing():
    with pytest.raises(ValueError, match="one world"):
        means(worlds(1.0, 2.0, n=1))
