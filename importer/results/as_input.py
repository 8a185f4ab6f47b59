"""A results file that comes back as input (design §8): what its lines say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from importer.mapping.cells import cell_texts
from importer.model.outcome import Status
from importer.model.row import Cell, ReadOptions, Row, Shape, row_number, sheets_of
from importer.readers import Source, open_source
from importer.results.columns import MARKS, OURS
from importer.results.formulas import ESCAPED, unescaped

MAY_EXIST = frozenset({Status.CREATED, Status.UPDATED, Status.EXISTS, Status.IN_DOUBT})
SHAPE_CODES = frozenset(
    {"TOO_FEW_CELLS", "TOO_MANY_CELLS", "BAD_QUOTING", "NUL_CHARACTER", "UNDECODABLE", "SHAPE_FAULT"}
)
"""Faults of shape: the results file shows such a row padded or cut, so what it shows is not the row."""
SHEET = "import_sheet"
WHOLE = re.compile(r"([0-9]+)(?:[.,]0+)?")
"""A row number, also as a spreadsheet may have saved it."""


def is_results_file(shape: Shape) -> bool:
    """Return whether a file of this shape is a results file of ours."""
    return set(shape.columns) >= MARKS


def all_sheets(source: Source, options: ReadOptions, *, head: int | None = None) -> Source:
    """Return ``source``, opened with ``options``; for results of several sheets, all sheets that have them.

    Raises SourceError when their headers differ.
    """
    shape = source.shape
    several = shape.kind == "workbook" and is_results_file(shape) and SHEET in shape.columns
    if not several or shape.sheets:
        return source
    return open_source(source.path, replace(options, sheet="*"), head=head, having={*MARKS, SHEET})


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says of itself: run and row that it is, id and status that it was left with.

    Each is the empty text where the line does not say it; ``sheet`` is said by rows of several sheets only.
    """

    run: str
    row: str
    sheet: str
    id: str
    status: str

    @property
    def name(self) -> str:
        """What the line calls its row: ``7``, or ``North!7``."""
        return f"{self.sheet}!{self.row}" if self.sheet else self.row

    @property
    def is_numbered(self) -> bool:
        """Whether ``row`` is a row number."""
        return _digits(self.row) is not None

    def number(self, sheet: str) -> int | None:
        """Return the number of the row in a run of ``sheet`` (``Shape.sheet``); None if it can have none."""
        digits, sheets = _digits(self.row), sheets_of(sheet)
        if digits is None or (sheets and not self.sheet):
            return None
        if not self.sheet:
            return int(digits)
        return row_number(f"{self.sheet}!{digits}", sheets or (sheet,))

    @property
    def is_new(self) -> bool:
        """Whether a person has added the line: it says of no run that it is its row."""
        return not self.run and not self.row


def _digits(row: str) -> str | None:
    whole = WHOLE.fullmatch(row)
    return whole.group(1) if whole and len(whole.group(1)) < 16 else None


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an input; of any file but a results file of ours they say nothing.

    With ``as_new`` those of runs that this journal does not know are rows like any others.
    """

    columns: tuple[str, ...] | None
    as_new: bool = False

    def of(self, row: Row) -> Line | None:
        """Return what ``row`` says of itself, None when the input is no results file."""
        if self.columns is None:
            return None
        texts = cell_texts(self.columns, row)
        return Line(
            run=texts["import_run"].strip(),
            row=texts["import_row"].strip(),
            sheet=texts.get("import_sheet", "").strip(),
            id=texts["import_id"].strip(),
            status=texts["import_status"].strip(),
        )


def lines_of(source: Source, *, as_new: bool = False) -> Lines:
    """Return what the lines of ``source`` say; nothing, unless ``returned`` has recognised a results file."""
    return Lines(source.shape.columns if isinstance(source, ReturnedSource) else None, as_new)


@dataclass(frozen=True, slots=True)
class ReturnedSource:
    """A results file as an input: marks against formulas are undone, and a line is blank when the input's own
    cells are, whatever the result columns hold.
    """

    inner: Source
    shape: Shape
    own: tuple[int, ...]
    escaped: int | None

    @property
    def path(self) -> Path:
        """The file."""
        return self.inner.path

    def rows(self) -> Iterator[Row]:
        """Read the rows in file order, in constant memory. Raises SourceError."""
        for row in self.inner.rows():
            yield self._row(row)

    def check_unchanged(self) -> None:
        """Raise SourceError ``SOURCE_CHANGED`` when the file is not the one that was opened."""
        self.inner.check_unchanged()

    def _row(self, row: Row) -> Row:
        cells: Sequence[Cell] = row.cells
        if self.escaped is not None and self.escaped < len(cells) and cells[self.escaped]:
            cells = [unescaped(cell) if isinstance(cell, str) else cell for cell in cells]
        blank = row.blank or not any(_filled(cells[index]) for index in self.own if index < len(cells))
        if blank is row.blank and cells is row.cells:
            return row
        return replace(row, cells=tuple(cells), blank=blank and not row.problems)


def _filled(cell: Cell) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def returned(source: Source) -> Source:
    """Return ``source`` as its lines are to be read, when it is a results file of ours; else as it is."""
    shape = source.shape
    if not is_results_file(shape):
        return source
    escaped = shape.columns.index(ESCAPED) if ESCAPED in shape.columns else None
    if escaped is not None:
        shape = replace(shape, columns=tuple(unescaped(column) for column in shape.columns))
    own = tuple(index for index, column in enumerate(shape.columns) if column not in OURS)
    return ReturnedSource(source, shape, own, escaped)


def same_id(said: str, known: str) -> bool:
    """Return whether the id that a line says is the journal's, as far as a spreadsheet has left it whole.

    Ids are compared without case; a Salesforce id of 15 characters is that of 18. An id that looks like a
    number may have been saved as one: 500000000000012 as 5E+14.
    """
    said, known = said.casefold(), known.casefold()
    if said == known or (min(len(said), len(known)) == 15 and said[:15] == known[:15]):
        return True
    try:
        shown, whole = float(said.replace(",", ".")), float(known)
    except ValueError:
        return False
    digits = sum(character.isdigit() for character in said.partition("e")[0])
    return digits < len(known) and f"{whole:.{max(digits - 1, 0)}e}" == f"{shown:.{max(digits - 1, 0)}e}"
