"""Files: written whole or not at all, and read where they are such as can be read."""

import errno
import uuid
from pathlib import Path

import yaml

MOST_BYTES = 500_000_000
"""Of a file that is read whole."""
MOST_ALIASES = 20
"""Parts of a text in YAML that stand for others: so few make it some 1,500 times as large at most."""


def readable(file, most=MOST_BYTES):
    """The path of a `file` to read. Raises `OSError` where something else lies there (a device may never end), or too much of it."""
    file = Path(file)
    if file.exists() and not file.is_file():
        raise OSError("it is no file")
    if file.exists() and file.stat().st_size > most:
        raise OSError(f"it is larger than {most // 10**6} MB")
    return file


def read_yaml(text):
    """Plain values of a text in YAML, by the quick parser where there is one: no code in it is run. Raises `YAMLError`."""
    check_yaml(text)
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def check_yaml(text):
    """Raise `YAMLError` where a text in YAML refers to parts of its own (`*name`) again and again: a few hundred bytes of that grow beyond
    any memory."""
    if text.count("*") <= MOST_ALIASES:
        return
    events = yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if sum(isinstance(event, yaml.AliasEvent) for event in events) > MOST_ALIASES:
        raise yaml.YAMLError(f"more than {MOST_ALIASES} parts stand for others (*name); write them out")


def write_text(file, text):
    """Write a text beside its place and then move it there: whatever stops the writer, what was there stays, or all of the new is there. A
    link that lies there is replaced, and what it leads to is left alone."""
    file = Path(file)
    draft = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        draft.write_text(text, encoding="utf-8", newline="")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def own_folder(place):
    """A folder to write into, made where it is not there; links in it are taken away, so that nothing is written through them. Raises
    `OSError` where it cannot be had, or is a link itself."""
    place = Path(place)
    if place.is_symlink():
        raise OSError(errno.ELOOP, "is a link, and what it leads to is left alone; take it away", str(place))
    place.mkdir(parents=True, exist_ok=True)
    for entry in place.iterdir():
        if entry.is_symlink():
            entry.unlink()
    return place
