"""Saved runs → tables, figures and one page that opens offline, in English and Swedish. Never runs the model."""

from functools import cache
from pathlib import Path

import yaml

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


def place(row, say):
    """A measure's place in a ranking, in the words `say`: its `rank`, or why it has none, by its `verdict`."""
    return str(row["rank"]) if row["rank"] else say["unranked"].get(row["verdict"], say["unranked"]["otherwise"])


def number(language):
    """Numbers as the language writes them: 1,234.5 or 1 234,5; en dash for nothing, and no sign for what rounds to zero."""

    def write(value, digits=1, sign=False):
        if value is None or value != value:
            return "–"
        value = round(float(value), digits) + 0.0
        text = f"{value:{'+' if sign and value else ''},.{digits}f}".replace("-", "−")
        return text.replace(",", "\u202f").replace(".", ",") if language == "sv" else text

    return write


def duration(seconds):
    """`5 min`, `2 h`, `2 h 20 min`: to five minutes under two hours, else to ten."""
    step = 5 if seconds < 7200 else 10
    hours, minutes = divmod(max(step * round(seconds / 60 / step), 5), 60)
    return " ".join(f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min")) if number)
