"""Days of a whole city in which everyone walks: what a day costs as the city grows, and beside moving everyone."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from experiments.benchmark.walks import SPEED
from experiments.living import build_city, build_world, compile_kernels, new_model, use_threads
from experiments.phases import BARE, most_memory
from sim.city.source import residents_of
from sim.compose import jobs
from sim.config import CONF

SHARES = (0.1, 1.0, 3.0)
WARMUP = 2
OPTIONS = ("seeds=1", "population.fraction=1", "study.compare=together", f"study.warmup={WARMUP}", "threads=2")
BIG_TOWN = ("city=town", "city.side=998", "city.cell_m=20", "city.river=false")
"""A million cells, twenty kilometres wide."""


@dataclass
class Day:
    """What a day of a city cost: people who walk, cells of the grid, trips a day, seconds to build the world, seconds a day of bare
    movement (deal, move, settle) and of the whole model, GB of memory at most."""

    city: str
    people: int
    cells: int
    trips: float
    built: float
    bare: float
    whole: float
    memory: float


def lived(name, options, days):
    """The Day of the city that `options` describe, lived for so many days with all measures on, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
        return own.submit(live, name, options, days).result()


def live(name, options, days):
    import time

    config = jobs([*OPTIONS, *options])[0]
    compile_kernels(config)
    use_threads(config)
    begun = time.perf_counter()
    world = build_world(config)
    model = new_model(config, world, list(config.scenarios.values())[-1].values())
    built = time.perf_counter() - begun
    model.live(WARMUP)
    before, trips = dict(model.seconds), 0
    for _ in range(days):
        model.live(1)
        trips += int(model.trip_counts.sum())
    spent = {phase: (model.seconds[phase] - before[phase]) / days for phase in before}
    memory = most_memory()
    bare = sum(spent[phase] for phase in BARE)
    return Day(name, len(world.people), world.city.grid.cells, trips / days, built, bare, sum(spent.values()), memory)


def days_of_cities(days, console):
    """Days of the city with a tenth, all, and three times its residents, and of all in a grid of a million cells."""
    config = jobs(OPTIONS)[0]
    own = residents_of(build_city(config), config.population, CONF)
    sizes = [(f"{share:.0%}", (f"population.residents={round(own * share)}",)) for share in SHARES]
    sizes.append(("a million cells", (*BIG_TOWN, f"population.residents={own}")))
    found = []
    for name, options in sizes:
        with console.status(f"days of a city: {name}"):
            found.append(lived(name, options, days))
    return found


def moving_everyone(day, cell_m, rate):
    """Seconds a day that it takes to move all residents by a cell as often as a walker enters one, at `rate` updates a second."""
    return day.people * 86_400 / (cell_m / SPEED.speed) / rate
