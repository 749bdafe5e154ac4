"""Maps drawn: the classes of an atlas over the coast, the districts and the names of a city, on paper and as images for a page."""

import base64
import io
import textwrap
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import BoundaryNorm, ListedColormap, to_rgb
from PIL import Image

from experiments.report.atlas import LAYERS, classes, edges
from experiments.report.picture import GREY, INK, Picture

SEA, LAND, BORDER = "#eaf1f6", "#f4f2ee", "#9aa3ad"
NAMED = "rail_station"
"""The kind of places whose names stand on a map."""
TINY = 0.004
"""The part of a city's land below which a district has no name on a map."""
KILOMETRE = 1000.0
PANELS = (("offences", "all"), ("offences", "23"), ("guardians", "all"), ("light", "all"), ("walking", "08"), ("walking", "17"),
          ("walking", "23"), ("felt", "all"))  # fmt: skip
CHANGES = ("offences", "guardians", "felt")


@dataclass(frozen=True)
class Chart:
    """What lies under every map.

    `shape` (rows, cols) and `cell_m` of the grid; where its corner is (`east`, `north`, SWEREF 99 TM); the part of it that has land, `box`
    (first row, last, first column, last); `land` bool (rows, cols); lines `coast` and `borders` float (n, 2, 2) between cells, in cells
    from the corner; and `names` [(text, x, y, whether it is a district, y of its place)].
    """

    shape: tuple
    cell_m: float
    east: float
    north: float
    box: tuple
    land: np.ndarray
    coast: np.ndarray
    borders: np.ndarray
    names: list


def chart_of(run):
    """The chart of the city in which a run was lived."""
    city, zones = run.summary["city"], run.summary["zones"]
    shape, zone = (city["rows"], city["cols"]), run.maps["zone"]
    districts = sorted(set(zones["district"]))
    of_zone = np.array([districts.index(name) for name in zones["district"]])
    district = np.where(zone >= 0, of_zone[np.maximum(zone, 0)], -1).reshape(shape)
    rows, cols = (np.flatnonzero((district >= 0).any(axis=axis)) for axis in (1, 0))
    box = rows[0], rows[-1] + 1, cols[0], cols[-1] + 1
    height = (box[1] - box[0]) / 24
    named = apart(districts_of(district, districts), height)
    names = [*apart(places_of(city), height, named), *named]
    return Chart(shape, city["cell_m"], city["east"], city["north"], box, district >= 0, *lines(district), names)


def districts_of(district, names):
    """Where the names of districts stand: [(text, x, y, True)], in the cell nearest to the middle of each that is not tiny."""
    found = []
    for k, name in enumerate(names):
        y, x = np.nonzero(district == k)
        if name and len(y) > TINY * (district >= 0).sum():
            middle = np.argmin((y - y.mean()) ** 2 + (x - x.mean()) ** 2)
            found.append((name, x[middle] + 0.5, y[middle] + 0.5, True))
    return found


def places_of(city):
    """Where the names of places stand: [(text, x, y, False)]."""
    at = lambda place, side: (place[side] - city[side]) / city["cell_m"]  # noqa: E731
    return [(place["name"], at(place, "east"), at(place, "north"), False) for place in city.get("places", ()) if place["kind"] == NAMED]


def apart(names, height, around=()):
    """The same names (text, x, y, whether a district), from north to south, each with the y of its place at the end: those are moved down
    that would stand on another within `height`, or on one of those `around`; places that find no room near by are left out."""
    placed = []
    for text, x, place, is_district in sorted(names, key=lambda name: -name[2]):
        wide, y, taken = 0.32 * height * len(text), place, [*around, *placed]
        while any(abs(y - at) < height and abs(x - left) < wide + 0.32 * height * len(other) for other, left, at, *_ in taken):
            y -= height / 4
        if is_district or place - y <= height:
            placed.append((text, x, y, is_district, place))
    return placed


def lines(label):
    """(coast, borders): float (n, 2, 2), lines from (x, y) to (x, y) between neighbouring cells of `label` int (rows, cols), of which one
    is no land (−1), or which differ."""
    padded = np.pad(label, 1, constant_values=-1)
    found = ([], [])
    for turned, grid in ((False, padded), (True, padded.T)):
        left, right = grid[:, :-1], grid[:, 1:]
        sea = (left < 0) != (right < 0)
        for kept, where in zip(found, (sea, (left != right) & ~sea), strict=True):
            ends = np.diff(np.pad(where, ((1, 1), (0, 0))).astype(int), axis=0)
            x, start = np.nonzero(ends.T == 1)
            _, stop = np.nonzero(ends.T == -1)
            line = np.stack([np.stack([x, start - 1], axis=1), np.stack([x, stop - 1], axis=1)], axis=1).astype(float)
            kept.append(line[:, :, ::-1] if turned else line)
    return np.concatenate(found[0]), np.concatenate(found[1])


