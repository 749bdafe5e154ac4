"""What a world remembers does not depend on when it began."""

import numpy as np
import pytest

from sim import feelings
from sim.model import CityModel
from tests.conftest import live, small_world


def test_what_is_heard_settles_at_once_where_every_day_is_alike():
    """One event a day at a cell: after any number of days the memory stands where it will stand for ever."""
    model = CityModel(small_world({}, days=40))
    left = 0.5 ** (1.0 / model.groups["feel"].heard_half_life)
    for day in range(40):
        model.tick = day * model.clock.ticks_a_day
        model.scene.heard[7] += model.scene.fresh[0]
        assert model.scene.heard[7] == pytest.approx(1 / (1 - left), rel=1e-4)
        feelings.fade(model.scene, model.where, model.groups["feel"], day)


def test_the_usual_number_of_people_is_their_mean_in_the_first_days():
    model = live(small_world({}, days=1), days=1)
    hour = 12
    walked = model.books.footfall[hour] / 3600
    assert np.allclose(model.scene.usual[0, hour], walked, rtol=1e-3, atol=1e-4)
