"""Nothing let in: options, files of cities and saved runs that somebody has made to do harm do none, and get one line."""

import json
import shutil
import zipfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import yaml

from experiments import living, query
from experiments.launch import answered, main
from experiments.report.__main__ import main as tell
from experiments.report.picture import STYLE
from experiments.study import note_of, save_note
from sim import compose
from sim.city import kept, tables
from sim.city.city import CityError
from sim.city.source import residents_of
from sim.compose import jobs
from sim.config import CONF, REGISTRY, Population
from sim.options import ConfigError, UserError
from sim.outcomes import files
from sim.outcomes.files import DONE, RunError, clear_drafts, damages, digests, index, runs_in
from sim.parameters import read_registry, write_registry
from tests.test_query import folder  # noqa: F401  (a small study, lived once)


def one_line(capsys, *said):
    """What was told of a mistake, which is one line."""
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and "Traceback" not in lines[0] and all(text in lines[0] for text in said), lines
    return lines[0]


# Options.

HOSTILE = [
    (["hydra.mode=null"], "an option of Hydra's own"), (["++hydra.hydra_logging.root={handlers:[x]}"], "an option of Hydra's own"),
    (["~hydra"], "an option of Hydra's own"), (["hydra/launcher=basic"], "an option of Hydra's own"),
    (["--cfg", "job"], "--cfg: no such flag"), (["--help", "--experimental-rerun=/tmp/x.pickle", "hydra.run.dir=/tmp/x"], "Hydra's own"),
    (["results=${oc.env:HOME}"], "oc.env"), (["@x=1"], "no such choice"), (["threads=range(1,1)"], "asks for nothing at all"),
    (["threads=range(1,100000000)"], "more than 1,000,000 values"), (["seeds=100000000"], "seeds=100000000: out of range"),
    ([f"parameter.walk.speed={10**400}"], "not a number"), ([f"population.fraction={10**400}"], "must be a number"),
]  # fmt: skip


@pytest.mark.parametrize("options, said", HOSTILE)
def test_hostile_options_get_one_line(options, said, capsys):
    assert main(options) == 2
    one_line(capsys, said)


def test_help_tells_choices_and_options_and_runs_nothing(capsys):
    assert main(["--help", "city=town", "seeds=3"]) == 0
    said = capsys.readouterr().out
    assert "experiment: quick, " in said and "source: town" in said and "seeds: 3" in said and "hydra" not in said


BOMB = "a0: &a0 [1, 1]\n" + "".join(f"a{k}: &a{k} [*a{k - 1}, *a{k - 1}]\n" for k in range(1, 40))
SLIPS = [
    "study:\n\tdays: 5\n", "study: days: 5\n", "study: [\n", "study: {days: 5}\nstudy: {days: 6}\n", "!!python/object/apply:os.getcwd []\n",
    "5\n", "[" * 3000, BOMB,
]  # fmt: skip


