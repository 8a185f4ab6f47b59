"""``case-importer preview``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.cli.options import PATH, debug_option, json_option, mapping_option, where_options
from importer.cli.printing import say
from importer.model.errors import Exit, SourceError

if TYPE_CHECKING:
    from importer.api.checking import Previewed
    from importer.api.options import Where


@click.command()
@click.argument("file", type=PATH)
@mapping_option
@click.option("-n", "count", type=click.IntRange(min=1), default=5, metavar="N", help="How many rows (5).")
@click.option("--row", type=click.IntRange(min=1), metavar="N", help="Only the row with this number.")
@where_options
@json_option
@debug_option
def preview(
    file: Path,
    mapping: Path,
    count: int,
    row: int | None,
    connection: str | None,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
) -> int:
    """Show the payloads of FILE (- for standard input) as they would be sent. Nothing is sent."""
    from importer.api.inputs import STANDARD_INPUT, spooled
    from importer.api.options import Where

    where = Where(connection, connections, state)
    if file != STANDARD_INPUT:
        return int(asyncio.run(_preview(file, mapping, where, count, row, as_json=as_json)))
    with spooled(sys.stdin.buffer, None) as spool:
        return int(asyncio.run(_preview(spool.path, mapping, where, count, row, as_json=as_json)))


async def _preview(
    file: Path, mapping: Path, where: Where, count: int, row: int | None, *, as_json: bool
) -> Exit:
    from importer.api.checking import peek
    from importer.api.checking import preview as preview_rows

    shown = 0
    async with peek(mapping, where) as peeked:
        if peeked.schema is None and not as_json:
            say("No connection: types are those of the mapping only.")
        for previewed in preview_rows(peeked, file, count, row):
            shown += 1
            _print(previewed, as_json=as_json)
    if row is not None and not shown:
        raise SourceError("NO_SUCH_ROW", f"{file} has no data row {row}.", "Row numbers are as in the file.")
    return Exit.DONE


def _print(previewed: Previewed, *, as_json: bool) -> None:
    from importer.targets.json_body import encode

    problems = [
        {"code": p.code, "column": p.column, "cell": p.cell, "message": p.message} for p in previewed.problems
    ]
    document = {
        "row": previewed.row,
        "status": previewed.status,
        "payload": previewed.payload,
        "problems": problems,
    }
    if as_json:
        click.echo(encode(document).decode("utf-8"))
        return
    click.echo(f"Row {previewed.row}: {previewed.status}")
    for name, value in previewed.payload.items():
        click.echo(f"  {name}: {encode(value).decode('utf-8')}")
    for found in previewed.problems:
        place = " ".join(part for part in (found.column, found.cell) if part)
        click.echo(f"  {place}: {found.message}" if place else f"  {found.message}")
