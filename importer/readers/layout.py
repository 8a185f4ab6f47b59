"""How a text lies in its file: all that a pass over its rows needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from importer.readers.dialect import Dialect
from importer.readers.packing import PLAIN, Packing


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text lies in its file.

    ``skip`` is the number of physical lines before the first data row. ``suspect`` says that rows have to be
    looked at for NULs, undecodable bytes and marks, ``spaced_quote`` for quotes after blanks, ``quoted``
    for quotes inside cells that are not quoted, because others are: what the survey has not seen in the whole
    file is not looked for in each row. ``rivals`` are dialects that explain
    the file as well as ``dialect`` does: a row that one of them reads otherwise can be read two ways.
    """

    codec: str
    dialect: Dialect
    skip: int
    suspect: bool = False
    spaced_quote: bool = False
    quoted: bool = False
    rivals: tuple[Dialect, ...] = ()
    packing: Packing = PLAIN
