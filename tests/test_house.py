"""The house: who may import whom, and that every number has one home and one use."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.special import logit
from scipy.stats import truncnorm

from sim.config import CONF, REGISTRY
from sim.interventions import measures
from sim.kernels import patrol
from sim.kernels.plan import PURPOSES
from sim.parameters import GRADES, ParameterError, Parameters, read_registry
from sim.world import APPLIES, make_offences
from tests.conftest import entrance, live, small_world

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*(ROOT / "sim").rglob("*.py"), *(ROOT / "experiments").rglob("*.py"), ROOT / "run.py"])
ROWS = read_registry(REGISTRY)


def imports(path):
    """Names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


RULES = [  # files, what they may not import
    ("sim/kernels/*.py", r"^(?!(math|numpy|numba|sim\.rng|sim\.kernels)(\.|$))"),
    ("sim/city/*.py", r"^sim\.(interventions|levers|model|population|outcomes)|^experiments"),
    ("sim/population/*.py", r"^sim\.(interventions|levers|model|outcomes)|^experiments"),
    ("sim/interventions/*.py", r"^sim\.(kernels|model|outcomes|population|scene|world)|^experiments"),
    ("sim/outcomes/*.py", r"^sim\.(kernels|model|scene|world|interventions|levers)|^experiments"),
    ("sim/**/*.py", r"^experiments"),
    ("experiments/report/*.py", r"^sim\.(model|kernels|world|scene)"),
    ("experiments/compare.py", r"^sim\.(model|kernels|world|scene)"),
]


@pytest.mark.parametrize("pattern, banned", RULES, ids=[r[0] for r in RULES])
def test_imports_go_one_way(pattern, banned):
    files = list(ROOT.glob(pattern))
    assert files
    wrong = [f"{f.relative_to(ROOT)}: {m}" for f in files for m in imports(f) if re.search(banned, m)]
    assert not wrong


FRAMEWORKS = [
    ("hydra", {"sim/compose.py"}),
    ("omegaconf", {"sim/compose.py"}),
    ("mesa", {"sim/model.py", "sim/agents.py", "experiments/benchmark/movement.py", "experiments/live/view.py"}),
    ("solara", {"experiments/live/view.py"}),
]


@pytest.mark.parametrize("module, allowed", FRAMEWORKS)
def test_frameworks_are_known_in_one_place(module, allowed):
    found = {str(f.relative_to(ROOT)) for f in SOURCES if any(m.split(".")[0] == module for m in imports(f) if m)}
    assert found <= allowed and found


def test_only_the_model_and_the_report_draw_and_run_what_is_theirs():
    draws = {f.name for f in SOURCES if any((m or "").startswith("matplotlib") for m in imports(f))}
    assert draws == {"figures.py", "picture.py", "hundred.py", "maps.py", "twin.py", "draw.py", "profile.py"}


def said_in_code():
    """(names of attributes, texts) that stand in the sources: what can read a row. Comments and docstrings are none of them."""
    attributes, texts = set(), set()
    for file in SOURCES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                attributes.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                texts.add(node.value)
    services = yaml.safe_load((CONF / "service" / "malmo.yaml").read_text(encoding="utf-8"))
    attributes |= {said[field] for said in services.values() for field in ("work", "success") if field in said}  # columns asked for by name
    return attributes, texts


def test_every_row_of_the_registry_is_used():
    """A row is read by its whole name, or as a field of its group; a group or a family is asked for by name."""
    attributes, texts = said_in_code()
    unused = []
    for row in ROWS:
        group, field = row.name.rsplit(".", 1)
        asked = any(text in (group, group.split(".")[0]) or text.startswith(f"{group.split('.')[0]}.") for text in texts)
        built = any(text.endswith(f".{field}") or text == field for text in texts)
        whole = group in ("outdoors", "justice", "offender.age") or row.name.startswith(
            "known."
        )  # see tests/test_study.py for what each known figure is held against
        if row.name not in texts and not (asked and (field in attributes or built)) and not whole:
            unused.append(row.name)
    assert not unused
    assert {row.name.split(".")[1] for row in ROWS if row.name.startswith("outdoors.")} == set(PURPOSES)
    services = yaml.safe_load((CONF / "service" / "malmo.yaml").read_text(encoding="utf-8"))
    assert {row.name.split(".")[1] for row in ROWS if row.name.startswith("justice.")} < set(services)


def test_rows_are_complete_and_stand_once():
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    for row in ROWS:
        assert row.unit and row.source and row.meaning and row.grade in GRADES, row.name


def test_every_force_has_the_same_fields_and_every_offence_those_of_its_target():
    parameters = Parameters(ROWS)
    assert len(parameters.table("force", parameters.members("force"))) > 1
    types = yaml.safe_load((CONF / "offence" / "street.yaml").read_text(encoding="utf-8"))
    offences = make_offences(types, parameters)
    assert offences.names == parameters.members("offence")
    for i, name in enumerate(offences.names):
        lacks = {field for field in offences.table.dtype.names if np.isnan(offences.table[field][i])}
        assert lacks == {field for field, targets in APPLIES.items() if types[name]["target"] not in targets}


