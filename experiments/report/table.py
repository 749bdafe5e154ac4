"""The ranked table in the terminal."""

from rich.table import Table

from experiments.compare import ranking, stationarity
from experiments.console import plain
from experiments.effects import BETTER, UNVALUED, WORSE
from experiments.report import duration, measure_title, place, words

HARM = {"money": "harm averted\nper SEK spent", "index": "harm averted by index\n(years) per MSEK spent"}
NUMBERS = ("rank", "offences", *HARM.values(), "felt safe late\n(percentage points)", "cost\nMSEK")
STYLE = {BETTER: "green", WORSE: "red"}


def print_table(table, runs, harm="money", console=None):
    """Print one row a measure: resolved differences ranked by harm averted per krona, weighed as `harm` says, the rest with
    why it has none."""
    console = console or plain(width=150)
    ranked = ranking(table, harm)
    numbers = [name for name in NUMBERS if name not in HARM.values() or name == HARM[harm]]
    if ranked.empty:
        console.print(words("en")["answer_nothing"])
    for variant, part in ranked.groupby("variant", sort=False):
        shown = Table(title=f"Most safety per krona{': ' + variant if variant else ''}", caption=_caption(part))
        for name in ("rank", "measure", *numbers[1:], "decides", "pays", "evidence", "verdict"):
            shown.add_column(name, justify="right" if name in numbers else "left")
        for row in part.to_dict("records"):
            per_krona = "–" if row["verdict"] == UNVALUED else interval(row, "per_krona")
            shown.add_row(
                place(row, words("en")), measure_title(runs, row["intervention"], "en"),
                interval(row, "happened_pct", "%"),
                per_krona, interval(row, "safe_share"), f"{row['cost_msek']:.1f}", row["decides"],
                row["pays"], row["evidence"], row["verdict"], style=STYLE.get(row["verdict"]),
            )  # fmt: skip
        console.print(shown)


def interval(row, name, unit=""):
    """`+1.2% [−0.3, 2.7]`: an effect with its interval."""
    middle, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    said = f"{middle:+.2f}{unit}" if middle == middle else "–"
    return said if low != low else f"{said} [{low:+.2f}, {high:+.2f}]"


def _caption(part):
    worlds = part["worlds"].max()
    return (f"95 % intervals over matched worlds ({worlds}). " if worlds > 1 else "One world: no intervals, and nothing is ranked. ") + (
        "Ranked by harm averted per krona where the study can tell; the rest is a tie, too early to tell, or for harm that has no price. "
        "Evidence: A several trials, B some causal, C thin."
    )


def print_unsettled(runs):
    """Name the series of the warm-up that had not settled before the measures began."""
    moving = [f"{row.series} ({row.change_pct:+.1f} %)" for row in stationarity(runs).itertuples() if not row.settled]
    if moving:
        print(f"Not settled when the measures began: {', '.join(moving)}; a longer study.warmup lets them.")


def print_note(note):
    """Say which study this is, and which command gives a longer answer, where there is one."""
    if "command" in note:
        takes = duration(note["takes_s"])
        print(f"\nThis is the {note['study']} study. For a longer answer: {note['command']} (about {takes} on this machine).")
