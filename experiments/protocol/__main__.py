"""Write the description of the model, its parameters and known facts into docs/, or check that they are as the program is."""

import argparse
import sys
from itertools import groupby
from pathlib import Path

import jinja2
import yaml

from experiments.facts import read_facts
from experiments.protocol import entities, schedule
from sim.config import CONF, REGISTRY
from sim.interventions import measures
from sim.model import PHASES
from sim.parameters import DISTRIBUTIONS, GRADES, read_registry

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEMPLATES = ("odd.md", "parameters.md", "facts.md")


def written():
    """{name of the file: text} of everything that is written."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    read = lambda *path: yaml.safe_load((CONF.joinpath(*path)).read_text(encoding="utf-8"))  # noqa: E731
    families = [(name, list(rows)) for name, rows in groupby(read_registry(REGISTRY), key=lambda row: row.name.split(".")[0])]
    known = {
        "entities": entities(), "schedule": schedule(PHASES), "offences": read("offence", "street.yaml"),
        "services": read("service", "malmo.yaml"), "courses": read("course", "malmo.yaml"), "measures": measures(),
        "grades": GRADES, "distributions": DISTRIBUTIONS,
        "families": families, "facts": read_facts(),
    }  # fmt: skip
    return {name: environment.get_template(f"{name}.j2").render(**known) for name in TEMPLATES}


def main(arguments=None):
    """Write, or with `--check` compare. Returns the exit status: 1 where a file is not as it would be written."""
    parser = argparse.ArgumentParser(prog="python -m experiments.protocol", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; say which files are out of date")
    check = parser.parse_intermixed_args(arguments).check
    if not DOCS.is_dir():
        print(f"tryggsim: {DOCS}: no such folder; the description is written in a checkout of the source", file=sys.stderr)
        return 2
    stale = [name for name, text in written().items() if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != text]
    if check:
        for name in stale:
            print(f"docs/{name} is out of date: python -m experiments.protocol writes it", file=sys.stderr)
        return 1 if stale else 0
    for name, text in written().items():
        (DOCS / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