@pytest.mark.parametrize("text", SLIPS)
def test_a_slip_in_a_file_of_options_gets_one_line(text, tmp_path, monkeypatch, capsys):
    shutil.copytree(CONF, tmp_path / "conf")
    (tmp_path / "conf" / "experiment" / "slip.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(compose, "CONF", tmp_path / "conf")
    assert main(["experiment=slip", f"results={tmp_path / 'r'}"]) == 2
    one_line(capsys)


def test_what_nobody_foresaw_is_one_line_and_a_trace_in_a_file(capsys):
    def work(options, console):
        return {}["bogus"]

    assert answered(work, [], None) == 1
    said = one_line(capsys, "KeyError", "test_untrusted.py, line ")
    trace = Path(said.rsplit(" ", 1)[1])
    assert "Traceback" in trace.read_text(encoding="utf-8")
    trace.unlink()


def test_a_mistake_shows_no_control_codes():
    assert str(UserError("a\x1b[31mb\nc")) == "a\N{REPLACEMENT CHARACTER}[31mb c"


def test_a_file_that_cannot_be_reached_is_named(capsys, tmp_path):
    assert answered(lambda *_: (tmp_path / "nothing").read_text(), [], None) == 1
    one_line(capsys, str(tmp_path / "nothing"), "No such file")


# Cities.


class Zones:
    def __init__(self, *population):
        self.population = np.array(population, dtype=float)


class Here:
    name = "elsewhere"

    def __init__(self, *population):
        self.zones = Zones(*population)


@pytest.mark.parametrize("population", [(0.0,), (3e12,), (np.inf,), (np.nan,)])
def test_nobody_or_too_many_people_are_no_city(population):
    with pytest.raises(CityError, match="allowed are 1 to 20,000,000"):
        residents_of(Here(*population), Population(), CONF)


@pytest.mark.parametrize("number", ["-5", "1000000000000", "1" * 200_000])
def test_a_table_of_residents_of_absurd_size_is_refused(number, tmp_path):
    file = tmp_path / "by_year.csv"
    file.write_text(f"year,population\n2018,{number}\n", encoding="utf-8")
    city = Here(1.0)
    city.name = "malmo"
    with pytest.raises(CityError):
        residents_of(city, Population(by_year=str(file)), CONF)


def test_places_as_large_as_a_country_and_points_off_the_earth_are_refused(tmp_path):
    head = "name,kind,easting_m,northing_m,radius_m\n"
    for row in ("A,square,1,1,2000000\n", "A,square,1e11,1,10\n", "A,square,1,1,-1\n"):
        (tmp_path / "places.csv").write_text(head + row, encoding="utf-8")
        with pytest.raises(CityError, match="line 2"):
            tables.places(tmp_path / "places.csv")
    with pytest.raises(CityError, match="it is no file"):
        tables.table("/dev/zero", {"name": str})


def test_a_layer_is_what_it_says_and_leads_nowhere(tmp_path):
    pytest.importorskip("geopandas", reason="the optional extra `geo` is not installed")
    from sim.city.geodata import read_layer

    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [13, 55.6]}}
    inner = json.dumps({"type": "FeatureCollection", "features": [point]})
    (tmp_path / "secret.geojson").write_text(inner, encoding="utf-8")
    assert len(read_layer("city.streets", tmp_path / "secret.geojson", CONF, "EPSG:3006")) == 1
    leads = f"<OGRVRTLayer name='secret'><SrcDataSource>{tmp_path}/secret.geojson</SrcDataSource></OGRVRTLayer>"
    vrt = f"<OGRVRTDataSource>{leads}</OGRVRTDataSource>"
    (tmp_path / "vrt.geojson").write_text(vrt, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "packed.geojson", "w") as packed:
        packed.write(tmp_path / "secret.geojson", "a.geojson")
    for name in ("vrt.geojson", "packed.geojson"):
        with pytest.raises(CityError, match="it begins like neither"):
            read_layer("city.areas", tmp_path / name, CONF, "EPSG:3006")
    with pytest.raises(CityError, match="must be in metres"):
        read_layer("city.areas", tmp_path / "secret.geojson", CONF, "EPSG:2263")


