"""The twin city: one week in two matched worlds side by side, in which only what differs is lit."""

import textwrap
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FFMpegWriter
from matplotlib.colors import ListedColormap
from rich.progress import track

from experiments.report.maps import LAND, SEA, draw_lines
from experiments.report.picture import GREY, SLIDE_STYLE, WIDE
from experiments.runs import scenarios, variants
from sim.clock import DAWN_HOUR, DAY
from sim.options import ConfigError
from sim.outcomes.measures import hits

WEEK, TICK = 7 * DAY, 600
BOTH, WITHOUT, WITH = "both", "without", "with"
"""Where an offence happened: in both worlds, or in one of them alone."""
DIM, LIT = "#b3bac3", "#c2410c"
FRAME_S, RATE, GLOW_S = 1800, 24, 6 * 3600
"""Seconds of the city in a frame of a film, frames a second, and for how long an offence that is in both worlds is seen."""


def last_week(summary):
    """(first second, last) of the last whole week of a study, from its first day; of a shorter study all of it."""
    days = summary["days"]
    return max(days - 7, 0) * DAY, days * DAY


def twins(without, run):
    """Offences that hit someone or something in the last week of two runs of one world, as a table: `second` since the week began, `kind`,
    `cell`, and `where` (BOTH, WITHOUT, WITH). One offence is the same in both if the same offender does the same at the same time."""
    first, last = last_week(run.summary)
    one, other = (events[events["time"].between(first, last - 1)] for events in (hits(without), hits(run)))
    keys = ["time", "kind", "offender", "cell"]
    told = one[keys].merge(other[keys], on=keys, how="outer", indicator="where").drop_duplicates()
    told["where"] = told["where"].astype(str).map({"both": BOTH, "left_only": WITHOUT, "right_only": WITH})
    told["second"] = told["time"] - first
    return told.sort_values(["second", "cell", "kind"], kind="stable")[["second", "kind", "cell", "where"]].reset_index(drop=True)


def pairs(runs):
    """{measure: (run without, run with)} of the first world that a study has of the city without measures and of all others; measures that
    share no world with it are left out."""
    by_scenario = scenarios(next(iter(variants(runs).values())))
    without = by_scenario.pop("none")
    shared = {label: worlds for label, worlds in by_scenario.items() if worlds.keys() & without.keys()}
    seeds = set(without).intersection(*shared.values()) if shared else set()
    return {label: (without[min(seeds)], worlds[min(seeds)]) for label, worlds in shared.items()} if seeds else {}


