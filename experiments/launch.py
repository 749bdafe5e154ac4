"""The main job: check everything, live every world, compare, report. Exit status 0, 1 if a run failed, 2 for a user's mistake.

What lives and what tells takes a second to import, for which a mistake on the command line must not wait: it is imported when needed.
"""

import errno
import os
import re
import shlex
import shutil
import sys
import tempfile
import threading
import traceback
from pathlib import Path

import joblib
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from experiments.console import plain, warn
from experiments.launchers import check_launcher, launch
from experiments.study import (
    StudyError,
    days_of,
    failures,
    is_no_room,
    load_study,
    missing_runs,
    pace,
    progress_file,
    run_folders,
    save_note,
    study_folder,
)
from experiments.together import shown
from sim.compose import explained, jobs
from sim.options import ConfigError, UserError
from sim.outcomes.files import FAILED, clear_drafts, damages, is_done, set_aside

GOES_ON = "Finished runs are kept; the same command goes on where this one stopped."
LOGS = ".logs"
"""Folder in that of a study for what a cluster writes."""
ROOM = 2**28
"""Bytes below which a disk is called full: jobs that found no room have taken their drafts away again."""


def main(arguments=None):
    """Run the command line. Returns the exit status."""
    return answered(run, sys.argv[1:] if arguments is None else arguments, plain(stderr=True))


def answered(work, options, console):
    """Exit status of `work(options, console)`; what goes wrong is told in one line: 2 for a user's mistake, 1 for a study that cannot
    begin, 130 when it was stopped."""
    try:
        return work(options, console)
    except (UserError, StudyError) as error:
        print(f"tryggsim: {error}", file=sys.stderr)
        return 1 if isinstance(error, StudyError) else 2
    except OSError as error:
        if is_no_room(error):
            print(f"tryggsim: no room left on the disk ({error}). {GOES_ON}", file=sys.stderr)
        elif error.filename:
            print(f"tryggsim: {error.filename}: {error.strerror or error}", file=sys.stderr)
        else:
            return gone_wrong(error)
        return 1
    except KeyboardInterrupt:
        console.print(f"\nStopped. {GOES_ON}")
        return 130
    except Exception as error:
        return gone_wrong(error)


def gone_wrong(error):
    """Say in one line what nobody foresaw, a mistake of the program or files that somebody has changed, and keep the whole trace in a file;
    returns the exit status."""
    *_, last = traceback.extract_tb(error.__traceback__)
    with tempfile.NamedTemporaryFile("w", prefix="tryggsim-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    what = UserError(f"{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})")
    print(f"tryggsim: this was not foreseen: {what}. The whole trace: {file.name}", file=sys.stderr)
    return 1


def run(arguments, console):
    """Explain the options, or check, live, compare and report. Returns the exit status."""
    if {"--help", "-h"} & set(arguments):
        print(explained(arguments))
        return 0
    configs = jobs(arguments)
    if configs[0].trial:
        raise ConfigError("experiment=trial/…: field trials are lived by python -m experiments.trial <name> (conf/experiment/trial/)")
    if configs[0].decide:
        raise ConfigError("experiment=decide/…: such studies are lived by python -m experiments.decide <name> (conf/experiment/decide/)")
    check_cities(configs, console)
    return live_study(configs, arguments, console)


def program():
    """How the command line was called: as the script of a checkout, or as the command that a wheel installs."""
    return "python run.py" if Path(sys.argv[0]).name == "run.py" else "tryggsim"


def longer_study(name, arguments, runs):
    """{command, takes_s} of the longer experiment `name`, with all other options of this command line: from the time that its `runs` took,
    on as many cores. Nothing where there is no name."""
    if not name:
        return {}
    said = [f"experiment={name}", *(a for a in arguments if not re.match(r"(experiment|seeds?|study\.\w+)=", a))]
    configs = jobs(said)
    days = sum(map(days_of, configs))
    takes_s = days * pace(runs) / min(joblib.cpu_count(), len(configs))
    return {"command": f"{program()} {shlex.join(said)}", "takes_s": round(takes_s)}


def check_cities(configs, console):
    """Lay out every different city and pull every measure's levers once, so that mistakes show before anything is lived; say what
    was left out of a city."""
    from experiments.living import build_city

    seen = set()
    for config in configs:
        key = (config.city, config.population, tuple(config.overrides.items()), repr(config.scenarios))
        if key not in seen:
            seen.add(key)
            for note in build_city(config, check_measures=True).notes:
                warn(console, "note", f": {note}", "yellow")


