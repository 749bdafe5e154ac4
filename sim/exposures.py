"""What people in courses are exposed to: who is near them, what is done about it, and how old they are."""

from dataclasses import dataclass

import numpy as np

from sim.courses import YEAR, kind_of
from sim.kernels.move import ADULT


def partner_at_large(life, here):
    """1 for those whose partner is at large, 0 while a case of theirs holds him."""
    held = here.work.held_cases()
    return 1.0 - np.isin(life.course.who, held.who[held.kind == kind_of(life.course, here.world)])


def contacts(life, here):
    """One, and as much more as the registry says for each acquaintance in a state that spreads."""
    course = life.course
    row = np.minimum(np.searchsorted(course.who, course.contacts), len(course.who) - 1)
    there = course.who[row] == course.contacts  # nobody has the id −1, and some have been taken out of the world
    spreading = (np.isin(life.state[row], course.spreads) & there).sum(axis=1)
    return 1.0 + here.world.parameters[f"course.{course.name}.contact"] * spreading


def youth(life, here):
    """1 at the ages at which networks recruit, nothing before, and as much as the registry says later."""
    network, age = here.world.parameters.group("network"), here.age(life)
    return np.select([age < network.youth_from, age <= network.youth_to], [0.0, 1.0], network.later)


def of_age(life, here):
    """1 for grown-ups, and as much as the registry says below."""
    return np.where(here.age(life) >= ADULT, 1.0, here.world.parameters["network.earlier"])


def vacancies(life, here):
    """One, and as much more as the registry says where all members of the group are held: their places wait to be filled."""
    held = here.world.people.id[here.world.offenders.row[here.work.held()]]
    share = here.share_of_group(life, np.isin(life.state, life.course.spreads), np.isin(life.course.who, held))
    return 1.0 + here.world.parameters["network.vacancy"] * share


def distrust(life, here):
    """One, and as much more as the registry says for each part of the group's members that has told of others."""
    tells = life.state == life.course.witness
    members = np.isin(life.state, life.course.spreads) | tells
    return 1.0 + here.world.parameters["network.distrust"] * here.share_of_group(life, members, tells)


EXPOSURES = {
    "partner_at_large": partner_at_large, "contacts": contacts, "youth": youth, "of_age": of_age, "vacancies": vacancies,
    "distrust": distrust,
}  # fmt: skip
"""Name in conf/course → function of (Lives, Surroundings), which gives float64 (people,)."""


@dataclass(frozen=True)
class Surroundings:
    """What people in courses are exposed to on a `day`: the `world`, the casework `work`, its services as they are `today` (see
    `justice.staffed`), and `lives` of all courses."""

    world: object
    work: object
    today: tuple
    lives: list
    day: int

    def exposure(self, name, life):
        """float64 (people,): exposure of that name to those in a course."""
        for prefix, found in PREFIXES.items():
            if name.startswith(prefix):
                return found(life, self, name.removeprefix(prefix))
        return EXPOSURES[name](life, self)

    def age(self, life):
        """int (people,): how old they are on that day, or were; the people's own ages are those of the first dawn."""
        return self.world.people.age[self.world.row_of[life.course.who]] + self.day // int(YEAR)

    def life_of(self, course):
        return next(life for life in self.lives if life.course.name == course)

    def group(self, life):
        return self.world.people.group[self.world.row_of[life.course.who]]

    def share_of_group(self, life, among, chosen, to=None):
        """float64 (people of `to`, or of `life`): what part of those `among` of a life, bool, in a person's group are `chosen`, bool."""
        group, there = self.group(life), self.group(to or life)
        counts = [np.bincount(group[mask], minlength=group.max(initial=-1) + 1) for mask in (among & chosen, among)]
        part = np.append(counts[0] / np.maximum(counts[1], 1), 0.0)
        return part[np.minimum(there, len(part) - 1)]


def staff_of(life, here, service):
    """Staff of a service, for each thousand at risk."""
    staff = here.today[here.work.number(service)].capacity
    return np.full(len(life.course.who), 1000.0 * staff / max(len(life.course.who), 1))


def members_of(life, here, course):
    """1 for those who are in a spreading state of another course, else 0."""
    other = here.life_of(course)
    return np.isin(life.course.who, other.course.who[np.isin(other.state, other.course.spreads)]).astype(float)


def income_of(life, here, course):
    """How an illicit economy draws: 1 where much of it pays in the group near which someone lives, and less as the registry says where few
    are in a spreading state of that course."""
    other, network = here.life_of(course), here.world.parameters.group("network")
    running = np.isin(other.state, other.course.spreads)
    share = here.share_of_group(other, np.ones(len(running), dtype=bool), running, life)
    return 1.0 - network.income * np.exp(-share / network.income_share)


PREFIXES = {"staff_of_": staff_of, "members_of_": members_of, "income_of_": income_of}
"""First part of a name in conf/course → function of (Lives, Surroundings, the name's other part: a service or a course)."""
