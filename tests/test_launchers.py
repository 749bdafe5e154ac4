"""Where a study is lived changes nothing of it: in this process, in others, on a real SLURM, by Ray."""

import importlib.util
import shutil
import subprocess
import threading
import time

import pytest
from rich.console import Console

from experiments.launch import answered
from sim.outcomes.files import runs_in
from tests.test_lost import JOB, lived, tree

TWO = ["seeds=2", "study.days=3"]


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """{file: bytes} of a study that was lived in this process."""
    results = tmp_path_factory.mktemp("here")
    assert answered(lived, [*JOB, *TWO, f"results={results}", "launcher=one"], Console(stderr=True)) == 0
    return tree(results / "town")


def elsewhere(folder, *launcher):
    """Exit status of the same study, lived elsewhere."""
    return answered(lived, [*JOB, *TWO, f"results={folder}", *launcher], Console(stderr=True))


def no_slurm():
    """Why there is no cluster to test on; "" where there is one."""
    if not all(map(shutil.which, ("sbatch", "sacct", "sinfo"))):
        return "no SLURM on this machine (.ci/slurm starts one)"
    found = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True, check=False)
    return "" if found.returncode == 0 and {"idle", "mixed", "allocated"} & set(found.stdout.split()) else f"no SLURM is up: {found.stderr}"


def test_processes_leave_the_same_runs(here, tmp_path):
    assert elsewhere(tmp_path, "launcher=cores", "launcher.workers=2") == 0
    assert tree(tmp_path / "town") == here


@pytest.mark.skipif(bool(no_slurm()), reason=no_slurm() or "there is one")
def test_slurm_leaves_the_same_runs_and_a_cancelled_job_is_said_and_lived_again(here, tmp_path, capsys):
    def cancel():
        """The job that waits until the first is done, since one runs at a time: one that runs may be done before it is told."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            waiting = ["squeue", "-h", "-r", "-n", "tryggsim", "-t", "PENDING", "-o", "%i"]
            ids = subprocess.run(waiting, capture_output=True, text=True, check=True).stdout.split()
            if ids:
                subprocess.run(["scancel", ids[-1]], check=True)
                return
            time.sleep(0.1)

    canceller = threading.Thread(target=cancel)
    canceller.start()
    assert elsewhere(tmp_path, "launcher=slurm", "launcher.memory_gb=2", "launcher.workers=1") == 1
    canceller.join()
    said = " ".join(capsys.readouterr().err.split())
    assert "SLURM jobs did not come to their end" in said and "the same command goes on" in said
    assert len(runs_in(tmp_path / "town")) == 3
    assert elsewhere(tmp_path, "launcher=slurm", "launcher.memory_gb=2") == 0
    assert tree(tmp_path / "town") == here


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed (tryggsim[ray], half a gigabyte)")
def test_ray_leaves_the_same_runs(here, tmp_path):
    assert elsewhere(tmp_path, "launcher=ray") == 0
    assert tree(tmp_path / "town") == here


def test_a_place_that_is_not_to_be_had_is_said_in_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("experiments.launchers.shutil.which", lambda _: None)
    monkeypatch.setattr("experiments.launchers.LIBRARIES", {"slurm": "sys", "ray": "nothing_of_that_name"})
    for kind, cause in (("slurm", "no srun on the path"), ("ray", "pip install 'tryggsim[ray]'")):
        assert elsewhere(tmp_path, f"launcher={kind}") == 2
        said = capsys.readouterr().err
        assert f"launcher={kind}" in said and cause in said and "Traceback" not in said
