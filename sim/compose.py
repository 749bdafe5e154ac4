"""Composition: Hydra turns files and the command line into one plain mapping per job. Nothing else knows Hydra."""

import difflib
import itertools
import os
import re
import shlex
from contextlib import contextmanager

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sim.config import CONF, flatten, nested_registry, read_config
from sim.disk import check_yaml
from sim.options import ConfigError

SEED = r"seed=\d+"
"""A sweep's point that sets the seed and is surely a number; all else is left for Hydra and the schema to judge."""

OWN = re.compile(r"[+~]*hydra\b")
"""An option of Hydra's own: with them files could be written, and code be run."""
MOST_JOBS = 1_000_000
"""Points of a sweep, beyond which nobody waits for it."""

MALMO_DATA = "TRYGGSIM_MALMO_DATA"
"""Of the environment, what names the folder of Malmö's geodata."""
UNREADABLE = re.compile("LexerNoViable|no viable alternative|extraneous input|mismatched input|token recognition")
"""What Hydra's parser says of a value that is not written as it wants it."""


def register():
    """Tell Hydra what is found rather than listed: every measure's file, and every row of the registry."""
    store = ConfigStore.instance()
    names = sorted(path.stem for path in (CONF / "intervention").glob("*.yaml"))
    store.store(name="measures", node={"defaults": [{"intervention": names}]})
    store.store(name="registry", node={"parameter": nested_registry()})
    OmegaConf.clear_resolver("oc.env")  # what else stands in somebody's environment is nobody's option
    OmegaConf.register_new_resolver("malmo_data", lambda: os.environ.get(MALMO_DATA, f"<{MALMO_DATA}>"), replace=True)
    OmegaConf.register_new_resolver("worlds", _worlds, replace=True)


def _worlds(first, number):
    """The seeds of a study as Hydra sweeps them; what is no number is left for the schema to refuse."""
    if isinstance(first, int) and isinstance(number, int) and 0 < number <= MOST_JOBS:
        return ",".join(str(first + i) for i in range(number))
    return str(first)


def jobs(arguments):
    """All jobs that the command line asks for, as checked `Config`s. Raises `ConfigError` with one line for the user."""
    flags = [a for a in arguments if a.startswith("-")]
    overrides = [a for a in arguments if not a.startswith("-")]
    if flags and not set(flags) <= {"-m", "--multirun"}:
        raise ConfigError(f"{flags[0]}: no such flag; options are written name=value, and --help lists them")
    with composing(overrides):
        fixed, swept = _split(overrides)
        whole = compose("config", overrides=fixed, return_hydra_config=True)
        params = OmegaConf.to_container(whole.hydra.sweeper.params or {}, resolve=True)
        taken = {o.split("=")[0] for o in overrides}
        for name, values in params.items():
            if (name not in taken or name == "seed") and name not in {s[0] for s in swept}:
                swept.append((name, str(values).split(",")))
        points = itertools.product(*([f"{name}={value}" for value in values] for name, values in swept))
        made, own, configs = {}, OmegaConf.masked_copy(whole, [key for key in whole if key != "hydra"]), []
        for point in points:
            rest = tuple(text for text in point if not re.fullmatch(SEED, text))
            if rest not in made:  # where worlds differ in their seed alone, what they share is composed once
                here = compose("config", overrides=[*fixed, *point]) if rest else own
                made[rest] = OmegaConf.to_container(here, resolve=True)
            seeds = [{"seed": int(text.split("=")[1])} for text in point if text not in rest]
            configs.append(read_config(made[rest] | (seeds[0] if seeds else {})))
        if not configs:
            raise ConfigError(f"{' '.join(overrides)}: asks for nothing at all; a sweep has one value or more")
        return configs


def explained(arguments):
    """What there is to choose from, and all options as a command line sets them, in YAML. Raises `ConfigError`."""
    overrides = [a for a in arguments if not a.startswith("-")]
    with composing(overrides):
        options = OmegaConf.to_yaml(compose("config", overrides=_split(overrides)[0]))
    groups = {}
    for file in sorted(CONF.glob("*/**/*.yaml")):
        groups.setdefault(file.parent.relative_to(CONF).as_posix(), []).append(file.stem)
    choices = "\n".join(f"  {group}: {', '.join(names)}" for group, names in groups.items())
    return f"Options are written name=value; a comma compares. Choices, as in experiment=year:\n{choices}\n\nOptions:\n{options}"


