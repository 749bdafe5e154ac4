"""The page of the city that is watched: Mesa's own (SolaraViz), with the map, the measures and what was pressed. Served by
`python -m experiments.live`, which says in TRYGGSIM_LIVE which configuration is meant."""

import json
import os
from functools import cache

import numpy as np
import solara
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from experiments.live.city import LiveCity, make_stage
from experiments.report.maps import chart_of
from experiments.report.page import chart as drawn_chart
from sim.agents import Person
from sim.clock import DAWN_HOUR
from sim.compose import jobs
from sim.interventions import measures as all_measures

ENVIRONMENT = "TRYGGSIM_LIVE"
"""The environment variable with the options of the configuration, a list in JSON."""
COLOURS = {"on foot": ("#9aa6b4", 0.8), "offender": ("#6c58a5", 1.1), "offence": ("#c2410c", 2.4), "given up": ("#1b7f4b", 2.4)}
FORCES = {"police": "#1f5f8b", "municipal_police": "#2a9d9d", "order_guard": "#0e7490", "ambulance": "#a33b57", "rescue": "#d1781f"}
DOSES = (0.0, 2.0, 0.1)
"""Least, most and step of a dose."""
MOST_SHOWN = 12
PLAIN = """
.vue-grid-layout { height: auto !important; }
.vue-grid-item { position: static !important; transform: none !important; width: 100% !important; height: auto !important; }
.v-input--switch { margin-top: 0 !important; padding-top: 0 !important; }
.vue-grid-item > .vue-resizable-handle, .v-tabs > .v-tabs-bar { display: none !important; }
"""
"""Mesa lays its parts out as tiles to drag; here there is one, as wide as the page."""


@cache
def opened():
    """(chart, what lies under the map) of the city of this server; its world is built once."""
    LiveCity.stage = make_stage(jobs(json.loads(os.environ[ENVIRONMENT]))[0])
    ground = chart_of(LiveCity.stage.facts)
    return ground, drawn_chart(ground)


if ENVIRONMENT in os.environ:
    opened()  # before anybody asks for the page: while a city is built, no browser would get an answer

doses, chosen = solara.reactive({}), solara.reactive(None)


@solara.component_vue("map.vue")
def MapOf(chart, layers, label, event_pressed=None):
    """The map: what lies below, points above, and where it is pressed."""


def of_force(name):
    """The colour of a force."""
    return FORCES.get(name, "#333333")


def layers_of(model, ground):
    """What stands on the map: people on foot, patrols by force, offences, and attempts that were given up."""
    rows, cells = model.on_foot()
    offends = model.world.people.offender[rows] >= 0
    shown = [("on foot", cells[~offends], False), ("offender", cells[offends], False)]
    log = model.offences()
    shown += [("given up", log.cell[log.happened == 0], True), ("offence", log.cell[log.happened == 1], False)]
    layers = [placed(ground, cells, *COLOURS[name], ring) for name, cells, ring in shown]
    units, at = model.patrols()
    force = model.units.force[units]
    layers += [placed(ground, at[force == f], of_force(name), 2.0, False) for f, name in enumerate(model.force_names)]
    return layers + ([placed(ground, np.array([chosen_cell(model)]), "#000000", 4.5, True)] if chosen_cell(model) >= 0 else [])


def pressed_of(model):
    """The unit or person that was pressed last; None where there is none, or it is no more: units are other ones when measures change."""
    agent = chosen.value
    there = agent is not None and agent.model is model and (isinstance(agent, Person) or agent in model.agents)
    return agent if there else None


def chosen_cell(model):
    """Where the unit or person is that was pressed last; −1 where there is none, or it is out of sight."""
    agent = pressed_of(model)
    if agent is None:
        return -1
    rows, cells = model.on_foot() if isinstance(agent, Person) else model.patrols()
    at = np.flatnonzero(rows == agent.row)
    return int(cells[at[0]]) if len(at) else -1


