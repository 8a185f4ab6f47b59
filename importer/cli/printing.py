"""What people and scripts read: tables, JSON lines, errors."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence

import click

from importer.model.errors import ImporterError


def say(text: str) -> None:
    """Print a sentence for a person to standard error."""
    click.echo(text, err=True)


def print_json(document: object) -> None:
    """Print one JSON document as one line to standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str))


def print_error(error: ImporterError) -> None:
    """Print what happened and what to do."""
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
    return "1 row" if rows == 1 else f"{rows} rows"


def when(milliseconds: int | None) -> str:
    """Return a time of the journal as a person reads it, in the local zone; empty for None."""
    if milliseconds is None:
        return ""
    moment = dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")
