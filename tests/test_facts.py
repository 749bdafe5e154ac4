"""Known facts: every tolerance follows its rule, every figure names its source."""

import pytest

from experiments.facts import FITTED, HELD_OUT, RULES, read_facts
from sim.config import REGISTRY
from sim.parameters import Parameters, read_registry

FACTS = read_facts()
KNOWN = Parameters(read_registry(REGISTRY)).rows


@pytest.mark.parametrize("fact", FACTS, ids=[f.id for f in FACTS])
def test_a_tolerance_is_what_its_rule_says(fact):
    by_rule = RULES[fact.rule]
    assert (fact.low, fact.high) == (pytest.approx(by_rule(fact.target)) if by_rule else (fact.low, fact.high))
    assert fact.low <= fact.target <= fact.high and fact.low < fact.high and fact.source


def test_facts_have_names_of_their_own_and_halves():
    assert len({fact.id for fact in FACTS}) == len(FACTS)
    new = [fact for fact in FACTS if not fact.seen]
    assert {fact.half for fact in FACTS if fact.seen} == {FITTED} and {fact.half for fact in new} == {FITTED, HELD_OUT}
    assert 0.35 < sum(fact.half == HELD_OUT for fact in new) / len(new) < 0.65


def test_what_the_registry_holds_for_known_is_what_the_facts_say():
    levels = {f"known.{fact.of[-1]}.year": fact.target for fact in FACTS if fact.statistic == "a_year"}
    assert sum(name in KNOWN for name in levels) == 14
    assert {name: KNOWN[name].value for name in levels if name in KNOWN} == {n: t for n, t in levels.items() if n in KNOWN}
