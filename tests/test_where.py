"""Where and how: the same measure in other places, at other hours, with other options."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.chances import among
from experiments.decide.__main__ import main
from experiments.decide.where import in_month, parted, questions
from sim.compose import jobs
from sim.options import ConfigError
from tests.test_decide import TOWN

ASKED = ["~decide.cameras", "~decide.guards_from.choices.all", "~decide.guards_from.choices.day"]


def asked(*overrides):
    config = jobs(["experiment=decide/where", "seeds=1", *overrides])[0]
    return questions(config.decide, config.study)


def test_the_study_file_asks_about_places_shifts_cameras_and_lamps():
    found = asked()
    assert {q: list(c) for q, c in found.items()} == {
        "guards_at": ["hot_spots", "hubs", "burdened", "spread"], "guards_from": ["all", "day", "evening", "night"],
        "cameras": ["watched", "recorded"], "lamps": ["near", "farther"],
    }  # fmt: skip
    assert found["guards_from"]["night"]["order_guards"].roster == "night" and not found["cameras"]["recorded"]["cctv"].monitored
    assert found["guards_at"]["spread"]["order_guards"].dose == 1.0 and not found["lamps"]["near"]["safe_transit"].cleaning
    assert parted("guards_at hot_spots") == ("guards_at", "hot_spots")


@pytest.mark.parametrize(
    "override, says",
    [
        (
            "decide.lamps.choices.near.measures.safe_transit.dose=99",
            "decide.lamps.choices.near.measures.safe_transit.dose=99.0: out of range",
        ),
        ("~decide.lamps.sv", "decide.lamps.sv: missing"),
        ("+decide.lamps.choices.near.measures.moon={}", "decide.lamps.choices.near.measures.moon: no such option"),
        ("decide.guards_from.choices.night.measures.order_guards.roster=dawn", "order_guards.roster=dawn: allowed are all, day"),
    ],
)
def test_a_wrong_choice_is_told_in_one_line(override, says):
    with pytest.raises(ConfigError, match=says.replace("{", "\\{")):
        asked(override)


def test_a_planted_best_choice_is_found_and_one_that_loses_is_worse_than_nothing():
    worlds = np.random.default_rng(1).normal(0, 0.2, (6, 1))
    gains = {"where good": 2 + worlds, "where fair": 1 + worlds, "where bad": -1 + worlds}
    table = among(gains).set_index("choice")
    assert table["best"].idxmax() == "where good" and table.loc["where good", "best"] > 0.99
    assert table.loc["where bad", "loss"] == pytest.approx(3, abs=0.01) and table.loc["none", "best"] < 0.01


def run_of(times_s, first="2018-01-01", days=365):
    events = pd.DataFrame({"happened": 1, "kind": 0, "time": times_s})
    return SimpleNamespace(events=events, summary={"offences": {"x": {"target": "thing"}}, "first_date": first, "days": days})


def test_months_are_counted_by_the_calendar_and_only_where_they_are_whole():
    day = 86_400
    assert in_month(run_of([0, 150.9 * day, 151 * day, 180.9 * day, 181.1 * day, 364 * day]), 6) == 2
    assert in_month(run_of([0, 364 * day]), 12) == 1
    assert np.isnan(in_month(run_of([day], days=14), 12))


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """Two questions in two worlds of a small town; the study's folder."""
    folder = tmp_path_factory.mktemp("where")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.living.compile_kernels", lambda _: None)
        assert main(["where", *TOWN, *ASKED, "~decide.guards_at", "seeds=2", f"results={folder}"]) == 0
    return folder / "where"


def test_every_choice_is_lived_and_told_with_its_side_effects(lived, capsys):
    table = pd.read_csv(lived / "report" / "where.csv")
    assert table["question"].tolist() == ["guards_from"] * 2 + ["lamps"] * 2
    assert set(table["choice"]) == {"evening", "night", "near", "farther"}
    guards = table[table["question"] == "guards_from"]
    assert guards["cost"].nunique() == 1 and guards["averted"].nunique() == 2  # the same money, at other hours
    lamps = table[table["question"] == "lamps"].set_index("choice")
    assert 2 < lamps.loc["farther", "cost"] / lamps.loc["near", "cost"] < 3.1  # the town ends before three times the area
    assert {"watched_hours", "evidence", "scenario", "best", "loss"} <= set(table.columns) and table["december"].isna().all()
    assert all((lived / "report" / "figures" / f"where.{language}.png").stat().st_size > 15_000 for language in ("en", "sv"))
    assert main(["where", str(lived)]) == 0
    said = capsys.readouterr().out
    assert "When should a hundred guards walk?" in said and "by night" in said


def test_runs_that_answer_no_such_question_are_told_in_one_line(lived, tmp_path, capsys):
    for done in lived.glob("*/DONE"):
        (tmp_path / done.parent.name).symlink_to(done.parent)
    assert main(["where", str(tmp_path)]) == 2
    assert "these runs answer no such questions" in capsys.readouterr().err
