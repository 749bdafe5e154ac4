"""Figures from saved runs: PNG for documents, SVG for posters."""

import textwrap

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.ticker import FuncFormatter, NullFormatter, ScalarFormatter

from experiments.compare import first_variant, ranking, scenarios, variants
from experiments.effects import BETTER, EQUIVALENT, TOO_FEW, WORSE
from experiments.report import measure_title, number, words
from sim.outcomes.measures import hits

COLOUR = {BETTER: "#1b7f4b", WORSE: "#b8322a", EQUIVALENT: "#3c6ea5"}
GREY = "#8a8f98"
STYLE = {
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "tryggsim", "font.family": "DejaVu Sans",
    "axes.titlesize": 11, "axes.titlelocation": "left", "figure.dpi": 110,
}  # fmt: skip


def draw_figures(folder, runs, table, language, harm="money"):
    """Draw all figures in one language, harm weighed as `harm` says; {name: path of the PNG}."""
    say = words(language)
    first = next(iter(variants(runs).values()))
    with plt.rc_context(STYLE):
        made = {}
        if len(table):
            made |= {"ranking": draw_ranking(runs, table, say, language, harm), "types": draw_types(runs, table, say, language)}
        if scenarios(first)["none"]:
            made |= {"maps": draw_maps(list(scenarios(first)["none"].values()), say), "series": draw_series(first, say, language)}
        paths = {}
        for name, figure in made.items():
            if language == "sv":
                write_decimal_commas(figure)
            paths[name] = folder / f"{name}.{language}.png"
            figure.savefig(paths[name], bbox_inches="tight", metadata={"Software": None})
            figure.savefig(paths[name].with_suffix(".svg"), bbox_inches="tight", metadata={"Date": None, "Creator": None})
            plt.close(figure)
    return paths


class DecimalComma(ScalarFormatter):
    """Numbers along an axis as Swedish writes them."""

    def __call__(self, x, pos=None):
        return super().__call__(x, pos).replace(".", ",")


def write_decimal_commas(figure):
    """Set the numbers along every axis of a figure as Swedish writes them; labels that are no numbers stay."""
    for axis in (one for axes in figure.axes for one in (axes.xaxis, axes.yaxis)):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(DecimalComma())


def draw_ranking(runs, table, say, language, harm):
    """Three panels, one row a measure: change in offences, harm averted per krona, change in felt safety, with intervals."""
    ranked = first_variant(ranking(table, harm)).reset_index(drop=True)
    at = np.arange(len(ranked))[::-1]
    figure, axes = plt.subplots(1, 3, figsize=(11.5, 1.3 + 0.62 * len(ranked)), sharey=True)
    panels = (
        ("happened", "_pct", say["change_offences"]),
        ("per_krona", "", say["change_harm"][harm]),
        ("safe_share", "", say["change_safety"]),
    )
    for axis, (name, scaled, title) in zip(axes, panels, strict=True):
        middle, low, high = (ranked[f"{name}{scaled}{end}"] for end in ("", "_low", "_high"))
        colours = [COLOUR.get(v, GREY) for v in ranked[f"{name}_verdict"]]
        axis.axvline(0, color="#333", lw=0.8)
        draw_intervals(axis, at, middle, low, high, colours)
        axis.set_title(textwrap.fill(title, 34), fontsize=10)
        axis.grid(axis="x", color="#e4e6ea", lw=0.7)
        axis.set_axisbelow(True)
        axis.set_ylim(-0.7, len(ranked) - 0.3)
    names = [
        f"{measure_title(runs, r.intervention, language)}\n{number(language)(r.cost_msek)} {say['cost'].split(', ')[-1]}"
        for r in ranked.itertuples()
    ]
    axes[0].set_yticks(at, names)
    for axis in axes:
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
    margin = f"{runs[0].summary['compare']['margin_pct']:g}"
    caption = say["interval"].format(worlds=int(ranked["worlds"].max()), margin=margin)
    figure.text(0.01, -0.02, caption, fontsize=9, color="#555", va="top")
    figure.tight_layout(w_pad=2.5)
    return figure


