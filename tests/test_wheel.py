"""The wheel outside the checkout: built from it, unpacked elsewhere, with everything that the program reads."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ASK = "from experiments.launch import main; import sim.config as c; print(c.CONF); raise SystemExit(main(['study.days=0']))"


def test_the_wheel_works_outside_the_checkout(tmp_path):
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("tryggsim-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
        held = set(archive.namelist())
    (tmp_path / "site" / "conf").mkdir()  # somebody else's package of that name beside it
    asked = [sys.executable, "-c", ASK]
    told = subprocess.run(asked, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path / "site")}, capture_output=True, text=True)
    assert told.returncode == 2 and "study.days=0: out of range" in told.stderr
    assert Path(told.stdout.strip()) == tmp_path / "site" / "sim" / "conf"
    carried = {path.relative_to(ROOT / "conf").as_posix() for path in (ROOT / "conf").rglob("*") if path.is_file()}
    assert {f"sim/conf/{name}" for name in carried} <= held