def placed(ground, cells, colour, radius, ring):
    """Points as the map draws them, in cells from its north-western corner."""
    x, y = cells % ground.shape[1] - ground.box[2], ground.box[1] - 1 - cells // ground.shape[1]
    return {"x": x.tolist(), "y": y.tolist(), "colour": colour, "radius": radius, "ring": ring}


@solara.component
def CityMap(model):
    """The map, what its colours mean, and what is pressed on it."""
    update_counter.get()
    ground, below = opened()

    def pressed(at):
        row, col = ground.box[1] - 1 - int(at["y"]), int(at["x"]) + ground.box[2]
        chosen.set(model.found(row * ground.shape[1] + col))

    with solara.Card(model.clock_text()):
        MapOf(chart=below, layers=layers_of(model, ground), label=model.clock_text(), event_pressed=pressed)
        named = [*((name, said[0]) for name, said in COLOURS.items()), *((force, of_force(force)) for force in model.force_names)]
        with solara.Row(style={"flex-wrap": "wrap", "margin-top": "0.5rem"}):
            for name, colour in named:
                solara.HTML(tag="span", unsafe_innerHTML=f"<span style='color:{colour}'>●</span> {name.replace('_', ' ')}")


@solara.component
def Watched(model):
    """This moment in numbers, the unit or person that was pressed, and the last offences."""
    update_counter.get()
    log, kinds = model.offences(), list(model.world.offences.names)
    happened = log.happened == 1
    now = {"On foot": len(model.on_foot()[0]), "Police, guards and crews on duty": len(model.patrols()[0]),
           "Offences in the last six hours": int(happened.sum()), "Given up at the sight of someone": int((~happened).sum())}  # fmt: skip
    lines("Now", [f"{what}: {number}" for what, number in now.items()])
    agent = pressed_of(model)
    seen = model.told_of(agent) if agent is not None else []
    lines("Pressed on the map", [f"{what}: {value}" for what, value in seen] or ["Press a patrol or a person."])
    told = []
    for event in log[happened][-MOST_SHOWN:][::-1]:
        seconds = int(event.time) + DAWN_HOUR * 3600
        known = "recorded" if event.recorded else "reported" if event.reported else "unknown to the police"
        told.append(f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02} {kinds[event.kind].replace('_', ' ')}, {known}")
    lines("Last offences", told)


def lines(title, texts):
    """A card of lines of text."""
    with solara.Card(title), solara.Column(gap="0px"):
        for text in texts:
            solara.Text(text)


@solara.component
def Measures(model):
    """A switch for each measure, and its dose; they change the city from the next dawn on, and stay when it is made anew."""

    def put(name, dose):
        doses.set({k: v for k, v in doses.value.items() if k != name} | ({} if dose is None else {name: dose}))
        LiveCity.doses = dict(doses.value)
        model.switch(doses.value)

    with solara.Card("Measures", "On or off from the next dawn on, 04:00"), solara.Column(gap="0px"):
        for name, kind in all_measures().items():
            on = name in doses.value
            solara.Switch(label=kind.title, value=on, on_value=lambda value, name=name: put(name, 1.0 if value else None))
            if on and not kind.rule:
                low, high, step = DOSES
                solara.SliderFloat(f"dose {doses.value[name]:.1f}", value=doses.value[name], min=low, max=high, step=step,
                                   on_value=lambda dose, name=name: put(name, dose))  # fmt: skip


@solara.component
def Whole(model):
    """Map and cards beside each other, measures at the side."""
    solara.Style(PLAIN)
    with solara.Sidebar():
        Measures(model)
    with solara.Columns([7, 4]):
        CityMap(model)
        with solara.Column():
            Watched(model)


@solara.component
def Page():
    """The page that a browser asks for."""
    city = solara.use_memo(LiveCity, [])
    solara.use_memo(lambda: doses.set(dict(LiveCity.doses)), [])
    SolaraViz(city, components=[Whole], name="tryggsim", play_interval=100, render_interval=1)
