"""What nobody would write: configurations, city files and saved runs of absurd shape end in a clear line or in something that works, never
in a traceback. `TRYGGSIM_FUZZ=100000` tries so many of each."""

import copy
import json
import os
import shutil
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import compose
from sim.city.city import CityError
from sim.config import CONF, identity, read_config
from sim.options import LONGEST, ConfigError, read
from sim.outcomes.files import TABLES, Run, RunError, damages, read_part
from sim.parameters import ParameterError, Parameters, read_registry
from tests.test_query import folder  # noqa: F401  (a small study, lived once)

TRIES = int(os.environ.get("TRYGGSIM_FUZZ", "150"))
hard = settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))

odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**40), st.floats(), st.text(max_size=30), st.just("../../../etc/passwd"),
    st.just("\0"), st.just("x" * 5000), st.just("${oc.env:HOME}"), st.just("!!python/object/apply:os.system [ls]"),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)  # fmt: skip


@pytest.fixture(scope="module")
def composed():
    """What Hydra makes of no argument at all."""
    found = []
    with patch("sim.compose.read_config", lambda raw: found.append(raw)):
        compose.jobs(["seeds=1"])
    return found[0]


def one_line(error, said=""):
    assert said in str(error) and str(error).strip() and "\n" not in str(error).strip()


def places_in(raw, above=()):
    """Paths of keys of every mapping in `raw`."""
    for key, value in raw.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from places_in(value, (*above, key))


def changed(raw, data):
    """A copy of `raw` in which a few options, or whole groups of them, have odd values, other names, or are gone."""
    raw = copy.deepcopy(raw)
    groups = st.sampled_from(sorted({place[0] for place in places_in(raw)}))
    for _ in range(data.draw(st.integers(1, 3))):
        group = data.draw(groups)
        inside = [place for place in places_in(raw) if place[0] == group]
        if not inside:
            continue
        *above, key = data.draw(st.sampled_from(inside))
        at = raw
        for step in above:
            at = at[step]
        what = data.draw(st.sampled_from(["other", "other", "other", "gone", "more"]))
        if what == "gone":
            del at[key]
        else:
            at[data.draw(st.text(max_size=8)) if what == "more" else key] = data.draw(odd)
    return raw


@hard
@given(st.data())
def test_no_configuration_ends_in_a_traceback(composed, data):
    try:
        config = read_config(changed(composed, data))
        config.parameters()
    except (ConfigError, ParameterError) as error:
        one_line(error)
        return
    json.dumps([identity(config, name) for name in config.scenarios])
    place = (Path("/results") / config.study.name).resolve()
    assert place.parent == Path("/results")


