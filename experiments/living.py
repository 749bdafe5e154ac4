"""One job of a study: a world, warmed up once, lived through every scenario from the same morning."""

import json
import signal
import traceback
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numba
import numpy as np

from experiments.study import StudyError, code_version, data_version, is_no_room, progress_file, run_folders, run_id, study_folder
from sim import compiled
from sim.city.source import make_city, residents_of
from sim.config import CONF, REGISTRY, Town, identity
from sim.convoy import Convoy
from sim.levers import Levers
from sim.memory import memory_of, restore
from sim.model import PHASES, CityModel
from sim.outcomes.files import forget_failure, is_done, save_failure, set_aside
from sim.outcomes.record import record
from sim.parameters import Parameters, read_registry
from sim.population.people import read_age_table
from sim.scenario import Scenario
from sim.world import make_offences, make_world

WARM, WAYS = "warm", ".ways"
TOGETHER = 24
"""Scenarios of a world that are lived in step, at most: each needs some 100 MB of memory of its own in a city like Malmö."""
OUTDOORS = CityModel.feel, CityModel.offend, CityModel.patrol
"""Phases whose kernels take as long to compile as those of all others."""


@lru_cache(maxsize=2)
def laid_out(options, residents, overrides, keep):
    """The city of these options (`sim.config.City`), the same one for every world that a process lives in it."""
    return make_city(options, residents, CONF, Parameters(read_registry(REGISTRY), dict(overrides)), keep)


def build_city(config, check_measures=False, keep=None):
    """The city of a job; with `check_measures` every scenario's levers are pulled once. Its ways are kept in the folder `keep`, if there is
    one: nothing is written before all that is asked for is known to be right. Raises CityError or LeverError."""
    parameters = config.parameters()
    city = laid_out(config.city, config.population.residents, tuple(config.overrides.items()), keep)
    residents_of(city, config.population, CONF)
    read_age_table(CONF / config.population.ages)
    for measures in config.scenarios.values() if check_measures else ():
        levers = Levers()
        for measure in measures.values():
            measure.pull(levers, city, parameters)
    return city


def build_world(config):
    """The world of a job. Raises CityError or ParameterError."""
    parameters, study, city = config.parameters(), config.study, build_city(config, keep=Path(config.results) / WAYS)
    return make_world(
        city, read_age_table(CONF / config.population.ages), make_offences(config.offence, parameters), config.service, config.course,
        parameters,
        seed=config.seed, residents=residents_of(city, config.population, CONF), fraction=config.population.fraction,
        start=study.first_date - timedelta(days=study.warmup), days=study.warmup + study.days, tick_s=study.tick_s,
    )  # fmt: skip


def compile_kernels(config):
    """Compile every kernel and keep it on disk before workers start, each half in a process of its own. Once for all jobs, which differ in
    numbers, not in types, until the code changes."""
    compiled.forget_stale(compiled.folders(), compiled.sources())
    stamp = compiled.stamp()
    if stamp.exists():
        return
    context = get_context("spawn")
    work = (live_a_day, live_outdoors)
    children = [context.Process(target=undisturbed, args=(part, config), daemon=True) for part in work]
    for child in children:
        child.start()
    for child in children:
        child.join()
    if any(child.exitcode for child in children):
        raise StudyError("the kernels could not be compiled; the cause stands above")
    with suppress(OSError):  # of a folder to which nobody may write: then it is looked into each time
        stamp.touch()


