"""The schema: every option with its type, range and unit. After `read_config` nothing reads raw configuration.

A class of options is a frozen dataclass whose fields are made by `option` (see sim.options); what is wrong is said in one line:
which option, its value, what is allowed, and which file to edit.
"""

import dataclasses
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sim.casework import ORDERS
from sim.exposures import EXPOSURES, PREFIXES
from sim.interventions import measures
from sim.options import MOST_RESIDENTS, ConfigError, checked, known_only, option, read
from sim.parameters import ParameterError, Parameters, read_registry
from sim.points import point_of
from sim.population.at_risk import GROUPS as GROUPS_AT_RISK
from sim.trial import Trial, read_trial

HERE = Path(__file__).resolve().parent
CONF = HERE / "conf" if (HERE / "conf").is_dir() else HERE.parent / "conf"
"""The configuration: beside the packages in a checkout, inside this package in a wheel."""
REGISTRY = CONF / "evidence" / "parameters.csv"
TARGETS = ("person", "thing", "dwelling", "market", "crew")
YEARS = (1990, 2100)
WHOLE = "whole_pledge"
"""The scenario in which every measure is in force."""


@dataclass(frozen=True)
class City:
    """Options of every city."""

    source: str = option("malmo", choices=("malmo", "town", "geodata"))
    cell_m: float = option(50.0, "m", 10, 500)
    anchors: int = option(128, "flow fields", 1, 1024)


@dataclass(frozen=True)
class Malmo(City):
    """Malmö from the tables in `tables` (a folder inside conf/, or an absolute path)."""

    tables: str = option("city/tables_malmo")


@dataclass(frozen=True)
class Town(City):
    """A synthetic town of `side` × `side` cells."""

    source: str = option("town", choices=("malmo", "town", "geodata"))
    side: int = option(40, "cells", 2, 1000)
    river: bool = option(True)


@dataclass(frozen=True)
class Geodata(City):
    """Any real city from files: `areas` (polygons; `area_name`, `population`, `district`, `land_use`, `workplaces` and `burdened` name
    their columns, `worst` what stands in the last of them where the hold of criminals is firmest), and where there are such,
    `addresses`, `places`, `streets`, `parking` and `gates`."""

    source: str = option("geodata", choices=("malmo", "town", "geodata"))
    name: str = option("city")
    crs: str = option("EPSG:3006")
    areas: str = option("")
    area_name: str = option("name")
    district: str = option("")
    population: str = option("population")
    land_use: str = option("")
    workplaces: str = option("")
    burdened: str = option("")
    worst: str = option("")
    addresses: str = option("")
    places: str = option("")
    streets: str = option("")
    parking: str = option("")
    gates: str = option("")
    attribution: str = option("")
    latitude: float = option(55.6, "degrees", -90, 90)
    longitude: float = option(13.0, "degrees", -180, 180)


CITIES = {"malmo": Malmo, "town": Town, "geodata": Geodata}


@dataclass(frozen=True)
class Population:
    """Who lives there. `residents` 0 takes the city's own number (in `year`, from the table `by_year`); `ages` is a table of age and
    sex; `fraction` is the share whose trips are walked. Tables are paths inside conf/, or absolute."""

    residents: int = option(0, "residents", 0, MOST_RESIDENTS)
    year: int = option(2018, "year", *YEARS)
    fraction: float = option(0.1, "share of residents", 1e-4, 1.0)
    by_year: str = option("population/by_year.csv")
    ages: str = option("population/age_sex.csv")


HARM = "money", "index"
"""How harm is weighed: by what it costs victims, or by the Cambridge index."""


