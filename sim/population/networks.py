"""Criminal networks: who lives so near one that it may draw them in, and the ground that a group keeps to. Being near one is latent, and
drawn with a stated prevalence by age, sex and area alone: of nobody is origin or faith known."""

import numpy as np

from sim.kernels.plan import TO_HAUNT
from sim.population.destinations import PLACES_FOR
from sim.population.people import RESIDENT, zone_middles
from sim.rng import BUILD, uniforms

NEAR = 80
"""Purpose of the draw of stream BUILD made here."""


def live_near(people, city, parameters, share, seed):
    """Fill `people.group` int16: the number of the group near which someone lives, −1 for most.

    `share` is the size of the city in Malmö's, and so of the number of groups. Where criminals have a hold, more live near one. Those near
    one are parted into groups of equal size, district by district and area by area.
    """
    network = parameters.group("network")
    ages = (people.role == RESIDENT) & (people.age >= network.youngest) & (people.age <= network.oldest)
    more = (1.0 + (network.burdened - 1.0) * hold(city, network.spills, network.lesser))[people.zone]
    more /= more[ages].mean() if ages.any() else 1.0
    chance = network.near * more * np.where(people.woman == 1, network.women, 1.0)
    near = np.flatnonzero(ages & (uniforms(seed, BUILD, people.id, 0, NEAR, 0) < chance))
    district = np.unique(city.zones.district, return_inverse=True)[1][people.zone[near]]
    people.group[:] = -1
    people.group[near[np.lexsort((near, people.zone[near], district))]] = (
        np.arange(len(near)) * groups_of(parameters, share) // max(len(near), 1)
    )


def hold(city, spills_m, lesser):
    """float64 (zones,): how firm a hold criminals have on each area, 1 where the police say that it is firmest, and `lesser` at least where
    they have designated it at all; it ends at no line, but falls by a factor e over `spills_m` metres from the middle of such an area; 0
    everywhere where there is none."""
    middle, zones = zone_middles(city), city.zones
    away = city.grid.distance_m(middle[:, None], middle[zones.burdened][None, :])
    firm = np.where(zones.worst, 1.0, lesser)[zones.burdened]
    return (firm * np.exp(-away / spills_m)).max(axis=1, initial=0.0)


def grounds(people, city, groups):
    """int64 (groups,): the destination that each of so many groups keeps to: of the places where offenders keep to, the nearest to the area
    in which most of those near it live; the homes of that area, where the city has no such place."""
    near = people[people.group >= 0]
    lives = np.zeros((groups, len(city.zones.name)), dtype=np.int64)
    np.add.at(lives, (near.group, near.zone), 1)
    area, places = lives.argmax(axis=1), city.places_of(*PLACES_FOR[TO_HAUNT])
    if not len(places):
        return len(city.places) + area
    away = city.grid.distance_m(zone_middles(city)[area][:, None], city.place_cell[places][None, :])
    return places[away.argmin(axis=1)]


def groups_of(parameters, share):
    """How many groups there are in a city of that `share` of Malmö's size; two at least, so that there can be feuds."""
    return max(2, round(parameters["network.groups"] * share))
