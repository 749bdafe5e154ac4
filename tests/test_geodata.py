"""Any city from files: the real Malmö where its data are at hand, small cities made here, and broken files."""

import json

import numpy as np
import pytest

pytest.importorskip("geopandas", reason="the optional extra `geo` is not installed")

from experiments.launch import main
from experiments.living import build_city, build_world
from sim.compose import jobs
from sim.model import CityModel


def square(west, south, side, **properties):
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def write_areas(folder, features):
    file = folder / "areas.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), encoding="utf-8")
    return file


@pytest.fixture
def four(tmp_path):
    """Four areas of 500 m side by side."""
    at = [(400_000 + 500 * i, 6_150_000 + 500 * j, i, j) for i in (0, 1) for j in (0, 1)]
    return write_areas(tmp_path, [square(x, y, 500, name=f"Area {i}{j}", population=400 if i else 100) for x, y, i, j in at])


def test_a_small_city_from_polygons_alone_can_be_lived_in(four):
    config = jobs(["city=geodata", f"city.areas={four}", "population.fraction=1.0", "study.days=1", "study.warmup=1"])[0]
    world = build_world(config)
    assert world.city.walkable.sum() == 400
    assert np.bincount(world.people.zone[world.people.zone >= 0]).tolist() == [100, 100, 400, 400]
    model = CityModel(world)
    model.live(1)
    assert model.books.footfall.sum() > 0
    model.close()


def test_areas_that_the_police_designate_are_told_apart_by_how_firm_the_hold_of_criminals_is(tmp_path):
    levels = ("", "risk", "worst", "risk")
    squares = [square(400_000 + 500 * i, 6_150_000, 500, name=str(i), population=9, level=level) for i, level in enumerate(levels)]
    areas = write_areas(tmp_path, squares)
    zones = lambda *more: build_city(jobs(["city=geodata", f"city.areas={areas}", *more])[0]).zones  # noqa: E731
    assert zones("city.burdened=level", "city.worst=worst").burdened.tolist() == [False, True, True, True]
    assert zones("city.burdened=level", "city.worst=worst").worst.tolist() == [False, False, True, False]
    assert zones("city.burdened=level").worst.tolist() == [False, True, True, True] and not zones().worst.any()


def test_addresses_say_where_homes_stand(four, tmp_path):
    (tmp_path / "addresses.csv").write_text("easting_m,northing_m\n400010,6150010\n400610,6150610\n", encoding="utf-8")
    config = jobs(["city=geodata", f"city.areas={four}", f"city.addresses={tmp_path / 'addresses.csv'}"])[0]
    city = build_city(config)
    in_first = np.flatnonzero((city.home_weight > 0) & (city.zone == 0))
    assert in_first.tolist() == [int(city.grid.cell_of(400010, 6150010))]
    assert ((city.home_weight > 0) & (city.zone == 1)).sum() == 100


BROKEN = [
    (["city.areas=/nowhere.geojson"], "no such file"),
    (["city.population=people"], "no such column"),
    (["city.crs=EPSG:4326"], "metres"),
    (["city.crs=EPSG:99"], "city.crs=EPSG:99"),
    (["city.addresses=/nowhere.csv"], "city.addresses"),
    (["city.land_use=name"], "allowed in it are"),
    (["city.population=''"], "city.population"),
    (["city.burdened=name", "city.worst=Elsewhere"], "city.worst=Elsewhere: no area of"),
]


