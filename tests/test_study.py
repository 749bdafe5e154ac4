"""The main job from end to end on a small town: what it leaves, that nothing is lived twice, that nothing is lost."""

import os
import shutil

import joblib
import numpy as np
import pandas as pd
import pytest
import yaml

import experiments.living as living
from experiments.baseline import baseline
from experiments.compare import COLUMNS, compare, ranking
from experiments.horizon import first_year
from experiments.launch import longer_study, main
from experiments.rare import rare
from experiments.report import duration, words
from experiments.report.__main__ import main as report_again
from experiments.report.section import moves, still
from experiments.report.tongue import Tongue, named_outcome
from experiments.study import load_study, note_of, pace
from sim.interventions import measures
from sim.outcomes.baseline import a_year
from sim.outcomes.log import COLUMNS as EVENT_COLUMNS
from sim.outcomes.measures import cost_msek, outcomes
from tests.conftest import made_by

JOB = ["city=town", "city.side=20", "population.residents=1500", "population.fraction=1.0", "study.name=town", "study.warmup=14",
       "study.days=14",
       "seeds=2", "launcher=one", "parameter.offence.vandalism.rate=2", "parameter.offence.bicycle_theft.rate=2"]  # fmt: skip


SCENARIOS = ["none", *sorted(measures()), "whole_pledge"]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a finished study of two worlds and every measure."""
    results = tmp_path_factory.mktemp("results")
    assert main([*JOB, f"results={results}"]) == 0
    return results / "town"


@pytest.fixture
def drawn():
    """For tests that look at pictures."""


@pytest.fixture(autouse=True)
def compiled(done, monkeypatch, request):
    """Kernels that the finished study has compiled need not be looked for again, nor pictures drawn that nobody looks at."""
    monkeypatch.setattr("experiments.living.compile_kernels", lambda _: None)
    monkeypatch.setattr("experiments.together.MANY", 10**9)
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr("experiments.report.write.drawn", lambda *_: [])


def tree(folder, but=("made.json",)):
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in but}


def test_every_run_is_whole(done):
    runs = load_study(done)
    assert len(runs) == 2 * len(SCENARIOS)
    assert sorted((r.config["scenario"], r.config["seed"]) for r in runs) == sorted((s, w) for s in SCENARIOS for w in (1, 2))
    for run in runs:
        of_people = ["victim_zone", "victim_age", "victim_woman", "offender_age", "offender_woman", "offender_home"]
        assert list(run.events.columns) == [*EVENT_COLUMNS, *of_people, "together", "investigated"]
        assert {"mode", "purpose", "trips"} <= set(run.trips.columns) and {"service", "day"} <= set(run.open.columns)
        assert run.daily["day"].tolist() == list(range(-14, 14))
        assert {"footfall", "guard_seconds", "treated", "evening_feel"} <= set(run.maps)
        assert yaml.safe_load((run.folder / "config.yaml").read_text())["seed"] == run.summary["seed"]


def test_the_daily_series_counts_what_the_log_says(done):
    for run in load_study(done):
        daily = run.daily[run.daily["day"] >= 0].set_index("day")
        events = run.events[run.events["happened"] == 1]
        names = list(run.summary["offences"])
        for layer in ("happened", "reported", "recorded"):
            counted = events[events[layer] == 1].groupby([events["time"] // 86_400, "kind"]).size()
            for k, name in enumerate(names):
                expected = [int(counted.get((d, k), 0)) for d in range(14)]
                assert daily[f"{layer}_{name}"].astype(int).tolist() == expected


def test_what_was_cleared_is_what_prosecutors_decided(done):
    for run in load_study(done):
        visits, daily = run.visits, run.daily[run.daily["day"] >= 0]
        street = visits["kind"] < len(run.summary["offences"])
        decided = visits[visits["service"].eq("prosecution") & visits["result"].eq("success") & street]
        cleared = daily[[f"cleared_{name}" for name in run.summary["offences"]]].to_numpy().sum()
        assert cleared == len(decided) == outcomes(run)["cleared"]
        assert (visits["ended"] >= visits["entered"]).all() and visits["ended"].between(0, 13).all()
        assert (visits["began"].isna() == visits["result"].eq("given up")).all()


def test_layers_only_narrow(done):
    for run in load_study(done):
        events = run.events
        assert (events["reported"] <= events["recorded"]).all()
        assert (events["arrested"] <= events["recorded"]).all()
        assert (events["recorded"] <= events["happened"]).all()


def test_the_comparison_has_its_columns_and_rows(done):
    table = pd.read_csv(done / "report" / "comparison.csv")
    assert list(table.columns) == COLUMNS
    assert set(table["intervention"]) == set(SCENARIOS[1:])
    assert (table["worlds"] == 2).all()
    assert (table.dropna(subset=["ci_low"])["ci_low"] <= table.dropna(subset=["ci_low"])["effect"] + 1e-9).all()
    costs = table.groupby("intervention")["cost_msek"].first()
    assert costs["order_guards"] == pytest.approx(100 * 0.56 * 14 / 365)
    assert costs["police_reinforcement"] == pytest.approx(100 * 1.1 * 14 / 365)


def test_the_first_year_of_a_longer_study_is_what_a_study_of_a_year_says(done, tmp_path, monkeypatch):
    """Of 14 days the first seven, against a study of seven."""
    monkeypatch.setattr("experiments.horizon.YEAR", 7)
    cut = first_year(load_study(done))
    assert main([*JOB, "study.days=7", "intervention=[order_guards,womens_shelters]", f"results={tmp_path}"]) == 0
    short = compare(load_study(tmp_path / "town"))
    wanted = ["intervention", "outcome", "baseline", "effect", "ci_low", "ci_high", "cost_msek", "cost_low", "verdict"]
    for label in ("order_guards", "womens_shelters"):
        one, other = (t[t["intervention"] == label].set_index("outcome")[wanted[2:]] for t in (cut, short))
        assert len(one) > 60
        pd.testing.assert_frame_equal(one.drop(columns="verdict"), other.loc[one.index].drop(columns="verdict"))
    monkeypatch.setattr("experiments.horizon.YEAR", 8)
    assert first_year(load_study(done)) is None


def test_every_known_figure_stands_beside_what_the_model_brings(done):
    runs = [run for run in load_study(done) if run.config["scenario"] == "none"]
    found, table = a_year(runs[0]), baseline(load_study(done)).set_index("figure")
    assert set(runs[0].summary["known"]) <= set(found) and set(runs[0].summary["known"]) < set(table.index)
    events = [run.events for run in runs]
    stolen = np.mean([e.loc[e["happened"].eq(1) & e["kind"].eq(4), "reported"].sum() for e in events]) * 365 / 14
    assert table.loc["bicycle_theft.year", "model"] == pytest.approx(stolen) and stolen > 0
    assert table.loc["partner_violence.victims", "said"] == "needs a year of study"
    assert table.loc["honour_oppression.violence", "said"] == "no figure was found"


def test_what_is_rare_is_told_world_by_world(done):
    runs = load_study(done)
    told = rare(runs)
    assert {"extremism", "child_marriage"} <= set(told)
    for name, by in told.items():
        hurts = [f"{name}.{t}" for t, rule in runs[0].summary["courses"][name]["transitions"].items() if rule.get("harm")]
        for label, counts in by.items():
            assert counts == sorted(int(run.harms["what"].isin(hurts).sum()) for run in runs if run.config["scenario"] == label)
    page = (done / "report" / "report.sv.html").read_text(encoding="utf-8")
    assert words("sv")["rare"] in page and words("sv")["known"] in page


def test_effects_are_the_differences_of_the_logs(done):
    runs = {(r.config["scenario"], r.config["seed"]): r for r in load_study(done)}
    table = pd.read_csv(done / "report" / "comparison.csv").set_index(["intervention", "outcome"])
    kinds = runs["none", 1].summary["offences"]
    hits = [i for i, k in enumerate(kinds.values()) if k["target"] != "market"]

    def happened(scenario, seed):
        events = runs[scenario, seed].events
        return int((events["happened"].eq(1) & events["kind"].isin(hits)).sum())

    for name in ("order_guards", "safe_transit"):
        differences = [happened(name, s) - happened("none", s) for s in (1, 2)]
        assert table.loc[(name, "happened"), "effect"] == pytest.approx(np.mean(differences))


def test_harm_is_weighed_as_the_study_says_and_nothing_is_lived_again_for_it(done, tmp_path, monkeypatch, capsys):
    again = shutil.copytree(done.parent, tmp_path / "again")
    monkeypatch.setattr(living, "build_world", lambda *_: pytest.fail("a finished world was lived again"))
    assert main([*JOB, f"results={again}", "study.harm=index"]) == 0
    assert "(years)" in capsys.readouterr().out  # of the index; the heading is wrapped
    report = again / done.name / "report"
    by_index = ranking(pd.read_parquet(report / "comparison.parquet"), "index")
    table = pd.read_parquet(report / "comparison.parquet").set_index(["intervention", "outcome"])
    for row in by_index.itertuples():
        assert row.per_krona == table.loc[(row.intervention, "harm_index_per_msek"), "effect"]
        assert row.verdict == table.loc[(row.intervention, "harm_index_per_msek"), "verdict"]
    assert words("sv")["weighed"]["index"] in (report / "report.sv.html").read_text(encoding="utf-8")
    assert pd.read_csv(done / "report" / "comparison.csv").equals(pd.read_csv(report / "comparison.csv"))


def test_the_longer_study_keeps_all_other_options_and_says_how_long_it_takes(done):
    runs, said = load_study(done), ["city=town", "population.residents=9", "study.days=14", "seeds=2", "intervention=[cctv,order_guards]"]
    longer = longer_study("year", said, runs)
    assert longer["command"].endswith(" experiment=year city=town population.residents=9 'intervention=[cctv,order_guards]'")
    days, jobs = 56 + 3 * 365, 10
    assert longer["takes_s"] == pytest.approx(days * jobs * pace(runs) / min(joblib.cpu_count(), jobs), abs=1)
    assert longer_study("", said, runs) == {}
    assert "parameter.offence.bicycle_theft.rate=2" in note_of(done)["command"]


@pytest.mark.parametrize("seconds, said", [(3, "5 min"), (2_900, "50 min"), (5_000, "1 h 25 min"), (7_200, "2 h"), (8_600, "2 h 20 min")])
def test_a_duration_is_said_as_people_say_it(seconds, said):
    assert duration(seconds) == said


def test_the_report_can_be_made_again_byte_for_byte(done, drawn, capsys):
    before = tree(done / "report")
    assert report_again([str(done)]) == 0
    assert tree(done / "report") == before


def test_finished_runs_are_not_lived_again(done, drawn, monkeypatch):
    def fail(*_):
        raise AssertionError("a finished world was lived again")

    before = tree(done)
    monkeypatch.setattr(living, "build_world", fail)
    assert main([*JOB, f"results={done.parent}"]) == 0
    after = tree(done)
    assert {k: v for k, v in after.items() if ".progress" not in str(k)} == {k: v for k, v in before.items() if ".progress" not in str(k)}


def test_a_lost_run_is_lived_again_from_the_saved_morning_and_is_the_same(done):
    run = next(r for r in load_study(done) if r.config["scenario"] == "order_guards" and r.config["seed"] == 2)
    before = tree(run.folder)
    shutil.rmtree(run.folder)
    assert main([*JOB, f"results={done.parent}"]) == 0
    assert tree(run.folder) == before


def test_a_failing_run_says_why_and_does_not_sink_the_rest(tmp_path, monkeypatch, capsys):
    from sim.interventions.cctv import Cctv

    def broken(self, levers, city, parameters):
        if levers.squads:  # in the model, where the police stand already; not in the check beforehand
            raise RuntimeError("the cameras were never delivered")

    monkeypatch.setattr(Cctv, "pull", broken)
    assert main([*JOB, f"results={tmp_path}", "seeds=1", "intervention=[cctv,order_guards]"]) == 1
    said = capsys.readouterr()
    assert "the cameras were never delivered" in said.err and "cctv" in said.err
    table = pd.read_csv(tmp_path / "town" / "report" / "comparison.csv")
    assert set(table["intervention"]) == {"order_guards"}
    failed = list((tmp_path / "town").glob("*/FAILED"))
    assert len(failed) == 1 and "RuntimeError" in failed[0].read_text()
    assert "cctv 1" in (tmp_path / "town" / "report" / "report.html").read_text(encoding="utf-8")


def test_runs_of_other_code_are_kept_apart(done, tmp_path, capsys):
    folder = tmp_path / "town"
    shutil.copytree(done, folder)
    old = next(r for r in load_study(folder) if r.config["scenario"] == "cctv" and r.config["seed"] == 1)
    made_by(old.folder, ["another", old.summary["versions"][1]])
    os.utime(old.folder / "DONE", (0, 0))
    assert len(load_study(folder)) == 2 * len(SCENARIOS) - 1
    assert "1 runs of other code or data are left out" in capsys.readouterr().err


def test_other_threads_leave_the_same_runs(tmp_path, done):
    assert main([*JOB, f"results={tmp_path}", "threads=2", "seeds=1", "intervention=[order_guards]"]) == 0
    for run in load_study(tmp_path / "town"):
        assert tree(run.folder) == tree(done / run.folder.name)


def test_a_measure_is_paid_from_the_day_on_which_it_starts(tmp_path):
    assert main([*JOB, f"results={tmp_path}", "seeds=1", "intervention=[order_guards]", "intervention.order_guards.start_day=7"]) == 0
    (run,) = [r for r in load_study(tmp_path / "town") if r.config["scenario"] == "order_guards"]
    assert [line["days"] for line in run.summary["bill"]] == [7]
    assert cost_msek(run.summary) == pytest.approx(100 * 0.56 * 7 / 365)


def test_swept_options_are_compared_apart(tmp_path):
    assert main([*JOB, f"results={tmp_path}", "seeds=1", "intervention=[order_guards]", "intervention.order_guards.strategy=hubs,random",
                 "study.days=14,15"]) == 0  # fmt: skip
    table = pd.read_csv(tmp_path / "town" / "report" / "comparison.csv")
    assert set(table["intervention"]) == {"order_guards (strategy=hubs)", "order_guards (strategy=random)"}
    assert set(table["variant"]) == {"study.days=14", "study.days=15"}


def test_the_table_does_not_depend_on_the_order_of_the_runs(done):
    runs = load_study(done)
    assert compare(runs).equals(compare(runs[::-1]))


def test_a_folder_without_runs_is_said(tmp_path, capsys):
    assert report_again([str(tmp_path)]) == 2
    assert "no finished run" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        report_again([])
    assert stopped.value.code == 2


DAMAGED = [
    ("summary.json", b"xx"),
    ("summary.json", b"{}"),
    ("config.yaml", b"a: ["),
    ("config.yaml", b"a: 1"),
    ("events.parquet", b"PAR1"),
    ("daily.parquet", None),
    ("maps.npz", b"junk"),
    ("maps.npz", None),
]


@pytest.mark.parametrize("name, content", DAMAGED)
def test_a_damaged_run_is_named_in_one_line(done, tmp_path, capsys, name, content):
    shutil.copytree(done, tmp_path / "town")
    run = next(path.parent for path in sorted((tmp_path / "town").glob("*/DONE")))
    (run / name).unlink()
    if content is not None:
        (run / name).write_bytes(content)
    assert report_again([str(tmp_path / "town")]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and str(run / name) in said[0] and "start the same study again" in said[0]


def test_a_world_that_a_scenario_lacks_is_missing(done, tmp_path, capsys):
    shutil.copytree(done, tmp_path / "town")
    run = next(run for run in load_study(tmp_path / "town") if run.config["scenario"] == "cctv" and run.summary["seed"] == 2)
    (run.folder / "DONE").unlink()
    assert report_again([str(tmp_path / "town")]) == 0
    assert "missing: cctv 2" in capsys.readouterr().err
    assert "cctv 2" in (tmp_path / "town" / "report" / "report.html").read_text(encoding="utf-8")


def test_every_outcome_and_unit_has_words_in_both_languages(done):
    runs = load_study(done)
    table = compare(runs)
    for language in ("en", "sv"):
        say = words(language)
        assert set(table["unit"]) <= say["units"].keys()
        named = [named_outcome(runs, outcome, Tongue(language, say)) for outcome in dict.fromkeys(table["outcome"])]
        assert len(set(named)) == len(named) and not any("{" in name or "_" in name for name in named)


def test_a_study_without_a_measure_ends_with_the_city_as_it_is(tmp_path, drawn, capsys):
    assert main([*JOB, f"results={tmp_path}", "seeds=1", "intervention=[]"]) == 0
    assert "Nothing is compared here" in capsys.readouterr().out
    report = tmp_path / "town" / "report"
    assert len(pd.read_csv(report / "comparison.csv")) == 0
    page = (report / "report.sv.html").read_text(encoding="utf-8")
    assert "Här jämförs ingenting" in page and 'id="picture-series"' in page and 'id="picture-ranking"' not in page
    assert {p.stem for p in (report / "figures").glob("*.en.png")} == {"maps.en", "series.en"}


def test_measures_that_change_nothing_are_named_and_leave_no_row():
    rows = [("Guards", [{"effect": 0.0}, {"effect": -2.0}]), ("Lanterns", [{"effect": 0.0}, {"effect": float("nan")}])]
    assert [title for title, _ in moves(rows)] == ["Guards"]
    assert still(rows, words("en")) == "No change in any of these columns: Lanterns." and still(rows[:1], words("sv")) == ""
    assert moves(rows[1:]) == rows[1:]
