"""Measures: what they put where, and what is paid for."""

import numpy as np
import pytest

from sim.books import Books
from sim.interventions import measures
from sim.interventions.already_there import already_there
from sim.levers import Levers
from tests.conftest import malmo_city, small_city


@pytest.mark.parametrize("name", ["cctv", "safe_transit"])
@pytest.mark.parametrize("dose", [0.5, 1.0, 2.0])
def test_every_camera_that_is_paid_for_is_a_new_one(parameters, name, dose):
    city, measure = malmo_city(), measures()[name](dose=dose)
    before, levers = (already_there(city, parameters, 339_313) for _ in range(2))
    measure.pull(levers, city, parameters)
    paid = sum(line.quantity for line in measure.bill(city, parameters) if line.item == "camera")
    assert len(before.cameras) > 10 and paid > 10
    assert len(levers.cameras) - len(before.cameras) == paid


def test_a_camera_that_is_watched_from_now_on_treats_what_it_sees():
    city = small_city()
    cell, other = (int(c) for c in np.flatnonzero(city.walkable)[[100, 400]])
    before, after = Levers(), Levers()
    before.watch([cell, other], monitored=False)
    after.watch([cell, other], monitored=False)
    after.watch([cell], monitored=True)
    books = Books(city)
    books.mark_treated(after, before, None, None, 60.0)
    seen = city.grid.around(cell, 60.0)
    assert books.treated.any() and set(np.flatnonzero(books.treated)) == set(seen[city.walkable[seen]])
