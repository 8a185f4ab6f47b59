"""Workbooks that are made to do harm: refused by name, fast, and this process lives on with little memory."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from importer.model.errors import SourceError
from importer.readers.binary import stamp_of
from importer.readers.books.limits import COLUMNS, ROWS
from importer.readers.parsing import Parse, Parsed, _agree, _environment, _run, _take, _why
from importer.readers.spool import Spool
from tests.readers.reading import opened, refusal, rows
from tests.readers.workbooks import MAIN, header, raw_workbook, text_cell

LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "lol">{LOL}]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>'
PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "_rels/.rels",
)


def plain(folder: Path, data: str = "") -> Path:
    """Write a small honest workbook."""
    row = data or f'<row r="2">{text_cell("A2", "x")}</row>'
    return raw_workbook(folder, header("a") + row, strings=["s"], formats=["0"])


def changed(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Change a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {member: archive.read(member) for member in archive.namelist()}
    parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for member, content in parts.items():
            archive.writestr(member, content)
    return path


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("doctype", [BOMB, EXTERNAL], ids=["bomb", "external"])
def test_entities(tmp_path: Path, part: str, doctype: str) -> None:
    """Entities, the stuff of XML bombs and stolen files, are refused in every part that is read."""

    def change(content: bytes) -> bytes:
        text = content.decode().replace('<?xml version="1.0"?>', "").replace(">x<", ">&l9;<")
        return f'<?xml version="1.0"?>{doctype}{text}'.encode()

    error = refusal(changed(plain(tmp_path), part, change))
    assert error.code == "WORKBOOK_UNREADABLE"
    assert "document type definition" in error.message
    assert "raw.xlsx" in error.message


def test_entities_in_utf_16(tmp_path: Path) -> None:
    """The encoding of a part hides no definition."""

    def change(content: bytes) -> bytes:
        return f'<?xml version="1.0" encoding="utf-16"?>{BOMB}<a>&l9;</a>'.encode("utf-16")

    assert "document type" in refusal(changed(plain(tmp_path), PARTS[0], change)).message


@pytest.mark.parametrize("part", [PARTS[0], PARTS[3]])
def test_zip_bomb(tmp_path: Path, part: str) -> None:
    """A part that unpacks to hundreds of times its size is refused before it is unpacked."""
    began = time.monotonic()
    error = refusal(changed(plain(tmp_path), part, lambda content: content + b" " * (70 << 20)))
    assert error.code == "WORKBOOK_TOO_LARGE"
    assert "unpacks to more than" in error.message
    assert time.monotonic() - began < 25


def test_member_that_lies_about_its_size(tmp_path: Path) -> None:
    """A member that is longer than the directory says is not taken for whole."""
    path = plain(tmp_path)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    size = int.from_bytes(content[at + 24 : at + 28], "little")
    for field in (at + 20, at + 24):
        content[field : field + 4] = (size - 40).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    assert refusal(path).code == "WORKBOOK_UNREADABLE"


def test_names_that_lead_out(tmp_path: Path) -> None:
    """A member called ../ is refused, and nothing is written anywhere."""
    path = plain(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../evil.txt", "x")
    before = sorted(tmp_path.rglob("*"))
    assert "leads out" in refusal(path).message
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_part_that_is_there_twice(tmp_path: Path) -> None:
    """Of two parts with one name nobody can say which is meant."""
    path = plain(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(PARTS[0], f'<worksheet xmlns="{MAIN}"/>')
    assert "twice" in refusal(path).message


def test_many_members(tmp_path: Path) -> None:
    """An archive of very many members is refused by its last bytes, before its directory is read."""
    path = plain(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"x{number}", b"")
    assert refusal(path).code == "WORKBOOK_TOO_LARGE"


def test_directory_that_lies_about_its_members(tmp_path: Path) -> None:
    """The zip64 record is looked at too: zipfile believes it, and would hold all of the directory."""
    path = plain(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(66_000):
            archive.writestr(f"{number:x}", b"")
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x05\x06")
    content[at + 8 : at + 16] = struct.pack("<HHI", 7, 7, 300)
    path.write_bytes(bytes(content))
    assert len(zipfile.ZipFile(path).namelist()) > 66_000
    for name in ("lie.xlsx", "lie.zip"):
        other = tmp_path / name
        other.write_bytes(bytes(content))
        assert refusal(other).code == "WORKBOOK_TOO_LARGE"


@pytest.mark.parametrize("opening", ['<row r="2" x="', "<!--", "<?x "])
def test_tag_without_end(tmp_path: Path, opening: str) -> None:
    """A tag or comment of many millions of characters is refused, before the parser goes over it again and again."""
    began = time.monotonic()
    added = opening.encode() + b"a" * (20 << 20)
    path = changed(plain(tmp_path), PARTS[0], lambda part: part.replace(b"</sheetData>", added))
    assert "a tag or comment of more than 8 MiB" in refusal(path).message
    assert time.monotonic() - began < 20


def test_spaces_without_end(tmp_path: Path) -> None:
    """An OpenDocument cell that asks for millions of spaces is a cell that is too large, and costs no memory."""
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    names = " ".join(f'xmlns:{name}="{space}{name}:1.0"' for name in ("office", "table", "text"))
    row = '<table:table-row><table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell></table:table-row>'
    rows_of = row.format("a") + row.format('b<text:s text:c="999999999"/>' * 100)
    path = tmp_path / "t.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet><table:table>{rows_of}"
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    assert [problem.code for row in rows(path) for problem in row.problems] == ["CELL_TOO_LARGE"]


def test_stray_cell(tmp_path: Path) -> None:
    """One cell in the far corner of a sheet costs nothing; it is a row among blank ones."""
    last = ROWS // 8
    data = f'<row r="{last}"><c r="XFD{last}"><v>1</v></c></row>'
    source = opened(plain(tmp_path, data))
    count = blank = 0
    for row in source.rows():
        count += 1
        blank += row.blank
    assert (count, blank) == (last - 1, last - 2)
    assert row.problems[0].cell == f"XFD{last}"
    assert len(row.cells) == COLUMNS


@pytest.mark.parametrize(
    "data",
    [
        f'<row r="{ROWS + 1}"><c r="A{ROWS + 1}"><v>1</v></c></row>',
        '<row r="2"><c r="XFE2"><v>1</v></c></row>',
        '<row r="2"><c r="A3"><v>1</v></c></row>',
        '<row r="0"><c r="A0"><v>1</v></c></row>',
        '<row r="-1"/>',
        '<row r="2"><c r="A2"><v>1_000</v></c></row>',
        '<row r="2"><c r="A2"><v>NaN</v></c></row>',
        '<row r="2"><c r="A2"><v>1e999</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>',
        '<row r="2"><c r="A2" t="b"><v>7</v></c></row>',
        '<row r="2"><c r="A2" t="zz"><v>7</v></c></row>',
    ],
)
def test_cells_that_no_sheet_has(tmp_path: Path, data: str) -> None:
    """Addresses beyond a sheet, or other than their place, and values that are none refuse the file."""
    assert refusal(plain(tmp_path, data)).code == "WORKBOOK_UNREADABLE"


def test_huge_cell(tmp_path: Path) -> None:
    """A cell of millions of characters is a problem of its own; the other rows go on."""
    data = f'<row r="2">{text_cell("A2", "x" * 3_000_000)}</row><row r="3">{text_cell("A3", "y")}</row>'
    found = rows(plain(tmp_path, data))
    assert [[p.code for p in row.problems] for row in found] == [["CELL_TOO_LARGE"], []]
    assert found[1].cells == ("y",)


def test_empty_rows_without_end(tmp_path: Path) -> None:
    """Formatted empty rows after the data are no rows."""
    data = f'<row r="2">{text_cell("A2", "x")}</row>'
    data += "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(3, 100_000))
    assert len(rows(plain(tmp_path, data))) == 1


def test_deep_nesting(tmp_path: Path) -> None:
    """Elements in elements without end are refused."""
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    path = changed(
        plain(tmp_path), "xl/workbook.xml", lambda content: content.replace(b"<sheets>", deep + b"<sheets>")
    )
    assert refusal(path).code == "WORKBOOK_UNREADABLE"


@pytest.mark.parametrize("seed", range(8))
def test_broken_bytes(tmp_path: Path, seed: int) -> None:
    """A workbook with broken bytes is read as it was, or refused in one plain sentence."""
    print(f"seed {seed}")
    drawn = random.Random(seed)
    names = (
        "calamine/date.xls",
        "calamine/any_sheets.xlsb",
        "calamine/any_sheets.ods",
        "calamine/errors.xlsx",
    )
    data = Path(__file__).parent.parent / "data" / "excel"
    content = bytearray((data / names[seed % 4]).read_bytes())
    for _ in range(drawn.choice((1, 20))):
        content[drawn.randrange(600, len(content))] = drawn.randrange(256)
    path = tmp_path / "broken.bin"
    path.write_bytes(bytes(content[: drawn.choice((len(content), len(content) // 2))]))
    try:
        rows(path)
    except SourceError as error:
        assert error.remedy
        assert "\n" not in error.message
        assert "broken.bin" in error.message


@pytest.mark.parametrize(
    "code",
    [
        "os.abort()",
        "os.write(1, b'R\\0\\0\\1\\0half'); os.kill(os.getpid(), 11)",
        "os.write(1, b'R\\xff\\xff\\xff\\xff')",
        "os.write(1, b'X\\0\\0\\0\\0'); sys.exit(3)",
        "os.write(1, b'S\\0\\0\\0\\2{}')",
        "os.write(1, b'R\\0\\0\\0\\2[]')",
        "os.write(1, b'D\\0\\0\\0\\1{')",
    ],
)
def test_parser_that_crashes_or_lies(tmp_path: Path, code: str) -> None:
    """A process that dies, or says what nobody understands, is a crash: never rows, never the end of this one."""
    process = subprocess.Popen([sys.executable, "-c", f"import os, sys; {code}"], stdout=subprocess.PIPE)
    parse = Parse(Spool())
    assert not _take(process, parse, tmp_path / "t.xlsx", 0)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    parse.spool.close()
    assert "crashed" in (parse.fault or _why(process.returncode, False, tmp_path / "t.xlsx", 0))


def test_library_that_aborts(tmp_path: Path) -> None:
    """A library that ends its process over a file (calamine does over this one) does not end this one."""
    content = bytearray((Path(__file__).parent.parent / "data/excel/calamine/date.xls").read_bytes())
    content[3773] = 0
    path = tmp_path / "odd.xls"
    path.write_bytes(bytes(content))
    assert refusal(path).code == "WORKBOOK_UNREADABLE"
    with path.open("rb") as stream:
        found = _run(path, stamp_of(stream), None, None, reader=2)
    assert found.fault is not None
    found.spool.close()


def test_opinions_are_compared(tmp_path: Path) -> None:
    """The second reader's rows count only if they begin with the first one's."""

    def parse(*batches: bytes) -> Parse:
        made = Parse(Spool(), [Parsed("Data", 0)], fault="it is damaged")
        for batch in batches:
            made.spool.add(batch)
            made.sheets[0].end = made.spool.end
        return made

    path = tmp_path / "t.xlsx"
    _agree(path, parse(b'[[1,["a"]]]'), parse(b'[[1,["a"]],[2,["b"]]]'))
    for first, second in (
        (parse(b'[[1,["a"]]]'), parse(b'[[1,["b"]]]')),
        (parse(b'[[1,["a"]],[2,["b"]]]'), parse(b'[[1,["a"]]]')),
    ):
        with pytest.raises(SourceError):
            _agree(path, first, second)
        second.spool.close()


def test_late_parser_is_a_limit(tmp_path: Path) -> None:
    """A process that was ended because it took too long is told as that."""
    with pytest.raises(SourceError) as caught:
        _why(-9, True, tmp_path / "t.xlsx", 0)
    assert caught.value.code == "WORKBOOK_TOO_LARGE"


def test_secrets_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that parses gets nothing of the environment that it does not need."""
    monkeypatch.setenv("SF_PASSWORD", "s3cret")
    assert "s3cret" not in _environment().values()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces a limit on memory")
