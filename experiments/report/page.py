"""One page that opens offline: no outside request; pictures, maps and what plays them are embedded."""

import base64
import json
from pathlib import Path

import jinja2

from experiments.chances import NOTHING
from experiments.compare import first_variant, ranking
from experiments.effects import BETTER, EQUIVALENT, UNVALUED, WORSE
from experiments.money import CITY, HARMS, SAFETY
from experiments.report import duration
from experiments.report.atlas import LAYERS
from experiments.report.maps import LAND, image_of, labels_of, land_of, scales, svg_path, ticks, veil_of
from experiments.report.section import Cell
from experiments.report.sections import gained, sections_of, yearly
from experiments.report.tongue import named_outcome
from experiments.side import THIN
from sim.disk import write_text

PAGES = Path(__file__).parent / "pages"
THREE, WHOLE = 3, "whole_pledge"
"""Measures that are named first, and all measures together, which are no single one."""
MERELY = -0.5
"""The displacement quotient from which a measure merely moves offences: half of those averted where it acts come back around it."""
BARS = (5, 2, 1, 0.5, 0.2, 0.1)
"""Kilometres that the bar of a map may show."""
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
    write_text(path, html)


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
    """The answer in a few sentences, with how sure it is."""
    say, ranked = tongue.say, ranking(first_variant(told.table), told.note["harm"]).to_dict("records")
    if not ranked:
        return say["answer_nothing"]
    first = [row["intervention"] for row in ranked if row["verdict"] == BETTER and row["rank"] == 1]
    worse = [row["intervention"] for row in ranked if row["verdict"] == WORSE]
    said = [say["answer_shared" if len(first) > 1 else "answer_one"].format(names=listed(first, tongue))] if first else []
    if not first and not worse:
        said.append(say["answer_unpriced" if all(row["verdict"] == UNVALUED for row in ranked) else "answer_none"])
    said += [say["answer_worse"].format(names=listed(worse, tongue))] if worse else []
    return " ".join([*said, *further(told, ranked, first, tongue)]) if first else " ".join(said)


def further(told, ranked, first, tongue):
    """What else the answer says where measures come `first`: how likely each is the best, who has to decide, what is worth its cost, and
    who gives most felt safety."""
    say, likely, safest = tongue.say, chance_of(told.sure.get(HARMS[told.note["harm"]]), tongue), safer_ones(told)[:1]
    said = [say["answer_sure"].format(names=likely)] if likely else []
    others = [row["intervention"] for row in ranked if row["intervention"] in first and row["decides"] != CITY]
    said += [say["answer_decided"].format(names=listed(others, tongue))] if others else []
    judged = {
        said: [row["intervention"] for row in ranked if row["rank"] and row["net_benefit_verdict"] == said] for said in (BETTER, WORSE)
    }
    said.append(say["answer_even"].format(names=listed(judged[BETTER], tongue)) if judged[BETTER] else say["answer_not_even"])
    said += [say["answer_dear"].format(names=listed(judged[WORSE], tongue))] if judged[WORSE] else []
    for label, _, in_all in safest:
        slight, name = in_all["verdict"] == EQUIVALENT, listed([label], tongue)
        name = say["cards"]["slightly"].format(name=name, all=tongue.number(in_all["effect"], 2, True)) if slight else name
        said.append(say["answer_safest"].format(safest=name))
    return said


def listed(labels, tongue):
    """`“a”, “b” and “c”`: names of measures in a sentence."""
    names = [tongue.say["quoted"].format(name=tongue.titles[label]) for label in labels]
    return f" {tongue.say['and']} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def chance_of(table, tongue):
    """`“cameras” 71 %, “guards” 20 %`: who may be the best, of a table of `certainty`; nothing where there is none."""
    if table is None or "best" not in table:
        return ""
    rows = table[table["best"].ge(LIKELY) & table["choice"].ne(NOTHING)].to_dict("records")
    return ", ".join(f"{listed([row['choice']], tongue)} {tongue.percent(row['best'])}\u00a0%" for row in rows)


def safer_ones(told):
    """[(label, row on a hundred million SEK, row in all)] of the measures of which the study says that more feel safe, most per krona
    first."""
    return [(label, row, in_all) for label, rank, row, in_all in gained(told) if rank and row["verdict"] == BETTER]


def cards(told, tongue):
    """What to take away: [(heading, lines of a list, sentence below)]."""
    return [card_of_safety(told, tongue), card_of_moves(told, tongue), card_of_aims(told, tongue), card_of_doubt(told, tongue)]


def card_of_safety(told, tongue):
    """Who gains most felt safety per krona, and how much that is."""
    say, lines, first = tongue.say["cards"], [], safer_ones(told)[:THREE]
    for label, row, in_all in first:
        interval = tongue.interval({"x": row["effect"], "x_low": row["ci_low"], "x_high": row["ci_high"]}, "x", 2)
        gain, cost = tongue.number(in_all["effect"], 2, True), tongue.short(yearly(told, in_all["cost_msek"]))
        lines.append(say["gain"].format(name=tongue.titles[label], interval=interval, all=gain, cost=cost))
    slight = [label for label, _, in_all in first if in_all["verdict"] == EQUIVALENT]
    below = [say["slight"].format(names=listed(slight, tongue))] if slight else []
    felt = first_variant(told.table)
    felt = felt[felt["outcome"].eq("safe_share")]
    alone = felt[felt["intervention"].ne(WHOLE)]
    felt = alone if len(alone) else felt
    size = say["size"].format(base=tongue.number(felt["baseline"].iloc[0], 0), most=tongue.number(felt["effect"].max(), 2))
    likely = chance_of(told.sure.get(SAFETY), tongue)
    below += [say["likely"].format(names=likely)] if likely else []
    return say["safest"], lines or [say["none_safer"]], " ".join([*below, size])


