"""The header of a sheet: which row it is, and whether that row is only a title above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from importer.model.errors import SourceError
from importer.model.row import Cell, ReadOptions
from importer.readers.cells import column_name
from importer.readers.spool import RowForm
from importer.readers.table_cells import cell_of

HEAD_ROWS = 50
"""How many rows are looked at when the header may be a title."""


def find_header(
    rows: Iterator[RowForm], sheet: str, options: ReadOptions, path: Path, having: Collection[str] = ()
) -> tuple[tuple[str, ...], int]:
    """Return the column names and the header's row: the declared one, or the first that is not empty.

    ``rows`` are those of the sheet from its first on. With ``having`` a sheet need not have a header; it is
    then no sheet that is looked for. Raises SourceError.
    """
    if options.names is not None and options.header_row is None:
        return options.names, 0
    for form in rows:
        number = form[0]
        if number < (options.header_row or 1):
            continue
        if options.header_row is not None and number > options.header_row:
            break
        if names := texts_of(form):
            if not having and options.header_row is None:
                _refuse_title(sheet, names, islice(rows, HEAD_ROWS), path)
            return options.names if options.names is not None else names, number
    if having:
        return (), 0
    raise no_header(sheet, path, options.header_row)


def no_header(sheet: str, path: Path, row: int | None) -> SourceError:
    """Return the refusal of a sheet without a header (in ``row``, if that was declared)."""
    where = f"in row {row}" if row else "because it is empty"
    return SourceError(
        "NO_HEADER",
        f"Sheet {sheet!r} of {path} has no header {where}.",
        "Say read: sheet or read: header_row in the mapping.",
    )


def _refuse_title(sheet: str, names: Sequence[str], rows: Iterator[RowForm], path: Path) -> None:
    """Raise SourceError when the first row is no header: it has one cell, or all others are wider than it.

    That is where most rows after it agree on more cells; ``rows`` are some of them.
    """
    head = {form[0]: texts for form in rows if (texts := texts_of(form))}
    wide = _wider(head, len(names))
    single = sum(map(bool, map(str.strip, names))) == 1
    if wide is not None and (single or min(map(len, head.values())) > len(names)):
        row, width = wide
        has = "one cell" if single else f"{len(names)} cells"
        raise SourceError(
            "HEADER_UNCLEAR",
            f"The first row of sheet {sheet!r} of {path} has {has}, most others have {width}.",
            f"If the header is in row {row}, say read: header_row: {row}; if it is the first row, name the"
            " columns that it lacks.",
        )


def _wider(head: dict[int, tuple[str, ...]], width: int) -> tuple[int, int] | None:
    """Return the row where a table wider than ``width`` begins, to which most of ``head`` belong; its width.

    That is its first row with all cells filled; without one, its first row.
    """
    found, count = Counter(map(len, head.values())).most_common(1)[0] if head else (0, 0)
    if found <= width or count < 2 or count <= len(head) / 2:
        return None
    wide = [number for number, texts in head.items() if len(texts) == found]
    return next((number for number in wide if all(map(str.strip, head[number]))), wide[0]), found


def lower_header(rows: Iterator[RowForm], columns: Sequence[str], header_row: int) -> Iterator[str]:
    """Tell where the header seems to be when the first row looks like a title.

    That is: few of its cells are filled and a row with all of them follows, or most rows are wider.
    """
    forms = islice((form for form in rows if form[0] > header_row), HEAD_ROWS)
    head = {form[0]: texts for form in forms if (texts := texts_of(form))}
    row = None
    if sum(map(bool, map(str.strip, columns))) * 2 <= len(columns):
        full = (at for at, texts in head.items() if len(texts) == len(columns) and all(map(str.strip, texts)))
        row = next(full, None)
    if row is None and (wide := _wider(head, len(columns))):
        row = wide[0]
    if row is not None:
        yield f"row {header_row} looks like a title; is the header in row {row}? then say header_row"


def texts_of(form: RowForm) -> tuple[str, ...]:
    """Return the texts of a row's cells up to the last one that is not blank."""
    texts = [column_name(cell) for cell in cells_of(form)]
    while texts and not texts[-1].strip():
        texts.pop()
    return tuple(texts)


def cells_of(form: RowForm) -> list[Cell]:
    """Return the cells of a row from the spool."""
    cells: list[Any] = form[1]
    if dict not in map(type, cells):
        return cells
    found: list[Cell] = []
    for cell in cells:
        if type(cell) is not dict:
            found.append(cell)
        elif "gap" in cell:
            found += [None] * cell["gap"]
        else:
            found.append(cell_of(cell)[0])
    return found


def first_filled(form: RowForm, index: int) -> int:
    """Return the column, from ``index`` on, of a row's first cell that is not blank; gaps are one step."""
    at = 0
    for cell in form[1]:
        gap = cell.get("gap") if type(cell) is dict else None
        if gap is None and at >= index and not is_blank(cell):
            return at
        at += gap or 1
    return at


def is_blank(cell: Cell) -> bool:
    """Say whether a cell is empty or holds white space only."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
