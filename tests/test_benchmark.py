"""The benchmark: every implementation walks, the one in C walks as the kernel does, and the table says what was measured."""

import csv

import numpy as np
import pytest

from experiments.benchmark import native
from experiments.benchmark.__main__ import KERNEL, RATIOS, main
from experiments.benchmark.city import Day, live, moving_everyone
from experiments.benchmark.movement import IMPLEMENTATIONS, Skipped, bandwidth, set_out, with_mesa
from experiments.benchmark.walks import SPEED, make_town, make_walks, next_destinations


@pytest.fixture(scope="module")
def town():
    return make_town()


@pytest.mark.parametrize("threads", [1, 2])
def test_the_walks_in_c_are_those_of_the_kernel_to_the_last_bit(town, threads):
    try:
        native.compiled()
    except native.NoCompiler as cause:
        pytest.skip(str(cause))
    mine, other = (make_walks(town, 3000, threads) for _ in range(2))
    draws = [np.random.default_rng(3) for _ in range(2)]
    for _ in range(3):
        for walks, draw, how in zip((mine, other), draws, (set_out, native.set_out), strict=True):
            next_destinations(town, walks, draw)
            how(town, walks)
        assert mine.walked.street.sum() > 0 and np.array_equal(mine.walked.street, other.walked.street)
        assert np.array_equal(mine.where.trip, other.where.trip) and np.array_equal(mine.walked.stays, other.walked.stays)
        assert np.array_equal(mine.walked.passing, other.walked.passing)
        noted = mine.walked.passing.max()
        assert np.array_equal(mine.walked.passers[:, :, :noted], other.walked.passers[:, :, :noted])
    assert not mine.failed.any() and not other.failed.any()


def test_what_the_kernel_is_held_against_is_measured():
    assert all(threads in IMPLEMENTATIONS[name][1] for _, _, (name, threads), _ in RATIOS)
    assert all(threads in IMPLEMENTATIONS[KERNEL][1] for _, threads, _, _ in RATIOS)


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_every_implementation_moves_agents(town, name):
    run, threads = IMPLEMENTATIONS[name]
    try:
        rates = [run(town, 2000, 0.01, n) for n in threads]
    except Skipped as cause:
        pytest.skip(str(cause))
    assert all(1e4 < rate < 1e10 for rate in rates)


def test_an_object_for_each_of_millions_is_skipped_with_a_reason(town):
    with pytest.raises(Skipped, match="5,000,000 agents"):
        with_mesa(town, 5_000_000, 1.0, 1)


def test_a_table_and_a_file_tell_what_was_measured(tmp_path, capsys):
    said = ["movement", "--agents", "2000", "--seconds", "0.02", "--rounds", "1", "--csv", str(tmp_path / "speed.csv")]
    assert main(said) == 0
    out = capsys.readouterr().out
    assert "2,000" in out and "two threads ÷ one" in out and "GB/s" in out
    with open(tmp_path / "speed.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    measured = {(row["implementation"], int(row["threads"])) for row in rows if row["workload"] == "walks"}
    assert {("plain Mesa", 1), ("NumPy", 1), ("the movement kernel", 1), ("the movement kernel", 2)} <= measured
    assert all(float(row["value"]) > 0 for row in rows)


@pytest.mark.parametrize("said", [["nothing"], ["--rounds", "0"], ["--csv", "/nowhere/there.csv"]])
def test_a_mistake_is_said_in_one_line(said, capsys):
    assert main(said) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_day_of_a_city_is_measured_with_all_measures_on():
    day = live("a town", ("city=town", "city.side=30", "population.residents=3000", "threads=1"), 1)
    assert day.people > 3000 and day.cells == 32**2
    assert day.people < day.trips < 5 * day.people and 0 < day.bare < day.whole


def test_moving_everyone_is_paid_for_whoever_stands_still():
    """10,000 residents who enter a cell of 50 m every 50 / speed seconds, at a million updates a second."""
    day = Day("a town", 10_000, 1000, 1.0, 0.0, 1.0, 1.0, 1.0)
    assert moving_everyone(day, 50.0, 1e6) == pytest.approx(86_400 * SPEED.speed / 50.0 * 0.01)


def test_bandwidth_is_that_of_a_memory():
    assert 1e8 < bandwidth(0.05, 1) < 1e13
