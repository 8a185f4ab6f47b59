"""``case-importer journal``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.cli.options import PATH, json_option, place_options
from importer.cli.printing import print_json
from importer.model.errors import Exit

if TYPE_CHECKING:
    from importer.journal.salvage import Part


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
            "readable": {part.table: {"lines": part.lines, "all": part.whole} for part in found.parts},
        }
        print_json(document)
        return int(code)
    state_word = "damaged" if found.faults else "whole"
    click.echo(f"{found.path}: {state_word}, format {found.format}, {found.size} bytes")
    click.echo(f"  {found.runs} runs, {found.rows} rows, {found.records} records in the ledger")
    for fault in found.faults:
        click.echo(f"  {fault}")
    if found.faults:
        _tell_parts(found.parts)
        click.echo("  → Put back the newest copy made by case-importer journal backup; keep this file too.")
        click.echo("  → Without one, case-importer journal salvage FILE makes a new journal of what is left.")
    return int(code)


def _tell_parts(parts: Iterable[Part]) -> None:
    for part in parts:
        click.echo(f"  {part.table:<9} {part.lines:>9} lines can be read, {_share(part)}")


def _share(part: Part) -> str:
    return "all" if part.whole else "others are lost"


@journal.command()
@click.argument("file", type=PATH)
@place_options
def salvage(file: Path, connections: Path | None, state: Path | None) -> int:
    """Make the new journal FILE of what can be read of a damaged one. Exit 0: nothing is lost; 1: some is.

    The damaged one is not touched.
    """
    from importer.journal.salvage import salvage as make_new

    path = _path(connections, state)
    made = make_new(path, file)
    _tell_parts(made.parts)
    if made.mended:
        click.echo(
            f"  {made.mended} lines were mended: the ledger knew what a run had lost, or a run the ledger"
        )
    click.echo(f"A whole journal is in {file}.")
    if not made.whole:
        click.echo(
            "  → Rows whose lines are lost in the ledger and in their run are not known, and would be sent "
            "again. Where match names a unique property the system refuses them; elsewhere compare first."
        )
    click.echo(
        f"  → To use it: move all {path.name}* files of {path.parent} away, keep them, and give it that name."
    )
    return int(Exit.DONE if made.whole else Exit.CANNOT_RUN)


@journal.command()
@click.argument("file", type=PATH)
@place_options
def backup(file: Path, connections: Path | None, state: Path | None) -> None:
    """Copy the journal to the new FILE; also while a run is writing."""
    from importer.journal.maintenance import backup as copy

    copy(_path(connections, state), file)
    click.echo(f"Copied to {file}.")
