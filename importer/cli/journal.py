"""``case-importer journal``."""

from __future__ import annotations

from pathlib import Path

import click

from importer.cli.options import PATH, json_option, place_options
from importer.cli.printing import print_json
from importer.model.errors import Exit


@click.group()
def journal() -> None:
    """Where the journal is, whether it is whole, a copy of it."""


def _path(connections: Path | None, state: Path | None) -> Path:
    from importer.api.opening import find_place
    from importer.api.options import Where
    from importer.journal.database import FILE_NAME

    return find_place(Where(None, connections, state)).state / FILE_NAME


@journal.command()
@place_options
@json_option
def where(connections: Path | None, state: Path | None, as_json: bool) -> None:
    """Print the path of the journal."""
    path = _path(connections, state)
    print_json({"journal": str(path), "exists": path.exists()}) if as_json else click.echo(str(path))


@journal.command()
@place_options
@json_option
def check(connections: Path | None, state: Path | None, as_json: bool) -> int:
    """Read the whole journal and say whether it is whole. Exit 0: it is; 1: it is not."""
    from importer.journal.maintenance import check as check_journal

    found = check_journal(_path(connections, state))
    code = Exit.CANNOT_RUN if found.faults else Exit.DONE
    if as_json:
        document = {
            "journal": str(found.path),
            "faults": list(found.faults),
            "format": found.format,
            "bytes": found.size,
            "runs": found.runs,
            "rows": found.rows,
            "records": found.records,
        }
        print_json(document)
        return int(code)
    state_word = "damaged" if found.faults else "whole"
    click.echo(f"{found.path}: {state_word}, format {found.format}, {found.size} bytes")
    click.echo(f"  {found.runs} runs, {found.rows} rows, {found.records} records in the ledger")
    for fault in found.faults:
        click.echo(f"  {fault}")
    if found.faults:
        click.echo("  → Restore the newest copy made by case-importer journal backup; keep this file too.")
    return int(code)


@journal.command()
@click.argument("file", type=PATH)
@place_options
def backup(file: Path, connections: Path | None, state: Path | None) -> None:
    """Copy the journal to the new FILE; also while a run is writing."""
    from importer.journal.maintenance import backup as copy

    copy(_path(connections, state), file)
    click.echo(f"Copied to {file}.")
