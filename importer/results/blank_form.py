"""A form as a workbook: a sheet to fill in, with drop-downs and formats, and one that shows a filled row.

The example stands on a sheet of its own: a row in the table would be imported with the others.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from importer.mapping.blank_form import BlankForm, FormColumn
from importer.model.row import Cell
from importer.results.workbook import GREY, LONE_SURROGATES, OPTIONS, YELLOW, free_sheet_name

CHOICES_SHEET, EXAMPLE_SHEET = "Choices", "Example"
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
FORMATS: Mapping[str, str] = {
    "text": "@",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
    "number": "General",
    "any": "General",
}
"""What a column holds → its number format; ``@`` keeps leading zeros and long numbers as they are typed."""
MARK = "Coloured columns are required."


def form_workbook(form: BlankForm) -> bytes:
    """Return the workbook of a form."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {**OPTIONS, "constant_memory": False, "in_memory": True})
    taken: set[str] = set()
    sheet = workbook.add_worksheet(free_sheet_name(form.sheet, taken))
    example = workbook.add_worksheet(free_sheet_name(EXAMPLE_SHEET, taken))
    choices = workbook.add_worksheet(free_sheet_name(CHOICES_SHEET, taken))
    choices.hide()
    _table(workbook, sheet, form)
    for at, column in enumerate(form.columns[:LAST_COLUMN]):
        if column.choices:
            _drop_down(sheet, choices, form.header_row, at, column)
    _example(workbook, example, form)
    workbook.close()
    return stream.getvalue()


def _table(workbook: Any, sheet: Any, form: BlankForm) -> None:
    """Write the header, with what each column takes as a note, and format the columns below."""
    header = form.header_row - 1
    if header:
        sheet.write_string(0, 0, _text(f"{form.title}. {MARK} Fill in from row {form.header_row + 1} on."))
    for at, column in enumerate(form.columns):
        look = workbook.add_format({"num_format": FORMATS[column.holds]})
        sheet.set_column(at, at, max(12, min(40, len(column.name) + 4)), look)
        sheet.write_string(header, at, _text(column.name), _head(workbook, column))
        sheet.write_comment(header, at, _text(column.note)[:1000], {"x_scale": 2, "font_size": 9})
    sheet.freeze_panes(form.header_row, 0)


def _head(workbook: Any, column: FormColumn) -> Any:
    colour = YELLOW if column.required else GREY
    return workbook.add_format({"bold": True, "bg_color": colour, "num_format": "@", "border": 1})


def _drop_down(sheet: Any, lists: Any, header_row: int, at: int, column: FormColumn) -> None:
    """Offer the choices of a column; they lie on a hidden sheet, where they may be many and long."""
    for line, choice in enumerate(column.choices):
        lists.write_string(line, at, _text(choice))
    letter = xlsxwriter.utility.xl_col_to_name(at, col_abs=True)
    source = f"='{lists.get_name()}'!{letter}$1:{letter}${len(column.choices)}"
    sheet.data_validation(
        header_row,
        at,
        LAST_ROW - 1,
        at,
        {
            "validate": "list",
            "source": source,
            "error_type": "stop" if column.strict else "information",
            "error_title": _text(column.name)[:32],
            "error_message": "Choose from the list." if column.strict else "This is not on the list.",
        },
    )


def _example(workbook: Any, sheet: Any, form: BlankForm) -> None:
    """Write a filled row as it would stand in the table, and below it what each column takes."""
    bold, wrap = (
        workbook.add_format({"bold": True}),
        workbook.add_format({"text_wrap": True, "valign": "top"}),
    )
    sheet.write_string(0, 0, f"A filled row. This sheet is not imported. {MARK}", bold)
    for at, column in enumerate(form.columns):
        sheet.set_column(at, at, max(16, min(40, len(column.name) + 4)))
        sheet.write_string(2, at, _text(column.name), _head(workbook, column))
        sheet.write_string(5, at, _text(column.note), wrap)
        if column.example is not None:
            _put(sheet, 3, at, column.example, workbook.add_format({"num_format": FORMATS[column.holds]}))


def _put(sheet: Any, line: int, at: int, value: Cell, look: Any) -> None:
    if isinstance(value, dt.datetime | dt.date):
        sheet.write_datetime(line, at, value, look)
    elif isinstance(value, int | float):
        sheet.write_number(line, at, value, look)
    else:
        sheet.write_string(line, at, _text(str(value)), look)


def _text(text: str) -> str:
    return LONE_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
