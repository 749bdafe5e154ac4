"""Pictures of a comparison: what measures do, what they cost, and how sure that is."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, DateFormatter

from experiments.compare import first_variant, ranking
from experiments.effects import TOO_FEW, UNVALUED
from experiments.money import HARMS, MONEY, SAFETY
from experiments.report.picture import COLOUR, COLOURS, GREY, LINE, Picture, clean
from experiments.runs import scenarios, variants
from sim.outcomes.journeys import JOURNEYS

CHEAP = 0.25
"""The part of the highest cost below which measures stand in a picture of their own as well."""
HUNDRED_MILLION = 100
"""Million SEK for which felt safety is told: for one it would be nothing but zeros."""
ENDS = ("effect", "ci_low", "ci_high")
MOST = 0.95
"""The part of the intervals of all types of offence that a picture of them must hold."""


def pictures_of(runs, table, tongue, harm="money"):
    """The pictures of a comparison `table` in a language, in the order of the report; of a study without one, what its days were like."""
    first = next(iter(variants(runs).values()))
    made = []
    if len(table):
        caption = tongue.say["interval"].format(
            worlds=int(table["worlds"].max()), margin=tongue.short(runs[0].summary["compare"]["margin_pct"])
        )
        made = [picture_of_ranking(table, tongue, harm, caption), picture_of_plane(table, tongue, runs[0].summary["days"]),
                picture_of_safety(table, tongue, caption), picture_of_journeys(table, tongue, caption),
                picture_of_types(runs, table, tongue, caption)]  # fmt: skip
    return [*made, picture_of_series(first, tongue)] if scenarios(first)["none"] else made


def hue(k):
    """(colour, whether hollow or broken) of the measure with this number in its study, the same in all pictures."""
    return COLOURS[k % len(COLOURS)], k >= len(COLOURS)


def titled(tongue, label, width=32, before=""):
    """A measure's name in lines of a width, with what stands `before` it."""
    return textwrap.fill(before + tongue.titles[label], width)


def outcome(table, name, scale=1.0):
    """Columns intervention, effect, ci_low, ci_high, verdict of one outcome of the first variant, times a `scale`."""
    part = first_variant(table)
    part = part.loc[part["outcome"].eq(name), ["intervention", *ENDS, "verdict"]].reset_index(drop=True)
    part[list(ENDS)] *= scale
    return part


def reach_of(rows):
    """(left, right) ends of an axis for `rows` (effect, ci_low, ci_high): it holds the points, and the narrower half of the intervals."""
    middle, low, high = (rows[end].to_numpy(float) for end in ENDS)
    width = np.nan_to_num(high - low)
    narrow = width <= np.median(width[np.isfinite(middle)]) if np.isfinite(middle).any() else width < 0
    ends = np.concatenate([middle, low[narrow], high[narrow], [0.0]])
    ends = ends[np.isfinite(ends)]
    room = 0.25 * (ends.max() - ends.min()) or 1.0
    return ends.min() - room, ends.max() + room


def draw_intervals(axis, at, rows, reach):
    """Points of `rows` (effect, ci_low, ci_high, verdict) with their intervals, one above the other; what goes beyond `reach` is cut, with
    an arrow."""
    middle, low, high = (rows[end].to_numpy(float) for end in ENDS)
    colours = np.array([COLOUR.get(verdict, GREY) for verdict in rows["verdict"]])
    left, right = reach
    axis.axvline(0, color="#333", lw=0.8)
    axis.hlines(at, np.maximum(low, left), np.minimum(high, right), color=colours, lw=2.5)
    axis.scatter(middle, at, color=colours, s=42, zorder=3)
    for beyond, edge, arrow in ((low < left, left, 4), (high > right, right, 5)):
        axis.scatter(np.full(beyond.sum(), edge), at[beyond], color=colours[beyond], marker=arrow, s=55, clip_on=False)
    axis.set_xlim(left, right)
    axis.set_ylim(-0.7, len(rows) - 0.3)