@dataclass(frozen=True)
class Study:
    """What is lived and compared. Every measure alone (`each`) or all chosen ones at once (`together`), always beside none."""

    name: str = option("quick")
    start: str = option("2018-09-09", "date")
    warmup: int = option(28, "days", 1, 3660)
    days: int = option(28, "days", 1, 3660)
    compare: str = option("each", choices=("each", "together"))
    hot_spots: str = option("reported", choices=("reported", "recorded", "true"))
    tick_s: int = option(600, "s", 60, 900)
    harm: str = option("money", choices=HARM)
    longer: str = option("")
    points: str = option("")

    @property
    def first_date(self):
        return date.fromisoformat(self.start)


@dataclass(frozen=True)
class Launcher:
    """Where worlds are lived (experiments.launchers): `workers` at once, 0 as many as there is room for; of SLURM the `partition`, the
    `account`, and what a job may use; of Ray the `address` of its cluster."""

    kind: str = option("cores", choices=("one", "cores", "slurm", "ray"))
    workers: int = option(0, "at once", 0, 100_000)
    partition: str = option("")
    account: str = option("")
    hours: float = option(24.0, "hours", 0.02, 8760)
    memory_gb: float = option(6.0, "GB", 0.5, 4096)
    address: str = option("")


@dataclass(frozen=True)
class Config:
    """One job: a world (`seed`) lived through `scenarios`, {name: {measure's name: Measure}}. `decide` are the options of a study that ends
    in a choice, which `experiments.decide` reads."""

    seed: int
    seeds: int
    threads: int
    results: str
    city: City
    population: Population
    study: Study
    offence: dict
    service: dict
    course: dict
    scenarios: dict
    overrides: dict
    trial: Trial | None = None
    decide: dict = field(default_factory=dict)
    launcher: Launcher = field(default_factory=Launcher)

    def parameters(self):
        """The registry with this job's overrides."""
        return Parameters(read_registry(REGISTRY), self.overrides)


TOP = {
    "seed": (int, {"unit": "", "low": 0, "high": 2**32 - 1, "choices": None}),
    "seeds": (int, {"file": "conf/experiment/", "unit": "worlds", "low": 1, "high": 1000, "choices": None}),
    "threads": (int, {"unit": "threads", "low": 1, "high": 64, "choices": None}),
    "results": (str, {"unit": "", "low": None, "high": None, "choices": None}),
}
GROUPS = ("city", "population", "study", "offence", "service", "course", "intervention", "parameter", "launcher", "trial", "decide")


def read_config(raw):
    """A composed configuration (plain mappings) as a `Config`. Raises `ConfigError` with one line for the user."""
    known_only(raw, [*TOP, *GROUPS], "")
    missing = [name for name in (*TOP, *GROUPS) if name not in raw and name not in ("intervention", "trial", "decide")]
    if missing:
        raise ConfigError(f"{missing[0]}: missing (conf/config.yaml)")
    top = {name: checked(name, raw[name], kind, rule, rule.get("file", "conf/config.yaml")) for name, (kind, rule) in TOP.items()}
    source = raw["city"].get("source") if isinstance(raw["city"], dict) else raw["city"]
    if source not in list(CITIES):
        raise ConfigError(f"city.source={source}: allowed are {', '.join(CITIES)} (conf/city/)")
    city = read(CITIES[source], raw["city"], "city", f"conf/city/{source}.yaml")
    population = read(Population, raw["population"], "population", "conf/config.yaml")
    study = read(Study, raw["study"], "study", "conf/experiment/")
    if not top["results"].strip():
        raise ConfigError("results=: must name a folder (conf/config.yaml)")
    if not re.fullmatch(r"\w[\w .+-]*", study.name):
        raise ConfigError(f"study.name={study.name}: must be the name of a folder: letters, digits, spaces, and . + - _ (conf/experiment/)")
    try:
        known = YEARS[0] <= study.first_date.year <= YEARS[1]
    except ValueError:
        raise ConfigError(f"study.start={study.start}: not a date; write it as 2018-09-09 (conf/experiment/)") from None
    if not known:
        raise ConfigError(f"study.start={study.start}: out of range; allowed are the years {YEARS[0]} to {YEARS[1]} (conf/experiment/)")
    if 3600 % study.tick_s:
        raise ConfigError(f"study.tick_s={study.tick_s}: must divide an hour (3600 s), as 300, 600 and 900 do (conf/experiment/)")
    if source == "town" and population.residents == 0:
        raise ConfigError("population.residents=0: a synthetic town has no number of its own; give one, 1 to 20000000 (conf/config.yaml)")
    point, top["seed"] = point_of(study.points, top["seed"]) if study.points else ({}, top["seed"])
    return Config(
        **top, city=city, population=population, study=study, offence=_offences(raw["offence"]), service=_services(raw["service"]),
        course=_courses(raw["course"], raw["service"]), scenarios=_scenarios(read_measures(raw.get("intervention") or {}, study), study),
        overrides=_overrides(raw["parameter"], point),
        trial=read_trial(raw["trial"]) if "trial" in raw else None, decide=raw.get("decide") or {},
        launcher=read(Launcher, raw["launcher"], "launcher", "conf/launcher/"),
    )  # fmt: skip


