"""Parsing a workbook in a process of its own, into a spool: whatever the file does, this process lives on.

The other process gets the open file and nothing else, limits its memory and time (``readers.books.limits``),
and answers in frames (``readers.books.frames``) through a pipe: it waits when this one is slow.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from importer.model.errors import SourceError
from importer.readers.binary import Stamp, open_binary
from importer.readers.books import frames
from importer.readers.books.limits import (
    MEMORY_BYTES,
    QUIET_SECONDS,
    WALL_FACTOR,
    Totals,
    cpu_seconds,
    rows_bytes,
    wall_seconds,
)
from importer.readers.spool import RowForm, Spool

CRASHED = "the program that reads it has crashed over it"
START = (
    "import sys,json;r=json.loads(sys.argv[1]);sys.path[:]=r['path'];"
    "from importer.readers.books.child import main;main(r)"
)


@dataclass(slots=True)
class Parsed:
    """A sheet that was parsed: where its rows lie in the spool, and what is told about it."""

    name: str
    start: int
    end: int = 0
    hidden_rows: int = 0
    merged: int = 0
    hidden: list[tuple[int, int]] = field(default_factory=list)
    totals: list[Totals] = field(default_factory=list)


@dataclass(slots=True)
class Parse:
    """What became of parsing a workbook: its sheets, or why it went wrong (``fault``, in plain words)."""

    spool: Spool
    sheets: list[Parsed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fault: str | None = None

    def rows(self, index: int) -> Iterator[RowForm]:
        """Give the rows of a sheet."""
        sheet = self.sheets[index]
        return self.spool.rows(sheet.start, sheet.end)


def parse(path: Path, stamp: Stamp, sheets: str | Sequence[str] | None, head: int | None = None) -> Parse:
    """Parse ``sheets`` of the workbook at ``path`` (all rows, or some ``head`` rows of each).

    When the first reader fails after some rows, a second one is asked; what both have read must agree. Raises
    SourceError.
    """
    began = time.monotonic()
    first = _run(path, stamp, sheets, head, reader=1)
    if first.fault is None:
        return first
    if not first.spool.end:  # nothing could speak for what a second reader finds
        raise _unreadable(path, first.fault)
    try:
        second = _run(path, stamp, sheets, head, reader=2, spent=time.monotonic() - began)
    except SourceError as error:
        if error.code == "SOURCE_CHANGED":
            raise
        raise _unreadable(path, first.fault) from None
    if second.fault is not None:
        raise _unreadable(path, first.fault)
    _agree(path, first, second)
    second.notes.append(f"read by the second library, because for the first one {first.fault}")
    return second


def _agree(path: Path, first: Parse, second: Parse) -> None:
    """Raise SourceError unless the second reader found what the first one had found before it failed."""
    same = [sheet.name for sheet in first.sheets] == [
        sheet.name for sheet in second.sheets[: len(first.sheets)]
    ]
    for index in range(len(first.sheets) if same else 0):
        last = index == len(first.sheets) - 1
        for one, other in zip_longest(first.rows(index), second.rows(index)):
            if one is None and last:
                break
            same = same and one is not None and other is not None and _same_cells(one, other)
    first.spool.close()
    if not same:
        raise SourceError(
            "WORKBOOK_UNREADABLE",
            f"{path} is damaged: {first.fault}; and two libraries read different cells from it.",
            "If it opens in Excel or LibreOffice, check it there and save it as .xlsx under a new name.",
        )


def _same_cells(one: RowForm, other: RowForm) -> bool:
    return bool(one[:2] == other[:2])


def _run(
    path: Path,
    stamp: Stamp,
    sheets: str | Sequence[str] | None,
    head: int | None,
    *,
    reader: int,
    spent: float = 0,
) -> Parse:
    """Let another process parse the file, and take what it sends. Raises SourceError.

    ``spent`` are the seconds that the first reader has taken of the time for this file.
    """
    seconds = max(2, cpu_seconds(stamp.size) - int(spent))
    request = {"seconds": seconds, "sheets": sheets, "head": head, "reader": reader, "path": _search_path()}
    parse = Parse(Spool())
    with open_binary(path, stamp) as stream:
        os.lseek(stream.fileno(), 0, os.SEEK_SET)
        process = _start(request, stream.fileno())
        watch = _Watch(process, parse.spool, max(2, wall_seconds(stamp.size) - spent))
        try:
            ended = _take(process, parse, path, stamp.size)
        finally:
            watch.done.set()
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if not ended and parse.fault is None:
            parse.fault = _why(process.returncode, watch.late, path, stamp.size)
    stamp.check(path)
    return parse


def _start(request: dict[str, Any], source: int) -> subprocess.Popen[bytes]:
    if not sys.executable:
        raise SourceError(
            "WORKBOOK_UNREADABLE",
            "Workbooks are read by a second Python process, and this program does not know its Python.",
            "Set sys.executable, or save the workbook as CSV.",
        )
    options: dict[str, Any] = (
        {"start_new_session": True} if os.name == "posix" else {"creationflags": 0x08000000}
    )
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", START, json.dumps(request)],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what a parser says may hold the contents of cells
        env=_environment(),
        **options,
    )


def _take(process: subprocess.Popen[bytes], parse: Parse, path: Path, size: int) -> bool:
    """Take frames until the end; return whether there was one. Raises SourceError for a refusal.

    ``size`` is that of the file, in bytes.
    """
    if process.stdout is None:
        return False
    names: list[str] = []
    try:
        for kind, body in frames.read(process.stdout):
            if kind == "R":
                _take_rows(parse, body, path, size)
            elif kind == "F":
                sheet = parse.sheets[-1]
                sheet.hidden_rows, sheet.merged, sheet.hidden, totals = json.loads(body)
                sheet.totals = [Totals(*one) for one in totals]
                if len(parse.sheets) < len(names):
                    parse.sheets.append(Parsed(names[len(parse.sheets)], parse.spool.end, parse.spool.end))
            elif kind == "S":
                found = json.loads(body)
                names, parse.notes = found["sheets"], found["notes"]
                parse.sheets.append(Parsed(names[0], 0))
            elif kind == "E":
                code, message, remedy = json.loads(body)
                raise SourceError(code, message.replace("{file}", str(path)), remedy)
            elif kind == "D":
                parse.fault = str(json.loads(body))
                return True
            elif kind == "M":
                raise too_large(path, f"needs more than {MEMORY_BYTES >> 20} MiB of memory to read")
            elif kind == "Z":
                return True
    except frames.CutError:
        return False
    except (frames.FrameError, ValueError, LookupError, TypeError):
        parse.fault = CRASHED  # the process may live on: how it ends says nothing
    return False


def _take_rows(parse: Parse, body: bytes, path: Path, size: int) -> None:
    parse.spool.add(body)
    parse.sheets[-1].end = parse.spool.end
    limit = rows_bytes(size)
    if parse.spool.end > limit:
        raise too_large(path, f"unpacks to more than {limit >> 20} MiB of rows")


class _Watch:
    """Ends a process that takes too long: after ``seconds`` when no rows arrive any more, or twice that."""

    def __init__(self, process: subprocess.Popen[bytes], spool: Spool, seconds: float) -> None:
        self.done, self.late = threading.Event(), False
        self._process, self._spool, self._seconds = process, spool, seconds
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        if self.done.wait(self._seconds - QUIET_SECONDS):
            return
        end, last = -1, time.monotonic() + (WALL_FACTOR - 1) * self._seconds
        while end != self._spool.end and time.monotonic() < last:
            end = self._spool.end
            if self.done.wait(QUIET_SECONDS):
                return
        self.late = True
        self._process.kill()


def _why(code: int, late: bool, path: Path, size: int) -> str:
    """Say why the process ended without an end; raise SourceError when it was a limit."""
    import signal

    if late or code == -getattr(signal, "SIGXCPU", 0) or (code == -9 and not late):
        raise too_large(path, f"takes more than {cpu_seconds(size)} seconds to read")
    return CRASHED


def _environment() -> dict[str, str]:
    """Return what the other process needs of this one's environment: there may be secrets in the rest."""
    kept = ("PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"}


def _search_path() -> list[str]:
    """Return where the other process finds what this one has found, this package first."""
    home = str(Path(__file__).resolve().parents[2])
    return [home, *(os.path.abspath(entry) for entry in sys.path)]  # noqa: PTH100 (an entry may be no path)


def too_large(path: Path, what: str) -> SourceError:
    """Return the refusal of a workbook that costs too much to read; ``what`` completes the sentence."""
    return SourceError(
        "WORKBOOK_TOO_LARGE",
        f"{path} {what}; that is refused, because such files are made to exhaust a machine.",
        "If the file is honest, save it as CSV, or as a new workbook without empty formatted cells.",
    )


def _unreadable(path: Path, fault: str) -> SourceError:
    return SourceError(
        "WORKBOOK_UNREADABLE",
        f"{path} cannot be read as a workbook: {fault}.",
        "If it opens in Excel or LibreOffice, save it there as .xlsx under a new name.",
    )