def card_of_moves(told, tongue):
    """Who merely moves offences, as far as the displacement quotients of the study tell."""
    say, first = tongue.say["cards"], first_variant(told.table)
    quotient = first[first["outcome"].eq("weighted_displacement_quotient")].set_index("intervention")
    helped = first[first["outcome"].eq("happened_in_treated_cells") & first["verdict"].eq(BETTER)]["intervention"]
    found = quotient[quotient["ci_low"].notna() & quotient.index.isin(helped)]
    moved, spread = found["ci_high"].lt(0), found["ci_low"].gt(0)
    found = found[moved | spread | found["ci_low"].gt(MERELY)]
    moved, spread = moved[found.index], spread[found.index]
    groups = {"merely": moved & found["effect"].le(MERELY), "in_part": moved & found["effect"].gt(MERELY),
              "kept": ~moved & ~spread, "spread": spread}  # fmt: skip
    lines = [say[key].format(names=listed(found.index[which], tongue)) for key, which in groups.items() if which.any()]
    lines = lines if groups["merely"].any() else [say["nobody_merely"].format(n=len(found)), *lines]
    untold = len(quotient) - len(found)
    return say["moves"], lines if len(found) else [say["nobody_told"]], say["untold"].format(n=untold) if untold else ""


def card_of_aims(told, tongue):
    """Which measures reach the aim for which they were made: the outcomes by which they ask to be judged."""
    say, first = tongue.say["cards"], first_variant(told.table).set_index(["intervention", "outcome"])
    aims = {m["name"]: m["primary"] for run in told.runs for m in run.summary["measures"]}
    own = {label: aims[label.partition(" (")[0]] for label in first.index.unique(0) if label.partition(" (")[0] in aims}
    own = {label: first.loc[label, aim] for label, aim in own.items() if (label, aim) in first.index}
    said = {said: [label for label, row in own.items() if row["verdict"] == said] for said in (BETTER, WORSE)}
    lines = [
        say["reaches"].format(
            name=tongue.titles[label], change=changed(own[label], tongue),
            outcome=lowered(named_outcome(told.runs, own[label].name[1], tongue)),
        )
        for label in sorted(said[BETTER], key=lambda label: -abs(own[label]["effect_pct"]))
    ]  # fmt: skip
    lines = (lines or [say["none_reaches"]]) + ([say["misses"].format(names=listed(said[WORSE], tongue))] if said[WORSE] else [])
    others = len(own) - len(said[BETTER]) - len(said[WORSE])
    return say["aims"], lines, say["aims_untold"].format(n=others) if others else ""


def changed(row, tongue):
    """`−2.3 %`: the change of an outcome, of a share in percentage points."""
    if row["unit"].startswith("%"):
        return f"{tongue.number(row['effect'], 2, True)} {tongue.say['points']}"
    return f"{tongue.number(row['effect_pct'], 1, True)} %"


def lowered(name):
    """A name as it stands within a sentence."""
    return name[:1].lower() + name[1:]


def card_of_doubt(told, tongue):
    """How sure the model is."""
    say, ranked = tongue.say["cards"], ranking(first_variant(told.table), told.note["harm"])
    lines = [
        say["resolved"].format(n=int(ranked["rank"].gt(0).sum()), of=len(ranked)),
        say["worlds"].format(worlds=int(ranked["worlds"].max())),
    ]
    thin = ranked.loc[ranked["rank"].gt(0) & ranked["evidence"].eq(THIN), "intervention"].tolist()
    return say["how_sure"], lines + ([say["thin"].format(names=listed(thin, tongue))] if thin else []), say["not_in_it"]


# What the scripts of the page need.


def chart(ground):
    """What lies under every map of the page, as an SVG has it: size, paths and names."""
    top, low, left, right = ground.box[1], ground.box[0], ground.box[2], ground.box[3]
    across, up = ticks(ground)["x"], ticks(ground)["y"]
    marks = [(round(float(x - left), 1), label, True) for x, label in zip(*across, strict=True)]
    marks += [(round(float(top - y), 1), label, False) for y, label in zip(*up, strict=True)]
    names = [
        {"text": text, "x": round(x - left, 1), "y": round(top - y, 1), "district": district, "dot": round(top - place, 1)}
        for text, x, y, district, place in ground.names
    ]
    kilometre = 1000.0 / ground.cell_m
    bar = next((length for length in BARS if length * kilometre <= (right - left) / 6), BARS[-1])
    return {
        "bar": round(bar * kilometre, 1), "bar_km": f"{bar:g}", "wide": int(right - left), "high": int(top - low), "names": names,
        "marks": marks, "land": land_of(ground), "coast": svg_path(ground.coast, ground), "borders": svg_path(ground.borders, ground),
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
        "fields": found, "scales": classes_of, "land": LAND, "cell": ground.cell_m, "west": corner[0], "north": corner[1],
        "say": {key: say[key] for key in ("layers_of_maps", "layers_of_changes", "units_of_maps", "whole_day", "unsure_note")}
               | {"map_note": say["map_note"].format(cell=tongue.short(ground.cell_m))},
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
