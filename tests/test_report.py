"""The report of a small study: every picture shows the numbers of the saved data, and the page says what the tables say."""

import base64
import io
import re
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from rich.console import Console
from scipy.stats import t as student

from experiments.compare import compare, first_variant
from experiments.effects import BETTER, UNVALUED
from experiments.launch import main
from experiments.money import INDEX, MONEY, NET
from experiments.report import words
from experiments.report.__main__ import main as report_again
from experiments.report.atlas import Field, Ground, classes, edges, fields, rounded, unsure
from experiments.report.figures import pictures_of, plane
from experiments.report.hundred import of_a_hundred
from experiments.report.maps import apart, encoded, image_of, lines, picture_of_change, picture_of_maps, scales, veiled
from experiments.report.page import answer, cards, changed, chart
from experiments.report.section import effect, telling, times
from experiments.report.table import print_table
from experiments.report.tongue import Tongue
from experiments.report.twin import BOTH, WITH, WITHOUT, played, twins
from experiments.report.write import WHOLE, gather
from experiments.study import load_study, missing_runs, note_of
from sim.outcomes.measures import hits, outcomes

JOB = ["city=town", "city.side=20", "population.residents=1500", "population.fraction=1.0", "study.name=shown", "study.warmup=14",
       "study.days=14", "intervention=[order_guards,cctv,child_marriage]", "seeds=3", "launcher=one",
       "parameter.offence.vandalism.rate=3", "parameter.offence.bicycle_theft.rate=3", "parameter.offence.assault.rate=4"]  # fmt: skip
NAMES = ["cctv", "child_marriage", "order_guards"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    results = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.living.compile_kernels", lambda _: None)  # a single process compiles what it needs
        assert main([*JOB, f"results={results}"]) == 0
    return results / "shown"


@pytest.fixture(scope="module")
def told(folder):
    runs = load_study(folder)
    return gather(runs, compare(runs), note_of(folder), missing_runs(folder, runs))


@pytest.fixture(scope="module")
def tongue(told):
    return Tongue("en", words("en")).naming(told.runs, told.labels)


@pytest.fixture(scope="module")
def pictures(told, tongue):
    return {picture.name: picture for picture in pictures_of(told.runs, told.table, tongue)}


def of(told, scenario):
    return {run.summary["seed"]: run for run in told.runs if run.config["scenario"] == scenario}


def points(axis):
    """The middles that an axis of intervals shows, from the bottom up, as numbers across."""
    shown = axis.collections[1].get_offsets().data
    return shown[np.argsort(shown[:, 1]), 0]


def test_the_ranking_shows_the_effects_of_the_comparison(told, pictures):
    by = told.table.set_index(["intervention", "outcome"])
    rows = pictures["ranking"].table
    for row in rows.itertuples():
        outcome = {"happened_pct": "happened", "per_krona": "harm_averted_per_msek", "safe_share": "safe_share"}[row.outcome]
        saved = by.loc[(row.intervention, outcome)]
        if saved["verdict"] == UNVALUED:
            assert row.intervention == "child_marriage" and row.outcome == "per_krona" and np.isnan(row.effect)
            continue
        assert row.effect == pytest.approx(saved["effect_pct"] if row.outcome == "happened_pct" else saved["effect"])
        scale = 100 / saved["baseline"] if row.outcome == "happened_pct" else 1.0
        assert (row.ci_low, row.ci_high) == pytest.approx((scale * saved["ci_low"], scale * saved["ci_high"]), nan_ok=True)
    drawn = pictures["ranking"].draw()
    for axis, name in zip(drawn.axes, ("happened_pct", "per_krona", "safe_share"), strict=True):
        assert points(axis)[::-1] == pytest.approx(rows.loc[rows["outcome"].eq(name), "effect"].to_numpy(), nan_ok=True)


def test_felt_safety_per_krona_is_points_for_what_a_year_costs(told, pictures):
    rows = pictures["safety"].table.set_index(["outcome", "intervention"])
    for name in NAMES:
        cost = np.mean([sum(line["yearly_sek"] for line in run.summary["bill"]) for run in of(told, name).values()]) / 1e6
        gained = [outcomes(run)["safe_share"] - outcomes(of(told, "none")[seed])["safe_share"] for seed, run in of(told, name).items()]
        assert rows.loc[("safe_share", name), "effect"] == pytest.approx(np.mean(gained))
        assert rows.loc[("safe_share_per_msek", name), "effect"] == pytest.approx(100 * np.mean(gained) / cost)


def test_the_plane_shows_yearly_costs_and_averted_harm(told, pictures):
    rows = pictures["plane"].table.set_index("intervention")
    harm = {seed: outcomes(run)["harm"] for seed, run in of(told, "none").items()}
    assert set(rows.index) == {"cctv", "order_guards"}  # what child marriage does to its victims has no price
    for name in rows.index:
        averted = np.mean([harm[seed] - outcomes(run)["harm"] for seed, run in of(told, name).items()]) * 365 / 14
        assert rows.loc[name, "averted"] == pytest.approx(averted)
        assert rows.loc[name, "averted_low"] <= averted <= rows.loc[name, "averted_high"]
    assert rows.loc["order_guards", "cost"] == pytest.approx(56.0)
    drawn = [line for line in pictures["plane"].draw().axes[0].lines if line.get_marker() not in ("None", None, "")]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in drawn] == [(r.cost, r.averted) for r in rows.itertuples()]
    pd.testing.assert_frame_equal(plane(told.table, 14).reset_index(drop=True), pictures["plane"].table)


