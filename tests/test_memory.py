"""What a world remembers does not depend on when it began."""

import numpy as np
import pytest

from sim.kernels.aftermath import DISORDER, HEARD
from sim.model import CityModel
from sim.scene import begin_day, end_day, overnight
from tests.conftest import live, small_world


def test_what_is_heard_and_left_lying_settles_at_once_where_every_day_is_alike():
    """One event a day at a cell: after any number of days the memory stands where it will stand for ever."""
    model = CityModel(small_world({}, days=40))
    parameters, scene = model.parameters, model.scene
    left = overnight(parameters)
    for day in range(40):
        begin_day(scene, parameters, day, first_day=41)
        scene.heard[7] += scene.fresh[HEARD]
        scene.disorder[7] += 1e-3 * scene.fresh[DISORDER]
        assert scene.heard[7] == pytest.approx(1 / (1 - left[HEARD]), rel=1e-4)
        assert scene.disorder[7] == pytest.approx(1e-3 / (1 - left[DISORDER]), rel=1e-4)
        end_day(scene, parameters, model.upkeep_left, 50.0, day, first_day=41)


def test_what_a_study_adds_to_a_memory_counts_as_it_is():
    """Whatever the length of the warm-up: one event more on each day of the study, and the memory holds just these more."""
    model = CityModel(small_world({}, days=40))
    parameters, scene = model.parameters, model.scene
    left, more = overnight(parameters), 0.0
    for day in range(40):
        begin_day(scene, parameters, day, first_day=14)
        treated = day >= 14
        scene.heard[7:9] += scene.fresh[HEARD] * np.array([1, 1 + treated], dtype=np.float32)
        scene.disorder[7:9] += 1e-3 * scene.fresh[DISORDER] * np.array([1, 1 + treated], dtype=np.float32)
        more = more * left + treated
        assert scene.heard[7] == pytest.approx(1 / (1 - left[HEARD]), rel=1e-4)
        assert scene.heard[8] - scene.heard[7] == pytest.approx(more[HEARD], abs=1e-4)
        assert scene.disorder[8] - scene.disorder[7] == pytest.approx(1e-3 * more[DISORDER], abs=1e-6)
        end_day(scene, parameters, model.upkeep_left, 50.0, day, first_day=14)


def test_the_usual_number_of_people_is_their_mean_in_the_first_days():
    model = live(small_world({}, days=1), days=1)
    hour = 12
    walked = model.books.footfall[hour] / 3600
    assert np.allclose(model.scene.usual[0, hour], walked, rtol=1e-3, atol=1e-4)