def undisturbed(work, config):
    """Do a child's part of the work; Ctrl-C is the parent's business, whose end is also the child's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work(config)


def live_a_day(config):
    """Live one day of a tiny town in which nobody offends, beside another model of it, all phases but OUTDOORS."""
    model = tiny_town(config)
    convoy = Convoy(model)
    convoy.part(model, [Scenario(model.world)])
    for _ in range(model.clock.ticks_a_day):
        convoy.step([phase for phase in PHASES if phase not in OUTDOORS])


def live_outdoors(config):
    """Live the phases that are left, and no moment of motive: for a compiler, the types of arguments are enough."""
    model = tiny_town(config)
    model.live_moments(0, 0)
    convoy = Convoy(model)
    for _ in range(model.clock.ticks_a_day):
        convoy.step(OUTDOORS)


def tiny_town(config):
    """A model of a town of 80 residents, none of whom offends."""
    rates = {f"offence.{name}.rate": 0.0 for name in config.offence}
    small = replace(
        config, city=Town(side=6), population=replace(config.population, residents=80, fraction=1.0),
        study=replace(config.study, warmup=1, days=1), overrides=rates,
    )  # fmt: skip
    return CityModel(build_world(small), shards=config.threads, companions=1)


def use_threads(config):
    """Let a world of this process use as many threads as were asked for, or as there are."""
    numba.set_num_threads(min(config.threads, numba.config.NUMBA_NUM_THREADS))


def live_job(config):
    """Live every scenario of a job that is not yet on disk. A failing scenario leaves its cause and does not stop the others; where the
    disk is full the job ends without a word: whoever asked for it sees that its runs are missing, and why."""
    try:
        _live_job(config)
    except OSError as error:
        if not is_no_room(error):
            raise


def _live_job(config):
    folders = run_folders(config)
    missing = [name for name, folder in folders.items() if not is_done(folder)]
    progress = Progress(config)
    if not missing:
        return
    for name in missing:
        forget_failure(folders[name])
    use_threads(config)
    try:
        world = build_world(config)
        start = _warmed_up(config, world, progress)
    except Exception as error:
        if is_no_room(error):
            raise
        for name in missing:
            save_failure(folders[name], identity(config, name), traceback.format_exc())
        return
    for first in range(0, len(missing), TOGETHER):
        live_together(config, world, start, {name: folders[name] for name in missing[first : first + TOGETHER]}, progress)


def live_together(config, world, start, folders, progress):
    """Live the scenarios of these run `folders` ({name: folder}) from the study's first dawn, in step, those that do the same to the street
    on one street until they part; `start` is the memory of that dawn, and the daily series before it. One that fails leaves its cause,
    after the others have been lived apart."""
    memory, before = start
    model = new_model(config, world, companions=len(folders) - 1)
    convoy = Convoy(model)
    try:
        model.scenarios = [Scenario(world, config.scenarios[name].values(), config.study.warmup, name) for name in folders]
        restore(model, memory)
        convoy.live(config.study.days, lambda _: progress.days(len(folders)))
        versions = [code_version(), data_version(config)]
        for model in convoy.models:
            for scenario in model.scenarios:
                record(model, scenario, config, folders[scenario.name], before, versions)
        convoy.close()
    except Exception as error:
        convoy.close()  # or else its memory would lie beside that of every life that is lived apart
        if is_no_room(error):
            raise
        if len(folders) == 1:
            ((name, folder),) = folders.items()
            save_failure(folder, identity(config, name), traceback.format_exc())
            return
        progress.recount(warm=True)
        for name, folder in folders.items():
            if not is_done(folder):
                live_together(config, world, start, {name: folder}, progress)


def new_model(config, world, measures=(), companions=0):
    return CityModel(world, measures, config.study.warmup, config.threads, config.study.hot_spots, companions)


def _warmed_up(config, world, progress):
    """Memory at the first dawn of the study and the daily series before it; lived once and kept on disk."""
    place = study_folder(config) / WARM / f"{run_id(config, 'none')}.{config.threads}.npz"
    if place.exists() and (kept := _kept_morning(place)):
        progress.days(config.study.warmup)
        return kept
    model = new_model(config, world)
    model.live(config.study.warmup, progress.day)
    memory = {name: np.array(value) for name, value in memory_of(model).items()}
    daily = model.datacollector.get_model_vars_dataframe().to_dict("records")
    model.close()
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(f".{uuid.uuid4().hex}.npz")
    try:
        np.savez_compressed(draft, daily=json.dumps(daily), **memory)
        draft.rename(place)
    finally:
        draft.unlink(missing_ok=True)
    return memory, daily


def _kept_morning(place):
    """What `_warmed_up` has kept in a file; None where it cannot be read, and then it is set aside."""
    try:
        with np.load(place) as file:
            kept = dict(file)
        return kept, json.loads(str(kept.pop("daily")))
    except Exception:  # damaged files raise whatever their readers stumble over
        set_aside(place)
        return None


class Progress:
    """How many days a job has lived, in a file that another process may read."""

    def __init__(self, config):
        self.config, self.file = config, progress_file(config)
        self.recount()

    def recount(self, warm=False):
        """Count the days of runs that are on disk, and of the warm-up if that is over."""
        done = [is_done(folder) for folder in run_folders(self.config).values()]
        self.lived = sum(done) * self.config.study.days + (self.config.study.warmup if warm or all(done) else 0)
        self.days(0)

    def day(self, _):
        self.days(1)

    def days(self, more):
        self.lived += more
        with suppress(OSError):  # a disk that is full is no reason to stop before there is something to keep
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(str(self.lived))