def draw_panels(labels, panels, tongue, alike=False):
    """A figure of panels side by side, one row a measure: `panels` [(title, rows)], each in the order of the `labels`; all to one scale
    where their numbers are `alike`."""
    at = np.arange(len(labels))[::-1]
    panels = [(title, rows.set_index("intervention").loc[labels].reset_index()) for title, rows in panels]
    whole = reach_of(pd.concat([rows for _, rows in panels])) if alike else None
    figure, axes = plt.subplots(
        1, len(panels), figsize=(3.2 + 2.8 * len(panels), 1.2 + 0.48 * len(labels)), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, (title, rows) in zip(axes[0], panels, strict=True):
        draw_intervals(axis, at, rows, whole or reach_of(rows))
        axis.set_title(textwrap.fill(title, 34), fontsize="medium")
        clean(axis)
    axes[0][0].set_yticks(at, [titled(tongue, label) for label in labels])
    return figure


def picture_of_ranking(table, tongue, harm, caption):
    """Change in offences, harm averted per krona, change in felt safety, one row a measure in the order of the ranking."""
    ranked = ranking(first_variant(table), harm)
    labels, panels = ranked["intervention"].tolist(), []
    for name, scaled, title in (("happened", "_pct", tongue.say["change_offences"]), ("per_krona", "", tongue.say["change_harm"][harm]),
                                ("safe_share", "", tongue.say["change_safety"])):  # fmt: skip
        rows = ranked[["intervention", *(f"{name}{scaled}{end}" for end in ("", "_low", "_high")), f"{name}_verdict"]]
        rows = rows.set_axis(["intervention", *ENDS, "verdict"], axis=1)
        panels.append((title, rows.assign(**{end: rows[end].where(rows["verdict"].ne(UNVALUED)) for end in ENDS})))
    names = ("happened_pct", "per_krona", "safe_share")
    shown = pd.concat([rows.assign(outcome=name) for name, (_, rows) in zip(names, panels, strict=True)])
    return Picture("ranking", tongue.say["ranking"], shown, lambda: draw_panels(labels, panels, tongue),
                   caption + without_price(unpriced(table, HARMS[harm]), tongue))  # fmt: skip


def picture_of_safety(table, tongue, caption):
    """Felt safety gained for a hundred million SEK, and in all."""
    gained, in_all = outcome(table, SAFETY, HUNDRED_MILLION), outcome(table, "safe_share")
    gained["verdict"] = in_all["verdict"]  # what is too little to matter is not for the better on a hundred million either
    labels = gained.sort_values("effect", ascending=False, kind="stable")["intervention"].tolist()
    panels = [(tongue.say["safest_per_krona"], gained), (tongue.say["change_safety"], in_all)]
    shown = pd.concat([gained.assign(outcome=SAFETY), in_all.assign(outcome="safe_share")])
    return Picture("safety", tongue.say["safest"], shown, lambda: draw_panels(labels, panels, tongue), caption)


def picture_of_journeys(table, tongue, caption):
    """Change in how many of each of the three journeys felt safe."""
    rows = {name: outcome(table, f"{name}_safe") for name in JOURNEYS}
    moved = [label for label in first_variant(table)["intervention"].unique()
             if any(part.set_index("intervention").loc[label, "effect"] for part in rows.values())]  # fmt: skip
    labels = moved or first_variant(table)["intervention"].unique().tolist()
    panels = [(f"{tongue.say[name]}: {tongue.say['journey_safe']}", part) for name, part in rows.items()]
    shown = pd.concat([part.assign(outcome=f"{name}_safe") for name, part in rows.items()])
    return Picture("journeys", tongue.say["three_journeys"], shown, lambda: draw_panels(labels, panels, tongue, alike=True), caption)


def plane(table, days):
    """What measures cost and avert in a year, in million SEK, with intervals: a row a measure (intervention, its number in the study from
    1, cost, cost_low, cost_high, averted, averted_low, averted_high), but for those whose harm has no price."""
    part, year = first_variant(table), 365.0 / days
    numbers = {label: k + 1 for k, label in enumerate(part["intervention"].unique())}
    part = part[part["outcome"].eq("harm") & ~part["intervention"].isin(unpriced(table))]
    columns = {"cost": part["cost_msek"], "cost_low": part["cost_low"], "cost_high": part["cost_high"], "averted": -part["effect"],
               "averted_low": -part["ci_high"], "averted_high": -part["ci_low"]}  # fmt: skip
    named = {"intervention": part["intervention"], "number": part["intervention"].map(numbers)}
    return pd.DataFrame(named | {name: values * year for name, values in columns.items()})


def unpriced(table, outcome=MONEY):
    """Names of the measures that are meant to prevent harm which has no price, or no other weight on which an `outcome` rests."""
    part = first_variant(table)
    return part.loc[part["outcome"].eq(outcome) & part["verdict"].eq(UNVALUED), "intervention"].tolist()


def without_price(labels, tongue):
    """A sentence that names measures of which the harm has no price, to stand after others; nothing where there are none."""
    return f" {tongue.say['unpriced'].format(names='; '.join(tongue.titles[label] for label in labels))}" if labels else ""


def picture_of_plane(table, tongue, days):
    """Costs and harm averted, and once more those of the cheap measures: whatever lies above the line averts more harm than it costs."""
    shown = plane(table, days).reset_index(drop=True)
    cheap, left = shown[shown["cost_high"] < CHEAP * shown["cost_high"].max()], unpriced(table)
    note = tongue.say["plane_note"]
    note += without_price(left, tongue)

    def draw():
        figure, axes = plt.subplots(1, 1 + (len(cheap) > 1), figsize=(13.5, 5.4), layout="constrained", squeeze=False)
        for axis, rows in zip(axes[0], (shown, cheap), strict=False):
            draw_plane(axis, rows, tongue)
        axes[0][0].set_ylabel(tongue.say["plane_averted"])
        if len(cheap) > 1:
            axes[0][1].set_title(tongue.say["plane_cheap"])
        figure.legend(*axes[0][0].get_legend_handles_labels(), frameon=False, fontsize="small", loc="outside right center", markerscale=0.7)
        return figure

    return Picture("plane", tongue.say["plane"], shown, draw, note)


def draw_plane(axis, rows, tongue):
    """Costs across and harm averted upwards, of some `rows` of `plane`, each with its number, which chooses its colour as well."""
    top = 1.1 * max([*rows["cost_high"], 1e-9])
    ends = np.append(rows[["averted", "averted_low", "averted_high"]].fillna(0.0), 0.0)
    axis.plot([0, top], [0, top], color=GREY, lw=1, ls="--", label=tongue.say["plane_even"])
    axis.axhline(0, color="#333", lw=0.8)
    axis.fill_between([0, top], [0, top], 50 * top + abs(ends).max(), color="#e8f3ec", zorder=0, lw=0)
    for row in rows.itertuples():
        colour, hollow = hue(row.number - 1)
        axis.plot([row.cost_low, row.cost_high], [row.averted] * 2, color=colour, lw=1.4, alpha=0.7)
        axis.plot([row.cost] * 2, [row.averted_low, row.averted_high], color=colour, lw=1.4, alpha=0.7)
        face, ink = ("white", colour) if hollow else (colour, "white")
        axis.plot(row.cost, row.averted, "o", color=colour, mfc=face, ms=13, label=titled(tongue, row.intervention, 40, f"{row.number}  "))
        axis.annotate(str(row.number), (row.cost, row.averted), color=ink, fontsize=8, fontweight="bold", ha="center", va="center_baseline")
    room = 0.06 * max(np.ptp(ends), 0.1 * top)
    axis.set_ylim(ends.min() - room, ends.max() + room)
    axis.set_xlim(0, top)
    axis.set_xlabel(tongue.say["plane_cost"])
    axis.grid(color=LINE, lw=0.7)
    axis.set_axisbelow(True)


def picture_of_types(runs, table, tongue, caption):
    """Change by kind of offence, measures side by side in rows of four, with intervals; those that change none at all are left out."""
    kinds = runs[0].summary["offences"]
    part = first_variant(table)
    part = part[part["outcome"].isin([f"happened_{k}" for k in kinds])]
    moves = part.groupby("intervention", sort=False)["effect"].agg(lambda effect: effect.ne(0).any())
    labels = list(moves.index[moves] if moves.any() else moves.index)
    scale = 100.0 / part["baseline"].where(part["baseline"] > 0)
    few = part["baseline"] * part["worlds"] < runs[0].summary["compare"]["least_events"]
    shown = part[["intervention", "outcome", "verdict"]].assign(**{end: part[end] * scale for end in ENDS})
    shown["verdict"] = shown["verdict"].mask(few, TOO_FEW)  # whatever else is said of them
    many = shown[shown["verdict"].ne(TOO_FEW)]
    reach = max([float(np.nanquantile(many[end].abs(), MOST)) for end in ENDS if many[end].notna().any()] + [1.0])

    def draw():
        wide, high = min(len(labels), 4), -(-len(labels) // 4)
        figure, axes = plt.subplots(
            high, wide, figsize=(2.4 + 2.3 * wide, 3.9 * high), sharey=True, sharex=True, squeeze=False, layout="constrained"
        )
        at = np.arange(len(kinds))[::-1]
        for axis in axes.flat[len(labels) :]:
            axis.set_visible(False)
        for axis, label in zip(axes.flat, labels, strict=False):
            rows = shown[shown["intervention"] == label].set_index("outcome").loc[[f"happened_{k}" for k in kinds]]
            draw_type(axis, at, rows, reach, tongue)
            axis.set_title(titled(tongue, label, 26), fontsize="small")
            axis.tick_params(labelbottom=True)
        axes[0][0].set_yticks(at, [k["sv" if tongue.language == "sv" else "en"] for k in kinds.values()])
        return figure

    return Picture("types", tongue.say["types"], shown, draw, f"{tongue.say['types_note']} {caption}")


def draw_type(axis, at, rows, reach, tongue):
    """Changes in the kinds of offence under one measure, in per cent, up to `reach` either way; what goes on beyond ends in an arrow, and
    of what is too rare nothing is drawn."""
    few = rows["verdict"].eq(TOO_FEW).to_numpy()
    middle, low, high = (rows[end].to_numpy(float)[~few] for end in ENDS)
    colours = np.array([COLOUR.get(verdict, GREY) for verdict in rows["verdict"]])[~few]
    axis.axvline(0, color="#333", lw=0.8)
    axis.hlines(at[~few], low.clip(-reach, reach), high.clip(-reach, reach), color=colours, lw=2)
    inside = np.abs(middle) <= reach
    axis.scatter(middle[inside], at[~few][inside], color=colours[inside], s=22, zorder=3)
    for beyond, edge, arrow in ((low < -reach, -reach, 4), (high > reach, reach, 5)):
        axis.scatter(np.full(beyond.sum(), edge), at[~few][beyond], color=colours[beyond], marker=arrow, s=40, clip_on=False)
    for k in np.flatnonzero(np.abs(middle) > reach):
        side = np.sign(middle[k])
        axis.text(0.9 * side * reach, at[~few][k] + 0.1, f"{tongue.number(middle[k], 0, True)} %", color=colours[k], fontsize="xx-small",
                  ha="right" if side > 0 else "left", va="bottom")  # fmt: skip
    for y in at[few]:
        axis.text(0.02, y, tongue.say[TOO_FEW], transform=axis.get_yaxis_transform(), fontsize="xx-small", color=GREY, va="center",
                  bbox={"fc": "white", "ec": "none", "pad": 0.6})  # fmt: skip
    clean(axis)
    axis.set_xlim(-1.05 * reach, 1.05 * reach)
    axis.set_ylim(-0.6, len(rows) - 0.4)


def series(runs):
    """Offences a day in every scenario, mean of the worlds that it shares with the city without measures, through warm-up and study:
    columns scenario, day, offences; `weekly`, the mean of the seven days up to it, so that no measure is seen before it begins; and
    `change`, that beside the same worlds without measures."""
    by_scenario, tables = scenarios(runs), []
    kinds = runs[0].summary["offences"]
    names = [f"happened_{name}" for name, kind in kinds.items() if kind["target"] != "market"]
    total = {
        label: {seed: run.daily.set_index("day")[names].sum(axis=1) for seed, run in found.items()} for label, found in by_scenario.items()
    }
    for label, found in total.items():
        seeds = sorted(found.keys() & total["none"].keys())
        if seeds:
            mine, without = (sum(of[seed] for seed in seeds) / len(seeds) for of in (found, total["none"]))
            weekly = mine.rolling(7, min_periods=1).mean()
            change = weekly - without.rolling(7, min_periods=1).mean()
            columns = {
                "scenario": label,
                "day": mine.index,
                "offences": mine.to_numpy(),
                "weekly": weekly.to_numpy(),
                "change": change.to_numpy(),
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def picture_of_series(runs, tongue):
    """Offences day by day without measures, and how many fewer or more with each; of those that change none only the names."""
    shown, first = series(runs), np.datetime64(runs[0].summary["first_date"])
    date = lambda part: first + part["day"].to_numpy().astype("timedelta64[D]")  # noqa: E731
    moved = shown.groupby("scenario", sort=False)["change"].agg(lambda change: change.ne(0).any())
    order = [label for label in scenarios(runs) if label != "none"]

    def draw():
        figure, (top, low) = plt.subplots(2, 1, figsize=(10.5, 6.4), layout="constrained", sharex=True, height_ratios=(2, 3))
        without = shown[shown["scenario"] == "none"]
        top.plot(date(without), without["weekly"], color="#222", lw=2)
        top.set_ylim(bottom=0)
        top.set_ylabel(tongue.say["per_day"])
        low.axhline(0, color="#222", lw=2, label=tongue.say["none"])
        for label in moved.index[moved]:
            part = shown[shown["scenario"] == label]
            colour, hollow = hue(order.index(label))
            low.plot(date(part), part["change"], "--" if hollow else "-", color=colour, lw=1.6, label=titled(tongue, label, 34))
        for axis in (top, low):
            axis.axvline(first, color="#999", lw=1, ls="--")
            axis.grid(color=LINE, lw=0.7)
        low.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=9))
        low.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))
        low.set_xlabel(tongue.say["date"])
        low.set_ylabel(tongue.say["per_day_change"])
        figure.legend(frameon=False, fontsize="small", loc="outside right center")
        return figure

    return Picture("series", tongue.say["series"], shown, draw, tongue.say["series_note"])
