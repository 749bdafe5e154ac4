"""Pictures of choices, light, printable, and readable without colour."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from babel.dates import format_date

from experiments.report.picture import COLOURS, GREY, MARKS, STYLE, save
from sim.clock import DAWN_HOUR, DAY

LEAD, SOFT = "#1f5f8b", "#9db8cc"
"""Colours of what leads and of what may follow."""


def draw_chances(table, titles, say, file):
    """Bars of the chance of being best, and of being among three, one row a choice; and the range of its rank."""
    table = table.iloc[::-1]
    at = np.arange(len(table))
    with plt.rc_context(STYLE):
        figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 1.5 + 0.42 * len(table)), sharey=True, width_ratios=(3, 2))
        left.barh(at, 100 * table["top3"], height=0.62, color=SOFT, label=say["among_three"])
        left.barh(at, 100 * table["best"], height=0.34, color=LEAD, label=say["is_best"])
        for y, best in zip(at, table["best"], strict=True):
            left.text(101, y, f"{100 * best:.0f} %", va="center", fontsize=9, color=LEAD if best >= 0.05 else GREY)
        left.set_xlim(0, 112)
        left.set_xticks([0, 25, 50, 75, 100])
        left.set_yticks(at, [textwrap.fill(titles[name], 34) for name in table["choice"]])
        left.set_title(say["chances"])
        left.legend(frameon=False, fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.1 - 0.1 / len(table)), ncols=2)
        right.hlines(at, table["rank_low"], table["rank_high"], color=SOFT, lw=5)
        right.scatter(table["rank"], at, color=LEAD, zorder=3)
        right.set_xlim(len(table) + 0.5, 0.5)
        right.set_xticks(range(1, len(table) + 1))
        right.set_title(say["ranks"])
        for axis in (left, right):
            axis.tick_params(axis="y", length=0)
            axis.spines["left"].set_visible(False)
            axis.grid(axis="x", color="#e4e6ea", lw=0.7)
            axis.set_axisbelow(True)
        figure.tight_layout()
        save(figure, file)


def draw_weeks(weeks, titles, say, file):
    """The effect so far at the end of each week, a small picture a measure, with its interval."""
    names = list(dict.fromkeys(weeks["choice"]))
    wide = min(len(names), 4)
    high = -(-len(names) // wide)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(high, wide, figsize=(2.9 * wide, 2.1 * high), sharex=True, sharey=True, squeeze=False)
        for axis in axes.flat[len(names) :]:
            axis.set_visible(False)
        for axis, name in zip(axes.flat, names, strict=False):
            part = weeks[weeks["choice"] == name]
            axis.axhline(0, color="#333", lw=0.8)
            axis.fill_between(part["week"], part["low"], part["high"], color=SOFT, alpha=0.6, lw=0)
            axis.plot(part["week"], part["effect"], color=LEAD, lw=1.6)
            axis.set_title(textwrap.fill(titles[name], 26), fontsize=9)
        figure.supxlabel(say["week"], fontsize=10)
        figure.supylabel(say["so_far"], fontsize=10)
        figure.tight_layout()
        save(figure, file)


def draw_where(table, asked, language, say, file):
    """A row of three pictures a question: harm averted and felt safety gained by each choice, and the change in a dark and a light month,
    all with their intervals. `asked` is the study file's own mapping, in words."""
    names = list(dict.fromkeys(table["question"]))
    lines = [table[table["question"] == name].iloc[::-1] for name in names]
    shown = [("averted",), ("safer",)] + [("december", "june")] * bool(table[["december", "june"]].notna().any(axis=None))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(names), len(shown), figsize=(11.5, sum(1.1 + 0.36 * len(part) for part in lines)), squeeze=False, layout="constrained",
            height_ratios=[len(part) + 1.2 for part in lines], sharex="col",
        )  # fmt: skip
        for row, name, part in zip(axes, names, lines, strict=True):
            at = np.arange(len(part))
            said = [textwrap.fill(asked[name]["choices"][choice][language], 30) for choice in part["choice"]]
            for axis, values in zip(row, shown, strict=True):
                axis.axvline(0, color="#333", lw=0.8)
                for k, value in enumerate(values):
                    y = at + (0.14 if k == 0 else -0.14) * (len(values) - 1)
                    axis.hlines(y, part[f"{value}_low"], part[f"{value}_high"], color=(SOFT, "#e3b98a")[k], lw=4)
                    axis.scatter(part[value], y, color=(LEAD, "#b5651d")[k], marker="oD"[k], zorder=3, label=say.get(value))
                axis.set_yticks(at, said if axis is row[0] else [""] * len(at))
                axis.tick_params(axis="y", length=0)
                axis.set_ylim(-0.6, len(part) - 0.4)
                axis.spines["left"].set_visible(False)
                axis.grid(axis="x", color="#e4e6ea", lw=0.7)
            row[0].set_title(asked[name][language], loc="left", fontsize=11, fontweight="bold")
        for axis, text in zip(axes[-1], ("averted", "felt", "in_month"), strict=False):
            axis.set_xlabel(say[text])
        if len(shown) > 2:
            axes[0, 2].legend(frameon=False, fontsize=9, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
        save(figure, file)


def draw_mix(tables, titles, say, file):
    """What the lived mixes avert and how much safer they make feel, with the front that emulators expect, a colour a variant; beside it,
    what the mixes of the front spend on what. `tables` {variant: (lived mixes, names of measures, front)}."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 1 + len(tables), figsize=(6 + 4.6 * len(tables), 5), layout="constrained", squeeze=False)
        left, *bars = axes[0]
        for k, (variant, (lived, names, front)) in enumerate(tables.items()):
            colour = COLOURS[k % len(COLOURS)]
            left.scatter(lived["averted"], lived["safer"], s=16, color=colour, alpha=0.45, lw=0, label=say["lived"] if k == 0 else None)
            left.plot(front["averted"], front["safer"], color=colour, lw=2, label=variant or say["front"])
            spent, bottom = np.linspace(0, len(front) - 1, min(len(front), 30)).astype(int), 0.0
            for m, name in enumerate(names):
                share = front[name].to_numpy()[spent]
                bars[k].fill_between(front["averted"].to_numpy()[spent], bottom, bottom + share, color=COLOURS[m % len(COLOURS)], lw=0,
                                     label=titles[name])  # fmt: skip
                bottom = bottom + share
            bars[k].set_title(variant or say["of_front"], fontsize=10)
            bars[k].set_xlabel(say["averted"])
            bars[k].set_ylabel(say["cost"] if k == 0 else "")
        left.axhline(0, color="#333", lw=0.8)
        left.axvline(0, color="#333", lw=0.8)
        left.set_xlabel(say["averted"])
        left.set_ylabel(say["felt"])
        left.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
        bars[-1].legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
        save(figure, file)


def draw_interactions(pairs, titles, say, file):
    """What each pair of measures averts beyond the sum of each, with its interval, a colour a variant: `pairs` {variant: table}."""
    first = next(iter(pairs.values()))
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(9, 1.2 + 0.34 * max(len(first), 1)), layout="constrained")
        axis.axvline(0, color="#333", lw=0.8)
        for k, (variant, table) in enumerate(pairs.items()):
            at = np.arange(len(table))[::-1] - 0.2 * k
            colour = COLOURS[k % len(COLOURS)]
            if len(table):
                axis.hlines(at, table["averted_low"], table["averted_high"], color=colour, alpha=0.4, lw=4)
                axis.scatter(table["averted"], at, color=colour, zorder=3, label=variant or None)
        if len(first):
            axis.set_yticks(np.arange(len(first))[::-1], [f"{titles[r.first]} + {titles[r.second]}" for r in first.itertuples()])
        axis.set_xlabel(say["beyond"])
        if len(pairs) > 1:
            axis.legend(frameon=False, fontsize=9)
        save(figure, file)


def draw_doubt(table, means, worth, whole, titles, say, file):
    """Net gains over all draws, a row a choice (middle half and nine in ten), how often each is best; and what it is worth to know a row
    before choosing, above what chance alone would show. `means` a table (draws, choices); `worth` rows: `row` in words, `worth`, `floor`;
    `whole` is in words what all of it is worth."""
    names = table["choice"].tolist()[::-1]
    with plt.rc_context(STYLE):
        figure, (left, right) = plt.subplots(
            1, 2, figsize=(13, 1.6 + max(0.4 * len(names), 0.55 * len(worth))), layout="constrained", width_ratios=(3, 2)
        )
        at = np.arange(len(names))
        for low, high, width in ((5, 95, 3), (25, 75, 9)):
            ends = np.percentile(means[names].to_numpy(), (low, high), axis=0)
            left.hlines(at, *ends, color=SOFT, lw=width)
        left.scatter(means[names].mean(), at, color=LEAD, zorder=3)
        left.axvline(0, color="#333", lw=0.8)
        best = table.set_index("choice")["best"]
        said = [f"{textwrap.fill(titles[name], 30)}\n{say['best_in'].format(share=100 * best[name])}" for name in names]
        left.set_yticks(at, said, fontsize=9)
        left.set_xlabel(say["net"])
        order = worth.iloc[::-1]
        y = np.arange(len(order))
        right.barh(y, order["worth"], color=np.where(order["worth"] > order["floor"], LEAD, SOFT), height=0.6)
        right.scatter(order["floor"], y, marker="|", s=160, color="#333", zorder=3, label=say["by_chance"])
        right.set_yticks(y, [textwrap.fill(row, 46) for row in order["row"]], fontsize=8)
        right.set_xlabel(say["worth_knowing"].format(whole=whole))
        right.legend(frameon=False, fontsize=9, loc="lower right")
        for axis in (left, right):
            axis.tick_params(axis="y", length=0)
        save(figure, file)


def draw_money(table, curves, titles, say, file):
    """What each budget averts, a line a measure with its interval, and the line at which it pays for itself; below, how likely each choice
    is the best by what averted harm is worth, a picture a budget: `curves` {million SEK: acceptability}."""
    measures = list(dict.fromkeys(table["measure"]))
    wide = max(len(curves), 1)
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(max(10.5, 3.6 * wide), 8.6), layout="constrained")
        grid = figure.add_gridspec(2, wide)
        top = figure.add_subplot(grid[0, :])
        most = table["cost"].max()
        top.plot([0, most], [0, most], color=GREY, lw=1, ls="--", label=say["pays"])
        for k, name in enumerate(measures):
            part = table[table["measure"] == name]
            colour, mark = COLOURS[k % len(COLOURS)], MARKS[k % len(MARKS)]
            error = np.stack([part["averted"] - part["averted_low"], part["averted_high"] - part["averted"]])
            aside = part["cost"] * (1 + 0.006 * (k - len(measures) / 2))
            top.errorbar(
                aside, part["averted"], yerr=error, color=colour, marker=mark, lw=1.4, elinewidth=0.9, capsize=2, label=titles[name]
            )
        top.axhline(0, color="#333", lw=0.8)
        top.set_xlabel(say["cost"])
        top.set_ylabel(say["averted"])
        top.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
        for at, (msek, curve) in enumerate(curves.items()):
            axis = figure.add_subplot(grid[1, at])
            for choice in curve.columns:
                name = choice.rsplit(" ", 1)[0]
                k = measures.index(name) if name in measures else None
                colour = "#222" if k is None else COLOURS[k % len(COLOURS)]
                axis.plot(curve.index, 100 * curve[choice], color=colour, lw=1.6, ls="--" if k is None else "-")
            amount = f"{msek:g}".replace(".", "," if ".sv" in file.suffixes else ".")
            axis.set_title(say["accept"].format(msek=amount), fontsize=10)
            axis.set_xlabel(say["worth"])
            axis.set_ylim(0, 100)
            axis.set_ylabel(say["likely"] if at == 0 else "")
        save(figure, file)


def draw_ways(table, titles, say, file):
    """The change in what hits someone or something, by the way in which it comes about, three bars a measure."""
    names, ways = list(dict.fromkeys(table["choice"]))[::-1], list(dict.fromkeys(table["way"]))
    at = np.arange(len(names))
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(9.5, 1.6 + 0.6 * len(names)), layout="constrained")
        axis.axvline(0, color="#333", lw=0.8)
        for k, (way, colour) in enumerate(zip(ways, (LEAD, COLOURS[1], "#c9ced4"), strict=True)):
            net = table[table["way"] == way].set_index("choice")["net"]
            axis.barh(at + 0.26 * (1 - k), net[names], height=0.24, color=colour, label=say["ways"][way])
        axis.set_yticks(at, [textwrap.fill(titles[name], 34) for name in names])
        axis.set_xlabel(say["change_a_world"])
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
        axis.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3)
        save(figure, file)


def draw_trace(link, title, sentences, say, language, file):
    """The days of one offender in two matched worlds, one above the other, what did not happen ringed, with the time out of reach; beside
    it where things happened, and below in words what led from the one to the other."""
    base, averted = link["run"], link["averted"]
    begun = link.get("begun", averted)
    names = [kind[language] for kind in base.summary["offences"].values()]
    days = (begun.time / DAY - 1.0, averted.time / DAY + 1.0)
    with plt.rc_context(STYLE):
        figure, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4.4), layout="constrained", width_ratios=(5, 3))
        for y, moments in enumerate((link["with"], link["without"])):
            own = moments[(moments["time"] / DAY).between(*days)]
            left.axhline(y, color="#c9ced4", lw=1, zorder=0)
            for event in own.itertuples():
                left.plot(event.time / DAY, y, "o", color=LEAD, ms=9, mfc=LEAD if event.happened else "white", zorder=3)
                if event.time in (begun.time, averted.time):  # of what an offender does besides, dots are enough
                    label = textwrap.fill(names[event.kind], 22)
                    left.annotate(label, (event.time / DAY, y), (0, 14), textcoords="offset points", ha="center", va="bottom", fontsize=8.5)
        if "stay" in link:
            until = min(link["stay"]["ended"], days[1])
            left.hlines(0, link["stay"]["began"], until, color=COLOURS[1], lw=9, alpha=0.55, zorder=1)
            left.annotate(base.summary["services"][link["stay"]["service"]][language], ((link["stay"]["began"] + until) / 2, 0),
                          (0, -20), textcoords="offset points", ha="center", fontsize=9, color="#8a5114")  # fmt: skip
        for y in (0, 1):
            left.plot(averted.time / DAY, y, "o", ms=19, mfc="none", mec="#b02a37", mew=1.6, ls="" if y else "--")
        left.set_yticks([0, 1], [textwrap.fill(say["with_it"].format(measure=title), 22), say["without_it"]])
        left.set_ylim(-0.6, 1.6)
        left.set_xlim(*days)
        write_dates(left, base.summary["first_date"], language)
        for label, face in ((say["happens"], LEAD), (say["turns_away"], "white")):
            left.plot([], [], "o", color=LEAD, mfc=face, ms=9, ls="", label=label)
        left.plot([], [], "o", mfc="none", mec="#b02a37", mew=1.6, ms=14, ls="", label=say["what_is_averted"])
        left.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3)
        left.tick_params(axis="y", length=0)
        left.spines["left"].set_visible(False)
        draw_places(right, base, [begun.cell, averted.cell])
        figure.text(0.01, -0.06, "\n".join(textwrap.fill(text, 140) for text in sentences), fontsize=9.5, va="top")
        save(figure, file)


def write_dates(axis, first_date, language):
    """Midnights along an axis of days, which begin at dawn, as dates."""
    midnight = 1.0 - DAWN_HOUR / 24.0
    low, high = axis.get_xlim()
    days = np.arange(np.ceil(low - midnight), np.floor(high - midnight) + 1)
    days = days[:: max(1, len(days) // 8)]
    dates = [pd.Timestamp(first_date) + pd.Timedelta(days=int(day) + 1) for day in days]
    axis.set_xticks(days + midnight, [format_date(date, "d MMM", language) for date in dates])


def draw_places(axis, run, cells):
    """The city in grey, with the first of the `cells` and an arrow to the last."""
    city, land = run.summary["city"], run.maps["walkable"].astype(bool)
    km = city["cell_m"] / 1e3
    extent = (0, city["cols"] * km, 0, city["rows"] * km)
    ground = np.where(land, 1.0, np.nan).reshape(city["rows"], city["cols"])
    axis.imshow(ground, origin="lower", extent=extent, cmap="Greys", vmin=0, vmax=6)
    (y0, x0), (y1, x1) = ((np.array(divmod(int(cell), city["cols"])) + 0.5) * km for cell in cells)
    if cells[0] != cells[-1]:
        axis.annotate("", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "->", "color": "#333", "lw": 1.2, "shrinkA": 4, "shrinkB": 5})
    axis.plot(x0, y0, "o", color=COLOURS[1], ms=8)
    axis.plot(x1, y1, "o", ms=12, mfc="none", mec="#b02a37", mew=1.8)
    axis.set_axis_off()
