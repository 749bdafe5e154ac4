"""An answer as people read it: sections of a table, sentences and pictures, printed on a terminal or written as a page."""

from rich.table import Table
from rich.text import Text

from experiments.console import plain
from experiments.report.page import embedded, rendered
from sim.disk import write_text

PAGE = {"en": "answer.html", "sv": "answer.sv.html"}


def print_sections(sections):
    """Print an answer on the terminal."""
    for section in sections:
        if section.rows:
            note = Text(section.note) if section.note else None
            listed = Table(title=Text(section.title), title_justify="left", caption=note, caption_justify="left")
            for k, name in enumerate(section.columns):
                listed.add_column(Text(name), justify="left" if section.is_text(k) else "right")
            for row in section.rows:
                listed.add_row(*map(Text, row))
            plain(width=190).print(listed)
        elif section.title:
            print(section.title)
        for sentence in section.says:
            print(sentence)


def write_page(report, sections, tongue, title, about):
    """Write an answer as one page that opens offline, `answer.html` or `answer.sv.html`: `title` what was asked, `about` the study it rests
    on, in a line. Returns the page."""
    names, images = {name: section.title or title for section in sections for name in section.pictures}, {}
    for name, said in names.items():
        file = report / "figures" / f"{name}.{tongue.language}.png"
        images[name] = {"title": said, "png": embedded(file), "svg": embedded(file.with_suffix(".svg"))}
    page = report / PAGE[tongue.language]
    other = next(name for language, name in PAGE.items() if language != tongue.language)
    html = rendered("answer.html.j2", tongue.language, sections=sections, images=images, title=title, about=about, other=other)
    write_text(page, html)
    return page
