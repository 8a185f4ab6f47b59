"""Awkward text files, made by chance from a seed: what people and programs do to a table on its way.

Each file comes with the truth: the cells of every row by its physical line. A reader may refuse the file or a
row; a row that it gives without a problem must be a true one.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

HEADER = ("Ticket No", "Opened", "Hours", "Summary", "Note", "Priority", "Reporter")
WORDS = ("printer", "screen", "dark", "broken", "since", "café", "Zürich", "5", "µm", "it's", "Łódź", "login")


@dataclass
class Case:
    """A file. ``rows`` is the truth, (line, cells); ``bad`` are lines whose rows must not be taken as they are.

    ``must`` says how the file as a whole is met: "read" (every other row is given), "refused", or "either".
    """

    content: bytes
    rows: list[tuple[int, tuple[str, ...]]]
    bad: set[int] = field(default_factory=set)
    must: str = "read"
    options: dict[str, object] = field(default_factory=dict)
    columns: tuple[str, ...] = HEADER
    name: str = "t.csv"


Polluter = Callable[[random.Random], Case]
POLLUTERS: list[Polluter] = []


def polluter(function: Polluter) -> Polluter:
    """Enter a way of spoiling a file."""
    POLLUTERS.append(function)
    return function


def table(rng: random.Random, *, lines: bool = True, signs: str = ',"') -> list[tuple[str, ...]]:
    """Make rows such as ticket systems export; ``signs`` are put into some of the texts."""
    rows = []
    for number in range(rng.randint(3, 12)):
        text = " ".join(rng.choices(WORDS, k=rng.randint(2, 6)))
        for sign in signs:
            if rng.random() < 0.3:
                at = rng.randrange(len(text))
                text = text[:at] + sign + text[at:]
        note = (
            "Dear all,\nplease help.\n\nThanks"
            if lines and rng.random() < 0.3
            else rng.choice(["", "ok", text])
        )
        opened = f"2024-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}"
        hours, level = str(rng.randint(1, 9999) / 4), rng.choice(["High", "Low", ""])
        rows.append(
            (f"T-{number + 1:04}", opened, hours, text, note, level, rng.choice(["Ann", "O'Neil", "José"]))
        )
    return rows


def written(
    rows: list[tuple[str, ...]], end: str = "\n", first: int = 1, **dialect: object
) -> tuple[str, list[tuple[int, tuple[str, ...]]]]:
    """Write header and rows; return the text and the truth, lines counted from ``first``."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=end, **dialect)  # type: ignore[arg-type]
    truth, line = [], first
    for row in [HEADER, *rows]:
        before = stream.tell()
        writer.writerow(row)
        truth.append((line, tuple(row)))
        line += len(stream.getvalue()[before:].replace("\r\n", "\n").replace("\r", "\n").splitlines())
    return stream.getvalue(), truth[1:]


def spoiled(rng: random.Random, change: Callable[[str], str], **kind: str) -> Case:
    """Make a file without quotes in which ``change`` is done to one line; its row must not be taken."""
    rows = table(rng, lines=False, signs="")
    text, truth = written(rows)
    lines = text.splitlines(keepends=True)
    at = rng.randrange(1, len(lines))
    lines[at] = change(lines[at].rstrip("\n")) + "\n"
    return Case("".join(lines).encode(), truth, {at + 1}, **kind)  # type: ignore[arg-type]


