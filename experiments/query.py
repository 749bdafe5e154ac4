"""Ask the saved runs of a study in SQL.

`python -m experiments.query results/year "select scenario, count(*) / count(distinct seed) as events from events group by all"` prints a
table, or with `--csv FILE` writes it. Tables: runs (scenario, seed, measures, seconds), and events, daily, visits, open, harms, journeys
and trips, as every run has them, each with the columns run, scenario and seed. Without a question it lists them and their columns.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from rich.table import Table

from experiments.console import plain
from experiments.launch import answered
from experiments.study import load_study
from sim.options import ConfigError
from sim.outcomes.files import MADE, TABLES, RunError, index, read_part

LISTED = """select table_name as "table", string_agg(column_name, ', ' order by column_index) as columns from duckdb_columns()
where schema_name = 'main' and not internal group by table_name order by table_name"""
SHOWN = 200
"""Rows that are printed; a file has them all."""


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.query", description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", help="folder of a study, such as results/year")
    parser.add_argument("question", nargs="?", help="SQL, as DuckDB has it")
    parser.add_argument("--csv", help="file to write instead of a table")
    return answered(ask, parser.parse_intermixed_args(arguments), plain(stderr=True))


def ask(said, console):
    """Open the study, ask, and show. Returns the exit status."""
    engine = library()
    try:
        database = opened(said.folder, engine)
    except (engine.Error, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{said.folder}: its runs are not as they were written ({' '.join(str(error).split())})") from None
    try:
        found = database.sql(said.question or LISTED)
        rows = found.df() if found is not None else pd.DataFrame()
    except engine.Error as error:
        raise ConfigError(f"{said.question}: {' '.join(str(error).split())}") from None
    if said.csv:
        try:
            rows.to_csv(said.csv, index=False, lineterminator="\n")
        except OSError as error:
            raise ConfigError(f"--csv {said.csv}: cannot be written ({error.strerror}); name a file in a folder that exists") from None
    else:
        show(rows)
    return 0


def library():
    """DuckDB. Raises `ConfigError` where it is not installed."""
    try:
        import duckdb
    except ImportError:
        raise ConfigError("questions in SQL need DuckDB; install it with: pip install 'tryggsim[query]'") from None
    return duckdb


def opened(folder, engine):
    """A database whose tables are the files of the runs of a study, none of which is read before it is asked for."""
    if not Path(folder).is_dir():
        raise ConfigError(f"{folder}: no such folder; a study lies in results/<name>")
    runs = [run.folder for run in load_study(folder)]
    if not runs:
        raise ConfigError(f"{folder}: holds no finished run; a study lies in results/<name>")
    database, table = engine.connect(), index(runs)
    table = table.assign(seconds=[sum(read_part(place / MADE)["seconds"].values()) for place in table["folder"]])
    database.register("told", table[["run", "scenario", "seed", "measures", "seconds"]])
    database.execute("create table runs as select * from told")
    database.unregister("told")
    for name in TABLES:
        files = [str(place / f"{name}.parquet") for place in runs]
        listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        database.execute(
            f"create view {name} as select runs.run, runs.scenario, runs.seed, of_each.* exclude (filename) "
            f"from read_parquet([{listed}], filename=true, union_by_name=true) as of_each "
            "join runs on runs.run = string_split(filename, '/')[-2]"
        )
    return database


def show(rows):
    """Print a table of rows (a frame)."""
    table = Table()
    for name in rows:
        table.add_column(str(name), justify="right" if rows[name].dtype.kind in "iuf" else "left", overflow="fold")
    for row in rows.head(SHOWN).itertuples(index=False):
        table.add_row(*("" if value is None else f"{value:,.6g}" if isinstance(value, float) else str(value) for value in row))
    console = plain()
    console.print(table)
    if len(rows) > SHOWN:
        console.print(f"{len(rows) - SHOWN:,} more rows; --csv FILE writes them all")


if __name__ == "__main__":
    sys.exit(main())
