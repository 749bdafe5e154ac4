"""Emulators and history matching against functions that are known."""

import shutil

import joblib
import numpy as np
import pandas as pd
import pytest

from experiments.calibrate import FAR, Space, best, facts_to_fit, main, match_of, plausible, read_wave, scale, space_of, told, wave
from experiments.emulate import TooFewRuns, emulate
from experiments.facts import FITTED, Fact, read_facts
from sim.compose import jobs
from sim.config import REGISTRY
from sim.parameters import COLUMNS, Parameters, read_registry, write_registry

RNG = np.random.default_rng(4)
POINTS = RNG.normal(size=(80, 20))


def fact(target, low, high, unit="ratio", name="a"):
    return Fact(name, "group", "a_year", ("x",), target, low, high, "published", unit, False, "", "", "")


def space(k, reach=4.0):
    return Space(tuple(f"row{i}" for i in range(k)), np.zeros(k), np.ones(k), np.full(k, -reach), np.full(k, reach))


def test_an_emulator_finds_what_matters_and_how_noisy_worlds_are():
    values = 2 * POINTS[:, 3] - POINTS[:, 10] + 0.4 * POINTS[:, 15] ** 2 + RNG.normal(size=80) * 0.3
    learned = emulate(POINTS, values)
    assert {3, 10, 15} <= set(learned.active.tolist()) and len(learned.active) <= 8
    assert learned.held_out > 0.85 and learned.noise == 0 and 0.3 < learned.error < 1.0
    fresh = RNG.normal(size=(200, 20))
    expected = 2 * fresh[:, 3] - fresh[:, 10] + 0.4 * fresh[:, 15] ** 2
    assert np.sqrt(np.mean((learned.mean(fresh) - expected) ** 2)) < 1.5 * learned.error


def test_the_doubt_of_an_emulator_is_as_large_as_its_error_where_many_rows_matter_a_little():
    """More rows matter than an emulator looks at; a part of the points is lived twice, which tells how much of the error is noise."""
    weight, rng = np.where(np.arange(60) < 20, 0.15, 0.0), np.random.default_rng(9)
    points = rng.normal(size=(85, 60))
    points = np.concatenate([points, points[:15]])
    learned = emulate(points, points @ weight + rng.normal(size=100) * 0.3)
    fresh = rng.normal(size=(300, 60))
    error = np.sqrt(np.mean((learned.mean(fresh) - fresh @ weight) ** 2))
    assert 0.6 < error / learned.sd < 1.5 and learned.noise == pytest.approx(0.3, abs=0.12)


def test_an_emulator_of_noise_says_that_it_predicts_nothing():
    learned = emulate(POINTS, RNG.normal(size=80))
    assert learned.held_out < 0.15 and learned.error > 0.8
    assert np.ptp(learned.mean(POINTS)) == 0 and learned.sd == pytest.approx(1, abs=0.25)  # and pulls no row


def test_runs_without_a_value_are_left_out():
    values = np.where(np.arange(80) % 4 == 0, np.nan, POINTS[:, 0])
    learned = emulate(POINTS, values)
    assert 0 in learned.active and learned.held_out > 0.9
    with pytest.raises(TooFewRuns, match="10 runs with a value"):
        emulate(POINTS, np.where(np.arange(80) < 10, 1.0, np.nan))


def test_shares_are_compared_as_odds_and_counts_as_ratios():
    share, count = fact(20, 17, 23, "% of homes"), fact(100, 80, 120)
    assert scale(share, 50.0) == pytest.approx(0.0) and scale(share, 20.0) == pytest.approx(np.log(0.25))
    assert scale(count, 200) - scale(count, 100) == pytest.approx(np.log(2))
    assert scale(count, 0) == pytest.approx(np.log(5)) and np.isfinite(scale(share, 0)) and np.isfinite(scale(share, 100))


@pytest.fixture(scope="module")
def matched():
    """Two facts of three rows: the first is to be 1, the sum of the first two 0; of the third nothing is known."""
    values = np.stack([POINTS[:, 0], POINTS[:, 0] + POINTS[:, 1]], axis=1) + RNG.normal(size=(80, 2)) * 0.02
    facts = [fact(np.e, np.exp(0.8), np.exp(1.2), name="first"), fact(1, np.exp(-0.2), np.exp(0.2), name="sum")]
    return facts, match_of(facts, POINTS[:, :3], values)


