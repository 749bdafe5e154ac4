"""A fourteenth measure: one file and one YAML, and it is compared like the others without another line anywhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
TOY = '''
from dataclasses import dataclass

from sim.interventions.measure import Cost, Measure
from sim.options import option


@dataclass(frozen=True)
class Lanterns(Measure):
    """P14: lanterns all over the town."""

    level: float = option(1.0, "share", 0.0, 1.0)

    pledge = "P14"
    title = "Lanterns"
    title_sv = "Lyktor"
    decides = "city"
    pays = "city"
    evidence = "C"
    law = "None"
    law_sv = "Ingen"
    primary = "safe_share"

    def pull(self, levers, city, parameters):
        levers.light([c for c in range(len(city.walkable)) if city.walkable[c]], min(self.dose, 1) * self.level)

    def bill(self, city, parameters):
        return [Cost("lantern", self.dose * 10, running=1000.0)]
'''


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("sim", "experiments", "conf"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy2(ROOT / "run.py", folder)
    (folder / "sim" / "interventions" / "lanterns.py").write_text(TOY, encoding="utf-8")
    options = "# @package intervention.lanterns\ndose: 1.0\nstart_day: 0\nlevel: 1.0\n"
    (folder / "conf" / "intervention" / "lanterns.yaml").write_text(options, encoding="utf-8")
    return folder


def python(checkout, *arguments):
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    return subprocess.run([sys.executable, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=True).stdout


def test_it_is_among_all_that_are_compared_by_default(checkout):
    said = python(checkout, "-c", "from sim.compose import jobs; print(*jobs([])[0].scenarios)")
    assert {"none", "lanterns", "whole_pledge"} <= set(said.split()) and len(said.split()) == 16


def test_it_is_in_the_table_and_on_the_page(checkout):
    options = [
        "city=town", "city.side=16", "population.residents=800", "population.fraction=1.0", "study.name=toy", "study.warmup=14",
        "study.days=14", "seeds=2", "launcher=one", "intervention=[lanterns]", "parameter.offence.vandalism.rate=2",
    ]  # fmt: skip
    said = python(checkout, "run.py", *options)
    report = checkout / "results" / "toy" / "report"
    table = pd.read_csv(report / "comparison.csv")
    assert "Lanterns" in said and set(table["intervention"]) == {"lanterns"}
    assert table["cost_msek"].iloc[0] == pytest.approx(10 * 1000 * 14 / 365 / 1e6)
    assert table.set_index("outcome").loc["safe_share", "effect"] > 0  # all lamps on: its own lever, as the survey in the dark sees it
    assert "Lyktor" in (report / "report.sv.html").read_text(encoding="utf-8")
