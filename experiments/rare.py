"""What is too rare for a mean: how often it came about in each world, as a distribution."""

from experiments.compare import of_each
from experiments.runs import scenarios, variants

FEW = 10
"""Mean number in a study, without measures, below which the worlds are told one by one."""


def hurt_in_courses(run):
    """{course: times that someone was hurt} in a run, for courses that hurt at all."""
    harms = run.harms["what"].value_counts()
    hurts = {name: [f"{name}.{t}" for t, rule in course["transitions"].items() if rule.get("harm")]
             for name, course in run.summary["courses"].items()}  # fmt: skip
    return {name: int(harms.reindex(whats, fill_value=0).sum()) for name, whats in hurts.items() if whats}


def rare(runs):
    """{course: {label of a scenario: numbers in its worlds, in order}} of the first variant, for courses that hurt seldom."""
    found = of_each(hurt_in_courses, scenarios(next(iter(variants(runs).values()))))
    without = list(found["none"].values())
    seldom = [name for name in (without[0] if without else ()) if sum(w[name] for w in without) < FEW * len(without)]
    return {name: {label: sorted(w[name] for w in worlds.values()) for label, worlds in found.items()} for name in seldom}