@pytest.mark.parametrize("more, said", BROKEN)
def test_what_is_wrong_is_said_in_one_line(four, more, said, capsys, tmp_path):
    assert main(["city=geodata", f"city.areas={four}", *more, f"results={tmp_path / 'r'}"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and said in lines[0]


@pytest.mark.parametrize(
    "text, said", [("", "cannot be read"), ("{}", "cannot be read"), ('{"type":"FeatureCollection","features":[]}', "no feature")]
)
def test_a_broken_layer_is_said_in_one_line(text, said, capsys, tmp_path):
    (tmp_path / "areas.geojson").write_text(text, encoding="utf-8")
    assert main(["city=geodata", f"city.areas={tmp_path / 'areas.geojson'}", f"results={tmp_path / 'r'}"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and said in lines[0]


def test_areas_with_fewer_than_nobody_are_said(capsys, tmp_path):
    file = write_areas(
        tmp_path, [square(400_000, 6_150_000, 500, name="Odd", population=-1), square(400_500, 6_150_000, 500, name="B", population=9)]
    )
    assert main(["city=geodata", f"city.areas={file}", f"results={tmp_path / 'r'}"]) == 2
    assert "area Odd: must be a number of 0 or more" in capsys.readouterr().err


def test_metres_without_a_named_system_are_said(capsys, tmp_path):
    file = write_areas(tmp_path, [square(400_000, 6_150_000, 500, name="A", population=9)])
    file.write_text(file.read_text(encoding="utf-8").replace('"crs"', '"about"'), encoding="utf-8")
    assert main(["city=geodata", f"city.areas={file}", f"results={tmp_path / 'r'}"]) == 2
    assert "names" not in (said := capsys.readouterr().err) and "city.areas" in said and len(said.strip().splitlines()) == 1


GATES = [
    ("kind,share\nrail,", "not all 0"),
    ("kind,share\nrail,much", "not all 0"),
    ("kind,share\nriver,1", "rail and road"),
    ("kind,share\nrail,-1", "0 or more"),
]


@pytest.mark.parametrize("row, said", GATES)
def test_gates_that_cannot_be_are_said(four, row, said, capsys, tmp_path):
    head, values = row.split("\n")
    (tmp_path / "gates.csv").write_text(f"name,easting_m,northing_m,{head}\nWest,400010,6150010,{values}\n", encoding="utf-8")
    assert main(["city=geodata", f"city.areas={four}", f"city.gates={tmp_path / 'gates.csv'}", f"results={tmp_path / 'r'}"]) == 2
    assert said in capsys.readouterr().err


def test_places_without_a_radius_get_the_usual_one_and_water_is_not_walked_on(four, tmp_path):
    table = "name,kind,easting_m,northing_m,radius_m\nA,square,400100,6150100,\nB,square,400300,6150300,wide\n"
    (tmp_path / "places.csv").write_text(table, encoding="utf-8")
    config = jobs(["city=geodata", f"city.areas={four}", f"city.places={tmp_path / 'places.csv'}"])[0]
    usual = config.parameters()["city.place_radius"]
    assert [p.radius_m for p in build_city(config).places] == [usual, usual]
    features = [square(400_000 + 500 * i, 6_150_000, 500, name=str(i), population=9, use="water" if i == 2 else "homes") for i in range(3)]
    config = jobs(["city=geodata", f"city.areas={write_areas(tmp_path, features)}", "city.land_use=use"])[0]
    city = build_city(config)
    assert city.walkable.sum() == 200 and not city.walkable[city.zone == 2].any()


def test_places_of_unknown_kinds_are_left_out_and_said(four, tmp_path):
    table = "name,kind,easting_m,northing_m\nA,square,400100,6150100\nB,schol,400300,6150300\n"
    (tmp_path / "places.csv").write_text(table, encoding="utf-8")
    city = build_city(jobs(["city=geodata", f"city.areas={four}", f"city.places={tmp_path / 'places.csv'}"])[0])
    assert [p.name for p in city.places] == ["A"]
    assert len(city.notes) == 1 and "schol 1" in city.notes[0] and "school" in city.notes[0]


def test_a_city_without_people_is_said(capsys, tmp_path):
    file = write_areas(tmp_path, [square(400_000, 6_150_000, 500, name="Empty", population=0)])
    assert main(["city=geodata", f"city.areas={file}", f"results={tmp_path / 'r'}"]) == 2
    assert "no people" in capsys.readouterr().err


def test_the_real_malmo_can_be_lived_in(real_city, tmp_path):
    """136 traced polygons, 52,861 addresses, roads and kerbs: a day with every kind of trip and offence."""
    config = jobs(["city=malmo_files", "population.residents=339313", "population.fraction=0.02", "study.days=1", "study.warmup=1"])[0]
    world = build_world(config)
    city = world.city
    assert len(city.zones.name) == 136 and 60_000 < city.walkable.sum() < 70_000
    assert city.zones.burdened.sum() == 10 and city.zones.worst.sum() == 7
    assert city.parking.sum() > 1000 and len(city.places) > 90
    assert city.home_weight.sum() > 50_000
    model = CityModel(world)
    model.live(2)
    assert (model.log.all().happened == 1).sum() > 100
    assert model.books.footfall[:, ~city.walkable].sum() == 0
    model.close()
