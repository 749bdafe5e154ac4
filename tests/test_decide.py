"""Studies that end in a choice, lived in a small town and asked again from disk."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from experiments.decide.__main__ import main, studies, words
from experiments.decide.mix import affordable
from experiments.decide.money import at_budget, at_budgets, of_harm, parted, yearly_msek
from experiments.report.tongue import Tongue
from sim.interventions import Cost, Measure, measures

TOWN = ["city=town", "city.side=20", "population.residents=1200", "population.fraction=1", "study.warmup=3", "study.days=14",
        "intervention=[order_guards,cctv]", "intervention.order_guards.dose=3", "launcher=one",
        "parameter.offence.vandalism.rate=3", "parameter.offence.bicycle_theft.rate=2",
        "parameter.offender.participation=0.05"]  # fmt: skip


@pytest.fixture(scope="module")
def sure(tmp_path_factory):
    """The study `sure`, which asks after two, three and four worlds; its folder."""
    folder = tmp_path_factory.mktemp("decide")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.living.compile_kernels", lambda _: None)
        asked = ["decide.worlds=2", "decide.step=1", "decide.budget=4", "decide.bound=0", f"results={folder}"]
        assert main(["sure", *TOWN, *asked]) == 0
    return folder / "sure"


def test_worlds_are_lived_until_the_budget_is_spent(sure):
    steps = pd.read_csv(sure / "report" / "steps.csv")
    assert steps["worlds"].tolist() == [2, 3, 4] and (steps["loss"] >= 0).all() and steps["best"].between(0, 1).all()
    assert len(list(sure.glob("*/DONE"))) == 4 * 3


def test_tables_say_how_sure_each_choice_is(sure):
    table = pd.read_csv(sure / "report" / "sure_harm_averted_per_msek.csv").set_index("choice")
    assert set(table.index) == {"none", "order_guards", "cctv"} and table["best"].sum() == pytest.approx(1)
    assert (table["rank_low"] <= table["rank"]).all() and (table["rank"] <= table["rank_high"]).all()
    assert np.isnan(table.loc["none", "p"]) and (table["p_adjusted"].dropna() >= table["p"].dropna() - 1e-12).all()
    weeks = pd.read_csv(sure / "report" / "weeks.csv")
    last = weeks[weeks["week"] == 2].set_index("choice")["effect"]
    assert last.to_dict() == pytest.approx(table["effect"].dropna().to_dict())  # of two whole weeks: all there is
    for name in ("sure", "weeks"):
        assert all((sure / "report" / "figures" / f"{name}.{language}.png").stat().st_size > 8000 for language in ("en", "sv"))


def test_saved_runs_are_asked_without_living_anything(sure, capsys):
    before = {path: path.stat().st_mtime_ns for path in sure.glob("*/DONE")}
    assert main(["sure", str(sure)]) == 0
    said = capsys.readouterr().out
    assert "How sure" in said and ("Best: " in said or "A tie" in said)
    assert {path: path.stat().st_mtime_ns for path in sure.glob("*/DONE")} == before
    assert main(["money", str(sure)]) == 2
    assert "these runs are not of measures at budgets" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["moon"], "decide moon: no such study; there are"),
        (["sure", "nowhere"], "nowhere: name one folder of finished runs"),
        (["sure", "decide.budget=1"], "decide.budget=1: out of range"),
        (["sure", "+decide.boundary=1"], "decide.boundary: no such option"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments, says, capsys, tmp_path):
    assert main([*arguments, *([f"results={tmp_path}", *TOWN] if "=" in arguments[-1] else [])]) == 2
    assert says in capsys.readouterr().err


def test_every_study_says_what_it_asks_and_the_main_job_does_not_live_it(capsys):
    from experiments.launch import main as job

    assert "sure" in studies()
    assert job(["experiment=decide/sure"]) == 2
    assert "python -m experiments.decide" in capsys.readouterr().err


@pytest.mark.parametrize("study, worlds, runs", [("sure", 3, 9), ("where", 2, 26), ("money", 2, 10), ("mix", 2, 42), ("doubt", 20, 60)])
def test_a_plan_says_how_many_runs_before_any_is_lived(study, worlds, runs, capsys, tmp_path):
    said = {"sure": "decide.budget=3", "where": "seeds=2", "money": "decide.budgets='2,20'", "mix": "decide.mixes=20",
            "doubt": "decide.points=20"}[study]  # fmt: skip
    more = {"money": ["seeds=2"], "mix": ["seeds=2", "decide.budget=8"], "doubt": ["decide.budget=2"]}.get(study, [])
    assert main([study, "--plan", *TOWN, said, *more, f"results={tmp_path}"]) == 0
    told = capsys.readouterr().out
    assert f"{worlds} worlds, {runs} runs, of which 0 are there; {worlds * 3 + runs * 14} days to live." in told
    assert "on this machine" in told and not list(tmp_path.glob("*/*/DONE"))


def test_a_plan_knows_what_is_there(sure, capsys):
    asked = ["decide.worlds=2", "decide.step=1", "decide.budget=5", f"results={sure.parent}"]
    assert main(["sure", "--plan", *TOWN, *asked]) == 0
    assert "5 worlds, 15 runs, of which 12 are there; 45 days to live. At most" in capsys.readouterr().out
    assert main(["sure", str(sure), "--plan"]) == 2


# Equal money.


def priced(per_dose, step=0.0):
    """A measure that costs so many million SEK a year for each dose, in steps of so many where that is asked."""

    @dataclass(frozen=True)
    class Priced(Measure):
        def bill(self, city, parameters):
            units = self.dose * per_dose
            return [Cost("unit", step * round(units / step) if step else units, running=1e6)]

    return Priced()


def test_doses_cost_what_the_budget_says_or_the_measure_stands_aside():
    prices = {"price.interest": 0.03}
    dosed, why = at_budget(priced(4.0), 10, None, prices)
    assert dosed.dose == pytest.approx(2.5) and why is None and yearly_msek(dosed, None, prices) == pytest.approx(10)
    assert at_budget(priced(4.0), 50, None, prices) == (None, "takes 40 million SEK a year at most, at 10 times the registry's quantity")
    assert "comes in steps" in at_budget(priced(4.0, step=3.0), 10, None, prices)[1]
    choices, aside = at_budgets({"cheap": priced(0.5), "dear": priced(30.0)}, [5, 60], None, prices)
    assert list(choices) == ["cheap 5", "dear 5", "dear 60"] and [row[:2] for row in aside] == [("cheap", 60)]
    assert parted("dear 60") == ("dear", 60.0)


def test_a_rule_has_no_dose_and_stands_once_at_what_it_costs():
    @dataclass(frozen=True)
    class Rule(type(priced(4.0))):
        rule = True

    choices, aside = at_budgets({"law": Rule(dose=7.0), "cheap": priced(0.5)}, [2, 5], None, {"price.interest": 0.03})
    assert list(choices) == ["law 4", "cheap 2", "cheap 5"] and not aside and choices["law 4"]["law"].dose == 1.0
    assert at_budget(Rule(), 8, None, {"price.interest": 0.03}) == (None, "is a rule, the whole of which costs 4 million SEK a year")
    assert affordable(Rule(), 100, None, {"price.interest": 0.03}).dose == 1.0
    assert [name for name, measure in measures().items() if measure.rule] == ["crown_witness", "emergency_services_offence"]


@pytest.fixture(scope="module")
def bought_runs(tmp_path_factory):
    """Two measures at two budgets, and a rule, in two worlds of a small town; the study's folder."""
    folder = tmp_path_factory.mktemp("money")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.living.compile_kernels", lambda _: None)
        chosen = [said.replace("guards,cctv]", "guards,cctv,crown_witness]") for said in TOWN]
        assert main(["money", *chosen, "seeds=2", "decide.budgets='2,20'", f"results={folder}"]) == 0
    return folder / "money"


