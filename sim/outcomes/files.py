"""What a run leaves on disk, written whole or not at all, and read back."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import yaml

FAILED = "FAILED"
TABLES = ("events", "daily", "visits", "open", "harms", "journeys", "trips")


class RunError(ValueError):
    """A saved run that cannot be read; the message is one line for the user."""


@dataclass(frozen=True)
class Run:
    """A saved run: `config` as it was asked for, its tables, `maps` arrays, `summary` what else is known of it."""

    folder: Path
    config: dict
    summary: dict

    @property
    def events(self):
        return read_part(self.folder / "events.parquet")

    @property
    def daily(self):
        return read_part(self.folder / "daily.parquet")

    @property
    def visits(self):
        return read_part(self.folder / "visits.parquet")

    @property
    def open(self):
        return read_part(self.folder / "open.parquet")

    @property
    def harms(self):
        return read_part(self.folder / "harms.parquet")

    @property
    def journeys(self):
        return read_part(self.folder / "journeys.parquet")

    @property
    def trips(self):
        return read_part(self.folder / "trips.parquet")

    def in_memory(self):
        """The same run with its tables read once, for someone who asks for them often and lets go of them soon."""
        return SimpleNamespace(config=self.config, summary=self.summary, **{name: getattr(self, name) for name in (*TABLES, "maps")})

    @property
    def maps(self):
        return Maps(self.folder / "maps.npz")


def read_yaml(text):
    """YAML without any code in it, by the quick parser where there is one."""
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def read_part(file, parse=json.loads):
    """One file of a run: a table, or a text as `parse` reads it. Raises `RunError` whatever is wrong with it."""
    try:
        if file.suffix == ".parquet":
            return pd.read_parquet(file)
        return parse(file.read_text(encoding="utf-8"))
    except Exception as error:  # damaged files raise whatever their readers stumble over
        raise damaged(file, error) from None


def damaged(file, error):
    """The error to raise for a file of a run that its reader could not read."""
    cause = " ".join(str(error).split())[:120]
    return RunError(f"{file}: cannot be read ({cause}); delete {file.parent}, and the same study lives that run again")


class Maps(Mapping):
    """The arrays of a run's `maps.npz` by name, each read when asked for. Raises `RunError` whatever is wrong with the file."""

    def __init__(self, file):
        self.file = file

    def _checked(self, use):
        try:
            with np.load(self.file) as arrays:
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
    return (Path(folder) / "DONE").exists()


def save_run(folder, config_text, tables, maps, summary, seconds):
    """Write a run beside its place, then move it there, so that a half-written run never looks like a whole one.

    `tables` name → {column: values}; `seconds` by phase of the model go into `timing.json`, which no report reads.
    """
    folder = Path(folder)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    (draft / "config.yaml").write_text(config_text, encoding="utf-8")
    for name, table in tables.items():
        pd.DataFrame(table).to_parquet(draft / f"{name}.parquet", index=False)
    np.savez_compressed(draft / "maps.npz", **maps)
    (draft / "summary.json").write_text(json.dumps(summary, indent=1, ensure_ascii=False), encoding="utf-8")
    (draft / "timing.json").write_text(json.dumps(seconds, indent=1), encoding="utf-8")
    (draft / "DONE").write_text("", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def save_failure(folder, config_text, cause):
    """Say in the run's folder why it did not come to an end."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(config_text, encoding="utf-8")
    (folder / FAILED).write_text(cause, encoding="utf-8")


def load_run(folder):
    """Read what identifies a run; its tables are read when asked for."""
    folder = Path(folder)
    config, summary = read_part(folder / "config.yaml", read_yaml), read_part(folder / "summary.json")
    for name, found, needed in (("config.yaml", config, "measures"), ("summary.json", summary, "versions")):
        if not isinstance(found, dict) or needed not in found:
            raise RunError(f"{folder / name}: does not say its {needed}; delete {folder}, and the same study lives that run again")
    return Run(folder, config, summary)
