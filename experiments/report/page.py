"""One page that opens offline: no script, no outside request; figures are embedded."""

import base64
from pathlib import Path

import jinja2

from experiments.compare import first_variant, ranking, stationarity, variants
from experiments.effects import BETTER, WORSE
from experiments.money import SAFETY
from experiments.report import duration, measure_title, number, words
from sim.outcomes.journeys import JOURNEYS
from sim.outcomes.measures import counted_of
from sim.outcomes.rights import AGES, BURDENED, LEDGER, OTHERS

HUNDRED_MILLION = 100
"""Million SEK for which felt safety is told: for one it would be nothing but zeros."""


def write_page(path, runs, tables, figures, language, note, missing):
    """Write the page in one language. `tables` as `compare`, `equity`, `journeys`, `baseline`, `first_year` and `rare` give them; `figures`
    {name: path of a PNG}; `note` as `study.note_of` gives it; `missing` names of runs that failed."""
    table, groups, by_journey, known, year, seldom = tables
    say = words(language)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": number(language), "duration": duration, "moved": moved, "still": lambda rows: still(rows, say)}
    ranked = ranking(table, note["harm"]).to_dict("records")
    for row in ranked:
        row["title"] = measure_title(runs, row["intervention"], language)
    html = environment.get_template("page.html.j2").render(
        say=say, language=language, lead=_lead(runs, say), answer=_answer(ranked, say), ranked=ranked, note=note,
        safest=_safest(runs, table, language), table=_full_table(runs, table, say, language), layers=_layers(runs, table, language),
        space=_space(runs, table, language), rights=list(_rows(runs, table, language, LEDGER)),
        journeys=_journeys(runs, table, by_journey, language),
        whom=_whom(runs, groups, language), known=_known(runs, known, say, language),
        rare=_rare(runs, seldom, say, language),
        decisions=_decisions(runs, table, year, say, language), settled=_settled(runs, say, number(language)),
        missing=missing, images={name: base64.b64encode(path.read_bytes()).decode() for name, path in figures.items()},
        attribution=runs[0].summary["city"]["attribution"], doubts=_doubts(runs[0].summary, say),
        rules=runs[0].summary["compare"], classes={BETTER: "better", WORSE: "worse"},
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
    return say["settled"].format(changes=", ".join(changes), days=row.days) if changes else ""


def _rows(runs, table, language, names):
    first = first_variant(table)
    for label in dict.fromkeys(first["intervention"]):
        by = first[first["intervention"] == label].set_index("outcome")
        yield measure_title(runs, label, language), [by.loc[name].to_dict() for name in names]


def _safest(runs, table, language):
    """Measures by felt safety gained per krona, those first whom the study can rank."""
    first, found = first_variant(table), []
    for label, part in first.groupby("intervention", sort=False):
        by = part.set_index("outcome")
        title = measure_title(runs, label, language)
        gained = by.loc[SAFETY].copy()
        gained[["effect", "ci_low", "ci_high"]] *= HUNDRED_MILLION
        found.append({"rank": int(by.loc[SAFETY, "rank"]), "title": title, "per_krona": gained, "in_all": by.loc["safe_share"]})
    return sorted(found, key=lambda row: row["rank"] or len(found))


def _layers(runs, table, language):
    return list(_rows(runs, table, language, ("happened", "reported", "recorded", "cleared")))


def _space(runs, table, language):
    names = ("happened_in_treated_cells", "happened_around_them", "happened_elsewhere", "weighted_displacement_quotient")
    return list(_rows(runs, table, language, names))


def moved(rows):
    """Those of the rows (measure, [{effect, …}]) in which anything changed at all; all of them where nothing did."""
    return [row for row in rows if any(abs(cell["effect"]) > 0.0 for cell in row[1])] or rows


def still(rows, say):
    """A sentence that names the measures whose rows `moved` leaves out."""
    left = [title for title, _ in rows if title not in [title for title, _ in moved(rows)]]
    return say["unchanged"].format(names="; ".join(left)) if left else ""


def _journeys(runs, table, by_journey, language):
    """Of each journey: (its name, [(measure, rows of outcomes)], [(group of sex or age, the same outcomes without measures)])."""
    found = []
    first = first_variant(by_journey)
    first = first[first["intervention"] == first["intervention"].iloc[0]] if len(first) else first
    for name in JOURNEYS:
        ends = [f"{name}_{end}" for end in ("hit", "safe", "given_up")]
        mine = first[first["by"].isin(["sex", "age"]) & first["outcome"].isin(ends)]
        by = {group: part.set_index("outcome")["baseline"].reindex(ends).tolist() for group, part in mine.groupby("group")}
        without = [(group, by[group]) for group in ("women", "men", *AGES) if group in by]
        found.append((name, list(_rows(runs, table, language, ends)), without))
    return found


def _whom(runs, groups, language):
    """[(measure, offences in burdened and in other areas, felt safety in both)], each a row of `groups`; empty without burdened areas."""
    first = groups[groups["variant"] == groups["variant"].iloc[0]] if len(groups) else groups
    wanted = [(what, where) for what in ("happened", "safe_share") for where in (BURDENED, OTHERS)]
    found = []
    for label in dict.fromkeys(first["intervention"]):
        by = first[first["intervention"] == label].set_index(["outcome", "group"])
        if all(key in by.index for key in wanted):
            found.append((measure_title(runs, label, language), [by.loc[key].to_dict() for key in wanted]))
    return found


def _rare(runs, seldom, say, language):
    """[(course, [(scenario, numbers in its worlds)])]: of many worlds the least, the median and the most."""
    few = lambda counts: counts if len(counts) <= 12 else [counts[0], counts[len(counts) // 2], counts[-1]]  # noqa: E731
    title = lambda label: say["none"] if label == "none" else measure_title(runs, label, language)  # noqa: E731
    return [
        (runs[0].summary["courses"][name]["sv" if language == "sv" else "en"], [(title(label), few(n)) for label, n in by.items()])
        for name, by in seldom.items()
    ]


def _known(runs, known, say, language):
    """Rows of `baseline`, each with the name by which a reader knows the figure."""
    named = {f"{name}.year": kind for name, kind in runs[0].summary["offences"].items()}
    end = "sv" if language == "sv" else "en"
    return [row | {"named": named[row["figure"]][end] if row["figure"] in named else say["known_figures"][row["figure"]]}
            for row in known.to_dict("records")]  # fmt: skip


def _decisions(runs, table, year, say, language):
    """[{measure, who decides, who pays, what it needs first, the outcome it asks to be judged by, that row, the same after the first year
    of a longer study, what comes later}]."""
    end, first, found = "_sv" if language == "sv" else "", first_variant(table), []
    facts = {m["name"]: m for run in runs for m in run.summary["measures"]}
    for label in dict.fromkeys(first["intervention"]):
        fact = facts.get(label.partition(" (")[0])
        by = first[first["intervention"] == label].set_index("outcome")
        after = year[(year["intervention"] == label) & (year["outcome"] == fact["primary"])] if fact and year is not None else []
        if fact and fact["primary"] in by.index:
            found.append({
                "title": measure_title(runs, label, language), "decides": fact["decides"], "pays": fact["pays"], "law": fact[f"law{end}"],
                "primary": named_outcome(runs, fact["primary"], say, language), "row": by.loc[fact["primary"]].to_dict(),
                "year": after.iloc[0].to_dict() if len(after) else None,
                "later": fact[f"later{end}"] if runs[0].summary["days"] < fact["horizon_days"] else "",
            })  # fmt: skip
    return found


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