def test_every_measure_is_lived_at_every_budget_and_told_with_its_side_effects(bought_runs):
    table = pd.read_csv(bought_runs / "report" / "money.csv")
    rules = table[table["rule"]]
    assert rules["measure"].tolist() == ["crown_witness"] and rules["decides"].tolist() == ["state"]
    assert set(table["choice"]) - set(rules["choice"]) == {"cctv 2", "cctv 20", "order_guards 2", "order_guards 20"}
    assert table["cost"].to_numpy() == pytest.approx(table["budget"].to_numpy(), rel=0.02)
    guards = table[table["measure"] == "order_guards"].set_index("budget")
    further = (guards.loc[20, "averted"] - guards.loc[2, "averted"]) / (guards.loc[20, "cost"] - guards.loc[2, "cost"])
    assert guards.loc[20, "marginal"] == pytest.approx(further) and guards.loc[2, "marginal"] == pytest.approx(guards.loc[2, "per_krona"])
    assert {"watched_hours", "wrongful_detentions", "evidence", "scenario"} <= set(table.columns) and table["valued"].all()
    curves = sorted(file.name for file in (bought_runs / "report").glob("acceptability_*.csv"))
    assert curves == ["acceptability_2.csv", "acceptability_20.csv"]  # the city's choices alone
    curve = pd.read_csv(bought_runs / "report" / "acceptability_20.csv", index_col="worth")
    assert curve.sum(axis=1).to_numpy() == pytest.approx(1) and curve["none"].iloc[0] == 1  # harm that is worth nothing is worth no money
    assert (bought_runs / "report" / "figures" / "money.sv.png").stat().st_size > 20_000


def test_harm_without_a_price_is_a_dash_and_not_nought():
    row = {
        "averted": 0.0,
        "averted_low": 0.0,
        "averted_high": 0.0,
        "per_krona": 0.0,
        "marginal": 0.0,
        "marginal_low": 0.0,
        "marginal_high": 0.0,
    }
    tongue = Tongue("en", words("en"))
    assert of_harm(row | {"valued": False}, tongue) == ["–", "–", "–"] and of_harm(row | {"valued": True}, tongue)[1] == "0.00"


def test_wrong_budgets_are_told_in_one_line(capsys, tmp_path):
    for budgets in ("ten", "0,5"):
        assert main(["money", f"decide.budgets='{budgets}'", f"results={tmp_path}", *TOWN]) == 2
        assert f"decide.budgets={budgets}: must be amounts in million SEK" in capsys.readouterr().err
