"""Saved runs → the folder of a report."""

import re
from dataclasses import dataclass
from functools import partial

import pandas as pd

from experiments.baseline import baseline
from experiments.certainty import certainty
from experiments.compare import equity, first_variant, journeys, ranking
from experiments.horizon import first_year
from experiments.rare import rare
from experiments.report import LANGUAGES, words
from experiments.report.atlas import Field, fields
from experiments.report.figures import pictures_of
from experiments.report.hundred import picture_of_hundred
from experiments.report.maps import Chart, chart_of, picture_of_change, picture_of_maps
from experiments.report.page import write_page
from experiments.report.picture import save_numbers, save_pictures, stamp_of
from experiments.report.tongue import Tongue
from experiments.report.twin import film, pairs, played
from experiments.runs import scenarios, variants
from experiments.side import side_effects
from experiments.together import each
from sim.disk import own_folder

WHOLE = "whole_pledge"
PAGE = {"en": "report.html", "sv": "report.sv.html"}


@dataclass(frozen=True)
class Told:
    """What the runs of a study tell: the comparison `table`, `groups` (equity), journeys, what is known, after a first `year`, what is
    `seldom`, how `sure` the ranking is, side effects, maps (`fields` on a `chart`), the week that is `played` twice; the study's `note`,
    and names of `missing` runs."""

    runs: list
    table: pd.DataFrame
    groups: pd.DataFrame
    by_journey: pd.DataFrame
    known: pd.DataFrame
    year: pd.DataFrame | None
    seldom: dict
    sure: dict
    sides: pd.DataFrame
    fields: list[Field]
    chart: Chart | None
    played: dict | None
    note: dict
    missing: list

    @property
    def labels(self):
        """Measures in the order of the ranking, those of several at once last."""
        ranked = ranking(first_variant(self.table), self.note["harm"])["intervention"].tolist()
        return sorted(ranked, key=lambda label: label == WHOLE)


def gather(runs, table, note, missing=()):
    """Everything that a report tells of some runs and their comparison `table`."""
    without = scenarios(next(iter(variants(runs).values())))["none"]
    ground, groups = chart_of(next(iter(without.values()))) if without else None, equity(runs)
    sides, twice = side_effects(runs, table, groups) if len(table) else pd.DataFrame(), played(runs, ground) if without else None
    return Told(
        runs, table, groups, journeys(runs), baseline(runs), first_year(runs), rare(runs), certainty(runs, note["harm"], table), sides,
        fields(runs), ground, twice, note, list(missing),
    )  # fmt: skip


def write_report(folder, runs, table, note, missing=(), languages=LANGUAGES, slides=False):
    """Write comparison.csv and .parquet, equity.csv, journeys.csv, baseline.csv, for studies of several years first_year.csv, figures/
    (PNG, SVG and CSV; as `slides` also such for slides), report.html and report.sv.html, or one of them, into `folder`. Returns the page.

    `note` as `study.note_of` gives it, `missing` names of runs that failed.
    """
    folder = own_folder(folder)
    own_folder(folder / "figures")
    told = gather(runs, table, note, missing)
    for name in ("table", "groups", "by_journey", "known", "year"):
        kept = getattr(told, name)
        if kept is not None:
            kept.to_csv(folder / f"{FILES[name]}.csv", index=False, float_format="%.10g")
    table.to_parquet(folder / "comparison.parquet", index=False)
    each(partial(write_in, folder, told, languages, slides), languages, len(runs), "drawing and writing pages")
    return folder / PAGE[languages[0]]


FILES = {"table": "comparison", "groups": "equity", "by_journey": "journeys", "known": "baseline", "year": "first_year"}
"""Names of the files of tables."""


def write_in(folder, told, languages, slides, language):
    """Pictures and page in one language."""
    tongue = Tongue(language, words(language)).naming(told.runs, [*told.labels, *labels_of(told.runs)])
    made = drawn(told, tongue)
    if language == languages[0]:
        save_numbers(made, folder / "figures")
    stamp = stamp_of(folder.parent, told.runs, tongue.say)
    paths = save_pictures(made, folder / "figures", language, stamp)
    if slides:
        save_pictures(made, folder / "figures", language, stamp, slides=True)
    other = next((PAGE[one] for one in languages if one != language), "")
    write_page(folder / PAGE[language], told, {picture.name: (picture, paths[picture.name]) for picture in made}, tongue, stamp, other)


def labels_of(runs):
    """Names of the measures of all variants, compared or not."""
    return [label for group in variants(runs).values() for label in scenarios(group)]


def drawn(told, tongue):
    """All pictures of a report in a language."""
    made = pictures_of(told.runs, told.table, tongue, told.note["harm"])
    if len(told.table):
        made += [picture_of_hundred(told.runs, told.table, tongue, outcome) for outcome in ("safe_share", "happened")]
    if told.fields:
        made.append(picture_of_maps(told.fields, told.chart, tongue))
        change = picture_of_change(told.fields, told.chart, told.labels[0], tongue) if told.labels else None
        made += [change] if change else []
    return made


def film_of(folder, runs, label, language, console):
    """Write the film of the twin city under a measure, `figures/twin.<measure>.<language>.mp4`. Returns it."""
    ground, tongue = chart_of(runs[0]), Tongue(language, words(language)).naming(runs, pairs(runs))
    name = re.sub(r"[^\w.-]", "_", label)
    return film(folder / "figures" / f"twin.{name}.{language}.mp4", runs, label, ground, tongue, console)
