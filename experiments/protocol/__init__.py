"""The description of the model by the ODD+D protocol (Müller et al. 2013), and the tables of its numbers and of what is known.

What can be read off the program is: entities and their variables, the schedule, parameters, inputs, facts. The rest is written in
`odd.md.j2`.
"""

import ast
import inspect
from dataclasses import dataclass
from pathlib import Path

from sim import afoot, casework, courses, guardians, world
from sim.outcomes import log
from sim.population import offenders, people

ENTITIES = (
    ("Person", people, "PERSON", "PERSON"), ("A person's last trip", afoot, "WHERE", "WHERE"), ("A planned trip", afoot, "TRIP", "TRIP"),
    ("Offender", offenders, "OFFENDER", "OFFENDER"), ("Moment of motive", world, "MOMENT", "MOMENT"),
    ("Unit on patrol", guardians, "UNIT", "UNIT"), ("Case", casework, "CASE", "CASE"),
    ("What happens in a course", courses, "HAPPENING", "HAPPENING"), ("Event", log, "EVENT", "COLUMNS"),
)  # fmt: skip
"""Title, module and dtype of everything that has rows, and the name below which the module says what its variables are."""


@dataclass(frozen=True)
class Entity:
    """Something with rows: its variables (name, dtype), and what its module says of them."""

    title: str
    variables: tuple
    says: str


def entities():
    """Every entity of the model, read off its dtypes and the sentences below them."""
    return [Entity(title, variables_of(getattr(module, name)), said_of(module, said)) for title, module, name, said in ENTITIES]


def variables_of(dtype):
    """((name, dtype in words), …) of a structured dtype."""
    return tuple((name, str(dtype[name].base) + (f" × {dtype[name].shape[0]}" if dtype[name].shape else "")) for name in dtype.names)


def said_of(module, name):
    """The sentence that stands right below the assignment of a name in a module; of several, the next one."""
    body = ast.parse(Path(inspect.getfile(module)).read_text(encoding="utf-8")).body
    at = next(i for i, node in enumerate(body) if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name)
    said = next(node.value.value for node in body[at:] if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    return " ".join(said.split())


def schedule(phases):
    """((name, what it does), …) of the model's phases, in their order."""
    return tuple((phase.__name__, " ".join(inspect.getdoc(phase).split())) for phase in phases)