def colours(layer, ends, changes):
    """The colours of the classes between `ends`, hexadecimal: one more than ends; the lowest of what differs by orders of magnitude, and
    the middle of changes, let the land shine through (None)."""
    n = len(ends) + 1
    if changes:
        shades = [plt.get_cmap("PuOr_r" if layer == "offences" else "PuOr")(x) for x in np.linspace(0.08, 0.92, n)]
        return [None if k == n // 2 else hexed(shade) for k, shade in enumerate(shades)]
    ramp = {"offences": "inferno_r", "walking": "viridis_r", "guardians": "cividis_r", "light": "magma", "felt": "BrBG"}[layer]
    reach = (0.1, 0.9) if layer == "felt" else (0.15, 0.98) if layer == "light" else (0.12, 0.95)
    shades = [hexed(plt.get_cmap(ramp)(x)) for x in np.linspace(*reach, n)]
    return shades if layer in ("light", "felt") else [None, *shades[1:]]


def hexed(shade):
    """`#rrggbb` of a colour."""
    return "#" + "".join(f"{round(255 * part):02x}" for part in shade[:3])


def scales(fields):
    """{(layer, whether of changes): (ends of the classes, their colours)} of all fields together, so that their maps can be compared."""
    found = {}
    for layer in LAYERS:
        for changes in (False, True):
            shown = [f for f in fields if f.layer == layer and (f.measure != "none") == changes]
            if shown:
                ends = edges(layer, shown)
                found[layer, changes] = ends, colours(layer, ends, changes)
    return found


def image_of(field, scale, box):
    """A PNG, base64, of a field: a pixel a cell of the `box`, north up, in the colours of its classes, clear where there is nothing."""
    found = classes(field, scale[0])[box[0] : box[1], box[2] : box[3]][::-1]
    return encoded(found, [*scale[1]])


def veil_of(field, ends, box):
    """A PNG, base64, white where a change that shows is not sure, clear elsewhere; nothing where all that shows is sure."""
    where = veiled(field, ends)[box[0] : box[1], box[2] : box[3]][::-1]
    return encoded(where.astype(np.uint8), [None, "#ffffff"]) if where.any() else ""


def veiled(field, ends):
    """bool (rows, cols): where a change is large enough to show, between some `ends` of classes, but not sure."""
    return field.unsure & (classes(field, ends) != len(ends) // 2)


def land_of(chart):
    """A PNG, base64, of the land of a chart."""
    box = chart.box
    return encoded(np.where(chart.land[box[0] : box[1], box[2] : box[3]][::-1], 1, 0).astype(np.uint8), [None, LAND])


def encoded(pixels, palette):
    """A PNG, base64, of numbers of colours uint8 (rows, cols); those of None, and those beyond the palette, are clear."""
    clear = [k for k, colour in enumerate(palette) if colour is None]
    pixels = np.where(np.isin(pixels, clear) | (pixels >= len(palette)), len(palette), pixels).astype(np.uint8)
    image = Image.fromarray(pixels, mode="P")
    image.putpalette([round(255 * part) for colour in [*palette, None] for part in to_rgb(colour or "#ffffff")])
    kept = io.BytesIO()
    image.save(kept, "PNG", transparency=len(palette), optimize=True)
    return base64.b64encode(kept.getvalue()).decode()


def svg_path(found, chart):
    """Lines as the path of an SVG, in cells from the north-western corner of the chart's box."""
    top, left = chart.box[1], chart.box[2]
    return "".join(f"M{x0 - left:g} {top - y0:g}L{x1 - left:g} {top - y1:g}" for (x0, y0), (x1, y1) in found.tolist())


# On paper.


def draw_map(axis, chart, field, scale, tongue, named=True):
    """Draw a field on its chart, with a bar of its classes."""
    ends, shades = scale
    box = chart.box
    land = ListedColormap([LAND])
    at = (box[2], box[3], box[0], box[1])
    part = np.s_[box[0] : box[1], box[2] : box[3]]
    shown = classes(field, ends)[part]
    axis.set_facecolor(SEA)
    axis.imshow(np.where(np.isfinite(field.values[part]), 0.0, np.nan), origin="lower", extent=at, cmap=land, interpolation="nearest")
    palette = ListedColormap([shade or LAND for shade in shades])
    drawn = axis.imshow(
        np.ma.masked_equal(shown, 255), origin="lower", extent=at, cmap=palette, interpolation="nearest",
        norm=BoundaryNorm(np.arange(len(shades) + 1) - 0.5, len(shades)),
    )  # fmt: skip
    if field.unsure is not None:
        y, x = np.arange(box[0], box[1]) + 0.5, np.arange(box[2], box[3]) + 0.5
        veil = veiled(field, ends)[part].astype(float)
        if veil.any():
            with plt.rc_context({"hatch.linewidth": 0.5, "hatch.color": GREY}):
                axis.contourf(x, y, veil, levels=[0.5, 1.5], colors="none", hatches=["////////"])
    draw_lines(axis, chart)
    for text, x, y, is_district, _ in chart.names if named else ():
        if is_district:
            paper = {"fc": "white", "ec": "none", "alpha": 0.65, "pad": 0.8}
            axis.text(x, y, text, ha="center", va="center", fontsize=6, color=INK, bbox=paper)
    beside = axis.inset_axes([1.02, 0.0, 0.035, 1.0])
    bar = axis.figure.colorbar(drawn, cax=beside, ticks=np.arange(len(ends)) + 0.5)
    bar.ax.set_yticklabels(labels_of(field, ends, tongue), fontsize="x-small")
    bar.ax.set_title(tongue.say["units_of_maps"][field.layer], fontsize="xx-small", loc="left", color=GREY)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    draw_coordinates(axis, chart)


def draw_lines(axis, chart, width=0.5):
    """Draw the borders of districts and the coast, each as one broken line."""
    for found, colour in ((chart.borders, BORDER), (chart.coast, INK)):
        broken = np.concatenate([found, np.full((len(found), 1, 2), np.nan)], axis=1).reshape(-1, 2)
        axis.plot(broken[:, 0], broken[:, 1], color=colour, lw=width)
    axis.set_xlim(chart.box[2], chart.box[3])
    axis.set_ylim(chart.box[0], chart.box[1])


def labels_of(field, ends, tongue):
    """What stands at the ends of the classes of a field; what has no unit has only two sides."""
    if field.layer == "felt" and field.measure == "none":
        return [tongue.say["map_scale_less"], *[""] * (len(ends) - 2), tongue.say["map_scale_more"]]
    return [tongue.short(end) for end in ends]


def ticks(chart):
    """{"x", "y": (places in cells from the corner of the grid, kilometres)}: east and north at a round number of kilometres."""
    box, cell, found = chart.box, chart.cell_m, {}
    step = KILOMETRE * max(1, round((box[3] - box[2]) * cell / KILOMETRE / 4))
    for side, corner, first, last in (("x", chart.east, box[2], box[3]), ("y", chart.north, box[0], box[1])):
        values = np.arange(np.ceil((corner + first * cell) / step), np.floor((corner + last * cell) / step) + 1) * step
        found[side] = (values - corner) / cell, [f"{value / KILOMETRE:.0f}" for value in values]
    return found


def draw_coordinates(axis, chart):
    """Ticks of a round number of kilometres, east and north in SWEREF 99 TM."""
    at = ticks(chart)
    axis.set_xticks(*at["x"], fontsize=5, color=GREY)
    axis.set_yticks(*at["y"], fontsize=5, color=GREY)
    axis.tick_params(length=2, color=GREY, pad=1)
    axis.spines[:].set_visible(True)
    axis.spines[:].set_color(BORDER)


def cells_of(chosen, chart):
    """A table of the cells with land: where their middles are, in metres, and the values of the `chosen` fields, by name."""
    there = np.isfinite(chosen[0].values)
    rows, cols = np.nonzero(there)
    columns = {"east": chart.east + (cols + 0.5) * chart.cell_m, "north": chart.north + (rows + 0.5) * chart.cell_m}
    for field in chosen:
        columns[field.name] = field.values[there]
    return pd.DataFrame(columns)


def picture_of_maps(fields, chart, tongue):
    """The city without measures: eight maps."""
    by, scale = {field.name: field for field in fields}, scales(fields)
    chosen = [by[f"{layer}|none|{part}"] for layer, part in PANELS]

    def draw():
        figure, axes = plt.subplots(2, 4, figsize=(15, 7.4), layout="constrained")
        for axis, field in zip(axes.flat, chosen, strict=True):
            draw_map(axis, chart, field, scale[field.layer, False], tongue)
            hour = f", {tongue.say['at_hour'].format(hour=field.part)}" if field.part.isdigit() else ""
            axis.set_title(textwrap.fill(tongue.say["layers_of_maps"][field.layer] + hour, 38), fontsize="small")
        return figure

    return Picture(
        "maps", tongue.say["maps"], cells_of(chosen, chart), draw, tongue.say["map_note"].format(cell=tongue.short(chart.cell_m))
    )


def picture_of_change(fields, chart, label, tongue):
    """What a measure changes and where; hatched where the worlds do not tell a change from none. None where it changes nothing."""
    by, scale = {field.name: field for field in fields}, scales(fields)
    chosen = [by[f"{layer}|{label}|all"] for layer in CHANGES if f"{layer}|{label}|all" in by]
    if not chosen:
        return None

    def draw():
        figure, axes = plt.subplots(1, len(chosen), figsize=(5 * len(chosen), 4.4), layout="constrained", squeeze=False)
        for axis, field in zip(axes[0], chosen, strict=True):
            draw_map(axis, chart, field, scale[field.layer, True], tongue)
            axis.set_title(textwrap.fill(tongue.say["layers_of_changes"][field.layer], 44), fontsize="small")
        return figure

    title = tongue.say["change_title"].format(name=tongue.titles[label])
    return Picture("change", title, cells_of(chosen, chart), draw, f"{tongue.titles[label]}. {tongue.say['unsure_note']}")
