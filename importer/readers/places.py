"""What a cell is called: ``B7`` in a workbook, ``line 7`` in text."""

from __future__ import annotations

from importer.model.row import Shape


def place(row_number: int, column_index: int | None, shape: Shape) -> str:
    """Name a cell as a person sees it: ``B7`` in a workbook, ``line 7`` in text.

    ``column_index`` counts from 0; None names the row: ``row 7`` in a workbook. The cells of a table that a
    program has handed over are named by their row alone: nobody sees its columns as letters. With several
    sheets the sheet comes first: ``North!B7``.
    """
    if shape.kind == "text":
        return f"line {row_number}"
    if column_index is None or shape.kind == "table":
        return f"row {shape.row_name(row_number)}"
    sheet = shape.sheet_of(row_number)
    cell = f"{column_letters(column_index)}{shape.row_of(row_number)}"
    return cell if sheet is None else f"{sheet}!{cell}"


def column_letters(column_index: int) -> str:
    """Return a workbook's letters for the column that counts ``column_index`` from 0: ``A`` … ``XFD``."""
    letters = ""
    number = column_index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