def read_run(saved, file):
    """(scenario, `Config` of a job that lives it alone) of a run's `config.yaml`, as `identity` has it; `file` names it. Raises
    `ConfigError`."""
    for key in SAVED:
        if key not in saved:
            raise ConfigError(f"{file}: does not say its {key}")
    source = saved["city"].get("source") if isinstance(saved["city"], dict) else None
    if source not in list(CITIES):
        raise ConfigError(f"{file}: city.source={source}: allowed are {', '.join(CITIES)}")
    if not isinstance(saved["measures"], dict) or not saved["measures"].keys() <= measures().keys():
        raise ConfigError(f"{file}: a field trial's run, or another's whose measures no configuration holds; it cannot be read back")
    study = read(Study, saved["study"], "study", file)
    return saved["scenario"], Config(
        saved["seed"], 1, 1, "results", read(CITIES[source], saved["city"], "city", file),
        read(Population, saved["population"], "population", file), study, _offences(saved["offence"]), _services(saved["service"]),
        _courses(saved["course"], saved["service"]), {saved["scenario"]: read_measures(saved["measures"], study, "measures", file)},
        _overrides(saved["parameters"], {}),
    )  # fmt: skip


def _offences(raw):
    """Types of offence: {name: {target, layer, group, sv, en}}."""
    wanted = ["target", "layer", "group", "sv", "en"]
    registry = [row.name for row in read_registry(REGISTRY)]
    layers = ["anywhere", *dict.fromkeys(name.split(".")[1] for name in registry if name.startswith("layer."))]
    types = list(dict.fromkeys(name.split(".")[1] for name in registry if name.startswith("offence.")))
    known_only(raw, types, "offence")
    for name, kind in raw.items():
        for key in wanted:
            if not isinstance(kind, dict) or key not in kind:
                raise ConfigError(f"offence.{name}.{key}: missing (conf/offence/)")
        known_only(kind, wanted, f"offence.{name}")
        _shaped(kind, {"group": str, "sv": str, "en": str}, f"offence.{name}")
        for key, allowed in (("target", TARGETS), ("layer", layers)):
            if kind[key] not in allowed:
                raise ConfigError(f"offence.{name}.{key}={kind[key]}: allowed are {', '.join(allowed)} (conf/offence/)")
    return raw


