"""Composition: Hydra turns files and the command line into one plain mapping per job. Nothing else knows Hydra."""

import difflib
import itertools
import re
import shlex
import sys

from hydra import compose, initialize_config_dir
from hydra import main as hydra_main
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sim.config import CONF, flatten, nested_registry, read_config
from sim.options import ConfigError

SEED = r"seed=\d+"
"""A sweep's point that sets the seed and is surely a number; all else is left for Hydra and the schema to judge."""


UNREADABLE = re.compile("LexerNoViable|no viable alternative|extraneous input|mismatched input|token recognition")
"""What Hydra's parser says of a value that is not written as it wants it."""


def register():
    """Tell Hydra what is found rather than listed: every measure's file, and every row of the registry."""
    store = ConfigStore.instance()
    names = sorted(path.stem for path in (CONF / "intervention").glob("*.yaml"))
    store.store(name="measures", node={"defaults": [{"intervention": names}]})
    store.store(name="registry", node={"parameter": nested_registry()})
    if not OmegaConf.has_resolver("worlds"):
        OmegaConf.register_new_resolver("worlds", _worlds)


def _worlds(first, number):
    """The seeds of a study as Hydra sweeps them; what is no number is left for the schema to refuse."""
    if isinstance(first, int) and isinstance(number, int) and number > 0:
        return ",".join(str(first + i) for i in range(number))
    return str(first)


def jobs(arguments):
    """All jobs that the command line asks for, as checked `Config`s. Raises `ConfigError` with one line for the user."""
    register()
    flags = [a for a in arguments if a.startswith("-")]
    overrides = [a for a in arguments if not a.startswith("-")]
    if flags and not set(flags) <= {"-m", "--multirun"}:
        raise ConfigError(f"{flags[0]}: no such flag; options are written name=value, and --help lists them")
    choices = [o.split("=")[0] for o in overrides if (CONF / o.split("=")[0]).is_dir()]
    for name in choices:
        if choices.count(name) > 1:
            said = " and ".join(o for o in overrides if o.split("=")[0] == name)
            raise ConfigError(f"{said}: one choice from conf/{name}/, not two (to compare several: {name}=a,b)")
    for said in overrides:
        name, _, value = said.partition("=")
        if name in choices and name != "intervention" and value.startswith("["):
            raise ConfigError(f"{said}: one choice from conf/{name}/, not a list (to compare several: {name}={value.strip('[]')})")
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            fixed, swept = _split(overrides)
            whole = compose("config", overrides=fixed, return_hydra_config=True)
            params = OmegaConf.to_container(whole.hydra.sweeper.params or {}, resolve=True)
            taken = {o.split("=")[0] for o in overrides}
            params = {} if whole.hydra.mode is None else {k: v for k, v in params.items() if k not in taken or k == "seed"}
            configs = []
            for name, values in params.items():
                if name not in {s[0] for s in swept}:
                    swept.append((name, str(values).split(",")))
            points = itertools.product(*([f"{name}={value}" for value in values] for name, values in swept))
            made, own = {}, OmegaConf.masked_copy(whole, [key for key in whole if key != "hydra"])
            for point in points:
                rest = tuple(text for text in point if not re.fullmatch(SEED, text))
                if rest not in made:  # where worlds differ in their seed alone, what they share is composed once
                    here = compose("config", overrides=[*fixed, *point]) if rest else own
                    made[rest] = OmegaConf.to_container(here, resolve=True)
                seeds = [{"seed": int(text.split("=")[1])} for text in point if text not in rest]
                configs.append(read_config(made[rest] | (seeds[0] if seeds else {})))
            return configs
    except ConfigError:
        raise
    except (HydraException, OmegaConfBaseException, ValueError) as error:  # Hydra itself raises the last of a choice that is a number
        raise ConfigError(_one_line(error, overrides)) from None
    finally:
        GlobalHydra.instance().clear()


def _split(overrides):
    """Overrides with one value, and swept ones as (name, values)."""
    fixed, swept = [], []
    parser = OverridesParser.create()
    for text, override in zip(overrides, parser.parse_overrides(overrides), strict=True):
        if override.is_sweep_override():
            swept.append((override.get_key_element(), list(override.sweep_string_iterator())))
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
        wrong = next(o for o in overrides if (CONF / o.split("=")[0]).is_dir() and not (CONF / f"{o.replace('=', '/')}.yaml").is_file())
        folder = wrong.split("=")[0]
        return f"{wrong}: no such choice; allowed are {', '.join(sorted(p.stem for p in (CONF / folder).glob('*.yaml')))} (conf/{folder}/)"
    key = re.search(r"Could not override '([^']+)'", text)
    if key:
        return _unknown(key.group(1), overrides)
    bare = re.search(r"missing EQUAL at '<EOF>'", text)
    if bare:
        return f"{next(o for o in overrides if '=' not in o)}: not an option with a value; options are written name=value"
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


def hand_over(arguments):
    """Give a command line that asks Hydra about itself to Hydra."""
    register()
    before, sys.argv = sys.argv, [sys.argv[0], *arguments]
    try:
        hydra_main(config_path=str(CONF), config_name="config", version_base="1.3")(lambda _: None)()
    finally:
        sys.argv = before