@polluter
def plain(rng: random.Random) -> Case:
    """Any delimiter, line end, quoting and encoding with a byte-order mark or UTF-8."""
    delimiter, end = rng.choice(",;\t|^`"), rng.choice(["\n", "\r\n", "\r"])
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    rows = table(rng, lines=end != "\r", signs=delimiter + '"')  # csv does not quote the line ends of others
    text, truth = written(rows, end, delimiter=delimiter, quoting=quoting)
    return Case(text.encode(rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-32"])), truth)


@polluter
def without_a_mark(rng: random.Random) -> Case:
    """UTF-16 and UTF-32 without a byte-order mark, in either byte order."""
    text, truth = written(table(rng), rng.choice(["\n", "\r\n"]))
    return Case(text.encode(rng.choice(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])), truth)


@polluter
def undeclared_encoding(rng: random.Random) -> Case:
    """An encoding that nobody has named: refused, or all was ASCII."""
    text, truth = written(table(rng))
    text += "T-9999,2024-01-01,1,é à ü,,,Łódź\n".replace("Łódź", "Zoë")
    return Case(text.encode("cp1252", "replace"), truth, must="refused")


@polluter
def declared_encoding(rng: random.Random) -> Case:
    """An encoding that is declared, with one byte in one cell that it does not have."""
    rows = [tuple(cell.encode("cp1252", "replace").decode("cp1252") for cell in row) for row in table(rng)]
    text, truth = written(rows)
    at = rng.randrange(len(truth))
    content = text.encode("cp1252").replace(truth[at][1][0].encode(), b"T-\x81", 1)
    return Case(content, truth, {truth[at][0]}, options={"encoding": "cp1252"})


@polluter
def mislabelled(rng: random.Random) -> Case:
    """A byte-order mark before a body in another encoding."""
    text, truth = written(table(rng))
    mark, codec = rng.choice(
        [
            (b"\xff\xfe", "utf-8"),
            (b"\xfe\xff", "utf-8"),
            (b"\xef\xbb\xbf", "utf-16-le"),
            (b"\xff\xfe", "utf-32-le"),
        ]
    )
    return Case(mark + text.encode(codec), truth, must="refused")


@polluter
def cell_missing(rng: random.Random) -> Case:
    """A separator is missing in one line."""
    return spoiled(rng, lambda line: line.replace(",", " ", 1))


@polluter
def cell_too_many(rng: random.Random) -> Case:
    """One line has a separator too many."""
    return spoiled(rng, lambda line: line + rng.choice([",", ",x", ",,,"]))


@polluter
def cut_line(rng: random.Random) -> Case:
    """One line ends before its time."""
    return spoiled(rng, lambda line: line[: line.rfind(",")])


@polluter
def broken_line(rng: random.Random) -> Case:
    """An unquoted cell is broken into two lines: two rows that are none."""
    rows = table(rng, lines=False, signs="")
    text, truth = written(rows)
    lines = text.splitlines(keepends=True)
    at = rng.randrange(1, len(lines))
    cut = rng.randrange(8, lines[at].rindex(","))  # in the last cell it would be a row, and a line too short
    lines[at] = lines[at][:cut] + rng.choice(["\n", "\r", "\r\n"]) + lines[at][cut:]
    moved = [(line if line <= at else line + 1, cells) for line, cells in truth if line != at + 1]
    return Case("".join(lines).encode(), moved, {at + 1, at + 2})


@polluter
def nul(rng: random.Random) -> Case:
    """A NUL in a cell."""
    return spoiled(rng, lambda line: line[:9] + "\0" + line[9:])


@polluter
def stray_quote(rng: random.Random) -> Case:
    """One quote too many, anywhere in a file in which quotes quote."""
    rows = [
        ("T-0000", "2024-01-01", "1", "dark, broken", "", "", ""),
        *table(rng, signs=rng.choice(["", ","])),
    ]
    text, truth = written(rows, quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    at = rng.randrange(text.index("\n") + 1, len(text))
    return Case((text[:at] + '"' + text[at:]).encode(), truth, must="either")


@polluter
def quote_removed(rng: random.Random) -> Case:
    """One of the quotes is missing."""
    text, truth = written(table(rng), quoting=csv.QUOTE_ALL)
    places = [index for index, sign in enumerate(text) if sign == '"' and index > text.index("\n")]
    at = rng.choice(places)
    return Case((text[:at] + text[at + 1 :]).encode(), truth, must="either")


@polluter
def cut_file(rng: random.Random) -> Case:
    """The file ends in the middle of a quoted cell."""
    text, truth = written(table(rng), quoting=csv.QUOTE_ALL)
    at = text.rindex('","') + 3 + rng.randint(0, 2)
    return Case(text[:at].encode(), truth, must="refused")


@polluter
def two_openings(rng: random.Random) -> Case:
    """Two stray quotes in two lines, which together make one faultless record of what lies between."""
    rows = table(rng, lines=False, signs="")
    text, truth = written(rows)
    lines = text.splitlines(keepends=True)
    first = rng.randrange(1, len(lines) - 1)
    last = rng.randrange(first + 1, len(lines))
    lines[first] = lines[first].replace(",", ',"', 1)
    lines[last] = lines[last].replace(",", '",', 2).replace('",', ",", 1)
    return Case("".join(lines).encode(), truth, set(range(first + 1, last + 2)), must="either")


@polluter
def preamble(rng: random.Random) -> Case:
    """Lines above the header, declared."""
    above = rng.choice(["Report of May\n", "Report\n\nprinted, by us\n", ',,,,,,\n"Report, ""May""\n'])
    text, truth = written(table(rng), first=above.count("\n") + 1)
    return Case((above + text).encode(), truth, options={"header_row": above.count("\n") + 1})


@polluter
def preamble_undeclared(rng: random.Random) -> Case:
    """Lines above the header, not declared: refused, or its columns are not there."""
    above = rng.choice(
        ["Report of May\n", "Report, of May\n", "Report\nfor you\n", "Report;May;2024\n", '"Report"\n\n']
    )
    text, truth = written(table(rng) + table(rng))
    return Case((above + text).encode(), truth, must="refused")


@polluter
def no_header(rng: random.Random) -> Case:
    """No header, names declared."""
    text, truth = written(table(rng), first=0)
    return Case(text.partition("\n")[2].encode(), truth, options={"names": HEADER})


@polluter
def sep_line(rng: random.Random) -> Case:
    """A sep= line, as Excel wants it."""
    delimiter = rng.choice(";|~#")
    text, truth = written(table(rng, signs=delimiter), delimiter=delimiter, first=2)
    line = rng.choice([f"sep={delimiter}", f'"sep={delimiter}"', f"SEP={delimiter}{delimiter * 5}"])
    return Case(f"{line}\n{text}".encode(), truth)


@polluter
def escaped(rng: random.Random) -> Case:
    """Quotes with backslashes before them, not declared."""
    rows = [*table(rng, signs='"\\'), ("T-9000", "2024-01-01", "1", 'say "hi", you', "", "", "")]
    text, truth = written(rows, doublequote=False, escapechar="\\", quoting=rng.choice([0, 1]))
    return Case(text.encode(), truth, must="either")


@polluter
def escaped_declared(rng: random.Random) -> Case:
    """Backslashes before quotes, separators and themselves, declared."""
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE])
    rows = table(rng, lines=quoting != csv.QUOTE_NONE, signs='"\\,')
    options = {"escape": "\\"} | ({"quote": "none"} if quoting == csv.QUOTE_NONE else {})
    text, truth = written(rows, doublequote=False, escapechar="\\", quoting=quoting)
    return Case(text.encode(), truth, options=options)


