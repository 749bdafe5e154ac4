"""One page that opens offline: no script, no outside request; figures are embedded."""

import base64
from pathlib import Path

import jinja2

from experiments.compare import BETTER, WORSE, first_variant, ranking, stationarity, variants
from experiments.report import measure_title, number, words
from sim.outcomes.measures import counted_of


def write_page(path, runs, table, figures, language, note, missing):
    """Write the page in one language. `figures` {name: path of a PNG}; `note` {command, takes} of the longer study, or None; `missing`
    names of runs that failed."""
    say = words(language)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = number(language)
    ranked = ranking(table).to_dict("records")
    for row in ranked:
        row["title"] = measure_title(runs, row["intervention"], language)
    html = environment.get_template("page.html.j2").render(
        say=say, language=language, lead=_lead(runs, say), answer=_answer(ranked, say), ranked=ranked, note=note,
        table=_full_table(runs, table, say, language), layers=_layers(runs, table, language),
        space=_space(runs, table, language), settled=_settled(runs, say, number(language)),
        missing=missing, images={name: base64.b64encode(path.read_bytes()).decode() for name, path in figures.items()},
        attribution=runs[0].summary["city"]["attribution"], doubts=_doubts(runs[0].summary, say),
        classes={BETTER: "better", WORSE: "worse"},
    )  # fmt: skip
    path.write_text(html, encoding="utf-8")


def _lead(runs, say):
    summary = runs[0].summary
    worlds = len({run.summary["seed"] for run in runs})
    names = len({(run.config["scenario"], str(run.config["measures"])) for run in runs})
    return say["lead"].format(
        city=_city(summary, say), worlds=worlds, scenarios=names, days=summary["days"], start=summary["first_date"],
        warmup=summary["warmup"], fraction=f"{summary['fraction']:.0%}".replace("%", " %"),
    )  # fmt: skip


def _city(summary, say):
    """The city as a reader names it: a file's or a study's own name where the report has no other."""
    name = summary["city"]["name"]
    return say["cities"].get(name, name)


def _doubts(summary, say):
    """What to doubt: of every city, and of Malmö what is known of it alone."""
    more = [say["doubt_malmo"]] if summary["city"]["name"].startswith("malmo") else []
    return [doubt.format(city=_city(summary, say)) for doubt in [*say["doubt_list"], *more]]


def _answer(ranked, say):
    if not ranked:
        return say["answer_nothing"]
    first = [row["title"] for row in ranked if row["verdict"] == BETTER and row["rank"] == 1]
    worse = [row["title"] for row in ranked if row["verdict"] == WORSE]
    names = f" {say['and']} ".join([", ".join(first[:-1]), first[-1]]) if len(first) > 1 else "".join(first)
    answer = say["answer_shared" if len(first) > 1 else "answer_one"].format(names=names) if first else "" if worse else say["answer_none"]
    return f"{answer} {say['answer_worse'].format(names=', '.join(worse)) if worse else ''}".strip()


def _settled(runs, say, write):
    changes = []
    for row in stationarity(next(iter(variants(runs).values()))).itertuples():
        said = say["is_settled"] if row.settled else say["not_settled"]
        changes.append(f"{say[f'series_{row.series}']} {write(row.change_pct, 1, True)} % ({said})")
    return say["settled"].format(changes=", ".join(changes)) if changes else ""


def _rows(runs, table, language, names):
    first = first_variant(table)
    for label in dict.fromkeys(first["intervention"]):
        by = first[first["intervention"] == label].set_index("outcome")
        yield measure_title(runs, label, language), [by.loc[name].to_dict() for name in names]


def _layers(runs, table, language):
    return list(_rows(runs, table, language, ("happened", "reported", "recorded", "cleared")))


def _space(runs, table, language):
    names = ("happened_in_treated_cells", "happened_around_them", "happened_elsewhere", "weighted_displacement_quotient")
    return list(_rows(runs, table, language, names))


def _full_table(runs, table, say, language):
    rows = table.to_dict("records")
    for row in rows:
        row["title"] = measure_title(runs, row["intervention"], language)
        row["said"], row["named"] = say[row["verdict"]], named_outcome(runs, row["outcome"], say, language)
        row["unit"] = say["units"][row["unit"]]
    return rows


def named_outcome(runs, outcome, say, language):
    """An outcome as a reader names it: one of the listed words, or the name of what it counts: a type of offence, a course, a service."""
    if outcome in say["outcomes"]:
        return say["outcomes"][outcome]
    summary = runs[0].summary
    named = {f"happened_{name}": (said, "{name}") for name, said in summary["offences"].items()}
    for group in ("courses", "services"):
        named |= {f"{n}_{end}": (said, words) for n, said in summary[group].items() for end, words in say[f"{group}_outcomes"].items()}
    for name, course in summary["courses"].items():
        named |= {counted: (rule, "{name}") for counted, rule in counted_of(name, course).items()}
    said, words = named[outcome]
    return words.format(name=said["sv" if language == "sv" else "en"])