@settings(hard, max_examples=max(TRIES // 10, 1))  # Hydra takes its time
@given(st.lists(st.text(max_size=25), max_size=3), st.data())
def test_no_command_line_ends_in_a_traceback(composed, values, data):
    names = [".".join(map(str, place)) for place in places_in(composed)]
    said = [f"{data.draw(st.sampled_from(names))}={value}" for value in values]
    with patch("sim.compose.read_config", lambda raw: raw):
        try:
            compose.jobs([*said, "seeds=1"])
        except ConfigError as error:
            one_line(error)


@hard
@given(st.data())
def test_no_registry_ends_in_a_traceback(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("registry") / "parameters.csv"
    file.write_bytes(mangled((CONF / "evidence" / "parameters.csv").read_bytes()[:6000], data))
    try:
        Parameters(read_registry(file))
    except ParameterError as error:
        one_line(error)


def mangled(content, data):
    """Bytes cut short, overwritten, doubled, or made up."""
    what = data.draw(st.sampled_from(["cut", "over", "twice", "made up"]))
    if what == "made up":
        return data.draw(st.binary(max_size=200))
    at = data.draw(st.integers(0, max(len(content) - 1, 0)))
    if what == "cut":
        return content[:at]
    new = data.draw(st.binary(min_size=1, max_size=8))
    return content[:at] + new + content[at if what == "twice" else at + len(new) :]


@hard
@given(st.data())
def test_no_damaged_run_ends_in_a_traceback(folder, tmp_path_factory, data):  # noqa: F811
    whole = next(path.parent for path in sorted(folder.glob("*/DONE")))
    place = tmp_path_factory.mktemp("run")
    name = data.draw(st.sampled_from(["config.yaml", "summary.json", "maps.npz", "DONE", *(f"{table}.parquet" for table in TABLES)]))
    for file in whole.iterdir():
        (place / file.name).symlink_to(file)
    (place / name).unlink()
    content = mangled((whole / name).read_bytes(), data)
    (place / name).write_bytes(content)
    assert damages(place) or content == (whole / name).read_bytes() or name == "DONE"
    run = Run(place)
    for read_one in (lambda: run.config, lambda: run.summary, lambda: [run.maps[key] for key in run.maps], *(
        lambda table=table: read_part(place / f"{table}.parquet") for table in TABLES
    )):  # fmt: skip
        try:
            read_one()
        except RunError as error:
            one_line(error, str(place))
    shutil.rmtree(place)


geo = pytest.importorskip("geopandas", reason="the optional extra `geo` is not installed")
number = st.one_of(st.floats(), st.integers(-(10**7), 10**7), st.floats(4e5, 4.01e5), st.floats(6.15e6, 6.151e6), st.text(max_size=3))
ring = st.lists(st.lists(number, min_size=1, max_size=3), max_size=6)
shape = st.one_of(
    st.none(), st.fixed_dictionaries({"type": st.just("Polygon"), "coordinates": st.lists(ring, max_size=2)}),
    st.fixed_dictionaries({"type": st.sampled_from(["Point", "LineString", "Circle", ""]), "coordinates": ring}),
    st.fixed_dictionaries({"type": st.just("MultiPolygon"), "coordinates": st.lists(st.lists(ring, max_size=2), max_size=2)}),
)  # fmt: skip
feature = st.fixed_dictionaries(
    {
        "type": st.just("Feature"),
        "geometry": shape,
        "properties": st.dictionaries(st.sampled_from(["population", "name", "x"]), odd, max_size=3),
    }
)


@hard
@given(st.lists(feature, max_size=4), st.data())
def test_no_city_file_ends_in_a_traceback(tmp_path_factory, composed, features, data):
    from sim.city import geodata
    from sim.config import Geodata

    file = tmp_path_factory.mktemp("city") / "areas.geojson"
    crs = {"type": "name", "properties": {"name": data.draw(st.sampled_from(["urn:ogc:def:crs:EPSG::3006", "EPSG:4326", "moon"]))}}
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}).encode()
    file.write_bytes(mangled(text, data) if data.draw(st.booleans()) else text)
    options = read(Geodata, {"areas": str(file), "population": "population", "cell_m": 100.0}, "city", "conf/city/")
    parameters = Parameters(read_registry(CONF / "evidence" / "parameters.csv"))
    try:
        plan = geodata.blueprint(options, CONF, parameters)
    except CityError as error:
        one_line(error)
        return
    assert len(plan.zone) == plan.grid.cells and np.isfinite(plan.zones.population).all()


@hard
@given(st.data())
def test_no_table_of_a_city_ends_in_a_traceback(tmp_path_factory, data):
    from sim.city import malmo

    tables = tmp_path_factory.mktemp("tables")
    for file in (CONF / "city" / "tables_malmo").glob("*.csv"):
        shutil.copy(file, tables)
    name = data.draw(st.sampled_from(["areas.csv", "outline.csv", "places.csv", "gates.csv", "barriers.csv"]))
    (tables / name).write_bytes(mangled((tables / name).read_bytes(), data))
    try:
        malmo.blueprint(tables, 200.0, Parameters(read_registry(CONF / "evidence" / "parameters.csv")))
    except CityError as error:
        one_line(error)
    shutil.rmtree(tables)


def test_what_is_quoted_breaks_no_line_and_is_not_endless(tmp_path):
    """A quote that nobody closes makes the rest of a table one value."""
    from sim.city import tables

    text = "name,easting_m\nNorr,1\nSöder," + '"2\n' + "Väster,3\n" * 9000
    (tmp_path / "areas.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CityError) as told:
        tables.table(tmp_path / "areas.csv", {"name": str, "easting_m": float})
    one_line(told.value, "areas.csv, line 3, easting_m=2 Väster,3")
    assert len(str(told.value)) <= LONGEST + 3 and str(told.value).endswith("not a number")
