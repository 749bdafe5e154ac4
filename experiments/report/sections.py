"""The sections of a report: what each table says, from the tables of a study."""

from dataclasses import replace

from experiments.compare import first_variant, ranking, stationarity
from experiments.effects import UNVALUED
from experiments.money import SAFETY
from experiments.report import place
from experiments.report.figures import HUNDRED_MILLION
from experiments.report.meaning import source as where_from
from experiments.report.section import COLOURED, Cell, Section, effect, moves, plain, still, telling, times
from experiments.report.tongue import named_outcome
from experiments.runs import variants
from experiments.side import is_scenario
from sim.outcomes.journeys import JOURNEYS
from sim.outcomes.rights import AGES, BURDENED, LEDGER, OTHERS

MEASURED = ("", "_low", "_high")


def sections_of(told, tongue):
    """The sections of a report in the order in which they are read; `told` as `gather` gives it."""
    made = []
    if len(told.table):
        made += [ranked(told, tongue), planes(tongue), safest(told, tongue), chances(tongue), *journeys(told, tongue), beside(told, tongue)]
    if told.fields:
        made.append(Section(tongue.say["atlas"], name="maps", block="maps"))
    if told.played:
        say = tongue.say["twin"]
        made.append(
            Section(say["heading"], name="twin", block="twin", note=" ".join((say["note"].format(world=told.played["seed"]), say["drift"])))
        )
    if len(told.table):
        made += [
            layers(told, tongue),
            space(told, tongue),
            *whom(told, tongue),
            rights(told, tongue),
            types(tongue),
            decisions(told, tongue),
        ]
    return [*made, *rare(told, tongue), *known(told, tongue), *days(told, tongue), *everything(told, tongue)]


def rows_of(told, tongue, names):
    """[(measure, its rows of the outcomes `names`)] of the first variant."""
    first, found = first_variant(told.table), []
    for label in dict.fromkeys(first["intervention"]):
        by = first[first["intervention"] == label].set_index("outcome")
        found.append((tongue.titles[label], [by.loc[name].to_dict() for name in names]))
    return found


def table_of(tongue, title, columns, rows, cells, note="", **more):
    """A section with a table of those measures in which anything changes, and a sentence that names the others."""
    made = [[name, *cells(row)] for name, row in moves(rows)]
    return Section(title, columns, made, note=f"{still(rows, tongue.say)} {note}".strip(), **more)


def yearly(told, msek):
    """What costs so many million SEK in the study, in a year."""
    return msek * 365 / told.runs[0].summary["days"]


def who(tongue, row):
    """Who decides, and who pays where that is another."""
    say = [tongue.say.get(row[key], row[key]) for key in ("decides", "pays")]
    return say[0] if say[0] == say[1] else " / ".join(say)


def graded(tongue, grade):
    """A grade of evidence, marked where it is thin."""
    return Cell(tongue.say.get(grade, grade), said="thin") if is_scenario(grade) else tongue.say.get(grade, grade)


def ranked(told, tongue):
    """The ranking by harm averted per krona."""
    say, rows = tongue.say, []
    for row in ranking(told.table, told.note["harm"]).to_dict("records"):
        name = tongue.titles[row["intervention"]] + (f" ({row['variant']})" if row["variant"] else "")
        measured = lambda of, digits, scale=1.0, row=row: effect(  # noqa: E731
            tongue, row | {"verdict": row[f"{of}_verdict"]}, digits, scale, [f"{of}{end}" for end in MEASURED]
        )
        offences = {"effect": row["happened_pct"], "ci_low": row["happened_pct_low"], "ci_high": row["happened_pct_high"],
                    "verdict": row["happened_verdict"]}  # fmt: skip
        cost, running = yearly(told, row["cost_msek"]), yearly(told, row["cost_running"])
        cost = Cell(tongue.number(cost), f"{say['running']} {tongue.number(running)}", cost)
        rows.append([
            name, place_of(row, say), measured("per_krona", 2), measured("net_benefit", 0, yearly(told, 1.0)),
            effect(tongue, offences, 2), measured("safe_share", 2), cost, graded(tongue, row["evidence"]),
            Cell(say["verdicts_of_harm"].get(row["verdict"], say[row["verdict"]]), said=COLOURED.get(row["verdict"], "")),
        ])  # fmt: skip
    columns = [say["measure"], say["rank"], say["change_harm"][told.note["harm"]], say["net"], say["change_offences"], say["change_safety"],
               say["cost"], say["evidence"], say["verdict_of_harm"]]  # fmt: skip
    note = f"{say['table_note']} {say['weighed'][told.note['harm']]} {say['thin']}"
    return Section(say["ranking"], columns, rows, pictures=["ranking"], note=note, last=2, name="ranking")


