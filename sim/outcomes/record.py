"""What a finished run leaves on disk: its tables, its maps, and a summary from which everything else is told."""

import numpy as np
import pandas as pd

from sim import accomplices, harms, justice
from sim.clock import DAY
from sim.config import identity
from sim.outcomes.files import save_run
from sim.outcomes.log import COLUMNS
from sim.outcomes.made import made

DRAWS = 64
"""Times that prices are drawn for the range of a cost."""


def record(model, scenario, config, folder, before, versions):
    """Write the run of one of the scenarios of a model that has lived through its study; `before` the daily series of the warm-up,
    `versions` of code and data."""
    world, warmup = model.world, config.study.warmup
    street = model.datacollector.get_model_vars_dataframe().to_dict("records")
    daily = pd.DataFrame([*before, *(day | own for day, own in zip(street, scenario.days, strict=True))])
    daily["day"] -= warmup
    tables = {
        "events": told_of_events(model.log.all(), world, warmup),
        "daily": daily,
        "visits": with_people(with_suspects(scenario.casework.told(warmup), world), world),
        "open": with_suspects(scenario.casework.told_of_open(warmup), world),
        "harms": with_people(harms.told(scenario.harms[1:], world, warmup), world),
        "journeys": model.books.told_of_journeys(),
        "trips": model.books.trips.told(),
    }
    maps = model.books.maps(model.scene) | {"gave_up": gave_up_by_zone(model)}
    summary = summary_of(model, scenario, config) | {"versions": versions}
    save_run(folder, identity(config, scenario.name), tables, maps, summary, made(model.seconds))


def summary_of(model, scenario, config):
    """{name: value}: what the tables do not say of a run."""
    study, city, world, parameters = config.study, model.city, model.world, model.parameters
    draws = drawn(parameters)
    residents = world.people[world.people.role == 0]
    return {
        "scenario": scenario.name,
        "seed": config.seed,
        "residents": len(residents),
        "residents_by_age": {sex: np.bincount(residents.age[residents.woman == w]).tolist() for w, sex in enumerate(("men", "women"))},
        "homes": len(np.unique(residents.household)),
        "walkers": len(world.walkers),
        "gave_up_share": gave_up_share(model),
        "first_date": study.start,
        "days": study.days,
        "warmup": study.warmup,
        "fraction": config.population.fraction,
        "offences": config.offence,
        "courses": config.course,
        "services": config.service,
        "harm": dict(zip(world.offences.names, world.offences.table.harm.tolist(), strict=True)) | harms.weights(world),
        "harm_days": dict(zip(world.offences.names, world.offences.table.days.tolist(), strict=True)) | harms.weights(world, "days"),
        "known": known_figures(parameters),
        "compare": parameters.group("compare")._asdict(),
        **city_facts(city),
        "checks_an_hour": model.forces.checks.tolist(),
        "cost_draws": cost_draws(scenario, study.days, draws),
        "drawn": {name: values.tolist() for name, values in draws.items() if not name.startswith("price.")},
        "justice": {"price": parameters.group("justice")._asdict(), "staffed": scenario.levers.staff},
        "bill": [bill_line(parameters, m, line, study.days) for m in scenario.measures for line in m.bill(city, parameters)],
        "measures": [{**measure_facts(m, parameters), "name": name} for name, m in config.scenarios[scenario.name].items()],
    }  # fmt: skip


def city_facts(city):
    """{city, zones}: what maps and tables need to know of a city."""
    grid = city.grid
    places = [{"name": place.name, "kind": place.kind, "east": place.east, "north": place.north} for place in city.places]
    return {
        "city": {"name": city.name, "attribution": city.attribution, "rows": grid.rows, "cols": grid.cols, "cell_m": grid.cell_m,
                 "east": grid.east, "north": grid.north, "places": places},
        "zones": {"name": city.zones.name, "district": city.zones.district, "burdened": city.zones.burdened.tolist()},
    }  # fmt: skip


def known_figures(parameters):
    """{name: [value, low, high, unit, source, meaning]} of what is known of the real city without any measure."""
    rows = (row for row in parameters.rows.values() if row.name.startswith("known."))
    return {r.name.removeprefix("known."): [r.value, r.low, r.high, r.unit, r.source, r.meaning] for r in rows}


