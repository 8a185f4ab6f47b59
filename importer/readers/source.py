"""The one door of this room: a path and how to read it in, a Source of rows out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Protocol

from importer.model.row import ReadOptions, Row, Shape
from importer.readers.detection import open_text
from importer.readers.formats import Format, format_of


class Source(Protocol):
    """A file that was opened and understood; holds no file handle between calls."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def shape(self) -> Shape:
        """What was found out about the file."""
        ...

    def rows(self) -> Iterator[Row]:
        """Read the rows in file order, in constant memory; each call starts from the first data row.

        Raises SourceError when the file as a whole turns out to be unreadable, or has changed.
        """
        ...

    def check_unchanged(self) -> None:
        """Raise SourceError ``SOURCE_CHANGED`` when the file is not the one that was opened."""
        ...


def open_source(
    path: Path, options: ReadOptions, *, head: int | None = None, having: Collection[str] = ()
) -> Source:
    """Open the file at ``path``, find out its shape and give it as a Source.

    Reads the file's bytes once (digest, validity of the encoding) and its head. Whether it is text or a
    workbook is decided by its bytes, never by its name. A workbook is parsed whole; who wants only the first
    rows says how many (``head``), and gets at least those. Of several sheets only those are taken whose
    header has all columns of ``having``. Raises SourceError with plain words and a remedy.
    """
    if format_of(path) is Format.TEXT:
        return open_text(path, options)
    from importer.readers.workbook import open_workbook

    return open_workbook(path, options, head, having)
