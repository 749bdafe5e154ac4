"""The three sources of a city behind one door."""

import csv
from pathlib import Path

from sim.city import malmo, town
from sim.city.city import CityError, build_city
from sim.disk import readable
from sim.options import MOST_RESIDENTS


def make_city(options, residents, conf, parameters, keep=None):
    """The city that the options (`sim.config.City`) describe. `residents` people a synthetic town, `conf` the folder that relative
    paths start from, `keep` one for ways that have been found. Raises `CityError`."""
    if options.source == "malmo":
        plan = malmo.blueprint(conf / options.tables, options.cell_m, parameters)
    elif options.source == "town":
        plan = town.blueprint(options.side, residents, options.cell_m, options.river)
    else:
        from sim.city import geodata  # needs the optional extra `geo`

        plan = geodata.blueprint(options, conf, parameters)
    return build_city(plan, parameters, options.anchors, keep)


def residents_of(city, options, conf):
    """How many people live there: `options` are the population's; 0 means the table by year for Malmö, else the areas' sum."""
    if options.residents:
        return options.residents
    if city.name != "malmo":
        return _counted(city.zones.population.sum(), "the areas of the city")
    path = Path(conf) / options.by_year
    try:
        with readable(path).open(encoding="utf-8", newline="") as file:
            by_year = {int(row["year"]): int(row["population"]) for row in csv.DictReader(file)}
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise CityError(f"population.by_year={path}: cannot be read as a table of year and population ({error})") from None
    if options.year not in by_year:
        raise CityError(f"population.year={options.year}: the table has {', '.join(map(str, by_year)) or 'no year'} ({path})")
    return _counted(by_year[options.year], f"population.by_year={path}, {options.year}")


def _counted(people, where):
    """A whole number of residents. Raises `CityError` where there are none, or more than a model can hold."""
    if not 1 <= people <= MOST_RESIDENTS:
        raise CityError(f"{where}: {people:.10g} residents; allowed are 1 to {MOST_RESIDENTS:,}")
    return round(people)