def test_what_is_plausible_is_what_the_facts_leave(matched):
    facts, match = matched
    drawn = plausible(match, space(3))
    assert drawn.mean(axis=0) == pytest.approx([1, -1, 0], abs=0.15)
    assert (drawn.std(axis=0)[:2] < 0.35).all() and 1.2 < drawn.std(axis=0)[2] < 1.6  # all of the box: nothing is known of it
    at = best(match, space(3), drawn.mean(axis=0))
    assert at == pytest.approx([1, -1, 0], abs=0.1)
    of_facts, of_rows = told(facts, match, space(3), POINTS[:, :3], drawn, at)
    assert of_rows["identified"].tolist() == [True, True, False] and of_facts["within reach"].all()
    assert (of_facts["standard deviations off after"] < 0.5).all() and (of_facts["standard deviations off before"][0] > 5)


def test_ranges_of_the_registry_hold(matched):
    drawn = plausible(matched[1], space(3, 0.5))
    assert np.abs(drawn).max() <= 0.5 and np.abs(best(matched[1], space(3, 0.5), drawn.mean(axis=0))).max() <= 0.5


def test_what_no_point_reaches_is_named_and_bends_nothing_else(matched):
    facts, _ = matched
    far = [*facts, fact(np.exp(40), np.exp(39.8), np.exp(40.2), name="out of reach")]
    values = np.stack([POINTS[:, 0], POINTS[:, 0] + POINTS[:, 1], POINTS[:, 2]], axis=1)
    other = match_of(far, POINTS[:, :3], values)
    at = best(other, space(3), plausible(other, space(3)).mean(axis=0))
    assert at == pytest.approx([1, -1, 0], abs=0.15)
    of_facts, _ = told(far, other, space(3), POINTS[:, :3], POINTS[:20, :3], at)
    assert not of_facts["within reach"].iloc[-1] and other.implausibility(np.zeros((1, 3)))[0, -1] > FAR


def test_only_rows_with_a_doubt_are_fitted_and_only_facts_of_the_fitted_half_are_asked():
    parameters = Parameters(read_registry(REGISTRY))
    names = space_of(parameters).names
    assert len(names) > 50 and all(parameters.rows[name].grade == "F" for name in names)
    held = {fact.id for fact in read_facts() if fact.half != FITTED}
    asked = {fact.id for fact in facts_to_fit()}
    assert {"burglary_by_day", "robbed_under_35"} <= held and not held & asked and len(asked) > 60
    beyond = {fact.id for fact in read_facts() if fact.scope}
    assert {"not_a_victim", "women_hit_sexually"} <= beyond - held and not beyond & asked
    said = parameters.with_values({names[0]: parameters[names[0]] * 1.01})
    assert names[0] not in space_of(said).names and len(space_of(said).names) == len(names) - 1


def test_a_point_that_is_allowed_is_not_far_wherever_the_target_lies(matched):
    """A tolerance may end at its target; its middle is what is aimed at, and its ends are two standard deviations away."""
    edge = [fact(np.e, np.exp(0.6), np.e)]
    match = match_of(edge, POINTS[:, :3], np.stack([POINTS[:, 0]], axis=1))
    far = match.implausibility(np.array([[0.6, 0, 0], [0.8, 0, 0], [1.0, 0, 0]]))[:, 0]
    assert far == pytest.approx([2, 0, 2], abs=0.3)


def test_a_wave_lives_every_point_once_and_keeps_it(tmp_path, capsys):
    from rich.console import Console

    options = ["experiment=validate", "study.name=calibrate", "intervention=[]", "city=town", "population.residents=200", "city.side=8",
               "study.days=1", "study.warmup=1", f"results={tmp_path}"]  # fmt: skip
    config = jobs([*options, "seeds=1"])[0]
    found = space_of(config.parameters())
    points, runs = wave(found, options, 2, Console(quiet=True))
    assert points.shape == (2, len(found.names)) and len(runs) == 2 and np.abs(points).max() <= 2.5
    for run, point in zip(runs, points, strict=True):
        assert run.config["parameters"][found.names[0]] == pytest.approx(found.value[0] + found.sd[0] * point[0])
    before = {run.folder: (run.folder / "DONE").stat().st_mtime_ns for run in runs}
    again = wave(found, options, 2, Console(quiet=True))[1]
    assert {run.folder: (run.folder / "DONE").stat().st_mtime_ns for run in again} == before