@polluter
def paths(rng: random.Random) -> Case:
    """Windows paths that end in a backslash, in quotes that are doubled."""
    rows = [(*row[:3], f"\\\\server\\{row[3]}", "C:\\dir\\", *row[5:]) for row in table(rng)]
    text, truth = written(rows, quoting=csv.QUOTE_ALL)
    return Case(text.encode(), truth)


@polluter
def apostrophes(rng: random.Random) -> Case:
    """Cells in apostrophes, not declared: found, or each row refused; never with the apostrophes on."""
    rows = [*table(rng, signs=","), ("T-9000", "2024-01-01", "1", "it's late, go", "", "Low", "O'Neil")]
    text, truth = written(rows, quotechar="'", quoting=rng.choice([0, 1]))
    return Case(text.encode(), truth, must="either")


@polluter
def apostrophes_in_text(rng: random.Random) -> Case:
    """Apostrophes at the beginning of cells that are only that."""
    rows = [(*row[:4], rng.choice(["'tis odd", "'90s", "rock 'n' roll"]), *row[5:]) for row in table(rng)]
    text, truth = written(rows)
    return Case(text.encode(), truth)


@polluter
def blanks_before_quotes(rng: random.Random) -> Case:
    """A blank after each separator, quotes after it."""
    text, truth = written(table(rng, lines=False, signs=","), quoting=csv.QUOTE_ALL)
    return Case(text.replace('","', '", "').encode(), truth, must="either")