def test_memory_is_limited() -> None:
    """The process that parses cannot take the machine's memory, write files, or leave its memory behind."""
    code = (
        "from importer.readers.books.limits import limit_process; limit_process(7); import resource as r;"
        "print(r.getrlimit(r.RLIMIT_CORE)[1], r.getrlimit(r.RLIMIT_FSIZE)[1], r.getrlimit(r.RLIMIT_CPU)[0])\n"
        "try: bytearray(3 << 30)\nexcept MemoryError: print('refused')"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert found.stdout.split() == ["0", "0", "7", "refused"]


@pytest.mark.slow
def test_blank_cells_without_end(tmp_path: Path) -> None:
    """A cell at the end of each row makes thousands of millions of blank ones: refused in time, not given."""
    filled = "".join(f'<row><c r="XFD{n}"><v>1</v></c></row>' for n in range(100, 200_000))
    few = "".join(f'<row><c r="A{n}"><v>1</v></c></row>' for n in range(2, 100))
    began = time.monotonic()
    assert refusal(plain(tmp_path, few + filled)).code == "WORKBOOK_TOO_LARGE"
    assert time.monotonic() - began < 30


@pytest.mark.slow
@pytest.mark.parametrize("rows_of", [900, 8000])
def test_cells_without_end(tmp_path: Path, rows_of: int) -> None:
    """Millions of empty cells in a small file are read or refused in time, whatever they expand to."""
    data = f"<row>{'<c/>' * 16_000}</row>" * rows_of
    path = changed(
        plain(tmp_path), PARTS[0], lambda part: part.replace(b"</sheetData>", f"{data}</sheetData>".encode())
    )
    began = time.monotonic()
    try:
        opened(path)
    except SourceError as error:
        assert error.code == "WORKBOOK_TOO_LARGE"
    assert time.monotonic() - began < 30


READ_ALL = """
import sys
from pathlib import Path
from importer.model.errors import SourceError
from importer.model.row import ReadOptions
from importer.readers import open_source
for path in sys.argv[1:]:
    try:
        print(sum(1 for _ in open_source(Path(path), ReadOptions()).rows()))
    except SourceError as error:
        print(error.code)
told = Path("/proc/self/status").read_text()
print(int(told.partition("VmHWM:")[2].split()[0]) >> 10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak since a program began")
def test_who_reads_them_stays_small(tmp_path: Path) -> None:
    """The process that reads harmful workbooks one after the other does not grow to the size of one."""
    made = []
    for number, harm in enumerate((b" " * (70 << 20), b"<!--" + b"a" * (20 << 20), b"<a>" * (2 << 20))):
        folder = tmp_path / str(number)
        folder.mkdir()
        made.append(changed(plain(folder), PARTS[0], lambda part, harm=harm: part + harm))
    command = [sys.executable, "-c", READ_ALL, *map(str, made)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert len(said) == len(made) + 1 and all(code.startswith("WORKBOOK_") for code in said[:-1]), said
    assert int(said[-1]) < 100
