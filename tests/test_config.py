"""Bad input: one clear line that names the option, its value and what is allowed; exit status 2; never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.launch import main
from sim.compose import jobs
from sim.options import ConfigError

ROOT = Path(__file__).resolve().parent.parent
TOWN = ["city=town", "population.residents=300", "city.side=10"]
BAD = [  # arguments, what the line must say
    (["foo=1"], ["foo", "no such option", "conf/config.yaml"]),
    (["+foo=1"], ["foo", "no such option"]),
    (["study.dayz=3"], ["study.dayz", "no such option"]),
    (["+study.dayz=3"], ["study.dayz", "no such option", "days"]),
    (["study.days=abc"], ["study.days=abc", "whole number", "1 to 3660 days", "conf/experiment"]),
    (["study.days=2.5"], ["study.days=2.5", "whole number"]),
    (["study.days=0"], ["study.days=0", "out of range", "1 to 3660"]),
    (["study.days=true"], ["study.days", "whole number"]),
    (["population.fraction=0"], ["population.fraction=0", "out of range", "0.0001 to 1"]),
    (["population.fraction=nan"], ["population.fraction=nan", "must be a number"]),
    (["population.fraction=many"], ["population.fraction=many", "must be a number", "conf/config.yaml"]),
    (["seed=-1"], ["seed=-1", "out of range", "0 to 4294967295"]),
    (["seeds=0"], ["seeds=0", "out of range", "conf/experiment/"]),
    (["threads=0"], ["threads=0", "out of range"]),
    (["study.start=yesterday"], ["study.start=yesterday", "not a date", "2018-09-09"]),
    (["study.start=2018-02-30"], ["study.start=2018-02-30", "not a date"]),
    (["study.tick_s=700"], ["study.tick_s=700", "divide an hour"]),
    (["study.compare=both"], ["study.compare=both", "each, together"]),
    (["study.hot_spots=guessed"], ["study.hot_spots=guessed", "reported, recorded, true"]),
    (["intervention=[guards]"], ["intervention=guards", "no such choice", "order_guards"]),
    (["city=lund"], ["city=lund", "no such choice", "malmo"]),
    (["experiment=huge"], ["experiment=huge", "no such choice", "quick"]),
    (["intervention.order_guards.dose=-1"], ["intervention.order_guards.dose=-1", "out of range"]),
    (["intervention.order_guards.dose=lots"], ["intervention.order_guards.dose=lots", "must be a number"]),
    (["intervention.order_guards.strategy=anywhere"], ["strategy=anywhere", "hot_spots"]),
    (["intervention.order_guards.start_day=28"], ["start_day=28", "study.days=14"]),
    (["intervention.cctv.monitored=1"], ["intervention.cctv.monitored=1", "true or false"]),
    (["parameter.walk.speed=9"], ["parameter.walk.speed=9", "out of range", "1 to 1.6 m/s", "parameters.csv"]),
    (["parameter.walk.speed=fast"], ["parameter.walk.speed=fast", "not a number"]),
    (["parameter.walk.speed=nan"], ["parameter.walk.speed", "not a number"]),
    (["parameter.walk.sped=1"], ["parameter.walk.sped", "no such option"]),
    (["+parameter.walk.sped=1"], ["parameter.walk.sped", "no such parameter", "walk.speed"]),
    (["study.points=nothing.csv"], ["study.points=nothing.csv", "No such file"]),
    (["study.points=tests"], ["study.points=tests", "CSV"]),
    (["study.points=README.md"], ["study.points=README.md"]),
    (["city.tables=nowhere"], ["nowhere", "cannot be read"]),
    (["population.year=1900"], ["population.year=1900", "1990"]),
    (["population.year=2020", "population.by_year=nothing.csv"], ["population.by_year", "nothing.csv"]),
    (["city=town"], ["population.residents=0", "synthetic town"]),
    (["city=town", "population.residents=50", "city.side=1"], ["city.side=1", "out of range"]),
    (["study.days=[1"], ["study.days=[1"]),
    (["--fast"], ["--fast", "no such flag"]),
    (["study.start=0001-01-01"], ["study.start=0001-01-01", "out of range", "1990 to 2100"]),
    (["study.start=9999-12-31"], ["study.start=9999-12-31", "1990 to 2100"]),
    (["population.ages=nothing.csv"], ["population.ages", "nothing.csv", "cannot be read"]),
    (["population.ages=population/by_year.csv"], ["population.ages", "by_year.csv", "age"]),
    (["offence.robbery.target=ghost"], ["offence.robbery.target=ghost", "person, thing, dwelling, market"]),
    (["offence.robbery.layer=moon"], ["offence.robbery.layer=moon", "anywhere", "vehicles"]),
    (["+offence.piracy={target: person, layer: anywhere, group: violence, sv: a, en: b}"], ["offence.piracy", "no such option"]),
    (["service.court.order=slowest"], ["service.court.order=slowest", "oldest, newest, gravest"]),
    (["service.court.then=jail"], ["service.court.then=jail", "prison"]),
    (["service.prison.work=years"], ["service.prison.work=years", "custody_days"]),
    (["+service.jail={order: oldest}"], ["service.jail", "no such option"]),
    (["~service.court.holds"], ["service.court.holds: missing"]),
    (["service.court.then=court"], ["service.court", "court", "conf/service/"]),
    (["service.prison.then=court"], ["service.", "which had them before"]),
    (["experiment=quick", "experiment=year"], ["experiment=quick and experiment=year", "one choice"]),
    (["experiment=[quick,year]"], ["experiment=[quick,year]", "one choice", "experiment=quick,year", "conf/experiment/"]),
    (["city=malmo", "city=town"], ["city=malmo and city=town", "one choice"]),
    (["course.network.of=everyone"], ["course.network.of=everyone", "near_networks"]),
    (["+course.network.suspect=mother"], ["course.network.suspect=mother", "partner"]),
    (["service=lund"], ["service=lund", "no such choice", "malmo"]),
    (["study.warmup=0"], ["study.warmup=0", "out of range"]),
    (["study=3"], ["study"]),
    (["study.name=a b c{"], ["study.name=a b c{: cannot be read", "'study.name=\"a b c{\"'"]),
    (["course.network.transitions.hangs_around.from=0"], ["hangs_around.from=0: must be a list", "conf/course/"]),
    (["course.extremism.states=false"], ["course.extremism.states=False: must be a list"]),
    (["city.source=[1]"], ["city.source=[1]: allowed are"]),
    (["offence.robbery.sv=[1]"], ["offence.robbery.sv=[1]: must be a text"]),
    (["city=0"], ["city=0: no such choice; allowed are geodata, malmo", "conf/city/"]),
    (["results=it's"], ["results=it's: cannot be read", "in quotes"]),
    (["intervention.cctv=false"], ["intervention.cctv=False", "group of options", "dose"]),
    (["intervention.cctv=null"], ["intervention.cctv", "group of options"]),
    (["parameter=3"], ["parameter"]),
    (["parameter.walk=3"], ["parameter.walk"]),
    (["~seed"], ["seed"]),
    (["~city"], ["city"]),
    (["parameter.risk.tries=2.5"], ["parameter.risk.tries=2.5", "whole number", "1 to 8"]),
    (["parameter.upkeep.left=1"], ["parameter.upkeep.left=1", "out of range"]),
    (["intervention="], ["intervention=", "no such choice", "cctv"]),
    (["seeds"], ["seeds", "name=value"]),
    (["intervention.cctv.dos=1"], ["intervention.cctv.dos", "no such option", "intervention.cctv.dose"]),
    (["parameter.offence.robery.guard=1"], ["no such option", "parameter.offence.robbery.guard", "parameters.csv"]),
    (["intervention=[cctv]", "intervention.order_guards.strategy=hubs"], ["order_guards is not among the chosen measures"]),
    (["study.name=../x"], ["study.name=../x", "name of a folder"]),
    (["study.name="], ["study.name=", "name of a folder"]),
]


@pytest.mark.parametrize("arguments, said", BAD, ids=lambda v: " ".join(v) if isinstance(v, list) else None)
def test_bad_input_gets_one_line(arguments, said, capsys, tmp_path):
    assert main([*arguments, f"results={tmp_path}"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("tryggsim: ")
    for part in said:
        assert part in lines[0]
    assert not list(tmp_path.iterdir())


def test_no_results_folder_is_no_folder(capsys):
    assert main([*TOWN, "results="]) == 2
    assert "results=: must name a folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a file", "a file/below"])
def test_a_results_folder_that_cannot_be_gets_one_line(name, capsys, tmp_path):
    (tmp_path / "a file").write_text("")
    assert main([*TOWN, f"results={tmp_path / name}"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and "results=" in lines[0] and "cannot be written to" in lines[0]


def test_the_exit_status_of_the_process_is_2(tmp_path):
    done = subprocess.run([sys.executable, "run.py", "study.days=0", f"results={tmp_path}"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout


def broken(folder, name, text):
    """A copy of Malmö's tables with one file replaced."""
    import shutil

    shutil.copytree(ROOT / "conf" / "city" / "tables_malmo", folder, dirs_exist_ok=True)
    for file in folder.iterdir():
        file.chmod(0o644)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


