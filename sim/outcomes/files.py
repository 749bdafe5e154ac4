"""What a run leaves on disk, written whole or not at all, and read back."""

import errno
import hashlib
import json
import shutil
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import yaml
from pyarrow.dataset import dataset

from sim.disk import read_yaml, readable, write_text
from sim.options import UserError

FAILED, DONE, MADE, INDEX, DAMAGED = "FAILED", "DONE", "made.json", "run.parquet", ".damaged"
INDEXED = ["run", "scenario", "seed", "measures", "versions"]
"""Columns of the one row that says which run it is."""
RUN_ID = 12
"""Letters in the name of a run's folder."""
ABANDONED_S = 3600
MOST_TABLE = 16 * 2**30
"""Bytes of a run's file."""
MOST_ARRAYS = 2 * 2**30
"""Bytes of a run's maps: twenty times those of a city of 100,000 cells."""
TABLES = ("events", "daily", "visits", "open", "harms", "journeys", "trips")


class RunError(UserError):
    """A saved run that cannot be read."""


@dataclass(frozen=True)
class Run:
    """A saved run: `config` as it was asked for, its tables, `maps` arrays, `summary` what else is known of it; each read when asked for,
    because a study may have thousands."""

    folder: Path

    @cached_property
    def config(self):
        return self._saying("config.yaml", "measures", read_yaml)

    @cached_property
    def summary(self):
        return self._saying("summary.json", "versions", json.loads)

    def _saying(self, name, needed, parse):
        found = read_part(self.folder / name, parse)
        if not isinstance(found, dict) or needed not in found:
            raise RunError(f"{self.folder / name}: does not say its {needed}; start the same study again, and it lives that run again")
        return found

    def _table(self, name):
        """One table, whose cells, areas and kinds are such as the run's city and options have."""
        table = read_part(self.folder / f"{name}.parquet")
        city, kinds = self.summary["city"], len(self.summary["offences"]) + len(self.summary["courses"])
        ends = {"cell": city["rows"] * city["cols"], "zone": len(self.summary["zones"]["name"]), "kind": kinds}
        for column in table.columns.intersection(ends) if len(table) else ():
            if not -1 <= table[column].min() <= table[column].max() < ends[column]:
                raise damaged(self.folder / f"{name}.parquet", f"{column} goes from {table[column].min()} to {table[column].max()}")
        return table

    def __getattr__(self, name):
        """A table, by its name in TABLES."""
        if name in TABLES:
            return self._table(name)
        raise AttributeError(f"a run has no {name}")

    def in_memory(self):
        """The same run with its tables read once, for someone who asks for them often and lets go of them soon."""
        return SimpleNamespace(config=self.config, summary=self.summary, **{name: getattr(self, name) for name in (*TABLES, "maps")})

    @property
    def maps(self):
        return Maps(self.folder / "maps.npz")


def write_yaml(file, plain):
    """Plain values as YAML, in their own order, by the quick writer where there is one."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    Path(file).write_text(yaml.dump(plain, Dumper=dumper, sort_keys=False, allow_unicode=True), encoding="utf-8")


def numbers_of(text):
    """{name: float} of lines of name and number with a comma between."""
    return {name: float(number) for name, number in (line.rsplit(",", 1) for line in text.splitlines())}


def read_part(file, parse=json.loads):
    """One file of a run: a table, or a text as `parse` reads it. Raises `RunError` whatever is wrong with it."""
    try:
        if readable(file).suffix == ".parquet":
            return pd.read_parquet(file)
        return parse(file.read_text(encoding="utf-8"))
    except Exception as error:  # damaged files raise whatever their readers stumble over
        raise damaged(file, error) from None


def damaged(file, error):
    """The error to raise for a file of a run that its reader could not read."""
    cause = " ".join(str(error).split())[:120]
    return RunError(f"{file}: cannot be read ({cause}); start the same study again, and it lives that run again")


class Maps(Mapping):
    """The arrays of a run's `maps.npz` by name, each read when asked for. Raises `RunError` whatever is wrong with the file."""

    def __init__(self, file):
        self.file = file

    def _checked(self, use):
        try:
            with np.load(readable(self.file)) as arrays:
                if sum(part.file_size for part in arrays.zip.infolist()) > MOST_ARRAYS:
                    raise ValueError("its arrays are larger than any that a run leaves")
                return use(arrays)
        except KeyError:
            raise
        except Exception as error:
            raise damaged(self.file, error) from None

    def __getitem__(self, name):
        return self._checked(lambda arrays: arrays[name])

    def __iter__(self):
        return iter(self._checked(lambda arrays: list(arrays.files)))

    def __len__(self):
        return len(self._checked(lambda arrays: arrays.files))


def is_done(folder):
    """Whether a run is there and whole."""
    return (Path(folder) / DONE).exists()


