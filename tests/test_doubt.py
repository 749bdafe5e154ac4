"""Does the choice survive doubt: planted answers are found, and what is not there is not."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from experiments.chances import NOTHING
from experiments.decide.__main__ import main
from experiments.decide.doubt import at_levels, box, drawn, expected, regrets, standardised, worth_knowing
from experiments.study import load_study
from tests.test_decide import TOWN

RNG = np.random.default_rng(8)
Z = norm.ppf((np.argsort(np.argsort(RNG.random((200, 12)), axis=0), axis=0) + 0.5) / 200)


def planted(noise=0.5):
    """Gains of a sure choice, of one that hangs on row 3, and of one that is never good."""
    return pd.DataFrame({
        "sure": 1.0 + RNG.normal(0, noise, 200), "risky": 0.6 + 2.0 * Z[:, 3] + RNG.normal(0, noise, 200),
        "poor": -2.0 + RNG.normal(0, noise, 200),
    })  # fmt: skip


def test_emulators_part_what_rows_do_from_chance():
    gains = planted()
    means, active, told, left = expected(Z, gains, 0 * gains)
    assert 3 in active["risky"] and told["risky"] > 0.8 and told["sure"] == 0
    assert left["risky"].std() == pytest.approx(0.5, abs=0.1) and left["sure"].std() == pytest.approx(gains["sure"].std(), rel=0.02)
    assert np.corrcoef(means["risky"], 0.6 + 2 * Z[:, 3])[0, 1] > 0.98 and means["sure"].std() < 0.25 and (means[NOTHING] == 0).all()


def test_a_choice_costs_what_it_costs_at_the_prices_drawn():
    costs = pd.DataFrame({"sure": 0.2 + 0.1 * Z[:, 7], "risky": 0.0 * Z[:, 0], "poor": 0.0 * Z[:, 0]})
    averted = planted()
    means, active, told, _ = expected(Z, averted, costs)
    bare, without, untold, _ = expected(Z, averted, 0 * costs)
    assert (means["sure"] - bare["sure"] + costs["sure"]).abs().max() < 1e-9 and told == untold
    assert 7 in active["sure"] and 7 not in without["sure"] and (means[NOTHING] == 0).all()


COSTS = pd.DataFrame({"a": [2.0, 2.0], "b": [2.0, 2.0]})


def test_regret_of_every_choice_is_against_the_best_of_each_draw():
    means = pd.DataFrame({NOTHING: [0.0, 0.0], "a": [3.0, -1.0], "b": [1.0, 1.0]})
    table = regrets(means, COSTS, enough=1.5).set_index("choice")
    assert table.loc["a", ["gain", "regret", "regret_95", "best", "enough"]].tolist() == [1.0, 1.0, 1.9, 0.5, 0.5]
    assert table.loc["b", ["regret", "best", "enough"]].tolist() == [1.0, 0.5, 1.0] and table.loc[NOTHING, "regret"] == 2.0
    assert table["best"].sum() == 1


def test_a_planted_tie_is_nobodys_regret():
    means = pd.DataFrame({NOTHING: [0.0, 0.0], "a": [3.0, 1.0], "b": [3.0, 1.0]})
    table = regrets(means, COSTS, 1.0).set_index("choice")
    assert table.loc[["a", "b"], "best"].tolist() == [0.5, 0.5] and table.loc[["a", "b"], "regret"].max() == 0


def test_choices_that_few_draws_cannot_part_are_a_toss_and_many_draws_part_them():
    """Two choices whose means differ by half a standard error of their difference: the better is better with a chance of Φ(0.5)."""
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 1, (2, 100))
    noise = (noise - noise.mean(axis=1, keepdims=True)) / noise.std(axis=1, ddof=1, keepdims=True)
    apart = 0.5 * np.sqrt((1 + 1 - 2 * np.cov(noise)[0, 1]) / 100)
    left = pd.DataFrame(noise.T, columns=["a", "b"])
    means = pd.DataFrame({NOTHING: np.zeros(100), "a": 9.0 + apart, "b": 9.0})
    best = lambda left: regrets(gains := at_levels(means, left), 2 + 0 * gains[["a", "b"]], 1.0).set_index("choice")["best"]  # noqa: E731
    assert best(left)["a"] == pytest.approx(norm.cdf(0.5), abs=0.1) and best(left)[NOTHING] == 0
    assert best(0 * left)["a"] == 1.0  # nothing is left to chance where all is explained
    assert at_levels(means, left).mean().to_numpy() == pytest.approx([0, 9 + apart, 9])  # and no gain is moved in the mean
    assert len(at_levels(means[[NOTHING, "a"]], left[["a"]])) == len(at_levels(means, left))


def test_what_is_worth_knowing_is_the_row_that_the_choice_hangs_on():
    """Of max(1, 0.6 + 2z) with z normal the mean is 1 + s φ(d) − (1 − 0.6) (1 − Φ(d)), s = 2, d = (1 − 0.6) / 2."""
    means, _, _, _ = expected(Z, planted(noise=0.1), 0 * planted())
    everything, rows = worth_knowing(Z, means, range(12))
    d = 0.2
    known = 2 * norm.pdf(d) - 0.4 * norm.sf(d)
    assert everything == pytest.approx(known, rel=0.1)
    assert rows["column"].iloc[0] == 3 and rows["worth"].iloc[0] == pytest.approx(known, rel=0.12)
    others = rows[rows["column"] != 3]
    assert rows["worth"].iloc[0] > 3 * rows["floor"].iloc[0] and (others["worth"] <= others["floor"]).mean() >= 0.7


def test_a_planted_box_is_found():
    points = pd.DataFrame(np.random.default_rng(2).random((400, 5)), columns=list("abcde"))
    better = (points["b"] > 0.6) & (points["d"] < 0.5)
    rows, coverage, density = box(points, better.to_numpy())
    rows = rows.set_index("row")
    assert set(rows.index) == {"b", "d"} and coverage > 0.85 and density > 0.9
    assert rows.loc["b", "low"] == pytest.approx(0.6, abs=0.03) and np.isnan(rows.loc["b", "high"])
    assert rows.loc["d", "high"] == pytest.approx(0.5, abs=0.03) and np.isnan(rows.loc["d", "low"])
    assert box(points, np.zeros(400, dtype=bool)) is None and box(points, np.ones(400, dtype=bool)) is None


@pytest.fixture(scope="module")
def doubted(tmp_path_factory):
    """A choice of two measures at twenty draws of a small town; the study's folder."""
    folder = tmp_path_factory.mktemp("doubt")
    town = [said for said in TOWN if not said.startswith(("intervention.", "study."))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.living.compile_kernels", lambda _: None)
        asked = ["decide.points=20", "decide.budget=2", "study.days=4", "study.warmup=1", f"results={folder}"]
        assert main(["doubt", *town, *asked]) == 0
    return folder / "doubt"


def test_every_draw_is_a_world_with_other_rows_and_every_choice(doubted, capsys):
    points, averted, costs, choices = drawn(load_study(doubted))
    assert len(points) == 20 and len(points.columns) > 500 and set(averted) == {"order_guards", "cctv"}
    assert {"price.order_guard", "offence.robbery.harm"} <= set(points) and "offence.vandalism.rate" not in points  # which is set by hand
    assert (costs["order_guards"] / points["price.order_guard"]).to_numpy() == pytest.approx(
        2 / 560_000, rel=0.03
    )  # a dose for 2 million at the middle
    assert not choices.loc["cctv", "scenario"]
    assert choices.loc["cctv", "watched_hours"] > 0 == choices.loc["order_guards", "watched_hours"]
    assert standardised(points).std(axis=0).max() < 1.05
    table = pd.read_csv(doubted / "report" / "doubt_regret.csv")
    assert set(table["choice"]) == {NOTHING, "order_guards", "cctv"} and (table["regret"] >= 0).all() and table["regret"].min() >= 0
    assert all((doubted / "report" / "figures" / f"doubt.{language}.png").stat().st_size > 15_000 for language in ("en", "sv"))
    assert main(["doubt", str(doubted)]) == 0
    assert "To know all that was drawn before choosing would be worth" in capsys.readouterr().out
