"""One page that opens offline: no outside request; pictures, maps and what plays them are embedded."""

import base64
import json
from pathlib import Path

import jinja2

from experiments.chances import NOTHING
from experiments.compare import first_variant, ranking
from experiments.effects import BETTER, WORSE
from experiments.money import HARMS, SAFETY
from experiments.report import duration
from experiments.report.atlas import LAYERS
from experiments.report.maps import LAND, image_of, labels_of, land_of, scales, svg_path, ticks, veil_of
from experiments.report.section import Cell
from experiments.report.sections import gained, sections_of

PAGES = Path(__file__).parent / "pages"
THREE = 3
MERELY = -0.5
"""The displacement quotient from which a measure merely moves offences: half of those averted where it acts come back around it."""
LIKELY = 0.05
"""Chance of being best from which a measure is named."""


def rendered(template, language, **context):
    """The text of a page in a language."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(PAGES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.globals["Cell"] = Cell
    environment.tests["cell"] = lambda value: isinstance(value, Cell)
    return environment.get_template(template).render(language=language, **context)


def embedded(path):
    """A file as base64."""
    return base64.b64encode(Path(path).read_bytes()).decode()


def scripted(data):
    """Data for a script of the page, as JSON that cannot end the element in which it stands."""
    return json.dumps(data).replace("<", "\\u003c")


def write_page(path, told, pictures, tongue, stamp, other=""):
    """Write the page in one language: `told` as `gather` gives it, `pictures` {name: (Picture, path of its PNG)}, `other` the page in the
    other language, if there is one."""
    images = {
        name: {"title": picture.title, "note": picture.note, "png": embedded(file), "svg": embedded(file.with_suffix(".svg")),
               "csv": base64.b64encode(picture.table.to_csv(index=False, float_format="%.7g").encode()).decode()}
        for name, (picture, file) in pictures.items() if name not in ("maps", "change")
    }  # fmt: skip
    note = tongue.say["quick"].format(takes=duration(told.note["takes_s"]), **told.note) if told.note.get("command") else ""
    missing = tongue.say["missing"].format(names="; ".join(told.missing)) if told.missing else ""
    html = rendered(
        "report.html.j2", tongue.language, title=tongue.say["title"], say=tongue.say, lead=lead(told, tongue), answer=answer(told, tongue),
        cards=cards(told, tongue) if len(told.table) else [], sections=sections_of(told, tongue), images=images, missing=missing, note=note,
        atlas=atlas(told, tongue) if told.fields else None, twin=twin(told, tongue), stamp=stamp, other=other, titles=tongue.titles,
        chart=chart(told.chart) if told.chart else None, doubts=doubts(told.runs[0].summary, tongue),
        attribution=told.runs[0].summary["city"]["attribution"],
    )  # fmt: skip
    path.write_text(html, encoding="utf-8")


# Words.


def city_of(summary, tongue):
    """The city as a reader names it: a file's or a study's own name where the report has no other."""
    name = summary["city"]["name"]
    return tongue.say["cities"].get(name, name)


def lead(told, tongue):
    """What was compared, in a sentence or two."""
    summary = told.runs[0].summary
    return tongue.say["lead"].format(
        city=city_of(summary, tongue), worlds=len({run.summary["seed"] for run in told.runs}),
        scenarios=len({(run.config["scenario"], str(run.config["measures"])) for run in told.runs}), days=summary["days"],
        start=summary["first_date"], warmup=summary["warmup"], fraction=f"{tongue.short(100 * summary['fraction'])} %",
    )  # fmt: skip


def doubts(summary, tongue):
    """What to doubt: of every city, and of Malmö what is known of it alone."""
    more = [tongue.say["doubt_malmo"]] if summary["city"]["name"].startswith("malmo") else []
    return [doubt.format(city=city_of(summary, tongue)) for doubt in [*tongue.say["doubt_list"], *more]]


def answer(told, tongue):
    """The answer in a sentence, with how sure it is."""
    say, ranked = tongue.say, ranking(told.table, told.note["harm"]).to_dict("records")
    if not ranked:
        return say["answer_nothing"]
    first = [tongue.titles[row["intervention"]] for row in ranked if row["verdict"] == BETTER and row["rank"] == 1]
    worse = [tongue.titles[row["intervention"]] for row in ranked if row["verdict"] == WORSE]
    said = [say["answer_shared" if len(first) > 1 else "answer_one"].format(names=listed(first, say))] if first else []
    said += [] if first or worse else [say["answer_none"]]
    said += [say["answer_worse"].format(names=", ".join(worse))] if worse else []
    likely = chance_of(told.sure.get(HARMS[told.note["harm"]]), tongue)
    return " ".join([*said, say["answer_sure"].format(names=likely)] if first and likely else said)


def listed(names, say):
    """`a, b and c`."""
    return f" {say['and']} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def chance_of(table, tongue):
    """`cameras 71 %, guards 20 %`: who may be the best, of a table of `certainty`; nothing where there is none."""
    if table is None or "best" not in table:
        return ""
    rows = table[table["best"].ge(LIKELY) & table["choice"].ne(NOTHING)].to_dict("records")
    return ", ".join(f"{tongue.titles[row['choice']]} {tongue.percent(row['best'])}\u00a0%" for row in rows)


def cards(told, tongue):
    """What to take away: [(heading, lines of a list, sentence below)]: who gains most felt safety per krona, who merely moves offences,
    how sure all this is."""
    say = tongue.say["cards"]
    first = first_variant(told.table)
    resolved = [(label, row) for label, rank, row, _ in gained(told) if rank and row["verdict"] == BETTER][:THREE]
    safer = [say["gain"].format(name=tongue.titles[label], interval=tongue.interval(
        {"x": row["effect"], "x_low": row["ci_low"], "x_high": row["ci_high"]}, "x", 2)) for label, row in resolved]  # fmt: skip
    likely = chance_of(told.sure.get(SAFETY), tongue)
    quotient = first[first["outcome"].eq("weighted_displacement_quotient")].set_index("intervention")
    told_of = quotient[quotient["ci_low"].notna()]
    merely = [tongue.titles[label] for label in told_of.index[told_of["effect"].le(MERELY) & told_of["ci_high"].lt(0)]]
    spread = [tongue.titles[label] for label in told_of.index[told_of["ci_low"].gt(0)]]
    kept = [tongue.titles[label] for label in told_of.index if tongue.titles[label] not in [*merely, *spread]]
    untold = len(quotient) - len(told_of)
    moved = [say[key].format(names=", ".join(names)) for key, names in (("merely", merely), ("kept", kept), ("spread", spread)) if names]
    worlds = int(first["worlds"].max())
    ranked = ranking(told.table, told.note["harm"])
    sure = [say["resolved"].format(n=int(ranked["rank"].gt(0).sum()), of=len(ranked)), say["worlds"].format(worlds=worlds)]
    thin = [tongue.titles[row.intervention] for row in ranked.itertuples() if row.rank > 0 and row.evidence == "C"]
    sure += [say["thin"].format(names=", ".join(thin))] if thin else []
    return [
        (say["safest"], safer or [say["none_safer"]], say["likely"].format(names=likely) if likely else ""),
        (say["moves"], moved or [say["nobody_merely"]] if told_of.shape[0] else [say["nobody_told"]],
         say["untold"].format(n=untold) if untold else ""),
        (say["how_sure"], sure, say["not_in_it"]),
    ]  # fmt: skip


# What the scripts of the page need.


def chart(ground):
    """What lies under every map of the page, as an SVG has it: size, paths and names."""
    top, low, left, right = ground.box[1], ground.box[0], ground.box[2], ground.box[3]
    across, up = ticks(ground)["x"], ticks(ground)["y"]
    marks = [(round(float(x - left), 1), label, True) for x, label in zip(*across, strict=True)]
    marks += [(round(float(top - y), 1), label, False) for y, label in zip(*up, strict=True)]
    names = [{"text": text, "x": round(x - left, 1), "y": round(top - y, 1), "district": district} for text, x, y, district in ground.names]
    return {
        "wide": int(right - left), "high": int(top - low), "kilometre": 1000.0 / ground.cell_m, "names": names, "marks": marks,
        "land": land_of(ground),
        "coast": svg_path(ground.coast, ground), "borders": svg_path(ground.borders, ground),
    }  # fmt: skip


def atlas(told, tongue):
    """The maps of the page: their images, their classes, and where they lie."""
    ground, say = told.chart, tongue.say
    scale, found, classes_of = scales(told.fields), {}, {}
    for field in told.fields:
        shown = scale[field.layer, field.measure != "none"]
        found[field.name] = {"png": image_of(field, shown, ground.box)}
        if field.unsure is not None:
            found[field.name]["unsure"] = veil_of(field, shown[0], ground.box)
        name = f"{field.layer}|{'is' if field.measure == 'none' else 'changes'}"
        classes_of[name] = {"ends": [float(end) for end in shown[0]], "labels": labels_of(field, shown[0], tongue), "colours": shown[1]}
    corner = ground.east + ground.box[2] * ground.cell_m, ground.north + ground.box[1] * ground.cell_m
    data = {
        "fields": found, "scales": classes_of, "land": LAND, "clear": "", "cell": ground.cell_m, "west": corner[0], "north": corner[1],
        "say": {key: say[key] for key in ("layers_of_maps", "layers_of_changes", "whole_day", "map_note", "unsure_note")},
    }  # fmt: skip
    end = "sv" if tongue.language == "sv" else "en"
    kinds = [("all", say["all_kinds"]), *((name, kind[end]) for name, kind in told.runs[0].summary["offences"].items())]
    measures = [label for label in tongue.titles if any(field.measure == label for field in told.fields)]
    return {"data": scripted(data), "layers": [(layer, say["layers_of_maps"][layer]) for layer in LAYERS], "kinds": kinds,
            "measures": [label for label in measures if label != NOTHING]}  # fmt: skip


def twin(told, tongue):
    """What the player needs."""
    if not told.played:
        return None
    say = {key: tongue.say["twin"][key] for key in ("clock", "only_here", "play", "pause")}
    measures = [label for label in tongue.titles if label in told.played["measures"]]
    return {"data": scripted(told.played | {"say": say}), "ticks": told.played["ticks"], "measures": measures}
