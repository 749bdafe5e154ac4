"""How finely the city is computed changes nothing that is told: share of walkers, length of a tick, size of a cell."""

from datetime import date
from functools import cache

import numpy as np
import pytest

from experiments.agreement import EVERYONE, rows_of
from sim.config import REGISTRY
from sim.parameters import Parameters, read_registry
from tests.conftest import live, malmo_city, small_world

DAYS = 3
SEEDS = (1, 2)
OFTEN = 4
"""Offenders are motivated so much more often than in Malmö, but for what happens often enough, so that few days tell enough."""
FINER = {"more walkers": {"fraction": 0.2}, "shorter ticks": {"tick_s": 300}, "smaller cells": {"cell_m": 25.0}}


@cache
def offences_by_target(fraction=0.05, tick_s=600, cell_m=50.0):
    """Offences against persons, things, dwellings and in markets, summed over seeds, and the variance of each sum: float64 (4,) both.

    Offenders act independently of each other, near enough, and often more than once: so the variance is the sum of their squares.
    """
    registry = read_registry(REGISTRY)
    plain = Parameters(registry)
    rare = [name for name in plain.members("offence") if name not in ("drug_dealing", "disorder")]
    often = {f"offence.{name}.rate": OFTEN * plain[f"offence.{name}.rate"] for name in rare}
    total, variance = np.zeros((2, 4))
    for seed in SEEDS:
        world = small_world(
            often, city=malmo_city(cell_m=cell_m), residents=339_313, fraction=fraction, tick_s=tick_s, days=DAYS, seed=seed,
            start=date(2018, 9, 13),
        )  # fmt: skip
        model = live(world, days=DAYS)
        log = model.log.all()
        log = log[log.happened == 1]
        for target in range(4):
            by_offender = np.bincount(log.offender[world.offences.target[log.kind] == target])
            total[target] += by_offender.sum()
            variance[target] += (by_offender**2).sum()
        model.close()
    return total, variance


@pytest.mark.parametrize("finer", FINER)
def test_offences_agree_within_monte_carlo_error(finer):
    (coarse, coarse_variance), (fine, fine_variance) = offences_by_target(), offences_by_target(**FINER[finer])
    error = np.sqrt(coarse_variance + fine_variance)
    assert (coarse > 15).all() and (error[[0, 1, 3]] < 0.08 * coarse[[0, 1, 3]]).all(), (coarse, error)
    assert (abs(fine - coarse) < 3.0 * error).all(), (coarse, fine, error)


def test_a_planted_difference_between_variants_is_shown():
    world = np.arange(6.0)
    counts = {
        EVERYONE: [{"robbery": 50 + w, "theft": 90 - w} for w in world], "1 %": [{"robbery": 53 - w, "theft": 91 - w} for w in world],
    }  # fmt: skip
    rows = {(variant, kind): effect for variant, kind, _, effect in rows_of(counts)}
    assert rows["1 %", "robbery"].low < 0 < rows["1 %", "robbery"].high
    assert rows["1 %", "theft"].low == rows["1 %", "theft"].mean == 1.0
