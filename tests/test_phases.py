"""Where the time goes: every phase has its row, and a mistake is said in one line."""

import re
import subprocess
import sys

import numpy as np
import pytest

from experiments.phases import main, most_memory

TOWN = ["city=town", "city.side=20", "population.residents=800", "population.fraction=1.0", "study.warmup=1", "study.days=2"]


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    monkeypatch.setattr("experiments.phases.compile_kernels", lambda _: None)


def test_every_phase_has_its_time_and_they_add_up(capsys):
    assert main(TOWN) == 0
    said = capsys.readouterr().out
    rows = {name: [float(x) for x in numbers] for name, *numbers in re.findall(r"│ (\w+) +│ +([\d.]+) │ +([\d.]+) │ +([\d.]+) │", said)}
    assert list(rows) == [
        "live_morning", "open_day", "deal", "tempt", "feel", "choose", "move", "offend", "patrol", "settle", "close_day",
    ]  # fmt: skip
    assert sum(share for _, _, share in rows.values()) == pytest.approx(100, abs=0.6)
    assert float(re.search(r"([\d.]+) times bare movement", said)[1]) > 1


def test_a_mistake_is_said_in_one_line(capsys):
    assert main(["population.fraction=3"]) == 2
    assert "population.fraction=3" in capsys.readouterr().err


def test_scenarios_in_step_pay_for_residents_movement_about_once(capsys):
    """A companion walks only who decides otherwise there, so that moving all of them costs little more than moving one."""
    assert main([*TOWN, "--together", "intervention=[order_guards,cctv,womens_shelters]"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "5 scenarios in step" not in said and "4 scenarios in step on 3 streets" in said
    assert re.search(r"in all: [\d.]+ M \+ 3 O", said)


def test_memory_is_that_of_the_process_and_not_of_who_began_it():
    held = np.ones(2**27)  # a gibibyte
    code = "from experiments.phases import most_memory; print(most_memory())"
    told = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert 0.05 < told < 0.9 and most_memory() > held.nbytes / 2**30
