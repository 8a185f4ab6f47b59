"""``case-importer check``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
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
from importer.cli.printing import counted, error_json, print_error, print_json, say
from importer.model.errors import Exit, ImporterError, gravest

if TYPE_CHECKING:
    from importer.api.checking import Checked
    from importer.api.inputs import Spooled
    from importer.api.peeking import Look
    from importer.preflight.finding import Finding

VALUES = 20
"""Values of a finding on the screen; --json has up to 1,000."""
CELL = 60
"""Characters of a value on the screen."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@mapping_option
@click.option(
    "-o", "--output", type=PATH, metavar="FILE", help="A copy of the file with the problems beside the rows."
)
@schema_option
@click.option("--save-schema", type=PATH, metavar="FILE", help="Save the connection's schema for --schema.")
@where_options
@json_option
@debug_option
def check(
    files: tuple[Path, ...],
    mapping: Path,
    output: Path | None,
    schema: Path | None,
    save_schema: Path | None,
    connection: str | None,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
) -> int:
    """Look at every row of FILES and say what a run would meet. Nothing is sent.

    FILES may hold patterns such as "*.csv", or be - for standard input.

    With a connection, values are checked against the system's schema, and the system is asked which keys
    exist, who may own records, and how much room there is. With a saved schema nobody is asked.

    Exit 0: clean. 3: rows would stay behind. 1: the run would not begin.
    """
    from importer.api.inputs import STANDARD_INPUT, expanded, spooled
    from importer.api.options import Where
    from importer.api.peeking import Look

    if schema is not None and connection is not None:
        raise click.UsageError("--schema stands for a connection; give one of the two.")
    if schema is not None and save_schema is not None:
        raise click.UsageError("--save-schema needs a connection; --schema uses none.")
    look = Look(mapping, Where(connection, connections, state), schema, save_schema, output)
    paths = expanded(files)
    if output is not None and len(paths) > 1:
        raise click.UsageError("-o names one copy; leave it out for several files.")
    if STANDARD_INPUT not in paths:
        return int(asyncio.run(_check(paths, look, as_json=as_json)))
    with spooled(sys.stdin.buffer, None) as spool:
        paths[paths.index(STANDARD_INPUT)] = spool.path
        return int(asyncio.run(_check(paths, look, spool, as_json=as_json)))


async def _check(files: Sequence[Path], look: Look, spool: Spooled | None = None, *, as_json: bool) -> Exit:
    from importer.api.checking import check as check_file
    from importer.api.peeking import peek

    codes = []
    async with peek(look) as peeked:
        if look.save_schema is not None:
            say(f"Schema of {peeked.mapping.record_type} saved in {look.save_schema}.")
        for path in files:
            shown = path if spool is None else spool.shown(path)
            try:
                checked = replace(await check_file(peeked, path, output=look.output), path=shown)
            except ImporterError as error:
                if spool is not None:
                    spool.in_words(error)
                if as_json:
                    print_json({"file": str(shown), "exit": int(error.exit), "error": error_json(error)})
                print_error(error)
                codes.append(error.exit)
                continue
            (print_json(_as_json(checked)) if as_json else _print(checked))
            codes.append(_exit(checked))
    return gravest(codes)


def _exit(checked: Checked) -> Exit:
    if checked.stops:
        return Exit.CANNOT_RUN
    return Exit.ROWS_FAILED if checked.holds_back else Exit.DONE


def _as_json(checked: Checked) -> dict[str, object]:
    shape = checked.shape
    return {
        "file": str(checked.path),
        "rows": checked.rows,
        "to_send": checked.to_send,
        "read": {
            "encoding": shape.encoding,
            "delimiter": shape.delimiter,
            "sheet": list(shape.sheets) or shape.sheet,
            "header_row": shape.header_row,
            "columns": list(shape.columns),
        },
        "findings": [finding.as_json() for finding in checked.findings],
        "plan": checked.plan.as_json(),
        "exit": int(_exit(checked)),
    }


def _print(checked: Checked) -> None:
    shape = checked.shape
    names = ", ".join(shape.sheets) or shape.sheet
    how = [f"sheet{'s' * (len(shape.sheets) > 1)} {names}"] if names is not None else []
    how += [shape.encoding] if shape.encoding else []
    how += [f"delimiter {shape.delimiter!r}"] if shape.delimiter else []
    click.echo(f"{checked.path}: {counted(checked.rows)}, {len(shape.columns)} columns ({', '.join(how)})")
    for note in shape.notes:
        click.echo(f"  {note}")
    click.echo(f"  {_against(checked)}")
    unused = [finding.column for finding in checked.findings if finding.code == "UNUSED_COLUMN"]
    for finding in checked.findings:
        if finding.code != "UNUSED_COLUMN":
            _print_finding(finding)
    if unused:
        click.echo(f"- note: no rule uses {'column' if len(unused) == 1 else 'the columns'} {_names(unused)}")
    if checked.system is not None and checked.system.storage is not None and checked.to_send:
        from importer.preflight.room import room_sentence

        click.echo(room_sentence(checked.to_send, checked.system.storage))
    click.echo(checked.plan_text)
    if checked.copy is not None:
        click.echo(f"Copy with the problems: {checked.copy}")
    click.echo(_verdict(checked))


def _against(checked: Checked) -> str:
    if checked.system is not None:
        kind = f", {checked.system.kind}" if checked.system.kind else ""
        return (
            f"Checked against {checked.system.name}, id {checked.system.id}{kind}, as {checked.system.user}."
        )
    if checked.saved is not None:
        return (
            f"Checked against the schema of {checked.saved.name}, saved {checked.saved.saved}; nobody was "
            "asked about keys, owners and room."
        )
    return "No connection and no --schema: nothing was checked against a schema."


def _verdict(checked: Checked) -> str:
    from importer.preflight.finding import NOTES

    if checked.stops:
        return "A run would not begin: mend what stops it first."
    parts = [f"{counted(checked.to_send) if checked.to_send else 'Nothing'} would be sent"]
    idle = sum(finding.count for finding in checked.findings if finding.code in NOTES)
    held = checked.rows - checked.to_send - idle
    parts += [f"{held} would stay behind"] if held else []
    parts += [f"{idle} blank, repeated or imported already"] if idle else []
    return ", ".join(parts) + "."


MARKS = {"stop": "STOPS THE RUN", "rows": "rows stay behind", "warning": "warning", "note": "note"}


def _print_finding(finding: Finding) -> None:
    head = f"{MARKS[finding.severity]}: {finding.code}"
    if finding.column is not None:
        head += f", column {finding.column}"
    if finding.count:
        more = ", …" if finding.count > len(finding.cells) else ""
        cells = f" ({', '.join(finding.cells)}{more})" if finding.cells else ""
        head += f", {counted(finding.count)}{cells}"
    click.echo(f"- {head}")
    for line in finding.message.splitlines():
        click.echo(f"    {line}")
    if finding.remedy:
        click.echo(f"    → {finding.remedy}")
    if finding.values and (finding.count > 1 or finding.severity != "rows"):
        shown = ", ".join(f"{_cut(value)!r} ({count})" for value, count in finding.values[:VALUES])
        left = len(finding.values) - VALUES
        click.echo(f"    values: {shown}{f', … {left} more with --json' if left > 0 else ''}")


def _cut(value: str) -> str:
    return value if len(value) <= CELL else f"{value[:CELL]}…"


def _names(columns: list[str | None]) -> str:
    return ", ".join(str(column) for column in columns)
