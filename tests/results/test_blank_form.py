"""The workbook of a form, as openpyxl sees it."""

import io

import openpyxl

from importer.mapping.blank_form import BlankForm, FormColumn
from importer.results.blank_form import form_workbook

MANY = tuple(f"choice, {n} " + "x" * 60 for n in range(40))
FORM = BlankForm(
    "Case: desk",
    "Tickets",
    3,
    (
        FormColumn("No", True, "text", "Required.", "00123"),
        FormColumn("State", False, "text", "May be left blank.", MANY[0], MANY, strict=True),
        FormColumn("Prio", False, "text", "May be left blank.", "High", ("High", "=1+1"), strict=False),
        FormColumn("Amount", False, "number", "A number.", 12.5),
        FormColumn("=cmd()", False, "any", "Odd \ud800 text.", None),
    ),
)


def test_the_sheet_to_fill_in():
    """The header where the mapping reads it, notes, colours of required columns, text format for the key."""
    book = openpyxl.load_workbook(io.BytesIO(form_workbook(FORM)))
    assert book.sheetnames == ["Tickets", "Example", "Choices"]
    sheet = book["Tickets"]
    assert [cell.value for cell in sheet[3]] == ["No", "State", "Prio", "Amount", "=cmd()"]
    assert sheet["E3"].data_type == "s" and sheet.max_row == 3
    assert (
        sheet["A3"].comment.text == "Required."
        and sheet["A3"].fill.fgColor.rgb != sheet["B3"].fill.fgColor.rgb
    )
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet.freeze_panes == "A4" and "row 4" in sheet["A1"].value


def test_drop_downs():
    """Choices of any number and length; the list below the header, down to the last row."""
    book = openpyxl.load_workbook(io.BytesIO(form_workbook(FORM)))
    found = {str(each.sqref): each for each in book["Tickets"].data_validations.dataValidation}
    assert set(found) == {"B4:B1048576", "C4:C1048576"}
    assert found["B4:B1048576"].formula1 == f"'Choices'!$B$1:$B${len(MANY)}"
    assert (found["B4:B1048576"].errorStyle or "stop", found["C4:C1048576"].errorStyle) == (
        "stop",
        "information",
    )
    choices = book["Choices"]
    assert choices.sheet_state == "hidden"
    assert [choices.cell(row, 2).value for row in range(1, len(MANY) + 1)] == list(MANY)
    assert choices["C2"].value == "=1+1" and choices["C2"].data_type == "s"


def test_the_example():
    """A filled row under the same header, on a sheet of its own."""
    sheet = openpyxl.load_workbook(io.BytesIO(form_workbook(FORM)))["Example"]
    assert [cell.value for cell in sheet[3]] == ["No", "State", "Prio", "Amount", "=cmd()"]
    assert [cell.value for cell in sheet[4]] == ["00123", MANY[0], "High", 12.5, None]


def test_names_of_sheets():
    """A mapping may want a sheet that is called like one of ours, or as no sheet may be."""
    for name, expected in (
        ("example", ["example", "Example (2)", "Choices"]),
        ("a/b", ["a b", "Example", "Choices"]),
    ):
        form = BlankForm("t", name, 1, FORM.columns[:1])
        assert openpyxl.load_workbook(io.BytesIO(form_workbook(form))).sheetnames == expected
