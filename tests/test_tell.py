"""An answer as people read it: the same in both languages, in figures as each writes them."""

import re

import pytest

from experiments.decide.__main__ import QUESTIONS, words
from experiments.decide.tell import print_sections, write_page
from experiments.money import HARMS, SAFETY
from experiments.report.section import Section
from experiments.report.tongue import Tongue

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def shape(said):
    """The keys of a tree of words, with the blanks that each text has to be filled in."""
    if isinstance(said, dict):
        return {key: shape(value) for key, value in said.items()}
    if isinstance(said, list):
        return [shape(value) for value in said]
    return sorted(re.findall(r"{(\w+)", str(said)))


def test_both_languages_have_the_same_words_with_the_same_blanks():
    english, swedish = words("en"), words("sv")
    assert shape(english) == shape(swedish) and set(english["questions"]) == set(QUESTIONS)
    assert set(english["sure"]["title"]) == {*HARMS.values(), SAFETY}


@pytest.mark.parametrize("language, says", [("en", "+1,234.5 [−0.4, +2,000.0]"), ("sv", "+1\u202f234,5 [−0,4; +2\u202f000,0]")])
def test_numbers_are_written_as_the_language_does(language, says):
    tongue = Tongue(language, words(language))
    row = {"x": 1234.5, "x_low": -0.4, "x_high": 2000.0, "y": 1.0, "y_low": float("nan"), "y_high": float("nan"), "z": float("nan")}
    assert tongue.interval(row, "x") == says
    assert tongue.interval(row, "y") == tongue.number(1.0, 1, True) and tongue.interval(row | {"z_low": 1, "z_high": 2}, "z") == "–"
    assert tongue.percent(0.954) == "95" and tongue.percent(float("nan")) == "–"
    comma = "," if language == "sv" else "."
    assert [tongue.short(x) for x in (0.05, 2.5, 10.0, 1.234)] == [f"0{comma}05", f"2{comma}5", "10", f"1{comma}23"]
    assert tongue.short(1.234e6) in ("1,230,000", "1\u202f230\u202f000") and tongue.short(1.2e-5) == f"0{comma}000012"


def test_a_page_holds_all_that_is_told_and_asks_nothing_of_the_outside(tmp_path, capsys):
    (tmp_path / "figures").mkdir()
    for language in ("en", "sv"):
        (tmp_path / "figures" / f"one.{language}.png").write_bytes(PIXEL)
        (tmp_path / "figures" / f"one.{language}.svg").write_text("<svg/>")
    section = Section(
        "What & how", ["Choice", "Gain", "Grade"], [["<guards>", "+1.2", "[thin]"]], ["Best: guards."], ["one"], "A note.", last=1
    )
    for language, name in (("en", "answer.html"), ("sv", "answer.sv.html")):
        page = write_page(tmp_path, [section], Tongue(language, words(language)), "Which?", "Malmö: 3 worlds.")
        text = page.read_text(encoding="utf-8")
        assert page.name == name and f'lang="{language}"' in text and "data:image/png;base64," in text
        assert all(said in text for said in ("Which?", "Malmö: 3 worlds.", "What &amp; how", "&lt;guards&gt;", "Best: guards.", "A note."))
        assert '<th scope="col" class="n">Gain' in text and '<th scope="col">Grade' in text and not re.search(r"https?://", text)
    print_sections([section, Section("Only words", says=["So it is."])])
    told = capsys.readouterr().out
    assert all(said in told for said in ("What & how", "<guards>", "[thin]", "Best: guards.", "Only words", "So it is."))
