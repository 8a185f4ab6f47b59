"""What people and scripts read: tables, JSON lines, errors."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterable, Mapping, Sequence

import click

from importer.model.errors import Exit, ImporterError


class _Log:
    """How lines go to standard error."""

    json = False


def log_as_json(*, wanted: bool) -> None:
    """From now on, standard error holds one JSON object a line, or sentences for people."""
    _Log.json = wanted


def logs_json() -> bool:
    """Return whether standard error holds JSON."""
    return _Log.json


def log_line(level: str, event: str, **more: object) -> None:
    """Print one JSON log line to standard error."""
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"time": moment, "level": level, "event": event, **more}
    click.echo(json.dumps(line, ensure_ascii=False, default=str), err=True)


def log_run(document: Mapping[str, object], code: Exit) -> None:
    """Print the one line of a run: level info, or error for one that could not run or was stopped."""
    bad = (Exit.CANNOT_RUN, Exit.GUARD)
    log_line("error" if code in bad else "info", "run", **document)


def say(text: str) -> None:
    """Print a sentence for a person to standard error; in a JSON log it is of level debug."""
    if _Log.json:
        log_line("debug", "notice", message=text)
    else:
        click.echo(text, err=True)


def warn(text: str) -> None:
    """Print what went wrong beside the work itself."""
    if _Log.json:
        log_line("warning", "notice", message=text)
    else:
        click.echo(text, err=True)


class LogFormatter(logging.Formatter):
    """Formats what ``--debug`` shows in the form that is asked for."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        if not _Log.json:
            return super().format(record)
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line = {"time": moment.replace("+00:00", "Z"), "level": record.levelname.lower(), "event": "trace"}
        return json.dumps({**line, "logger": record.name, "message": record.getMessage()}, ensure_ascii=False)


def print_json(document: object) -> None:
    """Print one JSON document as one line to standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str))


def print_error(error: ImporterError) -> None:
    """Print what happened and what to do."""
    if _Log.json:
        log_line("error", "error", exit=int(error.exit), **error_json(error))
        return
    say(f"Error: {error.message}")
    for line in error.remedy.splitlines():
        say(f"  → {line}")


def error_json(error: ImporterError) -> dict[str, str]:
    """Return an error as ``--json`` shows it."""
    return {"code": error.code, "message": error.message, "remedy": error.remedy}


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print aligned columns to standard output; the first row is the head."""
    lines = [list(head), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)


def counted(rows: int) -> str:
    """Return ``1 row``, ``2 rows`` …"""
    return "1 row" if rows == 1 else f"{rows:,} rows"


def when(milliseconds: int | None) -> str:
    """Return a time of the journal as a person reads it, in the local zone; empty for None."""
    if milliseconds is None:
        return ""
    moment = dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")