def draw_intervals(axis, at, middle, low, high, colours):
    """Points with their intervals, one above the other; what reaches far beyond the points and the narrower half is cut, with an arrow."""
    width = (high - low).fillna(0.0)
    narrow = width <= width.median()
    ends = np.concatenate([middle, low[narrow], high[narrow], [0.0]])
    ends = ends[np.isfinite(ends)]
    room = 0.25 * (ends.max() - ends.min()) or 1.0
    left, right = ends.min() - room, ends.max() + room
    axis.hlines(at, low.clip(lower=left), high.clip(upper=right), color=colours, lw=2.5)
    axis.scatter(middle, at, color=colours, s=42, zorder=3)
    for beyond, edge, arrow in (((low < left).to_numpy(), left, 4), ((high > right).to_numpy(), right, 5)):
        axis.scatter(np.full(beyond.sum(), edge), at[beyond], color=np.array(colours)[beyond], marker=arrow, s=55, clip_on=False)
    axis.set_xlim(left, right)


def draw_types(runs, table, say, language):
    """Change by kind of offence, measures side by side in rows of four, with intervals; those that change none at all are left out."""
    kinds = runs[0].summary["offences"]
    table = first_variant(table)
    table = table[table["outcome"].isin([f"happened_{k}" for k in kinds])]
    moves = table.groupby("intervention", sort=False)["effect"].agg(lambda effect: effect.ne(0).any())
    labels = list(moves.index[moves] if moves.any() else moves.index)
    wide, high = min(len(labels), 4), -(-len(labels) // 4)
    figure, axes = plt.subplots(high, wide, figsize=(2.4 + 2.3 * wide, 5.2 * high), sharey=True, sharex=True, squeeze=False)
    at = np.arange(len(kinds))[::-1]
    for axis in axes.flat[len(labels) :]:
        axis.set_visible(False)
    for axis, label in zip(axes.flat, labels, strict=False):
        part = table[table["intervention"] == label].set_index("outcome").loc[[f"happened_{k}" for k in kinds]]
        scale = 100.0 / part["baseline"].where(part["baseline"] > 0)
        colours = [COLOUR.get(v, GREY) for v in part["verdict"]]
        axis.axvline(0, color="#333", lw=0.8)
        few = part["verdict"].eq(TOO_FEW)  # their intervals would hide all others
        axis.hlines(at[~few], (part["ci_low"] * scale)[~few], (part["ci_high"] * scale)[~few], color=np.array(colours)[~few], lw=2)
        axis.scatter((part["effect"] * scale)[~few], at[~few], color=np.array(colours)[~few], s=22, zorder=3)
        for y in at[few]:
            axis.text(0.02, y, say["too few events to tell"], transform=axis.get_yaxis_transform(), fontsize=7, color=GREY, va="center")
        axis.set_title(textwrap.fill(measure_title(runs, label, language), 24), fontsize=9)
        axis.grid(axis="x", color="#e4e6ea", lw=0.7)
        axis.set_xlabel("%")
        axis.spines["left"].set_visible(False)
        axis.tick_params(axis="y", length=0)
        axis.set_ylim(-0.6, len(kinds) - 0.4)
    axes[0][0].set_yticks(at, [k["sv" if language == "sv" else "en"] for k in kinds.values()])
    figure.tight_layout()
    return figure


def draw_maps(baseline, say):
    """Four maps of the city without measures: offences, footfall, guardianship, how safe places feel."""
    city, days = baseline[0].summary["city"], baseline[0].summary["days"]
    shape = city["rows"], city["cols"]
    maps = [run.maps for run in baseline]
    land = maps[0]["walkable"].astype(bool)
    cells = np.concatenate([hits(run)["cell"].to_numpy() for run in baseline])
    offences = np.bincount(cells, minlength=land.size) / len(baseline) * 365 / days
    footfall = np.mean([m["footfall"].sum(axis=0) for m in maps], axis=0) / days / 3600
    guards = np.mean([m["guard_seconds"].sum(axis=0) for m in maps], axis=0) / days * 7 / 3600
    felt = np.mean([m["evening_feel"] for m in maps], axis=0)
    panels = (
        (offences, say["map_offences"], "inferno_r", LogNorm(1.0, max(np.quantile(offences[land], 0.9995), 2.0))),
        (footfall, say["map_footfall"], "viridis", LogNorm(0.2, max(np.quantile(footfall[land], 0.999), 1.0))),
        (guards, say["map_guardianship"], "viridis", LogNorm(0.05, max(np.quantile(guards[land], 0.9995), 1.0))),
        (np.where(land, felt, np.nan), say["map_safety"], "BrBG", None),
    )
    figure, axes = plt.subplots(2, 2, figsize=(10.5, 9.6))
    extent = (0, city["cols"] * city["cell_m"] / 1000, 0, city["rows"] * city["cell_m"] / 1000)
    for axis, (values, title, colours, norm) in zip(axes.flat, panels, strict=True):
        picture = np.where(land & (values >= norm.vmin), values, np.nan) if norm else values
        axis.imshow(np.where(land, 1.0, np.nan).reshape(shape), origin="lower", extent=extent, cmap="Greys", vmin=0, vmax=12)
        limits = {} if norm else dict(zip(("vmin", "vmax"), np.nanquantile(picture[footfall > 1], (0.02, 0.98)), strict=True))
        shown = axis.imshow(
            picture.reshape(shape), origin="lower", extent=extent, cmap=colours, norm=norm, interpolation="nearest", **limits
        )
        bar = figure.colorbar(shown, ax=axis, shrink=0.8, pad=0.02, extend="neither" if norm is None else "max")
        if norm is None:
            bar.set_ticks(list(limits.values()), labels=[say["map_scale_less"], say["map_scale_more"]])
        else:
            bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            bar.ax.yaxis.set_minor_formatter(NullFormatter())
        axis.set_title(title)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.spines[:].set_visible(False)
    draw_scale(axes[1][0], extent[1], extent[3])
    figure.tight_layout()
    return figure


def draw_scale(axis, width_km, height_km):
    """A bar of a round length, about an eighth of the map, in its lower left corner."""
    length = 10.0 ** np.floor(np.log10(width_km / 8))
    length *= max(step for step in (1, 2, 5) if step * length <= width_km / 8)
    left, low = 0.06 * width_km, 0.03 * height_km
    axis.plot([left, left + length], [low, low], color="#333", lw=2)
    label = f"{length:g} km" if length >= 1 else f"{1000 * length:g} m"
    axis.text(left + length / 2, low + 0.01 * height_km, label, ha="center", fontsize=9)


def draw_series(runs, say, language):
    """Offences a day in every scenario, mean of all worlds, through warm-up and study."""
    figure, axis = plt.subplots(figsize=(10.5, 3.4))
    for label, found in scenarios(runs).items():
        days = [run.daily.set_index("day") for run in found.values()]
        names = [f"happened_{name}" for name, kind in next(iter(found.values())).summary["offences"].items() if kind["target"] != "market"]
        total = sum(d[names].sum(axis=1) for d in days) / len(days)
        name = say["none"] if label == "none" else measure_title(runs, label, language)
        axis.plot(
            total.rolling(7, min_periods=1).mean(),  # of the days before, so that no measure is seen before it begins
            label=name,
            lw=2.2 if label == "none" else 1.3,
            color="#222" if label == "none" else None,
        )
    axis.axvline(0, color="#999", lw=1, ls="--")
    axis.set_xlabel(say["day"])
    axis.set_ylabel(say["per_day"])
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, ncols=3, fontsize=8, loc="lower left")
    figure.tight_layout()
    return figure