AREAS = "area,district,easting_m,northing_m,land_km2,population,addresses,land_use,workplaces,police_level\n"
BROKEN = [
    ("areas.csv", "", "has no rows"),
    ("areas.csv", "name,people\nCentrum,5\n", "lacks the column"),
    ("areas.csv", AREAS + "Centrum,Innerstaden,374000,6164000,x,100,20,centre,50,\n", "not a number"),
    ("areas.csv", AREAS + "Centrum,Innerstaden,374000,6164000,1.0,0,20,centre,50,\n", "no people"),
    ("areas.csv", AREAS + "Centrum,Innerstaden,374000,6164000,1.0,100,20,moon,50,\n", "land_use"),
    ("outline.csv", "easting_m,northing_m\n374000,6164000\n374010,6164000\n374010,6164010\n", "walk"),
    ("places.csv", "name,kind,easting_m,northing_m,radius_m\nX,castle,374000,6164000,50\n", "castle"),
]


@pytest.mark.parametrize("name, text, said", BROKEN)
def test_a_broken_city_file_gets_one_line(name, text, said, capsys, tmp_path):
    folder = broken(tmp_path / "tables", name, text)
    assert main([f"city.tables={folder}", f"results={tmp_path / 'results'}"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and said in lines[0]


def test_a_job_for_every_world_and_every_swept_value():
    found = jobs([*TOWN, "seeds=3", "study.days=10,20"])
    assert sorted((c.seed, c.study.days) for c in found) == [(s, d) for s in (1, 2, 3) for d in (10, 20)]
    assert [c.seed for c in jobs([*TOWN, "seed=7", "seeds=2"])] == [7, 8]
    assert [c.seed for c in jobs([*TOWN, "seed=7,9"])] == [7, 9]


def test_parameters_are_overridden_by_name_without_a_plus():
    config = jobs([*TOWN, "parameter.walk.speed=1.2", "parameter.risk.tries=2"])[0]
    assert config.overrides == {"walk.speed": 1.2, "risk.tries": 2}
    assert config.parameters()["walk.speed"] == 1.2


def test_every_measure_is_compared_by_default_and_chosen_ones_by_name():
    from sim.interventions import measures

    assert list(jobs([*TOWN])[0].scenarios) == ["none", *sorted(measures()), "whole_pledge"]
    assert list(jobs([*TOWN, "intervention=[order_guards]"])[0].scenarios) == ["none", "order_guards"]
    assert list(jobs(["experiment=single", "intervention=[order_guards,cctv]", "seed=3"])[0].scenarios) == ["none", "order_guards+cctv"]


def test_a_mistake_in_a_measure_is_a_config_error():
    with pytest.raises(ConfigError, match="no such option"):
        jobs([*TOWN, "+intervention.cctv.colour=red"])


def test_a_mistake_on_the_command_line_does_not_wait_for_what_lives_and_tells():
    heavy = ("mesa", "matplotlib", "scipy.stats", "statsmodels", "sklearn", "duckdb", "ray", "submitit", "solara")
    code = f"import sys, experiments.launch; print([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
