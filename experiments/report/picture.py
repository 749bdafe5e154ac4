"""Pictures: numbers and how they are drawn, in one style for pages and one for slides, stamped with where they come from."""

import hashlib
import textwrap
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import FuncFormatter, ScalarFormatter

from experiments.effects import BETTER, EQUIVALENT, WORSE

COLOUR = {BETTER: "#1b7f4b", WORSE: "#b8322a", EQUIVALENT: "#3c6ea5"}
GREY, INK, LINE = "#767c86", "#1d2530", "#e4e6ea"
COLOURS = ("#1f5f8b", "#d1781f", "#3f8f5b", "#a33b57", "#6c58a5", "#8a6d3b", "#2a9d9d", "#c05fa0", "#5b6770", "#9aa02c")
MARKS = "osD^vP*Xhd"
"""Colours and marks of measures, told apart by both."""
STYLE = {
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "tryggsim", "font.family": "DejaVu Sans",
    "text.parse_math": False, "axes.titlesize": 11, "axes.titlelocation": "left", "figure.dpi": 110, "text.color": INK,
    "axes.labelcolor": INK, "axes.edgecolor": "#555", "xtick.color": INK, "ytick.color": INK,
}  # fmt: skip
WIDE = 13.333, 7.5
"""Inches of a slide, 16:9."""
SLIDE_STYLE = STYLE | {"font.size": 13, "axes.titlesize": 13, "ytick.labelsize": 10}


STAMPS = ContextVar("stamps", default={})  # noqa: B039, nobody writes into it


@dataclass(frozen=True)
class Picture:
    """A picture: its `name`, the `title` that stands above it, the numbers that it shows, `table`, what draws them,
    `draw()` → figure, and a `note` to stand below."""

    name: str
    title: str
    table: pd.DataFrame
    draw: Callable
    note: str = ""


def stamp_of(folder, runs, say):
    """Where a picture comes from: the study, the model's code and the configuration of all of its runs, in the words `say`."""
    ids = " ".join(sorted(run.folder.name for run in runs))
    configuration = hashlib.sha256(ids.encode()).hexdigest()[:8]
    return "tryggsim · " + say["stamp"].format(
        study=folder.resolve().name, code=runs[0].summary["versions"][0][:8], configuration=configuration
    )


def save_numbers(pictures, folder):
    """Write the numbers that pictures show as CSV, the same in all languages."""
    for picture in pictures:
        picture.table.to_csv(folder / f"{picture.name}.csv", index=False, float_format="%.7g")


def save_pictures(pictures, folder, language, stamp, slides=False):
    """Draw pictures and write them as PNG and SVG in a language; {name: path of the PNG}. As `slides` they are 16:9, with their titles, in
    larger letters, and named so."""
    paths = {}
    for picture in pictures:
        with plt.rc_context(SLIDE_STYLE if slides else STYLE):
            figure = picture.draw()
            if slides:
                as_slide(figure, picture, stamp)
            else:
                as_figure(figure, picture, stamp)
            paths[picture.name] = folder / f"{picture.name}{'.slide' if slides else ''}.{language}.png"
            save(figure, paths[picture.name], tight=not slides)
    return paths


def as_figure(figure, picture, stamp):
    """Set the note of a drawn figure below it, and the stamp below that."""
    note = textwrap.fill(picture.note, int(11.5 * figure.get_figwidth()))
    below = -0.015 - 0.19 * (1 + note.count("\n")) * bool(note) / figure.get_figheight()
    figure.text(0.01, -0.01, note, fontsize="small", color=GREY, va="top")
    figure.text(0.99, below, stamp, fontsize=6.5, color=GREY, ha="right", va="top")


def as_slide(figure, picture, stamp):
    """Give a drawn figure the shape of a slide, with its title above and its note below."""
    figure.set_size_inches(*WIDE)
    title, note = textwrap.fill(picture.title, 74), textwrap.fill(picture.note, 150)
    top, foot = 0.06 + 0.055 * (1 + title.count("\n")), 0.04 + 0.028 * (1 + note.count("\n"))
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().set(rect=(0.02, foot, 0.96, 1 - top - foot))
    figure.text(0.03, 0.965, title, fontsize=22, fontweight="bold", va="top")
    figure.text(0.03, foot - 0.015, note, fontsize=10.5, color=GREY, va="top")
    figure.text(0.985, 0.012, stamp, fontsize=8, color=GREY, ha="right")


@contextmanager
def stamped(stamps):
    """While it lasts, every figure that is saved carries the stamp of its language, of `stamps` {language: text}, below."""
    before = STAMPS.set(stamps)
    try:
        yield
    finally:
        STAMPS.reset(before)


def save(figure, file, tight=True):
    """Write a figure as PNG and SVG beside each other, with numbers as the language of the `file` (name.sv.png) writes them, and the stamp
    of that language (`stamped`)."""
    stamp = STAMPS.get().get(file.suffixes[-2].removeprefix(".") if len(file.suffixes) > 1 else "", "")
    if stamp:
        figure.text(0.99, -0.02, stamp, fontsize=6.5, color=GREY, ha="right", va="top")
    if ".sv" in file.suffixes:
        comma = FuncFormatter(lambda value, _: f"{value:.6g}".replace(".", ",").replace("-", "−"))
        for side in (side for axes in figure.axes for side in (axes.xaxis, axes.yaxis)):
            if type(side.get_major_formatter()) is ScalarFormatter:
                side.set_major_formatter(comma)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # it has its layout now, and would work it out again for every file
    box = {"bbox_inches": "tight"} if tight else {}
    figure.savefig(file, dpi=150, metadata={"Software": None}, **box)
    figure.savefig(file.with_suffix(".svg"), metadata={"Date": None, "Creator": None}, **box)
    plt.close(figure)


def clean(axis, across="x"):
    """Take from axes what does not tell: the line on the left, ticks of names; a grid behind, along one side."""
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis=across, color=LINE, lw=0.7)
    axis.set_axisbelow(True)
