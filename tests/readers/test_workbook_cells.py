"""Cells of workbooks: values, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from importer.readers.cells import kind_of, number_of, read_date, shown_padded
from tests.readers.reading import cells, codes, rows
from tests.readers.workbooks import header, raw_workbook, text_cell


@pytest.mark.parametrize(
    ("number_format", "kind"),
    [
        ("General", None),
        ("0.00", None),
        ("#,##0.00_-", None),
        ('0 "days"', None),
        ("[Red]0", None),
        ("yyyy-mm-dd", "date"),
        ("DD/MM/YYYY", "date"),
        ("mmm-yy", "date"),
        ("[$-409]d. mmmm yyyy", "date"),
        ("yyyy-mm-dd hh:mm:ss", "datetime"),
        ("m/d/yy h:mm AM/PM", "datetime"),
        ('yyyy"s"mm', "date"),
        ("hh:mm", "time"),
        ("mm:ss.0", "time"),
        ("[h]:mm:ss", "duration"),
        ("[mm]:ss", "duration"),
        ("Standard", None),
        ("# ##0,00 \\h", None),
        ("0*d", None),
        ("[$CHF-807] #,##0.00", None),
        ("[Red]dd/mm/yy", "date"),
        ("m/d/yy;@", "date"),
    ],
)
def test_kind_of_format(number_format: str, kind: str | None) -> None:
    """A number format tells a date from a time from a number; quoted text and colours do not count."""
    assert kind_of(number_format) == kind


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("5.0", 5.0),
        (".5", 0.5),
        ("-.5", -0.5),
        (" 7 ", 7),
        ("1E-3", 0.001),
        ("1.5e3", 1500.0),
        ("123456789012345678", 123456789012345678),
        ("9" * 400, None),
        ("1_000", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("٣", None),
        ("0x10", None),
        ("1,5", None),
        ("", None),
    ],
)
def test_number_of(text: str, number: int | float | None) -> None:
    """A number is what XML writes as one; what only Python takes for one is none."""
    if number is None:
        with pytest.raises(ValueError):
            number_of(text)
    else:
        assert number_of(text) == number


@pytest.mark.parametrize(
    ("number_format", "value", "shown"),
    [
        ("00000", 123, ("00123", 5)),
        ("00000", 12345, None),
        ("00000", 123456, None),
        ("00000;-00000", 7, ("00007", 5)),
        ("000\\-00\\-0000", 12345678, ("012-34-5678", 9)),
        ('"No "000', 7, ("No 007", 3)),
        ("0", 7, None),
        ("0.00", 7, None),
        ("#,##0", 7, None),
        ("00000", -7, None),
        ("General", 7, None),
    ],
)
def test_shown_padded(number_format: str, value: int, shown: tuple[str, int] | None) -> None:
    """A number that is shown with leading zeros it does not have is found, with its width."""
    assert shown_padded(number_format, value) == shown


@pytest.mark.parametrize(
    ("serial", "kind", "epoch", "expected"),
    [
        (1, "date", WINDOWS_EPOCH, dt.date(1900, 1, 1)),
        (59, "date", WINDOWS_EPOCH, dt.date(1900, 2, 28)),
        (60, "date", WINDOWS_EPOCH, None),
        (61, "date", WINDOWS_EPOCH, dt.date(1900, 3, 1)),
        (0, "date", WINDOWS_EPOCH, None),
        (0, "date", MAC_EPOCH, dt.date(1904, 1, 1)),
        (60, "date", MAC_EPOCH, dt.date(1904, 3, 1)),
        (45292, "datetime", WINDOWS_EPOCH, dt.datetime(2024, 1, 1)),
        (45292.5, "date", WINDOWS_EPOCH, dt.datetime(2024, 1, 1, 12)),
        (0.25, "time", WINDOWS_EPOCH, dt.time(6)),
        (1.5, "duration", WINDOWS_EPOCH, dt.timedelta(hours=36)),
        (-1, "date", WINDOWS_EPOCH, None),
        (1e9, "date", WINDOWS_EPOCH, None),
    ],
)
def test_read_date(serial: float, kind: str, epoch: dt.datetime, expected: object) -> None:
    """Serial numbers are dates of their system; what was never a day is a problem."""
    value, fault = read_date(serial, kind, epoch)  # type: ignore[arg-type]
    if expected is None:
        assert fault is not None
        assert fault.code == "NO_SUCH_DATE"
        assert value == serial
    else:
        assert (value, fault) == (expected, None)


def test_formulas(tmp_path: Path) -> None:
    """An empty result is blank, a stored one is read, one that was never stored is a problem."""
    path = raw_workbook(
        tmp_path,
        header("a", "b", "c", "d", "e")
        + '<row r="2"><c r="A2" t="str"><f>IF(1,"","")</f><v></v></c><c r="B2"><f>1+1</f><v>2</v></c>'
        '<c r="C2"><f>1+1</f></c><c r="D2"><f>1+1</f><v/></c><c r="E2" t="str"><f>"x"</f><v>x</v></c></row>',
    )
    (row,) = rows(path)
    assert row.cells == (None, 2, None, None, "x")
    assert [(p.code, p.column, p.cell) for p in row.problems] == [
        ("NO_CACHED_VALUE", "c", "C2"),
        ("NO_CACHED_VALUE", "d", "D2"),
    ]


def test_rows_of_empty_results_are_blank(tmp_path: Path) -> None:
    """A formula dragged down beyond the data leaves no rows behind."""
    formula = '<row r="{0}"><c r="A{0}" t="str"><f>IF(1,"","")</f><v></v></c></row>'
    path = raw_workbook(
        tmp_path,
        header("a", "b")
        + formula.format(2)
        + f'<row r="3">{text_cell("A3", "x")}</row>'
        + "".join(formula.format(row) for row in range(4, 500)),
    )
    assert [(row.number, row.blank) for row in rows(path)] == [(2, True), (3, False)]


def test_numbers(tmp_path: Path) -> None:
    """Numbers keep their type; from 10^15 on their last digits are lost, and zeros that are only shown are told."""
    path = raw_workbook(
        tmp_path,
        header("a", "b") + '<row r="2"><c r="A2"><v>5</v></c><c r="B2"><v>0.1</v></c></row>'
        '<row r="3"><c r="A3"><v>123456789012345</v></c><c r="B3"><v>0.3333333333333333</v></c></row>'
        '<row r="4"><c r="A4"><v>1.23456789012346E+17</v></c></row>'
        '<row r="5"><c r="A5"><v>1234567890123456</v></c></row>'
        '<row r="6"><c r="A6" s="1"><v>42</v></c><c r="B6" t="b"><v>1</v></c></row>'
        '<row r="7"><c r="A7" s="99"><v>42</v></c></row>',
        formats=["00000"],
    )
    found = rows(path)
    assert [row.cells[0] for row in found] == [
        5,
        123456789012345,
        1.23456789012346e17,
        1234567890123456,
        42,
        42,
    ]
    assert found[0].cells == (5, 0.1)
    assert found[4].cells == (42, True)
    assert codes(path) == {4: ["LOST_DIGITS"], 5: ["LOST_DIGITS"], 6: ["LOOKS_PADDED"]}
    padded = found[4].problems[0]
    assert padded.cell == "A6"
    assert "shows 00042" in padded.message
    assert "pad: 5" in padded.message


def test_dates_of_both_systems(tmp_path: Path) -> None:
    """The workbook's date system is used; dates in ISO form are read; a day that never was is a problem."""
    row = '<row r="2"><c r="A2" s="1"><v>1</v></c><c r="B2" t="d"><v>2024-01-02T03:04:05</v></c></row>'
    row += '<row r="3"><c r="A3" s="1"><v>-5</v></c></row>'
    for date1904, expected in ((False, dt.date(1900, 1, 1)), (True, dt.date(1904, 1, 2))):
        path = raw_workbook(tmp_path, header("a", "b") + row, formats=["yyyy-mm-dd"], date1904=date1904)
        assert cells(path)[0] == (expected, dt.datetime(2024, 1, 2, 3, 4, 5))
        assert codes(path) == {3: ["NO_SUCH_DATE"]}


def test_texts(tmp_path: Path) -> None:
    """Escapes in shared and inline texts are undone once; a NUL is a problem; empty text is blank."""
    path = raw_workbook(
        tmp_path,
        header("a", "b") + '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'
        f'<row r="3">{text_cell("A3", "_x005F_x000D_")}{text_cell("B3", "_xD83D__xDE00_")}</row>'
        f'<row r="4">{text_cell("A4", "x_x0000_y")}{text_cell("B4", "")}</row>',
        strings=["a_x000D_b", "_x005F_x000D_ x005F_"],
    )
    assert cells(path) == [("a\rb", "_x000D_ x005F_"), ("_x000D_", "😀"), ("x\0y", None)]
    assert codes(path) == {4: ["NUL_CHARACTER"]}
