"""Screening and indices against functions whose answers are known."""

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.sensitivity import (
    CHANCE,
    LAYERS,
    SWITCHES,
    answers,
    answers_at,
    at,
    family,
    firsts,
    indices,
    main,
    of_families,
    screened,
    sobol_of,
    spelled,
    trajectories,
    uncertain,
    worlds_of,
)
from sim.compose import jobs
from sim.config import REGISTRY
from sim.parameters import Parameters, read_registry

PARAMETERS = Parameters(read_registry(REGISTRY))
TOWN = ["city=town", "city.side=8", "population.residents=200", "population.fraction=1", "study.days=2", "study.warmup=1",
        "parameter.offence.vandalism.rate=30", "intervention=[cctv,order_guards]"]  # fmt: skip


def answer(a, b):
    """What a world says where measure `one` averts `a` per SEK and `two` averts `b`."""
    return {("one", LAYERS[0]): a, ("two", LAYERS[0]): b}


def test_indices_of_ishigamis_function_are_those_that_are_known():
    """Ishigami and Homma (1990), with a = 7 and b = 0.1: first order 0.314, 0.442, 0; total 0.558, 0.442, 0.244."""

    def ishigami(u):
        x, y, z = (np.pi * (2 * u - 1)).T
        return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)

    first, total = sobol_of(ishigami, 3)
    assert first == pytest.approx([0.314, 0.442, 0.0], abs=0.03) and total == pytest.approx([0.558, 0.442, 0.244], abs=0.03)


def test_indices_find_the_rows_that_matter_on_an_emulator():
    u = np.random.default_rng(2).random((120, 12))
    found = [answer(3 * row[4] + row[7], 1.0 + 0.2 * row[1]) for row in u]
    table = indices([f"row{i}" for i in range(12)], u, found)
    one = table[table["measure"].eq("one")].set_index("row")
    assert one.index.tolist()[:2] == ["row4", "row7"] and one["total"].iloc[:2].tolist() == pytest.approx([0.9, 0.1], abs=0.06)
    assert table.loc[table["measure"].eq("two"), "row"].tolist()[0] == "row1" and (table["predicted of runs not seen, %"] > 95).all()


def test_a_screening_finds_the_family_that_moves_the_answer_and_the_ranking():
    names = ["a.x", "a.y", "b.x", "c.x", "c.y"]
    u = trajectories(names, 6)
    found = [answer(2.0 * row[2] + 0.1 * row[0], 1.0) for row in u]
    table = screened(names, u, found).set_index("family")
    assert table.index.tolist() == ["a", "b", "c"] and table["one, mu*"]["b"] == pytest.approx(2.0)
    assert table["one, mu*"]["a"] == pytest.approx(0.1, abs=0.02) and table["one, mu*"]["c"] == 0 and (table["two, mu*"] == 0).all()
    assert table["another first, % of steps"]["b"] > 30 and table["another first, % of steps"]["c"] == 0


def test_a_screening_has_a_step_at_which_only_the_world_is_another():
    names = ["a.x", "a.y", "b.x", CHANCE]
    u = trajectories(names, 5)
    world = worlds_of(u[:, -1], 5)
    assert len(set(world)) == 10 and (np.bincount(world)[list(set(world))] >= 1).all()
    for i in range(len(u) - 1):
        if i % 4 < 3:  # within a trajectory: three families, four points
            assert (world[i] != world[i + 1]) == (u[i, -1] != u[i + 1, -1])
        else:
            assert world[i] != world[i + 1]
    table = screened(names, u, [answer(float(w % 2), 1.0) for w in world]).set_index("family")
    assert table["one, mu*"]["a"] == table["one, mu*"]["b"] == 0


def test_how_often_each_measure_is_first_is_counted():
    table = firsts([answer(2, 1), answer(3, 1), answer(0, 1), answer(5, 1)]).set_index("measure")
    assert table["first, % of points"].to_dict() == {"one": 75.0, "two": 25.0}