def _services(raw):
    """Services: {name: {order, holds, clears, then, otherwise, dropped, sv, en}}, and columns for work and success where there are such."""
    registry = [row.name for row in read_registry(REGISTRY)]
    known = list(dict.fromkeys(name.split(".")[1] for name in registry if name.startswith("service.")))
    columns = list(dict.fromkeys(name.split(".")[2] for name in registry if name.startswith("offence.")))
    follows = ["", *raw] if isinstance(raw, dict) else []
    allowed = {"order": ORDERS, "holds": (True, False), "clears": (True, False), "work": columns, "success": columns}
    allowed |= dict.fromkeys(("then", "otherwise", "dropped"), follows)
    needed = ("order", "holds", "clears", "then", "otherwise", "dropped", "sv", "en")
    known_only(raw, known, "service")
    for name, said in raw.items():
        known_only(said, [*needed, "work", "success", "rule"], f"service.{name}")
        _shaped(said, {"sv": str, "en": str}, f"service.{name}")
        missing = [key for key in needed if key not in said]
        if missing:
            raise ConfigError(f"service.{name}.{missing[0]}: missing (conf/service/)")
        for key, choices in allowed.items():
            if key in said and said[key] not in choices:
                raise ConfigError(f"service.{name}.{key}={said[key]}: allowed are {', '.join(map(str, choices))} (conf/service/)")
    for name in raw:
        _comes_to_an_end(raw, [name])
    return raw


def _comes_to_an_end(services, path):
    """Raise where a case that has gone through the services of `path` may come back to one of them."""
    for follows in {services[path[-1]][key] for key in ("then", "otherwise", "dropped")} - {""}:
        if follows in path:
            raise ConfigError(f"service.{path[-1]}: sends cases on to {follows}, which had them before and would again (conf/service/)")
        _comes_to_an_end(services, [*path, follows])


def _courses(raw, services):
    """Courses: {name: {of, states, transitions, served, sv, en}}, as conf/course/ explains them."""
    registry = [row.name for row in read_registry(REGISTRY)]
    known_only(raw, list(dict.fromkeys(name.split(".")[1] for name in registry if name.startswith("course."))), "course")
    exposures = [*EXPOSURES, *(f"{prefix}{of}" for prefix in PREFIXES for of in (services if prefix == "staff_of_" else raw))]
    for name, said in raw.items():
        others = ("served", "spreads", "witness", "families", "suspect")
        _complete(said, ("of", "states", "transitions", "sv", "en"), others, f"course.{name}")
        _shaped(said, {"states": list, "transitions": dict, "served": dict, "spreads": list, "sv": str, "en": str}, f"course.{name}")
        choices = {"of": GROUPS_AT_RISK, "families": (True, False), "suspect": ("partner",)}
        for key in choices.keys() & said.keys():
            _one_of(f"course.{name}.{key}", said[key], choices[key])
        for state in [*said.get("spreads", ()), *([said["witness"]] if "witness" in said else ())]:
            _one_of(f"course.{name}.spreads or witness", state, said["states"])
        for path, rule in ((f"course.{name}.transitions.{t}", rule) for t, rule in said["transitions"].items()):
            _complete(rule, ("from",), ("to", "by", "harm", "known", "opens", "refers", "wrong", "better", "sv", "en"), path)
            _shaped(rule, {"from": list, "by": list, "sv": str, "en": str}, path)
            for key, allowed in (("from", said["states"]), ("by", exposures)):
                for value in rule.get(key, ()):
                    _one_of(f"{path}.{key}", value, allowed)
            switches = dict.fromkeys(("harm", "known", "wrong", "refers"), (True, False))
            for key, allowed in ({"to": said["states"], "opens": services, "better": ("lower", "higher")} | switches).items():
                if key in rule:
                    _one_of(f"{path}.{key}", rule[key], allowed)
            row = f"{path.replace('.transitions.', '.')}.rate"
            if row not in registry:
                raise ConfigError(f"{path}: the registry has no row {row} (conf/evidence/parameters.csv)")
        for service, ends in said.get("served", {}).items():
            _one_of(f"course.{name}.served", service, services)
            _complete(ends, (), ("begun", "success", "failure", "dropped", "suspects"), f"course.{name}.served.{service}")
            for end, state in ends.items():
                _one_of(f"course.{name}.served.{service}.{end}", state, (True, False) if end == "suspects" else said["states"])
    return raw


def _complete(said, needed, others, where):
    """Raise unless `said` is a mapping with all keys `needed` and no others than `others` beside them."""
    known_only(said, [*needed, *others], where)
    for key in needed:
        if key not in said:
            raise ConfigError(f"{where}.{key}: missing (conf/{where.split('.')[0]}/)")