@contextmanager
def composing(overrides):
    """While it lasts, Hydra composes; what it then says of options that cannot be, it says in one line (`ConfigError`)."""
    register()
    if own := [said for said in overrides if OWN.match(said)]:
        raise ConfigError(f"{own[0]}: is an option of Hydra's own, which cannot be set; those of this program are listed by --help")
    _check_choices(overrides)
    GlobalHydra.instance().clear()
    try:
        for file in CONF.rglob("*.yaml"):
            check_yaml(file.read_text(encoding="utf-8"))
        with initialize_config_dir(str(CONF), version_base="1.3"):
            yield
    except ConfigError:
        raise
    except yaml.YAMLError as error:
        raise ConfigError(f"{CONF}: a file of options cannot be read as YAML ({error})") from None
    except (HydraException, OmegaConfBaseException, ValueError, OSError, RecursionError) as error:
        raise ConfigError(_one_line(error, overrides)) from None
    finally:
        GlobalHydra.instance().clear()


def _check_choices(overrides):
    """Raise `ConfigError` for two choices from a group, or a list of them, where one is asked for."""
    choices = [o.split("=")[0] for o in overrides if (CONF / o.split("=")[0]).is_dir()]
    for name in choices:
        if choices.count(name) > 1:
            said = " and ".join(o for o in overrides if o.split("=")[0] == name)
            raise ConfigError(f"{said}: one choice from conf/{name}/, not two (to compare several: {name}=a,b)")
    for said in overrides:
        name, _, value = said.partition("=")
        if name in choices and name != "intervention" and value.startswith("["):
            raise ConfigError(f"{said}: one choice from conf/{name}/, not a list (to compare several: {name}={value.strip('[]')})")


def _split(overrides):
    """Overrides with one value, and swept ones as (name, values)."""
    fixed, swept = [], []
    parser = OverridesParser.create()
    for text, override in zip(overrides, parser.parse_overrides(overrides), strict=True):
        if override.is_sweep_override():
            values = list(itertools.islice(override.sweep_string_iterator(), MOST_JOBS + 1))
            if len(values) > MOST_JOBS:
                raise ConfigError(f"{text}: more than {MOST_JOBS:,} values to compare")
            swept.append((override.get_key_element(), values))
        else:
            fixed.append(text)
    return fixed, swept


def _one_line(error, overrides):
    """What Hydra says about a bad option, in one line that names the option, what is allowed, and where to look."""
    text = str(error)
    group = re.search(r"Could not (?:find|load) '([\w/]+)/([^'/]*)'", text)
    if group:
        folder, name = group.groups()
        known = re.findall(r"^\t(\S+)$", text, re.MULTILINE) or sorted({p.stem for p in (CONF / folder).glob("*.yaml")})
        return f"{folder}={name}: no such choice; allowed are {', '.join(known)} (conf/{folder}/)"
    if "Config group override must be" in text:
        of_groups = [o for o in overrides if (CONF / o.split("=")[0]).is_dir()]
        wrong = next((o for o in of_groups if not (CONF / f"{o.replace('=', '/')}.yaml").is_file()), " ".join(overrides))
        folder = wrong.split("=")[0]
        return f"{wrong}: no such choice; allowed are {', '.join(sorted(p.stem for p in (CONF / folder).glob('*.yaml')))} (conf/{folder}/)"
    key = re.search(r"Could not override '([^']+)'", text)
    if key:
        return _unknown(key.group(1), overrides)
    if "missing EQUAL at '<EOF>'" in text:
        bare = next((o for o in overrides if "=" not in o), " ".join(overrides))
        return f"{bare}: not an option with a value; options are written name=value"
    if UNREADABLE.search(text) and (odd := [o for o in overrides if not _is_readable(o)]):
        name, _, value = odd[0].partition("=")
        quoted = shlex.quote(f'{name}="{value}"')
        return f"{odd[0]}: cannot be read; a value with such a character stands in quotes of its own: {quoted}"
    first = " ".join(text.split("See https")[0].split())
    bad = next((o for o in overrides if o in text), " ".join(overrides))
    return f"{bad}: {first} (conf/config.yaml)"


def _is_readable(override):
    """Whether Hydra can read one override alone."""
    try:
        OverridesParser.create().parse_override(override)
    except HydraException:
        return False
    return True


def _unknown(name, overrides):
    """What to say of an option that is not there: which are near it, and where they stand."""
    group, _, rest = name.partition(".")
    measures = [p.stem for p in (CONF / "intervention").glob("*.yaml")]
    if group == "intervention" and rest.split(".")[0] in measures and any(o.startswith("intervention=") for o in overrides):
        return f"{name}: {rest.split('.')[0]} is not among the chosen measures; add it to intervention=[…]"
    with initialize_config_dir(str(CONF), version_base="1.3"):
        known = list(flatten(OmegaConf.to_container(compose("config"), resolve=False)))
    close = difflib.get_close_matches(name, known, n=3)
    where = "conf/evidence/parameters.csv" if group == "parameter" else "conf/config.yaml and the files it names"
    return f"{name}: no such option{'; close names: ' + ', '.join(close) if close else ''} (options stand in {where})"
