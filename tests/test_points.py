"""Worlds that take their uncertain numbers from a table."""

import pytest

from experiments.study import run_id
from sim.compose import jobs
from sim.options import ConfigError

TOWN = ["city=town", "population.residents=300", "city.side=10", "experiment=single", "intervention=[]"]


def table(tmp_path, text):
    file = tmp_path / "points.csv"
    file.write_text(text, encoding="utf-8")
    return f"study.points={file}"


def test_every_world_takes_its_row_and_the_rows_begin_again(tmp_path):
    said = table(tmp_path, "walk.speed,plan.stop\n1.1,0.2\n1.2,0.3\n1.3,0.4\n")
    configs = [jobs([*TOWN, said, f"seed={seed}"])[0] for seed in (1, 2, 3, 4)]
    assert [c.overrides["walk.speed"] for c in configs] == [1.1, 1.2, 1.3, 1.1]
    assert [c.parameters()["plan.stop"] for c in configs] == [0.2, 0.3, 0.4, 0.2]
    plain = jobs([*TOWN, "seed=2", "parameter.walk.speed=1.2", "parameter.plan.stop=0.3"])[0]
    assert run_id(plain, "none") == run_id(configs[1], "none")  # how a number was set makes no other run of it


def test_several_rows_may_be_lived_by_one_world(tmp_path):
    said = table(tmp_path, "walk.speed,world\n1.1,7\n1.2,7\n1.3,8\n")
    configs = [jobs([*TOWN, said, f"seed={seed}"])[0] for seed in (1, 2, 3)]
    assert [(c.seed, c.overrides["walk.speed"]) for c in configs] == [(7, 1.1), (7, 1.2), (8, 1.3)]
    assert "world" not in configs[0].overrides


def test_a_changed_table_is_read_again(tmp_path):
    said = table(tmp_path, "walk.speed\n1.1\n")
    assert jobs([*TOWN, said])[0].overrides["walk.speed"] == 1.1
    table(tmp_path, "walk.speed\n1.25\n1.3\n")
    assert jobs([*TOWN, said])[0].overrides["walk.speed"] == 1.25


@pytest.mark.parametrize(
    "text, says",
    [
        ("walk.speed\n9\n", "parameter.walk.speed=9: out of range"), ("walk.sped\n1\n", "parameter.walk.sped: no such parameter"),
        ("walk.speed\n", "a row of numbers"), ("", "a row of numbers"), ("walk.speed\nfast\n", "CSV"), ("walk.speed\nnan\n", "no gaps"),
        ("walk.speed,plan.stop\n1.1\n", "no gaps"),
        ("walk.speed,walk.speed\n1.1,1.2\n", "two columns"), ("walk.speed,world\n1.1,2.7\n", "whole numbers"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_refused_in_one_line(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says) as told:
        jobs([*TOWN, table(tmp_path, text)])
    assert "\n" not in str(told.value)


def test_what_the_table_and_the_command_line_both_set_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="parameter.walk.speed=1.2: the table"):
        jobs([*TOWN, table(tmp_path, "walk.speed\n1.1\n"), "parameter.walk.speed=1.2"])
