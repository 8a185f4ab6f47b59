"""The process that parses a workbook: limits itself, reads, sends rows. Its parent trusts it with nothing."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from typing import IO, Any, Protocol

from importer.readers.books.choice import choose
from importer.readers.books.frames import Batches, write
from importer.readers.books.limits import DamagedError, Facts, RefusedError, Sheet, limit_process
from importer.readers.books.rows import RowForm
from importer.readers.books.zipped import Package

OLE = b"\xd0\xcf\x11\xe0"
ZIP = b"PK"


class Book(Protocol):
    """What a reader of a format gives."""

    sheets: list[Sheet]

    def rows(self, index: int, facts: Facts) -> Iterator[RowForm | None]:
        """Give the rows of a sheet that hold something, and None now and then."""
        ...


def main(request: dict[str, Any]) -> None:
    """Parse the workbook on standard input as ``request`` says, and write frames to standard output.

    ``seconds`` of processor time, ``sheets`` (None: the first visible one, ``"*"``, or names), ``reader``
    1 or 2, ``head``: rows after which to stop, or None.
    """
    limit_process(request["seconds"])
    warnings.simplefilter("ignore")
    out = os.fdopen(os.dup(1), "wb", 1 << 16)
    try:
        _parse(request, out)
        write(out, "Z")
    except BrokenPipeError:
        os._exit(0)
    except RefusedError as error:
        write(out, "E", [error.code, error.message, error.remedy])
    except DamagedError as error:
        write(out, "D", str(error))
    except MemoryError:
        write(out, "M")
    except Exception as error:
        write(out, "D", f"it is damaged ({type(error).__name__})")
    try:
        out.flush()
    finally:
        os._exit(0)


def _parse(request: dict[str, Any], out: IO[bytes]) -> None:
    stream = os.fdopen(0, "rb")
    book = _open(stream, request["reader"])
    chosen, notes = choose(book.sheets, request["sheets"])
    write(out, "S", {"sheets": [book.sheets[index].name for index in chosen], "notes": notes})
    for index in chosen:
        facts = Facts()
        batches = Batches(out)
        left = request["head"]
        for row in book.rows(index, facts):
            if row is None:
                continue
            batches.add(row)
            if left is not None:
                left -= 1
                if left <= 0:
                    break
        batches.flush()
        write(out, "F", [facts.hidden_rows, facts.merged, facts.hidden[:1000], facts.totals])


def _open(stream: IO[bytes], reader: int) -> Book:
    head = stream.read(8)
    stream.seek(0)
    if reader == 2:
        from importer.readers.books.second import second_book

        return second_book(stream, head)
    if not head.startswith(ZIP):
        from importer.readers.books.xls import XlsBook

        return XlsBook(stream)
    names = Package(stream).names()
    stream.seek(0)
    if any(name.endswith("workbook.bin") for name in names):
        from importer.readers.books.xlsb import XlsbBook

        return XlsbBook(stream)
    if "content.xml" in names:
        from importer.readers.books.ods import OdsBook

        return OdsBook(stream)
    from importer.readers.books.xlsx import XlsxBook

    return XlsxBook(stream)


if __name__ == "__main__":
    sys.exit("This module is started by the one that reads workbooks.")