def _shaped(said, kinds, where):
    """Raise unless what is `said` of the keys of `kinds` is of these kinds."""
    words = {str: "a text", list: "a list", dict: "a group of options"}
    for key in kinds.keys() & said.keys():
        if not isinstance(said[key], kinds[key]):
            raise ConfigError(f"{where}.{key}={said[key]}: must be {words[kinds[key]]} (conf/{where.split('.')[0]}/)")


def _one_of(name, value, allowed):
    if value not in list(allowed):  # what is no key of a mapping either
        raise ConfigError(f"{name}={value}: allowed are {', '.join(map(str, allowed))} (conf/{name.split('.')[0]}/)")


def read_measures(raw, study, where="intervention", file="conf/intervention/{name}.yaml"):
    """{name: Measure} of the options of some measures, {name: {option: value}}; `where` names that group of options, `file` where they
    stand. Raises `ConfigError`."""
    found = measures()
    known_only(raw, found, where)
    chosen = {}
    for name, options in raw.items():
        chosen[name] = read(found[name], options, f"{where}.{name}", file.format(name=name))
        if chosen[name].start_day >= study.days:
            raise ConfigError(
                f"{where}.{name}.start_day={chosen[name].start_day}: the study ends before it, after study.days={study.days} "
                f"({file.format(name=name)})"
            )
    return chosen


def _scenarios(chosen, study):
    """`none` first, then what is compared with it: each of the `chosen` measures, or all at once; where every measure is chosen, both."""
    each = {name: {name: measure} for name, measure in chosen.items()}
    whole = chosen.keys() == measures().keys()
    together = {WHOLE if whole else "+".join(chosen): chosen} if chosen else {}
    return {"none": {}} | ((each | together if whole else each) if study.compare == "each" else together)


def flatten(nested, prefix=""):
    """{'walk': {'speed': 1}} → {'walk.speed': 1}."""
    flat = {}
    for key, value in nested.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _overrides(raw, point):
    """The values that differ from the registry's own, those of the job's `point` among them; raises for unknown
    names, values out of range, and what both set."""
    rows = read_registry(REGISTRY)
    own = {row.name: row.value for row in rows}
    known_only(raw, raw if isinstance(raw, dict) else ["<name>"], "parameter")
    changed = {name: value for name, value in flatten(raw).items() if name not in own or own[name] != value}
    for name in set(changed) & set(point):
        raise ConfigError(f"parameter.{name}={changed[name]}: the table of study.points sets it as well; leave one of them out")
    changed |= point
    try:
        Parameters(rows, changed)
    except ParameterError as error:
        raise ConfigError(str(error)) from None
    return changed


def nested_registry():
    """All parameters as nested mappings, so that `parameter.walk.speed=1.2` is an override like any other."""
    tree = {}
    for row in read_registry(REGISTRY):
        *path, leaf = row.name.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[leaf] = int(row.value) if row.value == int(row.value) and abs(row.value) < 1e15 else row.value
    return tree


SAVED = ("scenario", "seed", "city", "population", "study", "offence", "service", "course", "measures", "parameters")


def identity(config, scenario):
    """What identifies one run, as plain values in a fixed order: city, people, study, measures, overridden parameters."""
    chosen = {} if scenario == "none" else config.scenarios[scenario]
    return {
        "scenario": scenario,
        "seed": config.seed,
        "city": dataclasses.asdict(config.city),
        "population": dataclasses.asdict(config.population),
        "study": {k: v for k, v in dataclasses.asdict(config.study).items() if k not in ("name", "compare", "harm", "longer", "points")},
        "offence": config.offence,
        "service": config.service,
        "course": config.course,
        "measures": {name: dataclasses.asdict(measure) for name, measure in chosen.items()},
        "parameters": config.overrides,
    }
