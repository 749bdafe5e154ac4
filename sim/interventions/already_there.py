"""What stood in the pledge's year, with or without any measure. Every measure adds to it."""

from sim.interventions.measure import around_places, in_burdened_areas
from sim.levers import Levers


def already_there(city, parameters):
    """Levers of 2018, in a city's share of Malmö's: police in outer service, and cameras in areas called vulnerable."""
    levers, share = Levers(), city.zones.population.sum() / parameters["police.population"]
    levers.hire("police", "police", parameters["police.outdoors"] * share, "random")
    places = in_burdened_areas(city, "square", "mall")
    cameras = round(parameters["camera.existing"] * share)
    levers.watch(around_places(city, places, cameras, parameters["camera.apart"]), monitored=False)
    return levers
