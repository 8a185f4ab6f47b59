"""``case-importer check``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.cli.options import PATH, debug_option, json_option, mapping_option, where_options
from importer.cli.printing import counted, error_json, print_error, print_json
from importer.model.errors import Exit, ImporterError, gravest

if TYPE_CHECKING:
    from importer.api.checking import Checked
    from importer.preflight.finding import Finding


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@mapping_option
@where_options
@json_option
@debug_option
def check(
    files: tuple[Path, ...],
    mapping: Path,
    connection: str | None,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
) -> int:
    """Look at every row of FILES and say what a run would meet. Nothing is sent.

    FILES may hold patterns such as "*.csv", or be - for standard input.

    With a connection the mapping and the values are checked against the schema of the system.
    Exit 0: clean. 3: rows would stay behind. 1: the run would not begin.
    """
    from importer.api.inputs import STANDARD_INPUT, expanded, spooled
    from importer.api.options import Where

    where, paths = Where(connection, connections, state), expanded(files)
    if STANDARD_INPUT not in paths:
        return int(asyncio.run(_check(paths, mapping, where, as_json=as_json)))
    with spooled(sys.stdin.buffer, None) as spool:
        paths[paths.index(STANDARD_INPUT)] = spool.path
        return int(asyncio.run(_check(paths, mapping, where, as_json=as_json)))


async def _check(files: Sequence[Path], mapping: Path, where: object, *, as_json: bool) -> Exit:
    from importer.api.checking import check as check_file
    from importer.api.checking import peek
    from importer.api.options import Where

    assert isinstance(where, Where)
    codes = []
    async with peek(mapping, where) as peeked:
        for path in files:
            try:
                checked = await asyncio.to_thread(check_file, peeked, path)
            except ImporterError as error:
                if as_json:
                    print_json({"file": str(path), "exit": int(error.exit), "error": error_json(error)})
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
        "read": {
            "encoding": shape.encoding,
            "delimiter": shape.delimiter,
            "sheet": shape.sheet,
            "header_row": shape.header_row,
            "columns": list(shape.columns),
        },
        "findings": [finding.as_json() for finding in checked.findings],
        "plan": checked.plan.as_json(),
        "exit": int(_exit(checked)),
    }


def _print(checked: Checked) -> None:
    shape = checked.shape
    how = [f"sheet {shape.sheet}"] if shape.sheet is not None else []
    how += [shape.encoding] if shape.encoding else []
    how += [f"delimiter {shape.delimiter!r}"] if shape.delimiter else []
    click.echo(f"{checked.path}: {counted(checked.rows)}, {len(shape.columns)} columns ({', '.join(how)})")
    for note in shape.notes:
        click.echo(f"  {note}")
    if checked.system is None:
        click.echo("  No connection: nothing was checked against a schema.")
    else:
        click.echo(f"  Checked against {checked.system.name}.")
    order = {"stop": 0, "rows": 1, "warning": 2, "note": 3}
    for finding in sorted(checked.findings, key=lambda finding: order[finding.severity]):
        _print_finding(finding)
    plan = checked.plan
    click.echo(
        f"Plan: {plan.path} ({plan.reason}), {plan.calls} calls, at least {plan.seconds:g} s at this rate."
    )


MARKS = {"stop": "STOPS THE RUN", "rows": "rows stay behind", "warning": "warning", "note": "note"}


def _print_finding(finding: Finding) -> None:
    head = f"{MARKS[finding.severity]}: {finding.code}"
    if finding.column is not None:
        head += f", column {finding.column}"
    if finding.count:
        more = ", …" if finding.count > len(finding.cells) else ""
        head += f", {counted(finding.count)} ({', '.join(finding.cells)}{more})"
    click.echo(f"- {head}")
    for line in finding.message.splitlines():
        click.echo(f"    {line}")
    if finding.remedy:
        click.echo(f"    → {finding.remedy}")
    if finding.values and finding.count > 1:
        shown = ", ".join(f"{value!r} ({count})" for value, count in finding.values[:10])
        click.echo(f"    values: {shown}{', …' if len(finding.values) > 10 else ''}")