def test_ways_that_lead_out_of_the_city_are_not_followed(tmp_path):
    turns, nearest = np.full((2, 6), -1, dtype=np.int32), np.zeros(6, dtype=np.int16)
    assert kept.write(tmp_path / "w", turns, nearest) and kept.read(tmp_path / "w", 2, 6) is not None
    turns[1, 3] = 10**9
    assert kept.write(tmp_path / "w", turns, nearest) and kept.read(tmp_path / "w", 2, 6) is None
    open_ended = b"{'descr': '<i4', 'fortran_order': False, 'shape': (2, 6), ".ljust(117) + b"\n"
    (tmp_path / "w.turns.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(open_ended).to_bytes(2, "little") + open_ended)
    assert kept.read(tmp_path / "w", 2, 6) is None


# Saved runs.


@pytest.fixture
def study(folder, tmp_path):  # noqa: F811
    """A copy of a small study."""
    shutil.copytree(folder, tmp_path / "town")
    return tmp_path / "town"


def rewritten(run, name, content):
    """Put other content into a file of a run, and let the run say that it was so written."""
    (run / name).write_bytes(content)
    (run / DONE).write_text(json.dumps(digests(run)), encoding="utf-8")


def changed(run, name, change):
    summary = json.loads((run / name).read_text(encoding="utf-8"))
    change(summary)
    rewritten(run, name, json.dumps(summary).encode())


CHANGES = [
    lambda s: [s.pop(key) for key in list(s) if key != "versions"], lambda s: s.update(days=0), lambda s: s.update(days="x"),
    lambda s: s["city"].update(name=5), lambda s: s["zones"].update(district=[]), lambda s: s.pop("harm"),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_that_somebody_has_changed_gets_one_line(study, change, capsys):
    for run in runs_in(study):
        changed(run, "summary.json", change)
    assert tell([str(study)]) in (0, 1, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_a_run_whose_options_refer_to_themselves_is_told(study):
    run = runs_in(study)[0]
    (run / "config.yaml").write_text(BOMB, encoding="utf-8")
    with pytest.raises(RunError, match="parts stand for others"):
        _ = files.Run(run).config


@pytest.mark.parametrize("table, column", [("harms", "zone"), ("events", "cell"), ("events", "kind")])
def test_a_place_or_kind_that_there_is_not_is_told(study, table, column):
    run = next(place for place in runs_in(study) if len(pd.read_parquet(place / f"{table}.parquet")))
    found = pd.read_parquet(run / f"{table}.parquet")
    found[column] = found[column].astype("int64").where(found.index > 0, 10**9)
    found.to_parquet(run / f"{table}.parquet", index=False)
    with pytest.raises(RunError, match=f"{column} goes from"):
        getattr(files.Run(run), table)


def test_a_report_is_not_written_through_links(study, tmp_path, capsys):
    precious = tmp_path / "precious.txt"
    precious.write_text("precious", encoding="utf-8")
    (study / "report" / "figures").mkdir(parents=True)
    for link in ("report.html", "comparison.csv", "figures/ranking.en.png"):
        (study / "report" / link).symlink_to(precious)
    assert tell([str(study), "language=en"]) == 0
    assert precious.read_text(encoding="utf-8") == "precious" and "<html" in (study / "report" / "report.html").read_text(encoding="utf-8")
    shutil.rmtree(study / "report")
    (tmp_path / "elsewhere").mkdir()
    (study / "report").symlink_to(tmp_path / "elsewhere")
    capsys.readouterr()
    assert tell([str(study), "language=en"]) == 1 and not list((tmp_path / "elsewhere").iterdir())
    one_line(capsys, "is a link")


def test_what_is_no_file_is_not_read_and_no_link_is_taken_away_with_what_it_leads_to(study, tmp_path):
    run = runs_in(study)[0]
    (run / DONE).unlink()
    (run / DONE).symlink_to("/dev/zero")
    assert damages(run) == [DONE]
    (tmp_path / "kept").mkdir()
    (study / ".aaaaaaaaaaaa.x").symlink_to(tmp_path / "kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "ABANDONED_S", -1)
        clear_drafts(study)
    assert (tmp_path / "kept").is_dir() and not (study / ".aaaaaaaaaaaa.x").is_symlink()


def test_maps_that_would_fill_the_memory_are_not_opened(study, monkeypatch):
    run = files.Run(runs_in(study)[0])
    assert len(run.maps) > 3
    monkeypatch.setattr(files, "MOST_ARRAYS", 1000)
    with pytest.raises(RunError, match="larger than any that a run leaves"):
        run.maps["footfall"]


def test_a_run_under_another_name_is_told(study):
    run = runs_in(study)[0]
    run.rename(study / "mine")
    with pytest.raises(RunError, match="has another name"):
        index(runs_in(study))


def test_how_harm_is_weighed_is_never_guessed(tmp_path):
    assert note_of(tmp_path)["harm"] == "money" and save_note(tmp_path, "index", {})["harm"] == "index"
    for text in ("", "harm: mon\n", "[1]\n", "harm: index\ntakes_s: long\n"):
        (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(RunError, match="does not say how harm is weighed"):
            note_of(tmp_path)


def test_words_in_brackets_are_words(folder, capsys):  # noqa: F811
    assert query.main([str(folder), "select '[b]x[/b] [/red]' as said"]) == 0
    assert "[b]x[/b] [/red]" in capsys.readouterr().out


def test_a_query_of_what_says_not_how_it_was_made_gets_one_line(study, capsys):
    for run in runs_in(study):
        (run / "made.json").write_text("{}", encoding="utf-8")
    assert query.main([str(study), "select 1"]) == 2
    one_line(capsys, "not as they were written")


def test_a_dollar_in_a_name_is_a_dollar():
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots()
        axis.set_title(r"a $\foo$ b $\frac$")
        figure.draw_without_rendering()
        plt.close(figure)


def test_a_saved_morning_that_any_reader_stumbles_over_is_set_aside(tmp_path):
    np.savez_compressed(tmp_path / "whole.npz", daily="[]", memory=np.arange(9))
    whole = (tmp_path / "whole.npz").read_bytes()
    assert living._kept_morning(tmp_path / "whole.npz")[1] == []
    local, central = whole.index(b"PK\x03\x04") + 6, whole.index(b"PK\x01\x02") + 8
    odd = bytearray(whole)
    odd[local] = odd[central] = 0x20  # the flag of a patch, which the reader does not know
    (tmp_path / "odd.npz").write_bytes(odd)
    assert living._kept_morning(tmp_path / "odd.npz") is None and not (tmp_path / "odd.npz").exists()


# What is written.


def test_a_registry_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "parameters.csv"
    shutil.copy(REGISTRY, file)
    before = file.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space"):
            write_registry(file, {"walk.speed": {"value": "1.5"}})
    assert file.read_bytes() == before and list(tmp_path.iterdir()) == [file]
    write_registry(file, {"walk.speed": {"value": "1.25"}})
    assert next(row for row in read_registry(file) if row.name == "walk.speed").value == 1.25


def test_a_study_in_a_folder_of_somebody_else_is_refused_before_it_is_lived(tmp_path, monkeypatch):
    from experiments.launch import make_folder

    config = jobs([f"results={tmp_path}", "study.name=mine"])[0]
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(ConfigError, match="cannot be written to"):
        make_folder(config)


def test_no_note_of_a_study_carries_code(tmp_path):
    (tmp_path / "study.yaml").write_text("!!python/object/apply:os.getcwd []\n", encoding="utf-8")
    with pytest.raises(RunError):
        note_of(tmp_path)
    assert yaml.safe_load("harm: money") == {"harm": "money"}
