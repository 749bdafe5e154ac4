"""What people make of the city: the company they expect, how safe places feel, what is heard of, and the survey that asks."""

import numpy as np

from sim.kernels import feel as kernel
from sim.kernels.move import count_out
from sim.kernels.near import means_near

SURVEY_HOUR = 22


def new_hour(scene, ground, active, usual, rules, dark, place_feel):
    """Fill `scene.ambient` from the hour's row of people usually in each cell, `usual` float32 (cells,), and then `place_feel`."""
    means_near(ground, scene.near, usual, scene.ambient)
    scene.ambient[:] /= np.float32(ground.cell_m**2 / 1e4)
    kernel.feel_places(active, scene, rules, dark, place_feel)


def count_empty_homes(world, where, weight, empty):
    """Fill `empty` float32 (zones,): share of residents who are out, from those who walk, each counting for as many as they stand for.

    A zone with few walkers leans on the city as a whole, as if ten residents like its mean lived there as well.
    """
    out, all_of = np.zeros((2, len(empty)))
    count_out(world.people, where, world.walkers, weight, out, all_of)
    mean = out.sum() / max(all_of.sum(), 1.0)
    empty[:] = (out + 10.0 * mean) / (all_of + 10.0)


def survey(world, where, scene, active, rules):
    """The question of the surveys: how safe do you feel outdoors late in your own area? In full darkness.

    Returns the home zones int16 of those asked, how safe they feel, float32, in standard deviations (safe above 0), and how safe each
    place feels, float32 (cells,).
    """
    place_feel = np.zeros_like(scene.ambient)
    kernel.feel_places(active, scene, rules, 1.0, place_feel)
    latent = np.empty(len(world.people), dtype=np.float32)
    kernel.survey(world.people, where, rules, place_feel, int(rules.youngest), latent)
    asked = ~np.isnan(latent)
    return world.people.zone[asked], latent[asked], place_feel


def fade(scene, where, rules, day):
    """Let a day pass over what neighbours have heard of and what victims carry.

    A world begins as if the days before it had been like its first ones: after n days the memory is divided by 1 − leftⁿ (the
    correction of Kingma and Ba 2015), so that it neither grows from nothing nor needs months to settle.
    """
    left, n = 0.5 ** (1.0 / rules.heard_half_life), day + 1
    scene.heard[:] *= np.float32(left * (1 - left**n) / (1 - left ** (n + 1)))
    scene.fresh[0] = 1 / (1 - left ** (n + 1))
    where.hurt[:] *= np.float32(0.5 ** (1.0 / rules.hurt_half_life))