def test_a_row_that_nothing_reads_is_refused():
    row = next(row for row in ROWS if row.name == "offence.assault.crowd")
    vain = replace(row, name="offence.vandalism.crowd")
    types = yaml.safe_load((CONF / "offence" / "street.yaml").read_text(encoding="utf-8"))
    with pytest.raises(ParameterError, match="offence.vandalism.crowd"):
        make_offences(types, Parameters([*ROWS, vain]))


def test_the_weights_of_guardians_light_and_cameras_on_feeling_include_zero():
    rows = {row.name: row for row in ROWS}
    for name in ("feel.guardian", "feel.camera", "feel.dark"):
        assert rows[name].low <= 0 <= rows[name].high and rows[name].grade in "JC"


def test_a_missing_row_is_said_by_name():
    rows = [row for row in ROWS if row.name != "offence.robbery.guard"]
    with pytest.raises(ParameterError, match="offence.robbery.guard"):
        make_offences(yaml.safe_load((CONF / "offence" / "street.yaml").read_text(encoding="utf-8")), Parameters(rows))


def test_a_broken_registry_says_file_and_line(tmp_path):
    lines = REGISTRY.read_text(encoding="utf-8").splitlines()
    broken = tmp_path / "parameters.csv"
    broken.write_text("\n".join([*lines[:3], lines[3].replace(lines[3].split(",")[1], "soon", 1)]), encoding="utf-8")
    with pytest.raises(ParameterError, match="line 4"):
        read_registry(broken)


def test_every_measure_has_its_file_of_options():
    assert {p.stem for p in (CONF / "intervention").glob("*.yaml")} == set(measures())


def test_no_number_that_belongs_into_the_registry_stands_in_a_measure():
    """A measure's code holds no number but 0, 1, 2 and those that convert units."""
    for path in (ROOT / "sim" / "interventions").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
                assert node.value in (0, 1, 2, 3, 10, 365, 1e4, 3660, -1), f"{path.name}: {node.value}"


def test_every_measure_has_a_page_with_the_numbers_of_the_registry():
    pages = ROOT / "docs" / "measures"
    index = (pages / "README.md").read_text(encoding="utf-8")
    for name, measure in measures().items():
        page = (pages / f"{name}.md").read_text(encoding="utf-8")
        assert f"({name}.md)" in index and measure.title in page and measure.law in page and f"`{measure.primary}`" in page
        for row in ROWS:
            if row.name.startswith(f"measure.{name}."):
                assert f"| `{row.name}` | {row.value:g} | {row.low:g}–{row.high:g} |" in page


def test_the_inner_part_of_a_kernel_refuses_a_call_from_python_whether_it_is_compiled_or_not():
    model = live(small_world({}, days=1), days=1)
    arguments = model.units, 0
    for _ in range(2):
        with pytest.raises(TypeError, match=r"next_decision\(\) is part of other kernels"):
            patrol.next_decision(*arguments)
        entrance(patrol.next_decision)(*arguments)


def test_rows_are_drawn_together_from_their_ranges():
    """About their values, within their ranges, whole numbers whole, each apart from the others."""
    parameters = Parameters(ROWS)
    names = [row.name for row in ROWS if parameters.in_doubt(row.name)]
    drawn = parameters.sampled(names, 200)
    assert list(drawn) == names and parameters.sampled([row.name for row in ROWS], 8).keys() == drawn.keys()
    for name, values in drawn.items():
        row = parameters.rows[name]
        assert row.low <= values.min() and values.max() <= row.high, name
        if not np.isnan(row.sd):
            mean = truncnorm((row.low - row.value) / row.sd, (row.high - row.value) / row.sd, row.value, row.sd).mean()
            assert values.std() < 1.2 * row.sd and values.mean() == pytest.approx(mean, abs=0.1 * row.sd), name
            continue
        if row.distribution == "whole":
            assert (values == np.round(values)).all(), name
            ends = max(row.low, row.value / 3), min(row.high, 3 * row.value)
            assert values.mean() == pytest.approx((row.value + sum(ends)) / 3, abs=0.02 * (ends[1] - ends[0]) + 0.5), name
        elif row.distribution == "fifth":
            assert 0.8 * row.value <= values.min() < 0.85 * row.value and values.max() <= 1.2 * row.value, name
        elif row.distribution == "weight":
            assert np.abs(values - row.value).max() <= np.log(3), name
        elif row.distribution in ("threefold", "odds"):
            of = np.log if row.distribution == "threefold" else logit
            with np.errstate(divide="ignore"):
                low, high = max(of(row.low), of(row.value) - np.log(3)), min(of(row.high), of(row.value) + np.log(3))
            assert of(values).mean() == pytest.approx((low + of(row.value) + high) / 3, abs=0.02 * (high - low)), name
        else:
            assert values.mean() == pytest.approx((row.low + row.value + row.high) / 3, abs=0.02 * (row.high - row.low)), name
    some = np.array([drawn[name] for name in names[:60]])
    apart = np.abs(np.corrcoef(some)[np.triu_indices(60, 1)])
    assert apart.max() < 0.4 and parameters.sampled(names, 200, seed=1)[names[0]][0] != drawn[names[0]][0]