def place_of(row, say):
    """The cell of a rank, by which those without stand last."""
    return Cell(place(row, say), value=row["rank"] or 99)


def planes(tongue):
    return Section(tongue.say["plane"], pictures=["plane"], name="plane")


def chances(tongue):
    return Section(tongue.say["hundred"]["heading"], pictures=["hundred_safe_share", "hundred_happened"], name="hundred")


def types(tongue):
    return Section(tongue.say["types"], pictures=["types"], name="types")


def gained(told):
    """Measures by felt safety gained on a hundred million SEK, those first whom the study can rank: [(label, rank, row per krona, row in
    all)]."""
    first, found = first_variant(told.table), []
    for label, part in first.groupby("intervention", sort=False):
        by = part.set_index("outcome")
        row = by.loc[SAFETY].copy()
        row[["effect", "ci_low", "ci_high"]] *= HUNDRED_MILLION
        found.append((label, int(row["rank"]), row.to_dict(), by.loc["safe_share"].to_dict()))
    return sorted(found, key=lambda row: (row[1] or len(found), -row[2]["effect"] if row[2]["effect"] == row[2]["effect"] else 0.0))


def safest(told, tongue):
    """The ranking by felt safety per krona."""
    say, rows = tongue.say, []
    for label, rank, of_krona, in_all in gained(told):
        of_hundred = effect(tongue, of_krona | {"verdict": in_all["verdict"]}, 2)  # what is too little to matter is not for the better
        rows.append([tongue.titles[label], place_of(of_krona | {"rank": rank}, say), of_hundred, effect(tongue, in_all, 2)])
    columns = [say["measure"], say["rank"], say["safest_per_krona"], f"{say['safety']}, {say['points']}"]
    return Section(say["safest"], columns, rows, pictures=["safety"], note=say["safest_note"], name="safety")


def beside(told, tongue):
    """Side effects beside effects: one row a measure."""
    say, rows = tongue.say, []
    for row in told.sides.to_dict("records"):
        cell = lambda name, digits=0, row=row: effect(tongue, row, digits, 1.0, [f"{name}{end}" for end in MEASURED])  # noqa: E731
        rows.append([
            tongue.titles[row["choice"]], cell("happened"), cell("safe_share", 2), cell("weighted_displacement_quotient", 2),
            cell(f"happened, {BURDENED}"), cell(f"safe_share, {BURDENED}", 2), cell("watched_hours"), cell("wrongful_detentions", 1),
            cell("justice_cost", 1), plain(tongue, yearly(told, row["cost_msek"]), 1), graded(tongue, row["evidence"]),
        ])  # fmt: skip
    return Section(say["beside"]["title"], say["beside"]["columns"], rows, note=say["beside"]["note"], last=1, name="beside")


def layers(told, tongue):
    """What happened, was reported, was recorded, was cleared."""
    say, names = tongue.say, ("happened", "reported", "recorded", "cleared")
    columns = [say["measure"], *(say[name] for name in names)]
    cells = lambda row: [effect(tongue, cell, 0) for cell in row]  # noqa: E731
    return table_of(
        tongue, say["layers"], columns, rows_of(told, tongue, names), cells, f"{say['layer_unit']} {say['layer_note']}", name="layers"
    )


def space(told, tongue):
    """Where measures act, around it, and elsewhere."""
    say = tongue.say
    names = ("happened_in_treated_cells", "happened_around_them", "happened_elsewhere", "weighted_displacement_quotient")
    around = say["around"].format(ring=tongue.number(told.runs[0].summary["compare"]["ring"], 0))
    columns = [say["measure"], say["treated"], around, say["elsewhere"], say["quotient"]]
    cells = lambda row: [*(effect(tongue, cell, 0) for cell in row[:3]), effect(tongue, row[3], 2)]  # noqa: E731
    return table_of(tongue, say["space"], columns, rows_of(told, tongue, names), cells, say["quotient_note"], name="space")