def test_assumptions_are_rows_that_may_vary_and_neither_prices_nor_measures():
    names = uncertain(PARAMETERS)
    assert len(names) > 700 and "offence.robbery.guard" in names and "feel.guardian" in names
    assert not [n for n in names if PARAMETERS.rows[n].unit in ("code", "0 or 1")]  # what says which is not in doubt
    assert not [n for n in names if n.startswith(("price.", "known.", "measure.", "compare.")) or n.endswith(".harm")]
    assert 20 < len({family(name) for name in names}) < 45 and family("offence.robbery.guard") == "offence.guardians"
    assert {family(name) for name in of_families(names, ["risk", "offence.reward"])} == {"risk", "offence.reward"}
    assert of_families(names, []) == names


def test_shares_of_a_distribution_become_values_within_their_ranges():
    names = uncertain(PARAMETERS)
    table = at(PARAMETERS, names, np.vstack([np.full(len(names), 0.02), np.full(len(names), 0.5), np.full(len(names), 0.98)]))
    for name in names:
        row = PARAMETERS.rows[name]
        assert row.low <= table[name].min() <= table[name][1] <= table[name].max() <= row.high, name


def test_switches_name_rows_that_there_are_and_values_that_are_allowed():
    types = PARAMETERS.members("offence")
    for rows in SWITCHES.values():
        for said in spelled(rows, types):
            name, value = said.split("=")
            Parameters(list(PARAMETERS.rows.values()), {name: float(value)})
    assert len(spelled(("offence.*.persist=0",), types)) == 14


def test_points_are_lived_in_the_world_that_they_name_and_answer_for_every_measure(tmp_path):
    options = ["experiment=sensitivity", *TOWN, f"results={tmp_path}"]
    table = pd.DataFrame({"offence.assault.rate": [30.0, 30.0, 60.0], "world": [3, 3, 3]})
    found = answers_at(table, options, Console(quiet=True))
    assert len(found) == 3 and found[0] == found[1]  # one point, lived once
    assert set(found[0]) == {(measure, layer) for measure in ("cctv", "order_guards") for layer in LAYERS}
    configs = jobs([*options, f"study.points={next((tmp_path / 'sensitivity').glob('points-*.csv'))}", "seeds=3"])
    assert {c.seed for c in configs} == {3}


def test_answers_are_differences_from_the_world_without_measures(monkeypatch):
    from types import SimpleNamespace

    told = {"none": {"happened": 200.0, "harm": 50.0, "safe_share": 50.0}, "one": {"happened": 150.0, "harm": 40.0, "safe_share": 52.0}}
    monkeypatch.setattr("experiments.sensitivity.outcomes", lambda run: told[run.name])
    monkeypatch.setattr("experiments.sensitivity.cost_msek", lambda summary: 5.0)
    found = answers({name: SimpleNamespace(name=name, summary={}) for name in told})
    assert found == {("one", LAYERS[0]): 2.0, ("one", LAYERS[1]): 25.0, ("one", LAYERS[2]): 2.0}


REFUSED = [
    (["screen", "--trajectories", "0"], "allowed is"), (["indices", "--points", "6"], "allowed is"),
    (["indices", "--families", "luck"], "--families luck: no such family; allowed are acquaintance"),
]  # fmt: skip


@pytest.mark.parametrize("said, told", REFUSED)
def test_too_little_is_refused_before_anything_is_lived(said, told, tmp_path, capsys):
    assert main([*said, f"results={tmp_path}"]) == 2
    assert told in capsys.readouterr().err and not list(tmp_path.glob("*/points-*"))


def test_the_switches_are_lived_and_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("experiments.sensitivity.SWITCHES", {name: SWITCHES[name] for name in ("as it stands", "the gates are closed")})
    assert main(["switches", "seeds=2", *TOWN, f"results={tmp_path}"]) == 0
    table = pd.read_csv(tmp_path / "sensitivity" / "report" / "switches.csv")
    assert table.groupby("switch", sort=False)["intervention"].apply(list).to_dict() == {
        "as it stands": ["cctv", "order_guards"], "the gates are closed": ["cctv", "order_guards"],
    }  # fmt: skip


def test_a_row_that_is_set_is_no_longer_an_assumption():
    said = PARAMETERS.with_values({"walk.speed": 1.2})
    assert "walk.speed" in uncertain(PARAMETERS) and "walk.speed" not in uncertain(said)


def test_a_method_that_does_not_exist_is_refused(capsys):
    with pytest.raises(SystemExit) as end:
        main(["guess"])
    assert end.value.code == 2 and "screen" in capsys.readouterr().err
