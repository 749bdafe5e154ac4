"""What is said on the terminal: a text is a text, whatever brackets stand in it."""

from rich.console import Console
from rich.text import Text


def plain(**options):
    """A console, with the `options` of rich, that takes no text for markup: names of cities, files and runs are anybody's."""
    return Console(markup=False, **options)


def warn(console, head, rest, colour="red"):
    """Say something with a coloured `head` in front."""
    console.print(Text.assemble((head, colour), rest), soft_wrap=True)