def whom(told, tongue):
    """Burdened areas and the others; nothing in a city without burdened areas."""
    say, first = tongue.say, first_variant(told.groups)
    wanted = [(what, where) for what in ("happened", "safe_share") for where in (BURDENED, OTHERS)]
    found = []
    for label in dict.fromkeys(first["intervention"]):
        by = first[first["intervention"] == label].set_index(["outcome", "group"])
        if all(key in by.index for key in wanted):
            found.append((tongue.titles[label], [by.loc[key].to_dict() for key in wanted]))
    columns = [
        say["measure"],
        say["whom_offences_burdened"],
        say["whom_offences_others"],
        say["whom_safe_burdened"],
        say["whom_safe_others"],
    ]
    cells = lambda row: [*(effect(tongue, cell, 1, 100 / cell["baseline"] if cell["baseline"] else 1) for cell in row[:2]),  # noqa: E731
                         *(effect(tongue, cell, 2) for cell in row[2:])]  # fmt: skip
    return [table_of(tongue, say["whom"], columns, found, cells, say["whom_note"], name="whom")] if found else []


def rights(told, tongue):
    """The ledger of rights."""
    say = tongue.say
    cells = lambda row: [effect(tongue, cell, 0 if abs(cell["baseline"]) > 20 else 1) for cell in row]  # noqa: E731
    return table_of(
        tongue, say["rights"], [say["measure"], *say["ledger"]], rows_of(told, tongue, LEDGER), cells, say["rights_note"], name="rights"
    )


def journeys(told, tongue):
    """The three journeys: what measures do for each, and how they go without any, for women and men and by age."""
    say = tongue.say
    made = [Section(say["three_journeys"], pictures=["journeys"], note=say["journeys_note"], name="journeys")]
    first = first_variant(told.by_journey)
    first = first[first["intervention"] == first["intervention"].iloc[0]] if len(first) else first
    for name in JOURNEYS:
        ends = [f"{name}_{end}" for end in ("hit", "safe", "given_up")]
        rows = rows_of(told, tongue, ends)
        base = [cell["baseline"] for cell in rows[0][1]]
        without = say["journey_without"].format(
            hit=tongue.number(base[0], 0), safe=tongue.number(base[1], 0), given_up=tongue.number(base[2], 1)
        )
        columns = [say["measure"], say["journey_hit"], say["journey_safe"], say["journey_given_up"]]
        made.append(
            table_of(tongue, say[name], columns, rows, lambda row: [effect(tongue, cell, 2) for cell in row], says=[without], level=3)
        )
        mine = first[first["by"].isin(["sex", "age"]) & first["outcome"].isin(ends)]
        by = {group: part.set_index("outcome")["baseline"].reindex(ends).tolist() for group, part in mine.groupby("group")}
        groups = [group for group in ("women", "men", *AGES) if group in by]
        of_groups = [[say["groups"].get(group, group), *(plain(tongue, x, digits) for x, digits in zip(by[group], (0, 1, 1), strict=True))]
                     for group in groups]  # fmt: skip
        columns = [say["journey_groups"], say["journey_hit"], say["journey_felt"], say["journey_not_made"]]
        made.append(Section(f"{say[name]}: {say['journey_groups']}", columns, of_groups, name=f"{name}_groups", level=3, block="folded"))
    return made


def decisions(told, tongue):
    """Who decides and pays, what it needs first, and the outcome by which each measure asks to be judged."""
    say, end, runs, year = tongue.say, "_sv" if tongue.language == "sv" else "", told.runs, told.year
    first, rows = first_variant(told.table), []
    facts = {m["name"]: m for run in runs for m in run.summary["measures"]}
    for label in dict.fromkeys(first["intervention"]):
        fact = facts.get(label.partition(" (")[0])
        by = first[first["intervention"] == label].set_index("outcome")
        if not fact or fact["primary"] not in by.index:
            continue
        row = by.loc[fact["primary"]].to_dict()
        after = year[(year["intervention"] == label) & (year["outcome"] == fact["primary"])] if year is not None else []
        later = fact[f"later{end}"] if runs[0].summary["days"] < fact["horizon_days"] else ""
        of_year = [effect(tongue, after.iloc[0].to_dict()) if len(after) else ""] if year is not None else []
        of_study, unit = effect(tongue, row), say["units"][row["unit"]]
        of_study = replace(of_study, between=f"{of_study.between} {unit}".strip())
        rows.append([tongue.titles[label], *of_year, of_study, who(tongue, fact), fact[f"law{end}"],
                     named_outcome(runs, fact["primary"], tongue), Cell(say[row["verdict"]], later)])  # fmt: skip
    columns = [say["measure"], *([say["after_a_year"]] if year is not None else []), say["effect"],
               f"{say['decides']} / {say['pays'].lower()}", say["law"], say["primary"], say["own_verdict"]]  # fmt: skip
    return Section(say["decisions"], columns, rows, last=4, name="decisions")


