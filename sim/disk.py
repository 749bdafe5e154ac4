"""Files: written whole or not at all, and read where they are such as can be read."""

import errno
import uuid
from pathlib import Path

MOST_BYTES = 500_000_000
"""Of a file that is read whole."""


def readable(file, most=MOST_BYTES):
    """The path of a `file` to read. Raises `OSError` where something else lies there (a device may never end), or too much of it."""
    file = Path(file)
    if file.exists() and not file.is_file():
        raise OSError("it is no file")
    if file.exists() and file.stat().st_size > most:
        raise OSError(f"it is larger than {most // 10**6} MB")
    return file


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
