"""What a run leaves on disk, written whole or not at all, and read back."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

FAILED = "FAILED"


@dataclass(frozen=True)
class Run:
    """A saved run: `config` as it was asked for, `events` and `daily` tables, `maps` arrays, `summary` what else is known of it."""

    folder: Path
    config: dict
    summary: dict

    @property
    def events(self):
        return pd.read_parquet(self.folder / "events.parquet")

    @property
    def daily(self):
        return pd.read_parquet(self.folder / "daily.parquet")

    @property
    def maps(self):
        with np.load(self.folder / "maps.npz") as file:
            return dict(file)


def is_done(folder):
    """Whether a run is there and whole."""
    return (Path(folder) / "DONE").exists()


def save_run(folder, config_text, events, daily, maps, summary, seconds):
    """Write a run beside its place, then move it there, so that a half-written run never looks like a whole one.

    `seconds` by phase of the model go into `timing.json`, which no report reads.
    """
    folder = Path(folder)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    (draft / "config.yaml").write_text(config_text, encoding="utf-8")
    pd.DataFrame(events).to_parquet(draft / "events.parquet", index=False)
    daily.to_parquet(draft / "daily.parquet", index=False)
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
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    return Run(folder, config, json.loads((folder / "summary.json").read_text(encoding="utf-8")))