def can_film(runs, label):
    """The program that writes films. Raises `ConfigError` where there is none, or the study has no such measure."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError:
        raise ConfigError("film=… needs imageio-ffmpeg; install it with: pip install 'tryggsim[film]'") from None
    there = pairs(runs)
    if label not in there:
        raise ConfigError(f"film={label}: no such measure in this study beside the city without; there are {', '.join(there) or 'none'}")
    return get_ffmpeg_exe()


def film(file, runs, label, chart, tongue, console):
    """Write the twin city of a measure as an MP4 of 16:9. Raises `ConfigError` as `can_film` does."""
    writes, found = can_film(runs, label), pairs(runs)
    told, summary = twins(*found[label]), found[label][1].summary
    first, last = last_week(summary)
    with plt.rc_context(SLIDE_STYLE | {"animation.ffmpeg_path": writes}):
        figure, frame = stage(told, summary, found[label][1].maps["treated"], label, chart, tongue)
        writer = FFMpegWriter(
            fps=RATE, codec="h264", extra_args=["-pix_fmt", "yuv420p", "-crf", "20", "-bitexact"], metadata={"title": "tryggsim"}
        )
        with writer.saving(figure, str(file), dpi=96):
            for second in track(range(0, last - first + 1, FRAME_S), tongue.say["twin"]["filming"], console=console):
                frame(second)
                writer.grab_frame()
        plt.close(figure)
    return file


def stage(told, summary, treated, label, chart, tongue):
    """(figure, frame): two maps side by side, and what shows on them the week up to a second."""
    say, (rows, cols), (first, last) = tongue.say["twin"], chart.shape, last_week(summary)
    figure, axes = plt.subplots(1, 2, figsize=WIDE)
    figure.subplots_adjust(left=0.02, right=0.98, top=0.84, bottom=0.11, wspace=0.03)
    figure.text(0.035, 0.94, say["title"].format(name=tongue.titles[label]), fontsize=20, fontweight="bold")
    note = f"{say['note'].format(world=summary['seed'])} {say['acts']}"
    figure.text(0.035, 0.085, textwrap.fill(note, 150), fontsize=10, color=GREY, va="top")
    clock = figure.text(0.965, 0.94, "", fontsize=15, ha="right")
    land = np.where(chart.land, 1.0, np.nan)
    painters = []
    for axis, here, head in zip(axes, (WITHOUT, WITH), (tongue.say["twin"]["without"], tongue.titles[label]), strict=True):
        axis.set_facecolor(SEA)
        axis.imshow(land, origin="lower", extent=(0, cols, 0, rows), cmap=ListedColormap([LAND]))
        if here == WITH:
            acts = np.where(treated.reshape(rows, cols) & chart.land, 1.0, np.nan)
            axis.imshow(acts, origin="lower", extent=(0, cols, 0, rows), cmap=ListedColormap(["#d7e6f2"]))
        draw_lines(axis, chart, 0.7)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.spines[:].set_visible(False)
        title = axis.set_title(head, fontsize=14)
        dim, lit = axis.scatter([], [], s=9, c=DIM, lw=0), axis.scatter([], [], s=64, c=LIT, edgecolors="white", lw=0.8)
        painters.append(partial(paint, told, cols, here, dim, lit, title, head, say))

    def frame(second):
        for painter in painters:
            painter(second)
        day, hour = min(second, last - first - 1) // DAY, (second // 3600 + DAWN_HOUR) % 24  # the night belongs to the day before
        clock.set_text(say["clock"].format(day=day + 1, hour=f"{hour:02}", minute=f"{second // 60 % 60:02}"))

    return figure, frame


def paint(told, cols, here, dim, lit, title, head, say, second):
    """Move the points of one map to the offences up to a second: those of both worlds for a while, those of this alone for good."""
    so_far = told[told["second"] <= second]
    both, own = so_far[so_far["where"].eq(BOTH)], so_far[so_far["where"].eq(here)]
    for points, part in ((dim, both[both["second"] > second - GLOW_S]), (lit, own)):
        cell = part["cell"].to_numpy()
        points.set_offsets(np.stack([cell % cols + 0.5, cell // cols + 0.5], axis=1))
    title.set_text(f"{head}\n{say['only_here'].format(all=len(both) + len(own), n=len(own))}")


def played(runs, chart):
    """What the player of a page needs, None where nothing differs in that week.

    `ticks` of the week, the world's `seed`, and `measures` {name: [offences of both worlds, those without the measure alone, those with it
    alone]}, each [tick, x, y] in cells from the north-western corner of the chart's box.
    """
    found = {label: (twins(without, run), run.summary) for label, (without, run) in pairs(runs).items()}
    shown = {label: told for label, (told, _) in found.items() if told["where"].ne(BOTH).any()}
    if not shown:
        return None
    summary = next(iter(found.values()))[1]
    first, last = last_week(summary)
    measures = {label: [placed(told[told["where"] == where], chart) for where in (BOTH, WITHOUT, WITH)] for label, told in shown.items()}
    return {"ticks": (last - first) // TICK, "seed": summary["seed"], "measures": measures}


def placed(told, chart):
    """[[tick, x, y]] of offences."""
    cell = told["cell"].to_numpy()
    x, y = cell % chart.shape[1] - chart.box[2], chart.box[1] - 1 - cell // chart.shape[1]
    return np.stack([told["second"].to_numpy() // TICK, x, y], axis=1).tolist() if len(told) else []
