"""Questions in SQL about the saved runs of a study."""

import pandas as pd
import pytest
from rich.console import Console

from experiments.launch import answered, live_all
from experiments.query import main
from experiments.study import load_study
from sim.compose import jobs

JOB = ["city=town", "city.side=12", "population.residents=600", "population.fraction=1.0", "study.name=town", "study.warmup=1",
       "study.days=2", "intervention=[cctv]", "seeds=2", "launcher=one", "parameter.offence.vandalism.rate=3"]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    results = tmp_path_factory.mktemp("it's")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.living.compile_kernels", lambda _: None)
        said = [*JOB, f'results="{results}"']
        assert answered(lambda options, console: int(bool(live_all(jobs(options), console)[1])), said, Console(stderr=True)) == 0
    return results / "town"


def answer(folder, question, file):
    assert main([str(folder), question, "--csv", str(file)]) == 0
    return pd.read_csv(file)


def test_the_tables_are_those_of_the_runs(folder, tmp_path):
    counted = answer(folder, "select scenario, seed, count(*) as events from events group by all", tmp_path / "a.csv")
    counted = counted.set_index(["scenario", "seed"])["events"].to_dict()
    told = {(run.config["scenario"], run.summary["seed"]): len(run.events) for run in load_study(folder)}
    assert sum(told.values()) > 0 and counted == {key: n for key, n in told.items() if n}
    days = answer(
        folder, "select runs.seed, count(*) as days from daily join runs using (run) group by all order by all", tmp_path / "b.csv"
    )
    assert days["days"].tolist() == [2 * 3, 2 * 3]  # of two scenarios, the warm-up with it
    assert (answer(folder, "select seconds from runs", tmp_path / "c.csv")["seconds"] > 0).all()


def test_without_a_question_the_tables_are_listed(folder, capsys):
    assert main([str(folder)]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("events", "runs", "visits", "victim_age", "measures"))


MISTAKES = [
    (["select nothing from events"], "nothing"), (["selec 1"], "selec 1"),
    (["select 1", "--csv", "/nowhere/a.csv"], "--csv /nowhere/a.csv"),
]  # fmt: skip


@pytest.mark.parametrize("said, told", MISTAKES)
def test_a_mistake_is_said_in_one_line(folder, said, told, capsys):
    assert main([str(folder), *said]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and told in lines[0]


@pytest.mark.parametrize("place", ["nothing-there", "."])
def test_a_folder_without_runs_is_named(place, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([place, "select 1"]) == 2
    assert place in capsys.readouterr().err