def test_types_journeys_and_days_show_what_was_saved(told, pictures):
    by = told.table.set_index(["intervention", "outcome"])
    for row in pictures["types"].table.itertuples():
        saved = by.loc[(row.intervention, row.outcome)]
        assert row.effect == pytest.approx(100 * saved["effect"] / saved["baseline"] if saved["baseline"] else np.nan, nan_ok=True)
    for row in pictures["journeys"].table.itertuples():
        assert row.effect == by.loc[(row.intervention, row.outcome), "effect"]
    drawn = pictures["journeys"].draw()
    assert len({axis.get_xlim() for axis in drawn.axes}) == 1  # one scale
    rows = pictures["series"].table.set_index(["scenario", "day"])
    kinds = told.runs[0].summary["offences"]
    names = [f"happened_{name}" for name, kind in kinds.items() if kind["target"] != "market"]
    for scenario in ("none", "order_guards"):
        saved = np.mean([run.daily.set_index("day")[names].sum(axis=1) for run in of(told, scenario).values()], axis=0)
        assert rows.loc[scenario, "offences"].to_numpy() == pytest.approx(saved)
        assert rows.loc[(scenario, 13), "weekly"] == pytest.approx(saved[-7:].mean())
    before = rows.index.get_level_values("day") < 0
    assert rows.loc[before, "change"].eq(0).all() and rows.loc["child_marriage", "change"].eq(0).all()
    upper, lower = pictures["series"].draw().axes[:2]
    assert upper.lines[0].get_ydata() == pytest.approx(rows.loc["none", "weekly"].to_numpy())
    assert len(lower.lines) == 2 + 2  # none, and where measures begin; guards and cameras: what changes nothing has no line


def a_table(effect, half, worlds, baseline=100.0):
    row = {"variant": "", "intervention": "x", "outcome": "happened", "effect": effect, "effect_pct": 100 * effect / baseline,
           "ci_low": effect - half, "ci_high": effect + half, "worlds": worlds, "share_same": float(half == effect == 0),
           "mde": half * (1 + student.ppf(0.8, max(worlds - 1, 1)) / student.ppf(0.975, max(worlds - 1, 1)))}  # fmt: skip
    return pd.DataFrame([row])


@pytest.mark.parametrize("effect, half, worlds, helps", [(0.0, 5.0, 6, 50), (-50.0, 1.0, 6, 100), (50.0, 1.0, 6, 0)])
def test_of_a_hundred_cities_as_many_are_helped_as_the_worlds_say(effect, half, worlds, helps):
    row = of_a_hundred(a_table(effect, half, worlds), "happened", -1).iloc[0]
    assert (row["helps"], row["hurts"], row["same"]) == (helps, 100 - helps, 0)


