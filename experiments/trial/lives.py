"""Living trials: every world untreated, its sites chosen, and the same world as each trial treats it.

Trials that differ only in what they do and ask share their worlds: the untreated one is lived once, and the treated ones part from each
other when their treatments begin.
"""

from dataclasses import dataclass, replace

from experiments.launch import check_cities, live_all
from experiments.living import build_city
from experiments.study import run_folders, run_id, study_folder
from experiments.trial.analysis import World, parts
from experiments.trial.sites import allot, eligible, find_sites, kinds_of
from sim.compose import jobs
from sim.config import CONF
from sim.options import ConfigError
from sim.trial import Trial

FOLDER = CONF / "experiment" / "trial"
BEFORE = " before"
"""What the scenario of a trial's background is called, after the name of the trial."""


@dataclass(frozen=True)
class Lived:
    """A trial that was lived: its name and options, its `worlds` that came to an end, the registry, and where its report goes."""

    name: str
    trial: Trial
    worlds: list
    parameters: object
    report: object


def trials():
    """Names of the trials that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "base")


def configs_of(name, overrides):
    """A job for every world of the trial `name`. Raises `ConfigError`."""
    if name not in trials():
        raise ConfigError(f"trial {name}: no such trial; there are {', '.join(trials())} (conf/experiment/trial/)")
    configs = jobs([f"experiment=trial/{name}", "intervention=[]", *overrides])
    if len({config.seed for config in configs}) < len(configs):
        raise ConfigError("a trial is lived once in each world: give every option one value (to compare several, run it several times)")
    trial = configs[0].trial
    for said in (trial.offences, trial.outcome):
        kinds_of(said, configs[0].offence)
    return [replace(c, study=replace(c.study, days=c.trial.before + c.trial.during)) for c in configs]


def live(names, overrides, console):
    """Live the trials of these `names` in every world, and give each as a `Lived`, whose runs are read when it is asked for. Raises
    `ConfigError`."""
    configs = {name: configs_of(name, overrides) for name in names}
    for of_trial in configs.values():
        check_cities(of_trial[:1], console)
        eligible(of_trial[0].trial, build_city(of_trial[0]))
    untreated = live_worlds({untreated_id(c): c for of_trial in configs.values() for c in of_trial}, console)
    untreated = {key: found["none"] for key, found in untreated.items() if "none" in found}
    chosen = {name: sites_of(of_trial, untreated) for name, of_trial in configs.items()}
    treated = live_worlds(treated_jobs(configs, chosen), console)
    for name in names:
        yield lived(name, configs[name], chosen[name], untreated, treated)


def untreated_id(config):
    """Identity of a world as it is without a trial."""
    return run_id(config, "none")


def live_worlds(configs, console):
    """{key: {scenario: run}} of these jobs ({key: job}), lived or taken from disk; scenarios that failed are left out."""
    runs = {run.folder: run for run in live_all(list(configs.values()), console)[0]} if configs else {}
    return {key: {s: runs[path] for s, path in run_folders(c).items() if path in runs} for key, c in configs.items()}


def sites_of(configs, untreated):
    """{untreated world: (its sites, which of them are treated)} of one trial. Raises `ConfigError` where a dose does not go."""
    trial, city, parameters, chosen = configs[0].trial, build_city(configs[0]), configs[0].parameters(), {}
    for config in configs:
        key = untreated_id(config)
        if key in untreated:
            sites, count = find_sites(trial, city, untreated[key])
            chosen[key] = sites, allot(trial, count, config.seed)
            for measure in measures_of(trial, *chosen[key]).values():
                measure.check_dose(city, parameters)
    return chosen


def treated_jobs(configs, chosen):
    """{untreated world: the job that lives it as every trial on it treats it}."""
    made = {}
    for name, of_trial in configs.items():
        for config in of_trial:
            key = untreated_id(config)
            if key in chosen[name]:
                own = measures_of(config.trial, *chosen[name][key])
                before = {m: measure for m, measure in own.items() if m == "background"}
                scenarios = {name: own} | ({name + BEFORE: before} if before else {})
                made[key] = replace(config, scenarios=(made[key].scenarios if key in made else {}) | scenarios)
    return made


def lived(name, configs, chosen, untreated, treated):
    """What came of a trial: the runs of its worlds, where all of them came to an end."""
    trial, city, worlds = configs[0].trial, build_city(configs[0]), []
    for key, (sites, lot) in chosen.items():
        after, before = treated[key].get(name), untreated[key]
        if not trial.background.does_nothing:
            before = treated[key].get(name + BEFORE)
        if before and after:
            worlds.append(World(before.in_memory(), after.in_memory(), sites, lot, parts(trial, city, sites, lot)))
    return Lived(name, trial, worlds, configs[0].parameters(), study_folder(configs[0]) / "report" / name)


def measures_of(trial, sites, lot):
    """{name: measure}: the background at all sites from the first day on, where there is one, and the treatment at the sites to which it
    fell by `lot`, from the day on which the trial begins."""
    background = replace(trial.background, cells=tuple(sites.tolist()))
    treatment = replace(trial.treatment, cells=tuple(sites[lot].tolist()), start_day=trial.before)
    return ({} if background.does_nothing else {"background": background}) | {"treatment": treatment}