def runs_in(folder):
    """Folders of the whole runs of a study, in the order in which they were finished."""
    finished = {}
    for done in Path(folder).glob(f"*/{DONE}"):
        with suppress(FileNotFoundError):  # set aside meanwhile
            if not done.parent.name.startswith("."):
                finished[done.parent] = done.stat().st_mtime
    return sorted(finished, key=finished.get)


def save_run(folder, config, tables, maps, summary, made):
    """Write a run beside its place, then move it there, so that a half-written run never looks like a whole one; what was written is thrown
    away where another process has been quicker with the same run.

    `config` is what identifies it (sim.config.identity); `tables` name → {column: values}; `made` says how the run was made
    (sim.outcomes.made).
    """
    folder = Path(folder)
    draft = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    draft.mkdir(parents=True)
    try:
        write_yaml(draft / "config.yaml", config)
        row = {"run": folder.name, "scenario": config["scenario"], "seed": config["seed"], "measures": json.dumps(config["measures"]),
               "versions": json.dumps(summary["versions"])}  # fmt: skip
        pd.DataFrame([row]).to_parquet(draft / INDEX, index=False)
        for name, table in tables.items():
            pd.DataFrame(table).to_parquet(draft / f"{name}.parquet", index=False)
        np.savez_compressed(draft / "maps.npz", **maps)
        (draft / "summary.json").write_text(json.dumps(summary, indent=1, ensure_ascii=False), encoding="utf-8")
        (draft / MADE).write_text(json.dumps(made, indent=1), encoding="utf-8")
        (draft / DONE).write_text(json.dumps(digests(draft), indent=1), encoding="utf-8")
        put(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def put(draft, folder):
    """Move a whole run to its place: over what is not whole, and never over what another process has put there."""
    for _ in range(3):
        try:
            draft.rename(folder)
            return
        except OSError as error:
            if is_done(folder):
                return
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        with suppress(FileNotFoundError):
            folder.rename(folder.with_name(f".{folder.name}.{uuid.uuid4().hex}"))


def digests(folder):
    """{file: SHA-256} of the files of a run, without what says how it was made and that it is whole."""
    files = (file for file in sorted(folder.iterdir()) if file.is_file() and file.name not in (DONE, MADE))
    return {file.name: hashlib.sha256(readable(file, MOST_TABLE).read_bytes()).hexdigest() for file in files}


def damages(folder):
    """Names of the files of a whole run that are not there any more, or not as they were written."""
    folder = Path(folder)
    try:
        written = read_part(folder / DONE)
        found = digests(folder)
        return [name for name, digest in written.items() if found.get(name) != digest]
    except (RunError, OSError, AttributeError):
        return [DONE]


def set_aside(path):
    """Move what cannot be read, a run or a file, into the folder `.damaged` beside it; returns where it lies now, or None where another
    process has been quicker."""
    path = Path(path)
    place = path.parent / DAMAGED / f"{path.name}.{uuid.uuid4().hex[:8]}"
    place.parent.mkdir(exist_ok=True)
    with suppress(FileNotFoundError):
        return path.rename(place)


def clear_drafts(folder):
    """Take away what writers who were killed have left in a study's folder and with the ways beside it: drafts that nobody has touched for
    an hour."""
    folder = Path(folder)
    drafts = [*folder.glob(f".{'?' * RUN_ID}.*"), *folder.glob("warm/*.*.*.npz"), *folder.parent.glob(".ways/.*.npy")]
    for draft in drafts:
        with suppress(FileNotFoundError):
            if time.time() - draft.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(draft) if draft.is_dir() and not draft.is_symlink() else draft.unlink()


def save_failure(folder, config, cause):
    """Say in the run's folder why it did not come to an end; nothing where another process has brought it there."""
    folder = Path(folder)
    if is_done(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):  # moved aside meanwhile, for a run that has come to its end
        write_yaml(folder / "config.yaml", config)
        write_text(folder / FAILED, cause)


def forget_failure(folder):
    """A run is tried again: what is said of an earlier try holds no more."""
    if not is_done(folder):
        (Path(folder) / FAILED).unlink(missing_ok=True)


def index(folders):
    """A table of the runs in these folders: their `folder`, scenario, seed, and measures and versions as JSON. One row of a run is read,
    not all that is known of it. Raises `RunError`."""
    files = [str(place / INDEX) for place in folders]
    try:
        table = dataset(files, format="parquet").to_table().to_pandas() if files else pd.DataFrame(columns=INDEXED)
    except Exception:  # of one of them: it is to be named
        table = pd.concat([read_part(Path(file)) for file in files])
    places = {place.name: place for place in folders}
    if renamed := set(table["run"]) ^ places.keys():
        raise RunError(f"{folders[0].parent}: the folder of run {min(renamed)} has another name than it was written under; give it back")
    return table.assign(folder=[places[name] for name in table["run"]])