def test_a_further_world_has_its_own_luck():
    """Effects of −3, −1, 1 … by hand: the t distribution about the mean, with the spread of one world more."""
    d = np.array([-3.0, -1.0, 0.5, -2.0])
    half = student.ppf(0.975, 3) * d.std(ddof=1) / 2
    row = of_a_hundred(a_table(d.mean(), half, 4), "happened", -1).iloc[0]
    assert row["helps"] == round(100 * student.cdf(-d.mean() / (d.std(ddof=1) * np.sqrt(1.25)), 3))
    assert of_a_hundred(a_table(0.0, 0.0, 6), "happened", -1).iloc[0]["same"] == 100
    assert np.isnan(of_a_hundred(a_table(-1.0, np.nan, 1), "happened", -1).iloc[0]["helps"])
    ties = a_table(-0.2, 1.0, 5).assign(share_same=0.6, share_better=0.4)  # 2 better, 3 the same, none worse
    assert of_a_hundred(ties, "happened", -1)[["helps", "hurts", "same"]].iloc[0].tolist() == [39, 5, 56]
    alike = a_table(-1.0, 0.0, 6).assign(mde=np.nan)  # every world has one offence fewer
    assert of_a_hundred(alike, "happened", -1).iloc[0]["helps"] == 100 and of_a_hundred(alike, "happened", 1).iloc[0]["helps"] == 0


def test_maps_hold_all_offences_people_and_guards_of_the_runs(told):
    by = {field.name: field for field in told.fields}
    without, cell_km2 = of(told, "none"), (told.chart.cell_m / 1000) ** 2
    counted = np.mean([len(hits(run)) for run in without.values()]) * 365 / 14
    assert np.nansum(by["offences|none|all"].values) * cell_km2 == pytest.approx(counted, rel=1e-4)
    at_17 = [hits(run)["time"].floordiv(3600).add(4).mod(24).eq(17).sum() for run in without.values()]
    assert np.nansum(by["offences|none|17"].values) * cell_km2 == pytest.approx(24 * np.mean(at_17) * 365 / 14, rel=1e-4)
    there = np.mean([run.maps["footfall"][17].sum(dtype=float) for run in without.values()]) / 14 / 3600
    assert np.nansum(by["walking|none|17"].values) * (told.chart.cell_m / 100) ** 2 == pytest.approx(there, rel=1e-3)
    hours = np.mean([run.maps["guard_seconds"].sum(dtype=float) for run in without.values()]) / 14 * 7 / 3600
    assert np.nansum(by["guardians|none|all"].values) == pytest.approx(hours, rel=1e-4)
    more = np.mean([hits(of(told, "order_guards")[s]).shape[0] - hits(without[s]).shape[0] for s in without]) * 365 / 14
    assert np.nansum(by["offences|order_guards|all"].values) * cell_km2 == pytest.approx(more, rel=1e-3)
    assert not [name for name in by if "child_marriage" in name]


def test_the_tables_of_maps_hold_their_values(told, tongue):
    picture = picture_of_maps(told.fields, told.chart, tongue)
    by = {field.name: field for field in told.fields}
    land = np.isfinite(by["felt|none|all"].values)
    for name in picture.table.columns[2:]:
        assert picture.table[name].to_numpy() == pytest.approx(by[name].values[land])
    assert picture.table["east"].min() >= told.chart.east and len(picture.draw().axes) == 8
    change = picture_of_change(told.fields, told.chart, "order_guards", tongue)
    assert "offences|order_guards|all" in change.table.columns
    assert picture_of_change(told.fields, told.chart, "child_marriage", tongue) is None


def test_images_of_the_page_show_the_classes_of_the_fields(told):
    scale = scales(told.fields)
    for field in told.fields[::7]:
        ends, colours = scale[field.layer, field.measure != "none"]
        image = Image.open(io.BytesIO(base64.b64decode(image_of(field, (ends, colours), told.chart.box)))).convert("RGBA")
        shown, box = np.asarray(image)[::-1], told.chart.box
        wanted = classes(field, ends)[box[0] : box[1], box[2] : box[3]]
        for k, colour in enumerate(colours):
            at = shown[wanted == k]
            assert (at[:, 3] == (0 if colour is None else 255)).all()
            assert colour is None or (at[:, :3] == [int(colour[i : i + 2], 16) for i in (1, 3, 5)]).all()
        assert (shown[wanted == 255][:, 3] == 0).all()


