"""A study on disk: which runs it has, by what they are known, and what is kept beside them."""

import errno
import hashlib
import json
import sys
from functools import cache
from pathlib import Path

import yaml

from experiments.runs import scenarios, variants
from sim.config import CONF, HARM, HERE, REGISTRY, identity
from sim.disk import read_yaml, write_text
from sim.outcomes.files import FAILED, INDEX, MADE, RUN_ID, Run, damaged, damages, index, is_done, read_part, runs_in

NO_ROOM = errno.ENOSPC, errno.EDQUOT


class StudyError(RuntimeError):
    """A study that cannot begin, through no mistake of the user; the message is one line."""


def is_no_room(error):
    """Whether there was no room for a file."""
    return isinstance(error, OSError) and error.errno in NO_ROOM


@cache
def code_version():
    """Hash of every source file of the model: a run of other code is another run."""
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*.py")):
        digest.update(path.relative_to(HERE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def data_version(config):
    """Hash of the data files that a job reads."""
    digest = hashlib.sha256()
    named = [REGISTRY, CONF / config.population.by_year, CONF / config.population.ages]
    for value in vars(config.city).values():
        for path in (Path(value), CONF / value) if value and isinstance(value, str) else ():
            if path.exists():
                named += sorted(path.glob("*.csv")) if path.is_dir() else [path]
                break
    for path in named:
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def run_id(config, scenario, data=None):
    """Identity of a run: a hash of its configuration, the code and the data (`data_version`, where it is known already)."""
    text = f"{json.dumps(identity(config, scenario))}\n{code_version()}\n{data or data_version(config)}"
    return hashlib.sha256(text.encode()).hexdigest()[:RUN_ID]


def study_folder(config):
    return Path(config.results) / config.study.name


def run_folders(config):
    """Scenario → folder of the run."""
    data = data_version(config)
    return {name: study_folder(config) / run_id(config, name, data) for name in config.scenarios}


def progress_file(config):
    return study_folder(config) / ".progress" / run_id(config, "none")


def days_of(config):
    """Days that a job lives in all."""
    return config.study.warmup + config.study.days * len(config.scenarios)


def pace(runs):
    """Seconds that a day of these runs took, in the mean: the scenarios of a world share what they do alike."""
    spent = sum(sum(read_part(run.folder / MADE)["seconds"].values()) for run in runs)
    return spent / sum(run.summary["days"] for run in runs)


def failures(folders):
    """Scenario → last line of the cause, for runs that failed, of these `folders` {scenario: folder}."""
    found = {}
    for name, folder in folders.items():
        if (folder / FAILED).exists() and not is_done(folder):
            found[name] = ((folder / FAILED).read_text(encoding="utf-8").strip().splitlines() or ["no cause was kept"])[-1]
    return found


def missing_runs(folder, runs):
    """Names of runs of a study folder that failed, or that others like those in `runs` have in a world where these are not there."""
    asked_for = lambda config: {k: v for k, v in config.items() if k not in ("scenario", "measures", "seed")}  # noqa: E731
    alike, names = [asked_for(run.config) for run in runs], []
    for cause in sorted(Path(folder).glob(f"*/{FAILED}")):
        config = Run(cause.parent).config
        if not is_done(cause.parent) and asked_for(config) in alike:
            names.append(f"{config['scenario']} {config['seed']}")
    for group in variants(runs).values():
        worlds = {run.summary["seed"] for run in group}
        names += [f"{label} {seed}" for label, found in scenarios(group).items() for seed in sorted(worlds - found.keys()) if found]
    return list(dict.fromkeys(names))


def save_note(folder, harm, longer):
    """Keep with the study how harm is weighed, and what is known of a `longer` study; returns it as `note_of` does."""
    write_text(Path(folder) / "study.yaml", yaml.safe_dump({"harm": harm} | longer))
    return note_of(folder)


def note_of(folder):
    """{study, harm, command, takes_s}: the name of this study, how it weighs harm, and the command of a longer one with the seconds that
    it takes on the same machine; no command where there is none."""
    file = Path(folder) / "study.yaml"
    note = read_part(file, read_yaml) if file.exists() else {"harm": HARM[0]}
    if not isinstance(note, dict) or note.get("harm") not in HARM or not isinstance(note.get("takes_s", 0), (int, float)):
        raise damaged(file, "it does not say how harm is weighed, or how long a longer study takes")
    return {"study": Path(folder).name} | note


def load_study(folder, wanted=None, as_written=True):
    """Whole runs of a study folder, sorted by scenario and seed: those in the folders `wanted`, or all that the latest code and data
    left there; of these it is looked, unless `as_written` is false, whether they are as they were written. Raises `RunError`."""
    whole = runs_in(folder)
    found = index([place for place in whole if (place in wanted if wanted is not None else (place / INDEX).exists())])
    if wanted is None and len(found):
        latest = max(found.index, key=lambda i: whole.index(found["folder"][i]))
        found = found[found["versions"].eq(found["versions"][latest])]
    if wanted is None and len(found) < len(whole):
        print(f"tryggsim: {folder}: {len(whole) - len(found)} runs of other code or data are left out", file=sys.stderr)
    places = list(found.sort_values(["measures", "seed"], kind="stable")["folder"])
    for place in places if wanted is None and as_written else ():
        if names := damages(place):
            raise damaged(place / names[0], "it is not as it was written")
    return [Run(place) for place in places]