def rare(told, tongue):
    """What is too rare for a mean, world by world; of many worlds the least, the median and the most."""
    few = lambda counts: counts if len(counts) <= 12 else [counts[0], counts[len(counts) // 2], counts[-1]]  # noqa: E731
    if not told.seldom:
        return []
    names = [told.runs[0].summary["courses"][name]["sv" if tongue.language == "sv" else "en"] for name in told.seldom]
    labels = list(next(iter(told.seldom.values())))
    numbers = {label: [" · ".join(map(str, few(by[label]))) for by in told.seldom.values()] for label in labels}
    other = [label for label in labels if label == labels[0] or numbers[label] != numbers[labels[0]]]
    note = tongue.say["rare_note"] + (f" {tongue.say['rare_same']}" if len(other) < len(labels) else "")
    rows = [[tongue.titles[label], *numbers[label]] for label in other]
    return [Section(tongue.say["rare"], [tongue.say["measure"], *names], rows, note=note, last=len(names), name="rare")]


def known(told, tongue):
    """The city without measures beside what is known of it."""
    say, end = tongue.say, "sv" if tongue.language == "sv" else "en"
    named = {f"{name}.year": kind[end] for name, kind in told.runs[0].summary["offences"].items()}
    rows = []
    for row in told.known.to_dict("records"):
        unit = say["known_units"].get(row["unit"], row["unit"])
        ends = lambda low, high: f"{tongue.number(max(low, 0.0), 0)} – {tongue.number(high, 0)}" if low == low else ""  # noqa: E731
        real = Cell(tongue.number(row["known"], 0), ends(row["known_low"], row["known_high"]), row["known"]) if row["source"] else "–"
        source = Cell(where_from(row["figure"], row["source"], tongue.language), said="soft")
        rows.append([Cell(named.get(row["figure"]) or say["known_figures"][row["figure"]], unit),
                     Cell(tongue.number(row["model"], 0), ends(row["ci_low"], row["ci_high"]), row["model"]), real,
                     say["known_said"][row["said"]], source])  # fmt: skip
    columns = [say["known_what"], say["known_model"], say["known_real"], say["known_inside"], say["known_source"]]
    return [Section(say["known"], columns, rows, note=say["known_note"], last=2, name="known")] if rows else []


def days(told, tongue):
    """Offences day by day, and whether the warm-up had settled."""
    if not told.fields:
        return []
    say, changes = tongue.say, []
    settled = list(stationarity(next(iter(variants(told.runs).values()))).itertuples())
    for row in settled:
        said = say["is_settled"] if row.settled else say["not_settled"]
        changes.append(f"{say[f'series_{row.series}']} {tongue.number(row.change_pct, 1, True)} % ({said})")
    note = say["settled"].format(changes=", ".join(changes), days=settled[0].days) if settled else ""
    return [Section(say["series"], pictures=["series"], note=note, name="series")]


def everything(told, tongue):
    """All numbers of the comparison, folded."""
    say, rows = tongue.say, []
    for row in first_variant(told.table).to_dict("records"):
        name = Cell(named_outcome(told.runs, row["outcome"], tongue), say["units"][row["unit"]])
        row |= dict.fromkeys(("baseline", "mde", "gain"), float("nan")) if row["verdict"] == UNVALUED else {}
        rows.append([
            tongue.titles[row["intervention"]], plain(tongue, row["baseline"], telling(row["baseline"])),
            effect(tongue, row, telling(row["effect"], row["ci_low"], row["ci_high"])), plain(tongue, row["mde"], telling(row["mde"])),
            times(tongue, row["gain"]), name, say[row["verdict"]],
        ])  # fmt: skip
    columns = [say["measure"], say["baseline"], say["effect"], say["mde"], say["gain"], say["outcome"], say["verdict"]]
    return [Section(say["all_numbers"], columns, rows, last=2, name="numbers", block="folded")] if rows else []