def live_study(configs, arguments, console):
    """Live, compare and report. Returns the exit status."""
    from experiments.compare import compare
    from experiments.report.table import print_note, print_table, print_unsettled
    from experiments.report.write import write_report

    runs, failed = live_all(configs, console)
    if not runs:
        console.print("No run came to an end; nothing to compare.")
        return 1
    folder = study_folder(configs[0])
    with shown(console):
        table, missing = compare(runs), missing_runs(folder, runs)
        note = save_note(folder, configs[0].study.harm, longer_study(configs[0].study.longer, arguments, runs))
        page = write_report(folder / "report", runs, table, note, missing)
    print_table(table, runs, note["harm"])
    print_unsettled(runs)
    print_note(note)
    print(f"\nReport: {page}")
    return 1 if failed else 0


def make_folder(config):
    """The folder of a study, made where it is not there. Raises `ConfigError`."""
    folder = study_folder(config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise ConfigError(f"results={config.results}: cannot be written to ({error.strerror}); name another folder") from None
    return folder


def live_all(configs, console):
    """Live every job that is not yet on disk, where the configuration says (experiments.launchers), with progress and what failed. Returns
    (whole runs, [(job, scenario, cause)] of those that are not there)."""
    from experiments.living import compile_kernels, live_job

    folder = make_folder(configs[0])
    check_launcher(configs[0])
    places = [run_folders(config) for config in configs]  # each a hash of all that is asked for: worked out once
    set_damaged_aside(folder, places, console)
    total = sum(days_of(c) for c in configs)
    worlds, study = {c.seed for c in configs}, configs[0].study
    variants = f" in {len(configs) // len(worlds)} variants" if len(configs) > len(worlds) else ""
    console.print(
        f"Study {study.name}: worlds {len(worlds)}{variants}, scenarios {len(configs[0].scenarios)}, days {study.days} after "
        f"{study.warmup} of warm-up; {configs[0].population.fraction:.0%} of residents walking → {folder}"
    )
    with console.status("compiling kernels (once; about a minute)"):
        compile_kernels(configs[0])
    with following(configs, total, console):
        left = [config for config, runs in zip(configs, places, strict=True) if not all(map(is_done, runs.values()))]
        if left:
            launch(live_job, left, folder / LOGS, console)
    failed, missing = [], []
    for config, runs in zip(configs, places, strict=True):
        causes = failures(runs)
        failed += [(config, name, cause) for name, cause in causes.items()]
        missing += [(config, name, "not lived") for name, place in runs.items() if name not in causes and not is_done(place)]
        for cause in dict.fromkeys(causes.values()):
            names = [name for name in causes if causes[name] == cause]
            whose = f"all {len(runs)} scenarios" if len(names) == len(runs) > 1 else ", ".join(names)
            warn(console, "failed", f": world {config.seed}, {whose}: {cause} ({runs[names[0]] / FAILED})")
    if missing:
        full = f": no room left on the disk of {folder}" if shutil.disk_usage(folder).free < ROOM else ""
        warn(console, f"{len(missing)} runs are missing", f"{full}. {GOES_ON}")
    return load_study(folder, {place for runs in places for place in runs.values()}), failed + missing


def set_damaged_aside(folder, places, console):
    """Look whether the finished runs of a study's `folder`, at `places` ({scenario: folder} of every job), are still as they were written;
    those that are not are lived again."""
    clear_drafts(folder)
    finished = [place for place in dict.fromkeys(place for runs in places for place in runs.values()) if is_done(place)]
    with console.status(f"looking whether {len(finished)} finished runs are whole"):
        for place in finished:
            if (names := damages(place)) and (aside := set_aside(place)):
                warn(console, "damaged", f": {place / names[0]}; set aside in {aside}, and lived again", "yellow")


def days_lived(file):
    """The days that a job has counted in its file; 0 as long as there is none."""
    try:
        text = file.read_text()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


class following:
    """Show progress over all jobs while they run, from the files in which they count their days."""

    def __init__(self, configs, total, console):
        self.files = [progress_file(c) for c in configs]
        for file in self.files:
            file.unlink(missing_ok=True)
        columns = [TextColumn("living"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f} days"), TimeElapsedColumn(),
                   TextColumn("left"), TimeRemainingColumn()]  # fmt: skip
        self.bar = Progress(*columns, console=console, speed_estimate_period=120)
        self.task = self.bar.add_task("living", total=total)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _lived(self):
        return sum(map(days_lived, self.files))

    def _watch(self):
        while not self.over.wait(0.5):
            self.bar.update(self.task, completed=self._lived())

    def __enter__(self):
        self.bar.start()
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.bar.update(self.task, completed=self._lived())
        self.bar.stop()
