"""Where people go for what: choice probabilities of destinations by zone of origin (a gravity model, Wilson 1971)."""

import numpy as np

from sim.kernels.plan import (
    PURPOSES,
    TO_BAR,
    TO_CINEMA,
    TO_HAUNT,
    TO_HOME,
    TO_OTHER,
    TO_RUN,
    TO_SCHOOL,
    TO_SHOP,
    TO_VISIT,
    TO_WORK,
)  # fmt: skip
from sim.population.people import zone_middles

PLACES_FOR = {
    TO_SHOP: ("mall", "square"), TO_OTHER: ("hospital", "square", "university", "arena", "mall"), TO_BAR: ("nightlife", "square"),
    TO_CINEMA: ("cinema",), TO_RUN: ("park",), TO_VISIT: (), TO_HAUNT: ("square", "bus_hub", "rail_station", "nightlife", "mall"),
}  # fmt: skip
"""Kinds of places that serve a purpose. What is not at a place is spread over the zones, as their people or workplaces are."""
BY_WORKPLACES = (TO_SHOP, TO_OTHER, TO_BAR)


def reachable(city, parameters):
    """float32 (purposes, zones + 1, places + zones): cumulative probabilities; the last row for people from elsewhere.

    Attraction × exp(−distance / reach). The registry's `go.<purpose>.reach` gives the reach in metres, `go.<purpose>.spread`
    the share of attraction that lies in the zones rather than at places.
    """
    grid = city.grid
    middle = zone_middles(city)
    cells = np.concatenate([city.place_cell, middle])
    alive = np.bincount(city.zone[city.walkable], minlength=len(middle)) > 0
    table = np.zeros((len(PURPOSES), len(middle) + 1, len(cells)), dtype=np.float32)
    away = np.vstack([grid.distance_m(middle[:, None], cells[None, :]), np.zeros(len(cells))])
    for purpose in range(len(PURPOSES)):
        if purpose in (TO_HOME, TO_WORK, TO_SCHOOL):
            continue
        reach, spread = (parameters[f"go.{PURPOSES[purpose]}.{field}"] for field in ("reach", "spread"))
        at_places = np.zeros(len(cells))
        at_places[city.places_of(*PLACES_FOR[purpose])] = 1.0
        in_zones = np.zeros(len(cells))
        source = city.zones.workplaces if purpose in BY_WORKPLACES else city.zones.population
        in_zones[len(city.place_cell) :] = np.where(alive, source, 0.0)
        spread = spread if at_places.sum() > 0 else 1.0
        spread = spread if in_zones.sum() > 0 else 0.0
        attraction = (1 - spread) * at_places / max(at_places.sum(), 1) + spread * in_zones / max(in_zones.sum(), 1)
        weight = attraction * np.exp(-away / reach)
        table[purpose] = np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
    return table