def test_classes_are_round_and_compare_what_they_show():
    assert rounded(5.0, 3).tolist() == pytest.approx([0.3, 1.0, 3.0]) and rounded(1000.0, 2).tolist() == pytest.approx([300.0, 1000.0])
    field = Field("walking", "none", "all", np.array([[np.nan, 0.0], [2.0, 400.0]], dtype=np.float32))
    assert edges("walking", [field])[-1] == pytest.approx(300.0)
    assert classes(field, np.array([1.0, 10.0])).tolist() == [[255, 0], [1, 2]]
    change = Field("walking", "x", "all", np.array([[-5.0, 0.0], [5.0, 0.1]], dtype=np.float32), np.array([[True, False], [False, True]]))
    ends = edges("walking", [change])
    assert ends.tolist() == pytest.approx([-3.0, -1.0, -0.3, 0.3, 1.0, 3.0])
    assert veiled(change, ends).tolist() == [[True, False], [False, False]]
    assert "A" in encoded(np.zeros((2, 2), np.uint8), [None])


def test_a_change_is_unsure_where_its_interval_holds_zero():
    d = np.array([[[1.0, 1.0, 0.0, np.nan]], [[1.1, -1.0, 0.0, np.nan]], [[0.9, 0.5, 0.0, np.nan]]])
    assert unsure(d).tolist() == [[False, True, False, False]]
    assert unsure(d[:1]).tolist() == [[True, True, False, False]]


def test_smoothing_keeps_every_count_on_land(told):
    ground = Ground(next(iter(of(told, "none").values())))
    cell = int(np.flatnonzero(ground.land.reshape(-1))[0])
    spread = ground.smooth(np.bincount([cell], minlength=ground.land.size).astype(float), 300.0)
    assert np.nansum(spread) == pytest.approx(1.0, rel=1e-5) and np.isnan(spread[~ground.land]).all()
    assert np.nanmax(spread) < 1.0


def test_borders_run_between_districts_and_the_coast_around_the_land():
    label = np.array([[0, 0, 1], [0, -1, 1]])
    coast, borders = lines(label)
    assert borders.tolist() == [[[2.0, 0.0], [2.0, 1.0]]]
    length = np.abs(coast[:, 0] - coast[:, 1]).sum()
    assert length == 12  # around five cells in a horseshoe
    placed = apart([("One", 5.0, 10.0, True), ("Two", 5.0, 9.5, True), ("Far", 60.0, 9.5, True)], 2.0)
    assert abs(placed[0][2] - next(p for p in placed if p[0] == "Two")[2]) >= 2.0 and ("Far", 60.0, 9.5, True) in [p[:4] for p in placed]
    crowd = [(f"Place {k}", 5.0, 10.0 - 0.1 * k, False) for k in range(5)]
    kept = apart(crowd, 2.0)
    assert 1 <= len(kept) < 5 and all(0 <= place - y <= 2.0 for _, _, y, _, place in kept)
    assert {(name, place) for name, _, _, _, place in kept} <= {(name, y) for name, _, y, _ in crowd}  # no place is moved


def test_the_twin_city_lights_what_differs_and_nothing_else(told):
    without, run = (of(told, name)[1] for name in ("none", "order_guards"))
    found = twins(without, run)
    week = lambda r: hits(r)[hits(r)["time"] >= 7 * 86_400]  # noqa: E731
    counted = found["where"].value_counts()
    assert counted.get(BOTH, 0) + counted.get(WITHOUT, 0) == len(week(without))
    assert counted.get(BOTH, 0) + counted.get(WITH, 0) == len(week(run))
    assert found["second"].between(0, 7 * 86_400 - 1).all() and counted.get(WITHOUT, 0) > 0
    assert set(twins(without, without)["where"]) == {BOTH}
    shown = played(told.runs, told.chart)
    both, gone, come = shown["measures"]["order_guards"]
    assert (len(both), len(gone), len(come)) == tuple(counted.get(where, 0) for where in (BOTH, WITHOUT, WITH))
    assert "child_marriage" not in shown["measures"] and shown["ticks"] == 7 * 144 and shown["seed"] == 1
    assert played([run for run in told.runs if run.config["scenario"] in ("none", "child_marriage")], told.chart) is None
    wide, high = (chart(told.chart)[side] for side in ("wide", "high"))
    assert all(0 <= tick < 1008 and 0 <= x < wide and 0 <= y < high for tick, x, y in both + gone + come)


