"""``case-importer preview``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.cli.options import (
    PATH,
    debug_option,
    json_option,
    mapping_option,
    schema_option,
    where_options,
)
from importer.cli.printing import say
from importer.model.errors import Exit, ImporterError

if TYPE_CHECKING:
    from importer.api.peeking import Look
    from importer.api.previewing import Previewed
    from importer.model.draft import Reference

LONGEST = 200
"""Characters of a value on the screen; --json has all of it."""
CELL = 60
"""Characters of a cell beside it."""


@click.command()
@click.argument("file", type=PATH)
@mapping_option
@click.option("-n", "count", type=click.IntRange(min=1), default=5, metavar="N", help="How many rows (5).")
@click.option("--row", metavar="N", help="Only the row with this number; Sheet!N with several sheets.")
@schema_option
@where_options
@json_option
@debug_option
def preview(
    file: Path,
    mapping: Path,
    count: int,
    row: str | None,
    schema: Path | None,
    connection: str | None,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
) -> int:
    """Show rows of FILE (- for standard input) as they would be sent, each value beside its cell.

    Nothing is sent. Look-ups are shown by what they look for: only a run asks for the ids.
    """
    from importer.api.inputs import STANDARD_INPUT, spooled
    from importer.api.options import Where
    from importer.api.peeking import Look

    if schema is not None and connection is not None:
        raise click.UsageError("--schema stands for a connection; give one of the two.")
    look = Look(mapping, Where(connection, connections, state), schema)
    if file != STANDARD_INPUT:
        return int(asyncio.run(_preview(file, look, count, row, as_json=as_json)))
    with spooled(sys.stdin.buffer, None) as spool:
        try:
            return int(asyncio.run(_preview(spool.path, look, count, row, as_json=as_json)))
        except ImporterError as error:
            raise spool.in_words(error) from None


async def _preview(file: Path, look: Look, count: int, row: str | None, *, as_json: bool) -> Exit:
    from importer.api.peeking import peek
    from importer.api.previewing import preview as preview_rows

    async with peek(look) as peeked:
        if peeked.schema is None and not as_json:
            say("No connection and no --schema: types are those of the mapping only.")
        for previewed in preview_rows(peeked, file, count, row):
            _print(previewed, as_json=as_json)
    return Exit.DONE


def _print(previewed: Previewed, *, as_json: bool) -> None:
    from importer.targets.json_body import encode

    if as_json:
        click.echo(encode(previewed.as_json()).decode("utf-8"))
        return
    place = str(previewed.row) if previewed.sheet is None else f"{previewed.sheet}!{previewed.row}"
    click.echo(f"Row {place}: {previewed.status}")
    lines = [
        (name, _cut(encode(value).decode("utf-8"), LONGEST), "")
        for name, value in previewed.payload.items()
        if name not in previewed.sent and not isinstance(value, list)
    ]
    for name, cells in previewed.sources.items():
        if name in previewed.references:
            value = _looked_up(previewed.references[name])
        else:
            value = _cut(encode(previewed.sent[name]).decode("utf-8"), LONGEST)
        came_from = ", ".join(f"{column}: {_cut(text, CELL)}" for column, text in cells.items())
        lines.append((name, value, f"← {came_from}" if came_from else "(constant)"))
    width = max((len(name) for name, _value, _from in lines), default=0)
    for name, value, came_from in lines:
        click.echo(f"  {name.ljust(width)}  {value}{f'   {came_from}' if came_from else ''}")
    for found in previewed.problems:
        place = " ".join(part for part in (found.column, found.cell and f"({found.cell})") if part)
        click.echo(f"  {f'{place}: ' if place else ''}{found.message}")


def _looked_up(reference: Reference) -> str:
    lookup = reference.lookup
    if lookup.imported:
        return f"(the record of {lookup.object} whose key is {_cut(lookup.value, CELL)})"
    return f"(id of the {lookup.object} whose {lookup.by} is {_cut(lookup.value, CELL)})"


def _cut(text: str, longest: int) -> str:
    flat = " ".join(text.splitlines())
    if len(flat) <= longest:
        return flat
    return f"{flat[:longest]}… ({len(text):,} characters)"
