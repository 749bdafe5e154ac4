"""Saved runs → tables, figures and one page that opens offline, in English and Swedish. Never runs the model."""

from functools import cache, partial
from pathlib import Path

import yaml

from experiments.baseline import baseline
from experiments.compare import equity, journeys
from experiments.horizon import first_year
from experiments.rare import rare
from experiments.together import each
from sim.outcomes.files import RunError

LANGUAGES = ("en", "sv")


@cache
def words(language):
    """Everything that presenters read in one language."""
    return yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))[language]


def measure_title(runs, label, language):
    """A measure's name as presenters read it: its own title, with the options that the label carries."""
    name, _, options = label.partition(" (")
    titles = {m["name"]: m["title_sv" if language == "sv" else "title"] for run in runs for m in run.summary["measures"]}
    titles |= {"whole_pledge": words(language)["whole_pledge"]}
    said = " + ".join(titles.get(part, part) for part in name.split("+"))
    return f"{said} ({options}" if options else said


def number(language):
    """Numbers as the language writes them: 1,234.5 or 1 234,5; en dash for nothing."""

    def write(value, digits=1, sign=False):
        if value is None or value != value:
            return "–"
        text = f"{value:{'+' if sign else ''},.{digits}f}".replace("-", "−")
        return text.replace(",", "\u202f").replace(".", ",") if language == "sv" else text

    return write


def duration(seconds):
    """`5 min`, `2 h`, `2 h 20 min`: to five minutes under two hours, else to ten."""
    step = 5 if seconds < 7200 else 10
    hours, minutes = divmod(max(step * round(seconds / 60 / step), 5), 60)
    return " ".join(f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min")) if number)


def write_report(folder, runs, table, study_note, missing=()):
    """Write comparison.csv and .parquet, equity.csv, journeys.csv, baseline.csv, for studies of several years first_year.csv, figures/ (PNG
    and SVG), report.html and report.sv.html into `folder`. Returns the page.

    `study_note` as `study.note_of` gives it, `missing` names of runs that failed.
    """
    folder = Path(folder)
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: no report can be written there ({error.strerror})") from None
    table.to_csv(folder / "comparison.csv", index=False, float_format="%.10g")
    table.to_parquet(folder / "comparison.parquet", index=False)
    groups = equity(runs)
    groups.to_csv(folder / "equity.csv", index=False, float_format="%.10g")
    by_journey = journeys(runs)
    by_journey.to_csv(folder / "journeys.csv", index=False, float_format="%.10g")
    known = baseline(runs)
    known.to_csv(folder / "baseline.csv", index=False, float_format="%.10g")
    year = first_year(runs)
    if year is not None:
        year.to_csv(folder / "first_year.csv", index=False, float_format="%.10g")
    each(partial(_write_in, folder, runs, (table, groups, by_journey, known, year, rare(runs)), study_note, missing), LANGUAGES, len(runs))
    return folder / "report.html"


def _write_in(folder, runs, tables, study_note, missing, language):
    """Figures and page in one language."""
    from experiments.report.figures import draw_figures
    from experiments.report.page import write_page

    figures = draw_figures(folder / "figures", runs, tables[0], language, study_note["harm"])
    page = folder / ("report.html" if language == "en" else f"report.{language}.html")
    write_page(page, runs, tables, figures, language, study_note, missing)
