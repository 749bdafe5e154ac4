"""What stood in the pledge's year, with or without any measure. Every measure adds to it."""

from sim.interventions.measure import around_places, in_burdened_areas
from sim.levers import STATIONS, Levers


def already_there(city, parameters, residents):
    """Levers of 2018, by the number of residents as in Malmö: police in outer service, crews of ambulance and rescue, and cameras in areas
    called vulnerable."""
    levers, share = Levers(), residents / parameters["police.population"]
    levers.hire("police", "police", parameters["police.outdoors"] * share, "random")
    for crew in ("ambulance", "rescue"):
        levers.hire(crew, crew, parameters[f"calls.{crew}.crews"] * share, STATIONS)
    levers.watch(cameras_before(city, parameters), monitored=False)
    return levers


def cameras_before(city, parameters):
    """Cells of the police's cameras in 2018, by the city's population as in Malmö: no measure puts a camera where one stands."""
    places = in_burdened_areas(city, "square", "mall")
    cameras = round(parameters["camera.existing"] * city.zones.population.sum() / parameters["police.population"])
    return around_places(city, places, cameras, parameters["camera.apart"])
