"""Before a study: how many runs it is, how many of them are there, and roughly how long the others take."""

import joblib

from experiments.living import TOGETHER, build_world, compile_kernels, new_model, use_threads
from experiments.report import duration
from experiments.study import run_folders
from sim.convoy import Convoy
from sim.outcomes.files import is_done
from sim.scenario import Scenario

TRIED = 4
"""Days that are lived to know how long one takes, after one that does not count."""
CLUSTER = 64
"""Cores of the cluster that is told of beside this machine."""


def to_live(configs):
    """(runs in all, runs that are there, days that the others take): a world's warm-up is lived once, however many scenarios follow."""
    runs = there = days = 0
    for config in configs:
        done = sum(map(is_done, run_folders(config).values()))
        left = len(config.scenarios) - done
        runs, there = runs + len(config.scenarios), there + done
        days += config.study.warmup * (left > 0) + config.study.days * left
    return runs, there, days


def seconds_a_day(config, console):
    """Seconds that a day of such a study takes on one core of this machine, in the mean of the scenarios of a world: measured, in the
    study's own world, of the first and of one that is lived in step with it."""
    with console.status("living a few days, to know how long one takes"):
        compile_kernels(config)
        use_threads(config)
        model = new_model(config, build_world(config), companions=1)
        convoy = Convoy(model)
        convoy.part(model, [Scenario(model.world)])
        convoy.live(1)
        before = [sum(spent.values()) for spent in convoy.seconds]
        convoy.live(TRIED)
        first, other = (sum(spent.values()) - then for spent, then in zip(convoy.seconds, before, strict=True))
        guides = -(-len(config.scenarios) // TOGETHER)
        return (guides * first + (len(config.scenarios) - guides) * other) / len(config.scenarios) / TRIED


def tell_plan(configs, console, more=""):
    """Print what a study of these jobs takes; `more` says what may come on top."""
    runs, there, days = to_live(configs)
    print(f"{len(configs)} worlds, {runs:,} runs, of which {there:,} are there; {days:,} days to live.{more and ' ' + more}")
    if days:
        took, jobs = seconds_a_day(configs[0], console), len(configs)
        here, cluster = (days * took / min(cores, jobs) for cores in (joblib.cpu_count(), CLUSTER))
        print(f"A day takes {took:.2f} s on one core: about {duration(here)} on this machine, {duration(cluster)} on {CLUSTER} cores like "
              "its own.")  # fmt: skip