def test_writing_changes_only_what_was_fitted(tmp_path):
    file = tmp_path / "parameters.csv"
    file.write_text(",".join(COLUMNS) + "\n" + 'a.x,1,m,0,9,0.5,triangular,F,s,"m, n"\na.y,2,m,0,9,,triangular,J,s,m\n', encoding="utf-8")
    write_registry(file, {"a.x": {"value": "3", "sd": "0.25"}})
    rows = read_registry(file)
    assert (rows[0].value, rows[0].sd, rows[0].meaning) == (3.0, 0.25, "m, n") and rows[1].value == 2.0 and np.isnan(rows[1].sd)


def test_a_wave_in_which_a_row_was_not_varied_is_refused_before_anything_is_lived(capsys):
    assert main(["--learn", "conf/evidence/waves/2026-11-25.csv"]) == 2
    assert "has no column offence.robbery.crowd" in capsys.readouterr().err


@pytest.mark.parametrize("points, says", [("-1", "--points -1"), ("39", "allowed is 40 or more")])
def test_too_few_points_are_refused_before_anything_is_lived(points, says, capsys):
    assert main(["--points", points]) == 2
    assert says in capsys.readouterr().err


def test_the_command_finds_what_was_planted_writes_it_and_says_so(tmp_path, monkeypatch, capsys):
    """The whole command, its worlds replaced by a rule: two facts that depend on two rows, and one that nothing moves."""
    rows = ("offence.assault.rate", "offence.robbery.rate")
    registry = tmp_path / "parameters.csv"
    shutil.copy(REGISTRY, registry)
    first, second = (next(row for row in read_registry(REGISTRY) if row.name == name) for name in rows)
    wanted = first.value + first.sd, second.value - 1.5 * second.sd
    facts = [fact(value, 0.97 * value, 1.03 * value, name=name) for name, value in zip(rows, wanted, strict=True)]
    facts.append(fact(1e6, 9e5, 1.1e6, name="out of reach"))

    def lived(table, options, console):
        return [{"none": row} for row in table.to_dict("records")]

    def value(run, asked):
        return [run[rows[0]], run[rows[1]], 1.0][: len(asked)]

    for name, fake in (
        ("live_points", lived),
        ("values_of", value),
        ("facts_to_fit", lambda: facts),
        ("REGISTRY", registry),
        ("STEPS", 80),
    ):
        monkeypatch.setattr(f"experiments.calibrate.{name}", fake)
    monkeypatch.setattr("experiments.calibrate.check_cities", lambda *_: None)
    with joblib.parallel_config(backend="sequential"):
        assert main(["--points", "60", "--write", f"results={tmp_path}"]) == 0
    found = {row.name: row for row in read_registry(registry)}
    for name, value_, before in zip(rows, wanted, (first, second), strict=True):
        assert found[name].value == pytest.approx(value_, abs=0.4 * before.sd) and found[name].sd <= before.sd
    said = capsys.readouterr().out
    table = pd.read_csv(tmp_path / "calibrate" / "report" / "facts.csv").set_index("fact")
    kept = tmp_path / "calibrate" / "report" / "wave.csv"
    again = space_of(Parameters(read_registry(REGISTRY)))
    points, values = read_wave(kept, again, facts)
    assert points.shape == (60, len(again.names)) and values[:, 0] == pytest.approx(
        again.value[again.names.index(rows[0])] + points[:, again.names.index(rows[0])] * again.sd[again.names.index(rows[0])], rel=1e-4
    )
    assert table["within reach"].to_dict() == {rows[0]: True, rows[1]: True, "out of reach": False} and "out of reach" in said
    others = [name for name, row in found.items() if row.grade != "F"]
    assert all(found[row.name].value == row.value for row in read_registry(REGISTRY) if row.name in others)
