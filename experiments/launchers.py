"""Where the worlds of a study are lived: one after another, on all cores, on a SLURM cluster, or by Ray. One option says which,
`launcher=…` (conf/launcher); what is lived and what is saved is the same everywhere, and so is what a study does when some of it is lost.
"""

import importlib
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import joblib
from joblib.externals.loky.process_executor import BrokenProcessPool

from experiments.console import warn
from sim.disk import own_folder
from sim.options import ConfigError

LIBRARIES = {"slurm": "submitit", "ray": "ray"}
LOOK_S = 5.0
"""Seconds between looks at what a cluster does."""


def launch(work, configs, folder, console):
    """Do `work(config)` for every job, where the first of them says; logs of a cluster lie in a new folder in `folder`. What has become of
    a job, what it has left on disk tells. Raises `ConfigError` where a cluster refuses."""
    LAUNCHERS[configs[0].launcher.kind](work, configs, folder, console)


def check_launcher(config):
    """Raise `ConfigError` where the place that a job asks for is not to be had."""
    kind = config.launcher.kind
    if kind in LIBRARIES:
        library(LIBRARIES[kind], kind)
    if kind == "slurm" and not shutil.which("srun"):
        raise ConfigError("launcher=slurm: there is no SLURM here (no srun on the path); ask on a machine of the cluster")


def one_by_one(work, configs, folder, console):
    """In this process."""
    for config in configs:
        work(config)


def on_cores(work, configs, folder, console):
    """In as many processes as there are cores for the threads of each; when one of them is ended from outside, as happens where memory is
    scarce, the rest of the work is done by half as many, at last in this process."""
    room = min(configs[0].launcher.workers or max(joblib.cpu_count() // configs[0].threads, 1), len(configs))
    # A process that has grown is replaced between two worlds: nothing that anyone has to know.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
    while room:
        try:
            joblib.Parallel(n_jobs=room)(joblib.delayed(work)(config) for config in configs)
            return
        except BrokenProcessPool:
            room //= 2
            warn(console, "A process was ended from outside, perhaps for want of memory", f"; on with {room} at a time")


def on_slurm(work, configs, folder, console):
    """A SLURM job for each, in one array; they go on when this process ends, unless it is interrupted."""
    asked = configs[0].launcher
    folder = Path(tempfile.mkdtemp(dir=own_folder(folder)))  # what a job left is unpickled: nothing that lay there before is
    executor = library("submitit", "slurm").SlurmExecutor(folder=folder)
    where = {name: value for name in ("partition", "account") if (value := getattr(asked, name))}
    executor.update_parameters(
        job_name="tryggsim", time=round(asked.hours * 60), cpus_per_task=configs[0].threads, mem=f"{round(asked.memory_gb * 1024)}MB",
        array_parallelism=asked.workers or len(configs), **where,
    )  # fmt: skip
    try:
        jobs = executor.map_array(work, configs)
    except Exception as error:  # of submitit, which is not there for everyone
        raise ConfigError(f"launcher=slurm: SLURM refuses ({' '.join(str(error).split())[-200:]}); see conf/launcher/slurm.yaml") from None
    console.print(f"SLURM jobs {jobs[0].job_id} to {jobs[-1].job_id}; logs in {folder}", soft_wrap=True)
    arrays = ",".join({job.job_id.split("_")[0] for job in jobs})
    try:
        while is_queued(arrays):
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        subprocess.run(["scancel", *arrays.split(",")], check=False)
        raise
    lost = [job.job_id for job in jobs if not job.paths.result_pickle.exists()]
    if lost:
        warn(console, "SLURM jobs did not come to their end", f": {', '.join(lost)} (logs in {folder})")
    causes = [job.exception() for job in jobs if job.job_id not in lost]
    for cause in dict.fromkeys(str(cause).strip().splitlines()[-1] for cause in causes if cause):
        warn(console, "SLURM jobs failed", f": {cause} (logs in {folder})")


def is_queued(jobs):
    """Whether any of these SLURM jobs waits or runs; asked of the queue, which knows of a cancelled job at once and needs no accounting."""
    found = subprocess.run(["squeue", "-h", "-j", jobs], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip()) if found.returncode == 0 else "Invalid job id" not in found.stderr


def on_ray(work, configs, folder, console):
    """A task of Ray for each."""
    ray, asked = library("ray", "ray"), configs[0].launcher
    threads = configs[0].threads
    room = (asked.workers or max(joblib.cpu_count() // threads, 1)) * threads
    where = {"address": asked.address} if asked.address else {"num_cpus": room, "include_dashboard": False}
    try:
        cluster = ray.init(**where, log_to_driver=False, configure_logging=False)
    except ConnectionError as error:
        raise ConfigError(f"launcher.address={asked.address}: no Ray cluster answers there ({error}; conf/launcher/ray.yaml)") from None
    with cluster:
        left = [ray.remote(num_cpus=config.threads)(work).remote(config) for config in configs]
        while left:
            (done, *_), left = ray.wait(left, num_returns=1)
            try:
                ray.get(done)
            except ray.exceptions.RayError as error:
                warn(console, "A task of Ray ended otherwise", f": {str(error).strip().splitlines()[-1]}")


def library(name, extra):
    """A module that not everyone has. Raises `ConfigError`."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ConfigError(f"launcher={extra}: {name} is not installed; pip install 'tryggsim[{extra}]'") from None


LAUNCHERS = {"one": one_by_one, "cores": on_cores, "slurm": on_slurm, "ray": on_ray}
