"""Every row of the registry has a meaning in both languages, and no Swedish is left over."""

import numpy as np
import yaml

from experiments.decide.__main__ import words
from experiments.report.meaning import CALLED, SOURCES, SWEDISH, in_swedish, meaning, rows, source, standing, swedish
from experiments.report.tongue import Tongue


def test_every_row_is_told_in_swedish_and_the_name_goes_along():
    missing = [name for name in rows() if not in_swedish(name)]
    assert not missing, f"say in {SWEDISH} what these mean: {missing}"
    said = "hur mycket en polis eller vakt i sikte talar emot brottet (personrån)"
    assert meaning("offence.robbery.guard", "sv") == said
    assert Tongue("sv", words("sv")).row("offence.robbery.guard") == f"”{said}” [offence.robbery.guard]"
    assert meaning("offence.robbery.guard", "en").endswith("speaks against it (robbery)")
    assert meaning("no.such", "sv") == "no.such" and standing("risk.tries") == (4, "number") and np.isnan(standing("no.such")[0])


def test_a_name_of_its_own_counts_before_a_star():
    assert in_swedish("layer.vehicles.unmarked") == "hur många fordon det finns utan markerad parkering"
    assert in_swedish("layer.vehicles.park") == "hur många mål det finns (motorfordon, parker)"


def test_no_swedish_is_for_a_row_that_there_is_not():
    said = yaml.safe_load(SWEDISH.read_text(encoding="utf-8"))
    called, sources, names = said.pop(CALLED), said.pop(SOURCES), [name.split(".") for name in rows()]
    left = [
        f"{group}.{pattern}" for group, texts in said.items() for pattern in texts
        if not any(parts[0] == group and fits(pattern.split("."), parts[1:]) for parts in names)
    ]  # fmt: skip
    assert not left
    parts = {part for name in names for part in name}
    assert not set(called) - parts
    assert set(sources) == {name.removeprefix("known.") for name in rows() if name.startswith("known.")}


def test_where_what_is_known_comes_from_is_told_in_both_languages():
    english = rows()["known.survey.safe"].source
    assert source("survey.safe", english, "en") == english and source("survey.safe", english, "sv").endswith("(Malmö 2019)")
    assert source("no.such", "a survey", "sv") == "a survey"


def fits(wanted, parts):
    return len(wanted) == len(parts) and all(w in ("*", part) for w, part in zip(wanted, parts, strict=True))


def test_no_star_is_left_without_a_swedish_word():
    groups, called, _ = swedish()
    for name in rows():
        parts = name.split(".")
        said = in_swedish(name)
        own = any(not w.count("*") and w.split(".") == parts[1:] for w in groups[parts[0]])
        assert own or all(part in called or part not in said.rpartition("(")[2].rstrip(")").split(", ") for part in parts[1:]), (name, said)
