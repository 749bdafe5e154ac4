"""Nothing is lost: a study whose driver, worker or disk gives out is the same in the end as one that nobody disturbed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from experiments import living
from experiments.launch import answered, live_all
from experiments.study import load_study
from experiments.verify import main as verify
from sim.compose import jobs
from sim.outcomes.files import DONE, damages, is_done, put, runs_in, set_aside
from tests.conftest import made_by

JOB = ["city=town", "city.side=16", "population.residents=600", "population.fraction=1.0", "study.name=town", "study.warmup=2",
       "study.days=4", "seeds=4", "intervention=[order_guards,cctv]"]  # fmt: skip
RUNS = 4 * 3
ROOT = Path(__file__).parents[1]


def tree(folder):
    """{file: bytes} of the finished runs of a study."""
    files = [file for run in runs_in(folder) for file in run.iterdir() if file.name != "made.json"]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def lived(said, console):
    """Live a study, and leave it without a report. Returns the exit status."""
    return 1 if live_all(jobs(said), console)[1] else 0


def study(results, *more):
    """A study in this process."""
    return answered(lived, [*JOB, f"results={results}", *more], Console(stderr=True))


DRIVER = """
import sys
from rich.console import Console
from experiments.launch import answered
from tests.test_lost import lived
sys.exit(answered(lived, sys.argv[1:], Console(stderr=True)))
"""


def begin(results, *more):
    """A study in a process of its own, which leads a group of processes, and listens to Ctrl-C even where these tests do not."""
    command = [sys.executable, "-c", DRIVER, *JOB, f"results={results}", *more]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    results = tmp_path_factory.mktemp("undisturbed")
    assert study(results) == 0
    found = tree(results / "town")
    assert len(runs_in(results / "town")) == RUNS
    return found


def wait_for(condition, seconds=120):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()


def goes_on(results, undisturbed):
    """Started again, the study comes to its end, and nobody could tell that it was disturbed."""
    assert study(results) == 0
    assert tree(results / "town") == undisturbed


def workers_of(pid):
    """The processes that live worlds for another."""
    found = subprocess.run(["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    rows = [line.split(None, 2) for line in found]
    return [int(child) for child, parent, said in rows if int(parent) == pid and "popen_loky" in said]


@pytest.mark.parametrize("finished", [0, 5])
def test_a_killed_driver_loses_nothing_that_is_finished(tmp_path, undisturbed, finished):
    driver = begin(tmp_path)
    wait_for(lambda: len(runs_in(tmp_path / "town")) >= finished and (tmp_path / "town" / ".progress").exists())
    os.killpg(driver.pid, signal.SIGKILL)
    driver.wait()
    kept = {run: (run / DONE).stat().st_mtime_ns for run in runs_in(tmp_path / "town")}
    assert len(kept) < RUNS
    goes_on(tmp_path, undisturbed)
    assert all((run / DONE).stat().st_mtime_ns == then for run, then in kept.items())


def test_a_study_goes_on_with_fewer_workers_when_one_is_killed(tmp_path, undisturbed):
    driver = begin(tmp_path, "launcher.workers=2")
    wait_for(lambda: workers_of(driver.pid) and (tmp_path / "town" / ".progress").exists())
    os.kill(workers_of(driver.pid)[0], signal.SIGKILL)
    _, said = driver.communicate(timeout=240)
    assert driver.returncode == 0 and "ended from outside" in said and "on with 1 at a time" in said and "Traceback" not in said
    assert tree(tmp_path / "town") == undisturbed


def test_an_interrupted_study_ends_at_once_and_says_how_to_go_on(tmp_path):
    driver = begin(tmp_path, "study.days=300")
    wait_for(lambda: (tmp_path / "town" / ".progress").exists() and workers_of(driver.pid))
    begun = time.monotonic()
    os.killpg(driver.pid, signal.SIGINT)
    _, said = driver.communicate(timeout=60)
    took = time.monotonic() - begun
    assert driver.returncode == 130 and said.count("the same command goes on") == 1 and "Traceback" not in said
    assert took < 5, f"{took:.1f} s"


def test_two_drivers_of_one_study_do_not_harm_each_other(tmp_path, undisturbed):
    drivers = [begin(tmp_path), begin(tmp_path)]
    assert [(driver.communicate(timeout=300), driver.returncode)[1] for driver in drivers] == [0, 0]
    assert tree(tmp_path / "town") == undisturbed
    assert not [path for path in (tmp_path / "town").iterdir() if path.name.startswith(".") and path.name != ".progress"]


@pytest.mark.parametrize("name", ["events.parquet", DONE])
def test_a_damaged_run_is_named_set_aside_and_lived_again(tmp_path, capsys, name):
    assert study(tmp_path, "seeds=1") == 0
    run = runs_in(tmp_path / "town")[1]
    whole = (run / name).read_bytes()
    (run / name).write_bytes(whole[: len(whole) // 2])
    assert damages(run) == [name] and is_done(run)
    capsys.readouterr()
    assert study(tmp_path, "seeds=1") == 0
    said = " ".join(capsys.readouterr().err.split())
    assert str(run / name) in said and "lived again" in said
    assert (run / name).read_bytes() == whole
    aside = list((tmp_path / "town" / ".damaged").iterdir())
    assert len(aside) == 1 and (aside[0] / name).stat().st_size == len(whole) // 2


def test_more_scenarios_than_are_lived_in_step_are_lived_in_parts(tmp_path, undisturbed, monkeypatch):
    """A world of three scenarios, two at most at once."""
    monkeypatch.setattr(living, "TOGETHER", 2)
    parts, step = [], living.live_together
    monkeypatch.setattr(living, "live_together", lambda *given: (parts.append(list(given[3])), step(*given)))
    living.live_job(jobs([*JOB, f"results={tmp_path}"])[0])
    assert [len(part) for part in parts] == [2, 1]
    found = tree(tmp_path / "town")
    assert len(runs_in(tmp_path / "town")) == 3 and found.items() <= undisturbed.items()


def test_a_half_written_run_and_a_damaged_morning_are_never_taken_for_whole(tmp_path, undisturbed):
    assert study(tmp_path, "seeds=2") == 0
    folder = tmp_path / "town"
    run, (morning, *_) = runs_in(folder)[0], sorted((folder / "warm").iterdir())
    shutil.copytree(run, folder / f".{run.name}.0123")  # as if its writer had been killed before it was moved
    shutil.rmtree(run)
    morning.write_bytes(morning.read_bytes()[:5000])
    assert [run.folder for run in load_study(folder)] and run not in runs_in(folder)
    goes_on(tmp_path, undisturbed)
    os.utime(folder / f".{run.name}.0123", (0, 0))
    assert study(tmp_path) == 0
    assert not (folder / f".{run.name}.0123").exists()


def test_a_full_disk_is_said_and_the_study_goes_on_when_there_is_room(tmp_path, undisturbed):
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(place)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        driver = begin(place)
        _, said = driver.communicate(timeout=240)
        assert driver.returncode == 1 and "no room left on the disk" in " ".join(said.split()) and "Traceback" not in said
        assert len(runs_in(place / "town")) < RUNS and all(not damages(run) for run in runs_in(place / "town"))
        subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)
        goes_on(place, undisturbed)
    finally:  # lazily: ways that are mapped into memory keep a disk busy
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_run_is_verified_by_living_it_again(tmp_path, capsys):
    assert study(tmp_path, "seeds=1") == 0
    folder = tmp_path / "town"
    for said in ([], ["order_guards", "1"], ["none", "1"], [runs_in(folder)[0].name]):
        assert verify([str(folder), *said]) == 0
        assert "the same, byte for byte" in capsys.readouterr().out
    run = next(run for run in runs_in(folder) if "cctv" in (run / "summary.json").read_text(encoding="utf-8"))
    changed = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    (run / "summary.json").write_text(json.dumps(changed | {"residents": 1}), encoding="utf-8")
    assert verify([str(folder), run.name]) == 1
    told = capsys.readouterr().out
    assert "OTHER" in told and "not the same" in told
    for said, cause in ((["cctv", "9"], "no such run"), ([], "other code")):
        if not said:
            for each in runs_in(folder):
                made_by(each, ["other", json.loads((each / "summary.json").read_text(encoding="utf-8"))["versions"][1]])
        assert verify([str(folder), *said]) == 2
        error = capsys.readouterr().err
        assert cause in error and "Traceback" not in error
    assert verify([str(tmp_path)]) == 2


def test_a_damaged_run_that_several_jobs_share_is_set_aside_once(tmp_path):
    variants = ["seeds=1", "intervention.order_guards.dose=1,2"]
    assert study(tmp_path, *variants) == 0
    shared = next(run for run in runs_in(tmp_path / "town") if "scenario: none" in (run / "config.yaml").read_text(encoding="utf-8"))
    (shared / "maps.npz").write_bytes(b"")
    assert study(tmp_path, *variants) == 0
    assert len(runs_in(tmp_path / "town")) == 4 and len(list((tmp_path / "town" / ".damaged").iterdir())) == 1


def test_a_run_is_never_put_over_one_that_another_process_has_finished(tmp_path):
    """Whoever comes second throws away what was written; over what is not whole the run is put."""
    place = tmp_path / "0123456789ab"
    for text, there in (("first", None), ("second", "first")):
        draft = tmp_path / f".{place.name}.{text}"
        draft.mkdir()
        (draft / "a").write_text(text)
        (draft / DONE).write_text("{}")
        put(draft, place)
        assert (place / "a").read_text() == (there or text)
    (place / DONE).unlink()
    put(draft, place)
    assert (place / "a").read_text() == "second" and is_done(place)


def test_what_is_set_aside_never_covers_what_was_before(tmp_path):
    for text in "ab":
        (tmp_path / "x").write_text(text)
        set_aside(tmp_path / "x")
    assert sorted(path.read_text() for path in (tmp_path / ".damaged").iterdir()) == ["a", "b"]


def test_every_run_says_how_it_was_made(tmp_path):
    assert study(tmp_path, "seeds=1") == 0
    for run in runs_in(tmp_path / "town"):
        made, summary = (json.loads((run / name).read_text(encoding="utf-8")) for name in ("made.json", "summary.json"))
        assert made["finished"].endswith("+00:00")
        assert made["versions"]["numpy"] and made["versions"]["python"] and made["machine"]["cores"] >= 1
        assert len(summary["versions"]) == 2 and summary["seed"] == 1
