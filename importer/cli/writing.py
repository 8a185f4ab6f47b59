"""Files that a command writes for a person to work on: never over one that is there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from importer.model.errors import ImporterError


@contextlib.contextmanager
def new_file(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Give the function that writes a text to ``path``, or to standard output for None.

    Raises ImporterError when the file exists already, before any work is done, or cannot be written.
    """
    check_new(path)

    def write(text: str) -> None:
        if path is None:
            click.echo(text, nl=False)
            return
        with written(path), path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)

    yield write


def check_new(path: Path | None) -> None:
    """Raise ImporterError when there is something at ``path``."""
    if path is not None and path.exists():
        raise ImporterError(
            "FILE_EXISTS", f"{path} exists already; it is not overwritten.", "Name another file with -o."
        )


@contextlib.contextmanager
def written(path: Path) -> Iterator[None]:
    """Raise ImporterError where ``path`` cannot be written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ImporterError(
            "NOT_WRITTEN", f"{path} cannot be written: {reason}.", "Name another file."
        ) from None
