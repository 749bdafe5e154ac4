"""Living a trial: each world untreated, its sites chosen, and the same world treated."""

from dataclasses import replace

from experiments.launch import check_cities, live_all
from experiments.study import build_city, study_folder
from experiments.trial.analysis import World, parts
from experiments.trial.sites import allot, eligible, find_sites, kinds_of
from sim.compose import jobs
from sim.config import CONF, Config
from sim.options import ConfigError

FOLDER = CONF / "experiment" / "trial"


class TrialConfig(Config):
    """A job that lives one scenario: the measures of the trial, all at once."""

    @property
    def scenarios(self):
        """`none` where there are none, else all of them together."""
        return {"+".join(self.measures) or "none": tuple(self.measures.values())}


def trials():
    """Names of the trials that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "base")


def configs_of(name, overrides):
    """A job for every world of the trial `name`. Raises `ConfigError`."""
    if name not in trials():
        raise ConfigError(f"trial {name}: no such trial; there are {', '.join(trials())} (conf/experiment/trial/)")
    options = [f"experiment=trial/{name}", f"study.name=trial_{name}", "intervention=[]", *overrides]
    return [replace(c, study=replace(c.study, days=c.trial.before + c.trial.during)) for c in jobs(options)]


def with_measures(config, measures):
    """The job that lives a world with these measures ({name: measure}) and no others."""
    return TrialConfig(**(vars(config) | {"measures": measures}))


def live(name, overrides, console):
    """Live the trial `name` in every world: (its options, worlds that came to an end, parameters, folder)."""
    configs = configs_of(name, overrides)
    check_cities(configs[:1], console)
    trial, city, parameters = configs[0].trial, build_city(configs[0]), configs[0].parameters()
    if len({config.seed for config in configs}) < len(configs):
        raise ConfigError("a trial is lived once in each world: give every option one value (to compare several, run it several times)")
    for said in (trial.offences, trial.outcome):
        kinds_of(said, configs[0].offence)
    eligible(trial, city)
    untouched = by_seed([with_measures(config, {}) for config in configs], console)
    chosen = {}
    for seed, run in untouched.items():
        sites, count = find_sites(trial, city, run)
        chosen[seed] = sites, allot(trial, count, seed)
        for done, cells in ((trial.treatment, sites[chosen[seed][1]]), (trial.background, sites)):
            replace(done, cells=tuple(cells.tolist())).check_dose(city, parameters)
    those = [config for config in configs if config.seed in chosen]
    before = untouched
    if not trial.background.does_nothing:
        before = by_seed([with_measures(config, background(trial, *chosen[config.seed])) for config in those], console)
    after = by_seed([with_measures(config, measures_of(trial, *chosen[config.seed])) for config in those], console)
    worlds = []
    for seed in sorted(before.keys() & after.keys()):
        sites, lot = chosen[seed]
        worlds.append(World(before[seed].in_memory(), after[seed].in_memory(), sites, lot, parts(trial, city, sites, lot)))
    return trial, worlds, parameters, study_folder(configs[0])


def by_seed(configs, console):
    """{seed: run} of these jobs, lived or taken from disk."""
    if not configs:
        return {}
    return {run.summary["seed"]: run for run in live_all(configs, None, console)[0]}


def background(trial, sites, lot):
    """{name: measure}: what is at all sites from the first day on; nothing where the trial says so."""
    own = replace(trial.background, cells=tuple(sites.tolist()))
    return {} if own.does_nothing else {"background": own}


def measures_of(trial, sites, lot):
    """{name: measure}: the background, and the treatment at the sites to which it fell by `lot`, from the day on which the trial begins."""
    treatment = replace(trial.treatment, cells=tuple(sites[lot].tolist()), start_day=trial.before)
    return background(trial, sites, lot) | {"treatment": treatment}
