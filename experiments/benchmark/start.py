"""From the start of Python to the end of the first simulated day: with nothing compiled, and with everything."""

import os
import subprocess
import sys
import tempfile
import time

FIRST_DAY = "from experiments.benchmark.start import live_a_day; live_a_day()"
IMPORTS = "import experiments.launch"
OPTIONS = ("city=town", "population.residents=2000", "seeds=1")


def live_a_day():
    """The first day of a small town, from the options on."""
    from experiments.living import build_world, compile_kernels, new_model
    from sim.compose import jobs

    config = jobs(OPTIONS)[0]
    compile_kernels(config)
    new_model(config, build_world(config)).live(1)


def seconds_of(code, cache):
    """Seconds that a Python of its own takes for some `code`, with kernels compiled in the folder `cache`."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "NUMBA_CACHE_DIR": cache}, check=True, capture_output=True)
    return time.perf_counter() - begun


def starts(console):
    """Seconds to the first day from a cold start and from a warm one, and to import the command line: {what: seconds}."""
    found = {}
    with tempfile.TemporaryDirectory() as cache:
        for what, code in (("first day, cold", FIRST_DAY), ("first day, warm", FIRST_DAY), ("importing the command line", IMPORTS)):
            with console.status(f"starting: {what}"):
                found[what] = seconds_of(code, cache)
    return found