@polluter
def put_together(rng: random.Random) -> Case:
    """Two exports put one after the other, header and all."""
    one, truth = written(table(rng))
    line = one.count("\n") + 1
    other, more = written(table(rng), first=line)
    mark = rng.choice(["", "\ufeff"])
    return Case((mark + one + mark + other).encode(), truth + more, {line})


@polluter
def two_tables(rng: random.Random) -> Case:
    """A second table of the same or another width below the first, after a blank line."""
    one, truth = written(table(rng))
    width = rng.choice([3, len(HEADER), 9])
    words = ["Name", "Street", "Town", "Country", "Phone", "Mail", "Fax", "Mobile", "Remark"]
    lines = [",".join(words[:width]), *(",".join(f"{word} {n}" for word in words[:width]) for n in range(3))]
    start = one.count("\n") + 2
    below = "\n" + "\n".join(lines) + "\n"
    same = width == len(HEADER)
    return Case(
        (one + below).encode(), truth, set(range(start, start + 4)), must="refused" if same else "read"
    )


@polluter
def blank_lines(rng: random.Random) -> Case:
    """Blank lines between the rows, of nothing, blanks or separators."""
    rows = table(rng, lines=False, signs="")
    text, _ = written(rows)
    lines, truth = text.splitlines(), []
    out = [lines[0]]
    for row, line in zip(rows, lines[1:], strict=True):
        out += [rng.choice(["", "   ", ",,,,,,"])] * rng.randint(0, 2)
        out.append(line)
        truth.append((len(out), row))
    return Case("\n".join([*out, "", ""]).encode(), truth)


@polluter
def footer(rng: random.Random) -> Case:
    """A line with a total below the table, and the end mark of old systems."""
    text, truth = written(table(rng))
    return Case(
        (text + "Total: 12 rows\n" + rng.choice(["", "\x1a"])).encode(), truth, {text.count("\n") + 1}
    )


@polluter
def compressed(rng: random.Random) -> Case:
    """The same compressed, whole or cut short."""
    text, truth = written(table(rng))
    whole = rng.random() < 0.7
    if rng.random() < 0.5:
        content = gzip.compress(text.encode())
    else:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("export/tickets.csv", text)
        content = stream.getvalue()
    return Case(
        content if whole else content[: -rng.randint(1, 12)], truth, must="read" if whole else "refused"
    )


@polluter
def mixed_ends(rng: random.Random) -> Case:
    """Line ends of all three kinds in one file."""
    text, truth = written(table(rng, lines=False))
    ends = (rng.choice(["\n", "\r\n", "\r"]) for _ in iter(int, 1))
    return Case("".join(line + next(ends) for line in text.splitlines()).encode(), truth)


@polluter
def odd_headers(rng: random.Random) -> Case:
    """Duplicate, blank and padded column names."""
    names = ("Ticket No", "", " Opened ", "Opened", "Opened", "a\nb", " ")
    rows = table(rng)
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerow(names)
    text, truth = written(rows, first=2)
    return Case((stream.getvalue() + text.partition("\n")[2]).encode(), truth, columns=names)


@polluter
def trailing_separators(rng: random.Random) -> Case:
    """A separator at the end of each row, none in the header: no row is of the header's width."""
    text, truth = written(table(rng, lines=False))
    head, _, body = text.partition("\n")
    return Case(
        f"{head}\n{body}".replace("\n", ",\n").replace(",\n", "\n", 1).encode(), truth, {x for x, _ in truth}
    )


@polluter
def quotes_are_text(rng: random.Random) -> Case:
    """A database dump in which quotes mean nothing, declared."""
    rows = [tuple(cell.replace("\t", " ") for cell in row) for row in table(rng, lines=False, signs='"')]
    text = "".join("\t".join(row) + "\n" for row in [HEADER, *rows])
    return Case(text.encode(), list(enumerate(rows, 2)), options={"quote": "none"}, name="t.tsv")  # type: ignore[arg-type]


@polluter
def other_separators(rng: random.Random) -> Case:
    """A separator that is not looked for: declared."""
    delimiter = rng.choice([" ", "~", ":", "\x1f", "#", "§"])
    text, truth = written(table(rng, signs=delimiter), delimiter=delimiter)
    return Case(text.encode(), truth, options={"delimiter": delimiter})
