"""Any table comes back cell for cell: written by openpyxl, and in the spellings that other programs use."""

from __future__ import annotations

import datetime as dt
import math
import random
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from importer.readers.places import column_letters
from tests.readers.in_process import Rows, sheet_rows
from tests.readers.workbooks import raw_workbook, workbook

Table = list[list[object]]
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\r"), max_size=8
).filter(
    lambda text: (
        not ILLEGAL_CHARACTERS_RE.search(text)
        and not text.startswith("=")
        and "_x" not in text
        and text not in ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
    )
)
SECONDS = st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 30)).map(
    lambda at: at.replace(microsecond=0)
)
CELL = st.one_of(
    st.none(),
    TEXT,
    st.booleans(),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.floats(-1e14, 1e14).filter(lambda number: not number.is_integer()),
    st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 30)),
    SECONDS.filter(lambda at: at.time() != dt.time()),
    st.times().map(lambda at: at.replace(microsecond=0)),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Draw rows of one width."""
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=6))


def same(found: object, wanted: object) -> bool:
    """Compare two cells by type and value; openpyxl writes floats with 16 digits."""
    if isinstance(found, float) and isinstance(wanted, float):
        return math.isclose(found, wanted, rel_tol=1e-14)
    return type(found) is type(wanted) and found == wanted


def check(found: Rows, table: Table) -> None:
    """Compare what was read with the table that was written from row 1 on."""
    for number, row in enumerate(table, 1):
        cells, codes = found.pop(number, ([], []))
        wanted = [None if cell == "" else cell for cell in row]
        assert not codes
        if not cells:
            assert all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in wanted)
            continue
        cells += [None] * (len(wanted) - len(cells))
        assert all(map(same, cells, wanted)), (cells, wanted)
    assert not found


@settings(max_examples=60, deadline=None)
@given(tables())
@example([[None, "x"], [None, None], ["y", None]])
def test_reads_back(table: Table) -> None:
    """Texts, numbers, booleans, dates and times come back with their types, in their rows, from both readers."""
    with tempfile.TemporaryDirectory() as folder:
        path = workbook(Path(folder), table)
        check(sheet_rows(path), table)
        check(sheet_rows(path, reader=2), table)


def xlsx_cell(value: object, reference: str, drawn: random.Random, strings: list[str]) -> str:
    """Return the XML of a cell in one of the spellings that programs use."""
    at = "" if reference == "" else f' r="{reference}"'
    if value is None:
        return drawn.choice((f'<c{at} s="1"/>', f"<c{at}></c>", f"<c{at}><v/></c>"))
    if isinstance(value, bool):
        return f'<c{at} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        plain = escape(value)
        runs = f'<r><rPr><b/></rPr><t xml:space="preserve">{escape(value[:2])}</t></r>'
        runs += f'<r><t xml:space="preserve">{escape(value[2:])}</t></r><rPh sb="0" eb="1"><t>zz</t></rPh>'
        text = drawn.choice((f'<t xml:space="preserve">{plain}</t>', runs))
        if drawn.random() < 0.4:
            strings.append(text)
            return f'<c{at} t="s"><v>{len(strings) - 1}</v></c>'
        if drawn.random() < 0.5:
            return f'<c{at} t="str"><f>CONCAT("x")</f><v>{plain}</v></c>'
        return f'<c{at} t="inlineStr"><is>{text}</is></c>'
    if isinstance(value, dt.date | dt.time):
        return f'<c{at} t="d"><v>{value.isoformat()}</v></c>'
    number = repr(value) if drawn.random() < 0.5 else f"{value!r}".upper()
    formula = drawn.choice(("", "<f>1+1</f>", '<f t="shared" si="0"/>'))
    more = drawn.choice(("", ' t="n"', ' s=""'))
    return f"<c{at}{more}>{formula}<v>{number}</v></c>"


@settings(max_examples=100, deadline=None)
@given(tables(), st.integers(0, 2**32))
def test_other_spellings_of_xlsx(table: Table, seed: int) -> None:
    """Cells without addresses, shared, inline, rich and computed texts, ISO dates: the same cells."""
    drawn = random.Random(seed)
    strings: list[str] = []
    named = drawn.random() < 0.7
    rows = ""
    for number, row in enumerate(table, 1):
        cells = [
            xlsx_cell(value, f"{column_letters(at)}{number}" if named else "", drawn, strings)
            for at, value in enumerate(row)
            if value is not None or not named or drawn.random() < 0.5
        ]
        shown = f' r="{number}"' if named or drawn.random() < 0.5 else ""
        rows += f"<row{shown}>{''.join(cells)}</row>"
    with tempfile.TemporaryDirectory() as folder:
        path = raw_workbook(Path(folder), rows, strings_xml=strings, formats=["0.00"])
        check(sheet_rows(path), table)


def ods_text(value: str, drawn: random.Random) -> str:
    """Return the paragraphs of a text as LibreOffice writes them: blanks and tabs as elements, some in spans."""
    paragraphs = []
    for line in value.split("\n"):
        parts, blanks = "", 0
        for character in [*line, ""]:
            if character == " ":
                blanks += 1
                continue
            if blanks:
                parts += f'<text:s text:c="{blanks}"/>' if drawn.random() < 0.5 else "<text:s/>" * blanks
                blanks = 0
            if character == "\t":
                parts += "<text:tab/>"
            elif character and drawn.random() < 0.2:
                parts += f'<text:span text:style-name="T1">{escape(character)}</text:span>'
            else:
                parts += escape(character)
        paragraphs.append(f"<text:p>{parts}</text:p>")
    return "".join(paragraphs)


def ods_cell(value: object, repeat: int, drawn: random.Random) -> str:
    """Return the XML of a cell that stands for ``repeat`` equal ones."""
    more = f' table:number-columns-repeated="{repeat}"' if repeat > 1 else ""
    note = "<office:annotation><text:p>a note</text:p></office:annotation>" if drawn.random() < 0.2 else ""
    if value is None:
        return f'<table:table-cell{more} table:style-name="ce1"/>'
    if isinstance(value, bool):
        typed = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, str):
        return f'<table:table-cell{more} office:value-type="string">{note}{ods_text(value, drawn)}</table:table-cell>'
    elif isinstance(value, dt.date):
        typed = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, dt.time):
        typed = f'office:value-type="time" office:time-value="PT{value:%HH%MM%SS}"'
    else:
        kind = drawn.choice(("float", "percentage", "currency"))
        typed = f'office:value-type="{kind}" office:value="{value!r}"'
    return f"<table:table-cell{more} {typed}>{note}<text:p>as shown</text:p></table:table-cell>"


def ods_workbook(folder: Path, table: Table, drawn: random.Random) -> Path:
    """Write a table as LibreOffice does: equal cells and rows once, with their number."""
    rows = ""
    at = 0
    while at < len(table):
        row, count = table[at], 1
        while at + count < len(table) and repr(table[at + count]) == repr(row) and drawn.random() < 0.8:
            count += 1
        rows += (
            f"<table:table-row{f' table:number-rows-repeated={quoteattr(str(count))}' if count > 1 else ''}>"
        )
        rows += _ods_cells(row, drawn)
        rows += '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        at += count
    rows += '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    names = {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
    }
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for prefix, name in names.items()
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Data">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = folder / "t.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return path


def _ods_cells(row: Sequence[object], drawn: random.Random) -> str:
    cells, at = "", 0
    while at < len(row):
        count = 1
        while at + count < len(row) and repr(row[at + count]) == repr(row[at]) and drawn.random() < 0.8:
            count += 1
        cells += ods_cell(row[at], count, drawn)
        at += count
    return cells


@settings(max_examples=100, deadline=None)
@given(tables(), st.integers(0, 2**32))
@example([["a", "a", None], ["a", "a", None], [None, None, None], [" x  y ", "\t", "1"]], 1)
def test_reads_open_document(table: Table, seed: int) -> None:
    """Repeated cells and rows, blanks as elements, notes: the same cells as in the table."""
    with tempfile.TemporaryDirectory() as folder:
        check(sheet_rows(ods_workbook(Path(folder), table, random.Random(seed))), table)