def test_the_page_says_what_the_tables_say(folder, told, tongue):
    page = (folder / "report" / "report.html").read_text(encoding="utf-8")
    assert answer(told, tongue) in page.replace("&#39;", "'")
    for _, said, _ in cards(told, tongue):
        assert said and all(line.replace("'", "&#39;") in page for line in said)
    by = told.table.set_index(["intervention", "outcome"])
    sides = told.sides.set_index("choice")
    for name in NAMES:
        assert sides.loc[name, "watched_hours"] == by.loc[(name, "watched_hours"), "effect"]
        assert tongue.number(by.loc[(name, "harm_averted_per_msek"), "effect"], 2, True) in page or name == "child_marriage"
    assert re.search(r"tryggsim · study shown · code [0-9a-f]{8} · configuration [0-9a-f]{8}", page)


def test_the_whole_pledge_alone_has_its_cards_as_well(told, tongue):
    """Of a study that compares all measures together and none alone."""
    renamed = told.table[told.table["intervention"].eq("order_guards")].assign(intervention=WHOLE)
    safest, *_ = cards(replace(told, table=renamed), tongue.naming(told.runs, [*told.labels, WHOLE]))
    felt = renamed.set_index("outcome").loc["safe_share"]
    assert tongue.number(felt["baseline"], 0) in safest[2] and tongue.number(felt["effect"], 2) in safest[2]


def test_what_measures_were_made_for_is_told_where_they_reach_it(told, tongue):
    """Aims planted: guards reach theirs, cameras move the wrong way, of the third nothing can be said."""
    aims = {"order_guards": ("happened", BETTER, -12.5), "cctv": ("happened_theft", "worse", 3.0)}
    table = first_variant(told.table).copy()
    for label, (outcome, said, change) in aims.items():
        at = table["intervention"].eq(label) & table["outcome"].eq(outcome)
        table.loc[at, ["verdict", "effect_pct"]] = said, change
    _, _, (heading, lines, below), _ = cards(replace(told, table=table), tongue)
    assert lines == ["Order guards: −12.5 % (offences against someone or something)",
                     "Moves the wrong way: “Cameras, and against straw owners of cars”."]  # fmt: skip
    assert heading == "Do they do what they were made for?" and "too little to matter: 1." in below
    share = {"unit": "% of residents", "effect": 0.6, "effect_pct": 1.2}
    assert changed(share, tongue) == "+0.60 percentage points" and changed(share | {"unit": "offences"}, tongue) == "+1.2 %"


def test_the_answer_says_which_surely_pay_and_what_has_no_price(told, tongue):
    """Verdicts planted: what surely pays is named, or that nothing does; a study of harm without a price alone ranks nothing."""
    table = first_variant(told.table).copy()
    at = lambda label, outcome: table["intervention"].eq(label) & table["outcome"].eq(outcome)  # noqa: E731
    table.loc[at("order_guards", MONEY), ["verdict", "rank"]] = BETTER, 1
    table.loc[at("order_guards", NET), "verdict"] = "too small a study to tell"
    said = lambda table: answer(replace(told, table=table), tongue)  # noqa: E731
    assert "Of no measure that this study can judge is it sure" in said(table)
    table.loc[at("order_guards", NET), "verdict"] = BETTER
    assert "Surely worth more than all that it costs: “Order guards”." in said(table)
    alone = told.table[told.table["intervention"].eq("child_marriage")]
    assert said(alone).startswith("Nobody has put a price")
    drawn = {picture.name: picture for picture in pictures_of(told.runs, alone, tongue)}
    assert drawn["plane"].table.empty and "Zero tolerance of child marriage" in drawn["plane"].note + drawn["ranking"].note
    for picture in drawn.values():
        picture.draw()
    plt.close("all")


