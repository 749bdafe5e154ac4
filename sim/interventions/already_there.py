"""What stood in the pledge's year, with or without any measure. Every measure adds to it."""

from sim.interventions.measure import around_places, in_burdened_areas
from sim.levers import Levers


def already_there(city, parameters, residents):
    """Levers of 2018, by the number of residents as in Malmö: police in outer service, and cameras in areas called vulnerable."""
    levers, share = Levers(), residents / parameters["police.population"]
    levers.hire("police", "police", parameters["police.outdoors"] * share, "random")
    places = in_burdened_areas(city, "square", "mall")
    cameras = round(parameters["camera.existing"] * share)
    levers.watch(around_places(city, places, cameras, parameters["camera.apart"]), monitored=False)
    return levers
