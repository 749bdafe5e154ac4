"""The best mix: planted best mixes are found, limits are kept, and pairs that do something to each other are seen."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.decide import mix
from experiments.decide.__main__ import main
from experiments.decide.mix import affordable, best_lived, front_of, interactions, label, limits_of, parted, spendings
from sim.options import ConfigError
from tests.test_decide import TOWN, priced

NAMES = ["guards", "lamps", "shelters"]


def planted(n=60, budget=100.0, watched=0.0):
    """Mixes of which guards avert most, lamps make feel safer, shelters do nothing; all with less and less of each further krona."""
    spent = pd.DataFrame(spendings(NAMES, budget, n), columns=NAMES)
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"choice": [label(dict(row)) for _, row in spent.iterrows()], "cost": spent.sum(axis=1)})
    table["averted"] = 8 * np.sqrt(spent["guards"]) + 2 * np.sqrt(spent["lamps"]) + rng.normal(0, 0.3, len(spent))
    table["safer"] = 0.2 * np.sqrt(spent["lamps"]) + rng.normal(0, 0.01, len(spent))
    table["watched_hours"] = watched * spent["guards"]
    return pd.concat([table, spent], axis=1)


def test_mixes_to_learn_from_hold_every_measure_every_pair_and_no_more_than_the_budget():
    rows = spendings(NAMES, 100.0, 40)
    assert rows.shape == (40, 3) and (rows >= 0).all() and (rows.sum(axis=1) <= 100 + 1e-9).all()
    assert rows[:6].tolist() == [[50, 0, 0], [0, 50, 0], [0, 0, 50], [50, 50, 0], [50, 0, 50], [0, 50, 50]]
    assert (rows[6:].sum(axis=1) > 33).all() and np.array_equal(rows, spendings(NAMES, 100.0, 40))
    assert parted(label({"b": 12.345, "a": 5.0})) == {"a": 5.0, "b": 12.3}


def test_money_buys_the_largest_dose_that_it_can_pay():
    prices = {"price.interest": 0.03}
    assert affordable(priced(4.0), 10, None, prices).dose == pytest.approx(2.5)
    assert affordable(priced(4.0), 1000, None, prices).dose == 10.0
    assert mix.yearly_msek(affordable(priced(4.0, step=3.0), 10, None, prices), None, prices) == pytest.approx(9)


def test_the_planted_best_mixes_are_found():
    front = front_of(planted(), NAMES, 100.0, {})
    most, safest = front.iloc[0], front.iloc[-1]
    assert most["guards"] > 70 and safest["lamps"] > 70 and most["lamps"] < 30
    assert (front[NAMES].sum(axis=1) <= 100 + 1e-6).all() and front["safer"].is_monotonic_increasing
    assert front["shelters"].mean() < 8  # what does nothing is not bought


def test_a_limit_on_a_side_effect_is_kept():
    table = planted(watched=10.0)
    front = front_of(table, NAMES, 100.0, {"watched_hours": 300.0})
    assert front["guards"].max() <= 32 and front_of(table, NAMES, 100.0, {})["guards"].max() > 70
    assert best_lived(table, 100.0, {"watched_hours": 300.0})["guards"].max() <= 30
    assert not len(front_of(table, NAMES, 100.0, {"watched_hours": -1e6}))


def test_wrong_limits_are_told_in_one_line():
    with pytest.raises(ConfigError, match="decide.limits.harm: no such option"):
        limits_of({"harm": 1})
    with pytest.raises(ConfigError, match="decide.limits.watched_hours=many: must be a number"):
        limits_of({"watched_hours": "many"})


def test_a_planted_interaction_is_seen_and_its_absence_is_not(monkeypatch):
    harm = {"none": 100.0, "a 5": 90.0, "b 5": 95.0, "c 5": 98.0, "a 5 + b 5": 75.0, "a 5 + c 5": 88.0}  # a and b: 10 more than 15
    noise = np.random.default_rng(0).normal(0, 3, 4)
    values = {name: {s: {"harm": level + noise[s], "safe_share": 50.0} for s in range(4)} for name, level in harm.items()}
    runs = [SimpleNamespace(summary={"days": 365})]
    monkeypatch.setattr(mix, "scenarios", lambda _: {name: dict.fromkeys(range(4)) for name in harm})
    monkeypatch.setattr(mix, "of_each", lambda *_: values)
    pairs = interactions(runs).set_index(["first", "second"])
    assert set(pairs.index) == {("a", "b"), ("a", "c")}
    assert pairs.loc[("a", "b"), "averted"] == pytest.approx(10) and pairs.loc[("a", "b"), "averted_low"] > 0
    assert pairs.loc[("a", "c"), "averted"] == pytest.approx(0) and pairs["safer"].abs().max() == 0


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Mixes of three measures in two worlds of a small town; the study's folder."""
    folder = tmp_path_factory.mktemp("mix")
    chosen = "intervention=[order_guards,cctv,safe_transit]"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.living.compile_kernels", lambda _: None)
        patch.setattr(mix, "GENERATIONS", 10)
        asked = ["seeds=2", "decide.budget=30", "decide.mixes=22", "decide.front=2", "study.days=7", f"results={folder}"]
        town = [said for said in TOWN if not said.startswith(("intervention", "study.days"))]
        assert main(["mix", *town, chosen, *asked]) == 0
    return folder / "mix"


def test_mixes_are_lived_and_so_are_the_best_that_they_suggest(mixed, capsys):
    table = pd.read_csv(mixed / "report" / "mixes.csv")
    assert 22 < len(table) <= 24 and (table["cost"] <= 30 * 1.02).all()
    assert {"order_guards", "cctv", "safe_transit", "watched_hours", "evidence", "scenario"} <= set(table.columns)
    pairs = pd.read_csv(mixed / "report" / "interactions.csv")
    assert {"averted", "safer_low"} <= set(pairs.columns) and len(pairs) <= 3
    assert all((mixed / "report" / "figures" / f"mix.{language}.png").stat().st_size > 20_000 for language in ("en", "sv"))
    before = len(list(mixed.glob("*/DONE")))
    assert main(["mix", str(mixed)]) == 0 and len(list(mixed.glob("*/DONE"))) == before
    assert "The best mixes that were lived" in capsys.readouterr().out
