"""What people make of the city: the company they expect, how safe places feel, what is heard of, and the survey that asks."""

import numpy as np
from numba import get_num_threads

from sim.kernels import feel as kernel
from sim.kernels.move import count_out
from sim.kernels.near import means_near
from sim.kernels.plan import TO_HOME
from sim.population.people import RESIDENT
from sim.rng import FEELING, uniforms
from sim.world import role_and_zone

LAST_HIT = 0
"""Purpose of the draw of stream FEELING."""


def new_hour(scene, ground, usual):
    """Fill `scene.ambient` from the hour's row of people usually in each cell, `usual` float32 (cells,)."""
    means_near(ground, scene.near, usual, scene.ambient)
    scene.ambient[:] /= np.float32(ground.cell_m**2 / 1e4)


def people_out(world, where):
    """int64 (roles, zones): the walkers who live in each zone and are not at home."""
    counts = np.empty((get_num_threads(), world.walkers_at.size), dtype=np.int64)
    count_out(where, world.walkers, world.walkers_group, counts)
    return counts.sum(axis=0).reshape(world.walkers_at.shape)


def people_out_beside(world, where, walked, there):
    """As `people_out`, where all but those who are `walked` here are as in the guide's, of which that is known: `there`."""
    many, out = walked.count[0], there.copy()
    group = role_and_zone(world.people[walked.who[:many]], there.shape[1])
    for trips, one in ((where.trip[where.base : where.base + many], 1), (where.other[:many], -1)):
        np.add.at(out.reshape(-1), group[(group >= 0) & (trips["purpose"] != TO_HOME)], one)
    return out


def share_out(world, out, weight, leans, empty):
    """Fill `empty` float32 (zones,): share of residents who are out, from those who walk and are `out`, as `people_out` counts them; by
    `weight` float64 (roles,) each counts for as many as they stand for.

    A zone with few walkers leans on the city as a whole, as if `leans` residents like its mean lived there as well.
    """
    out, all_of = weight @ out, weight @ world.walkers_at
    mean = out.sum() / max(all_of.sum(), 1.0)
    empty[:] = (out + leans * mean) / (all_of + leans)


def past_hurt(people, rules, seed):
    """float32 (people,): what residents still carry of the last time that they were hit before the first dawn, at an exponentially
    distributed time."""
    days = -np.log(uniforms(seed, FEELING, people.id, 0, LAST_HIT, 0)) * 365 / rules.hurt_yearly
    return np.where(people.role == RESIDENT, rules.hurt_mean * 0.5 ** (days / rules.hurt_half_life), 0.0).astype(np.float32)


def survey(world, where, scene, active, rules):
    """The question of the surveys: how safe do you feel outdoors late in your own area? In full darkness.

    Returns the rows of those asked, how safe they feel, float32, in standard deviations (safe above 0), and how safe each
    place feels, float32 (cells,).
    """
    place_feel = np.zeros_like(scene.ambient)
    kernel.feel_places(active, scene, rules, 1.0, place_feel)
    latent = np.empty(len(world.people), dtype=np.float32)
    kernel.survey(world.people, where, rules, place_feel, int(rules.youngest), latent)
    asked = np.flatnonzero(~np.isnan(latent))
    return asked, latent[asked], place_feel


def answers(latent, woman):
    """{column of the daily series: value}: the share of those asked who feel safe, of all, women and men, and the mean of how safe they
    feel (`latent` float32 (asked,), `woman` bool); 0 of nobody."""
    groups = {"safe_share": latent, "safe_women": latent[woman], "safe_men": latent[~woman]}
    shares = {name: float(np.mean(those > 0)) if len(those) else 0.0 for name, those in groups.items()}
    return shares | {"mean_feeling": float(np.mean(latent)) if len(latent) else 0.0}