def test_harm_without_a_price_is_no_harm_averted_of_nought(told, folder):
    by = told.table.set_index(["intervention", "outcome"])["verdict"]
    assert {by[("child_marriage", name)] for name in ("harm", "harm_index", MONEY, INDEX, NET)} == {UNVALUED}
    assert UNVALUED not in set(by[["cctv", "order_guards"]]) and by[("child_marriage", "happened")] != UNVALUED
    page = (folder / "report" / "report.html").read_text(encoding="utf-8")
    row = next(row for row in page.split("<tr>") if "Zero tolerance of child marriage" in row)
    assert ">no price<" in row and row.count(">–<") == 2
    shown = io.StringIO()
    print_table(told.table, told.runs, console=Console(file=shown, width=200))
    row = next(line for line in shown.getvalue().splitlines() if "Zero tolerance of" in line)
    assert "no price" in row and re.search(r"│\s+– │", row)


def test_numbers_show_three_digits_that_tell(tongue):
    assert [telling(x) for x in (0.0, 0.00123, 0.5, 12.0, 1e6)] == [2, 5, 3, 1, 1] and telling(0.001, 250.0) == 1
    assert times(tongue, 2.5).text == "2.5" and times(tongue, 4e7).text == "> 1,000"
    row = {"effect": 0.001, "ci_low": -0.002, "ci_high": 0.004}
    assert (effect(tongue, row, 2).text, effect(tongue, row, 2).between) == ("0.00", "") and effect(
        tongue, row, 3
    ).between == "−0.002 … +0.004"


def test_what_is_judged_the_best_is_judged_among_what_the_study_can_tell(told):
    for table in told.sure.values():
        assert set(table["choice"]) - {"none"} <= set(NAMES) if len(table) else True
    moved = told.table[told.table["outcome"].eq("harm_averted_per_msek")]
    money = told.sure["harm_averted_per_msek"]
    assert set(money["choice"]) - {"none"} == (set(moved.loc[moved["rank"] > 0, "intervention"]) if len(money) else set())


@pytest.mark.parametrize("name, language, letters", [("report.html", "en", "Order guards"), ("report.sv.html", "sv", "åtgärder")])
def test_each_page_is_one_file_that_asks_nobody_for_anything(folder, name, language, letters):
    file = folder / "report" / name
    page = file.read_text(encoding="utf-8")
    assert f'lang="{language}"' in page and letters in page and file.stat().st_size < 10e6
    assert not re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", page)
    assert "{{" not in page and "nan" not in re.sub(r"base64,[^\"]+|<script.*?</script>", "", page, flags=re.S).lower().split()
    for figure in ("ranking", "plane", "safety", "journeys", "types", "hundred_happened", "hundred_safe_share", "maps", "change", "series"):
        drawn = folder / "report" / "figures" / f"{figure}.{language}.png"
        assert drawn.stat().st_size > 5000 and drawn.with_suffix(".svg").exists() and (drawn.parent / f"{figure}.csv").exists()


def test_the_report_is_made_again_in_one_language_with_slides_and_a_film(folder, capsys, monkeypatch):
    pytest.importorskip("imageio_ffmpeg", reason="films need imageio-ffmpeg")
    monkeypatch.setattr("experiments.report.twin.FRAME_S", 4 * 3600)
    (folder / "report" / "report.html").rename(folder / "kept.html")
    assert report_again([str(folder), "language=sv", "figures=slides", "film=order_guards"]) == 0
    assert not (folder / "report" / "report.html").exists()
    (folder / "kept.html").rename(folder / "report" / "report.html")
    assert 'lang="en"' not in (folder / "report" / "report.sv.html").read_text(encoding="utf-8")
    with Image.open(folder / "report" / "figures" / "ranking.slide.sv.png") as slide:
        assert slide.width / slide.height == pytest.approx(16 / 9, rel=0.01)
    film = folder / "report" / "figures" / "twin.order_guards.sv.mp4"
    assert film.read_bytes()[4:8] == b"ftyp" and film.stat().st_size > 20_000
    assert str(film) in capsys.readouterr().out


WRONG = [("langauge=sv", "no such option"), ("language=no", "language=sv"), ("figures=big", "figures=slides"),
         ("film=lanterns", "order_guards"), ("film=", "order_guards")]  # fmt: skip


@pytest.mark.parametrize("option, said", WRONG)
def test_options_that_cannot_be_are_told_in_a_line(folder, capsys, option, said):
    assert report_again([str(folder), option]) == 2
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error


def test_fields_of_a_study_without_a_city_to_compare_with_are_none(told):
    assert fields([run for run in told.runs if run.config["scenario"] != "none"]) == []