# Tables.


def told_of_events(log, world, warmup):
    """{column: values} of a log (EVENT), its times counted from the end of the warm-up: with where victims live, how old they are and of
    which sex, −1 where there is none; how old offenders are, of which sex, and in which cell they live, −1 for those from outside; and
    whether someone was along, and whether the case is investigated."""
    victim = np.where(log.victim >= 0, world.row_of[log.victim], -1)
    offender = world.people[world.row_of[log.offender]]
    told = {name: log[name] for name in COLUMNS} | {"time": log["time"] - warmup * DAY}
    for name in ("zone", "age", "woman"):
        told[f"victim_{name}"] = np.where(victim >= 0, world.people[name][victim], -1).astype(np.int16)
    cases = justice.opened(log, world)
    return told | {
        "offender_age": offender.age, "offender_woman": offender.woman, "offender_home": np.where(offender.zone >= 0, offender.home, -1),
        "together": accomplices.is_along(cases, world), "investigated": justice.is_investigated(cases, world),
    }  # fmt: skip


def with_suspects(told, world):
    """The columns of a table about cases, with the id of the offender whom each may put out of reach as `suspect`, −1 for none, instead of
    the row, `subject`."""
    subject = told["subject"]
    suspect = np.where(subject >= 0, world.people.id[world.offenders.row[subject]], -1)
    return {name: values for name, values in told.items() if name != "subject"} | {"suspect": suspect}


def with_people(told, world):
    """The columns of a table about people (`who`: ids), with where they live, how old they are, and of which sex."""
    rows = world.row_of[told["who"]]
    return told | {name: world.people[name][rows] for name in ("zone", "age", "woman")}


# What people gave up.


def asked(model):
    """(bool (people,) of the residents whom a survey would ask, among those who walk; float64 how many people each of them stands for)."""
    people = model.world.people
    those = (people.role == 0) & (people.walks == 1) & (people.age >= model.parameters["feel.youngest"])
    return those, model.scene.weight[(people.offender >= 0).astype(int)]


def gave_up_share(model):
    """Share of residents who gave up an outing at least once."""
    those, stands_for = asked(model)
    return float(np.average(model.where.gave_up[those] > 0, weights=stands_for[those])) if those.any() else 0.0


def gave_up_by_zone(model):
    """float64 (zones,): outings given up, by home."""
    people, (_, stands_for) = model.world.people, asked(model)
    at_home = people.zone >= 0
    given = model.where.gave_up[at_home] * stands_for[at_home]
    return np.bincount(people.zone[at_home], given, len(model.city.zones.name))


# What it costs.


def bill_line(parameters, measure, line, days):
    """One line of a bill, paid from the day on which the measure starts."""
    yearly = line.yearly(parameters["price.interest"])
    said = {"item": line.item, "quantity": line.quantity, "yearly_sek": yearly, "running_sek": line.quantity * line.running}
    return said | {"days": max(days - measure.start_day, 0)}


def drawn(parameters):
    """{row: float64 (DRAWS,)}: prices, of justice as well, and what harm weighs, drawn together; weights without a source stay as they
    are."""
    wanted = lambda row: row.name.startswith(("price.", "justice.")) or (row.name.endswith(".harm") and row.value > 0)  # noqa: E731
    return parameters.sampled([row.name for row in parameters.rows.values() if wanted(row)], DRAWS)


def cost_draws(scenario, days, draws):
    """What the measures cost over the study, in million SEK, at each of the `draws` of prices."""
    costs = []
    for i in range(DRAWS):
        prices = scenario.world.parameters.with_values({name: float(values[i]) for name, values in draws.items()})
        bills = ((measure, line) for measure in scenario.measures for line in measure.bill(scenario.world.city, prices))
        costs.append(sum(line.yearly(prices["price.interest"]) * max(days - measure.start_day, 0) for measure, line in bills) / 365e6)
    return costs


def measure_facts(measure, parameters):
    """What tables say of a measure; `horizon_days`: the days of study that it needs."""
    facts = ("pledge", "title", "title_sv", "rule", "decides", "pays", "evidence", "law", "law_sv", "primary", "later", "later_sv")
    return {name: getattr(measure, name) for name in facts} | {"horizon_days": parameters["compare.slow"] if measure.slow else 0}
