"""``case-importer resolve``."""

from __future__ import annotations

from pathlib import Path

import click

from importer.cli.options import PATH, json_option, place_options
from importer.cli.printing import counted, print_json


@click.command()
@click.argument("run")
@click.argument("file", required=False, type=PATH)
@click.option("--row", metavar="N", help="The row in doubt (import_row); Sheet!N with several sheets.")
@click.option("--is", "record_id", metavar="ID", help="The row is this record.")
@click.option("--absent", is_flag=True, help="There is no such record; the next run sends the row once more.")
@place_options
@json_option
def resolve(
    run: str,
    file: Path | None,
    row: str | None,
    record_id: str | None,
    absent: bool,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
) -> None:
    """Settle rows of RUN that are in doubt, after looking into the system.

    One row with --row N and --is ID or --absent; or many by FILE: the list that `results RUN --status
    in_doubt -o FILE` writes, its column import_id filled in with ids or the word absent.
    """
    from importer.api.history import open_journal
    from importer.api.options import Where
    from importer.api.verdicts import resolve_file, resolve_row

    by_row = row is not None and (record_id is not None) != absent and file is None
    by_file = file is not None and row is None and record_id is None and not absent
    if not by_row and not by_file:
        raise click.UsageError("Say --row N with --is ID or --absent, or a FILE.")
    if record_id is not None and not record_id.strip():
        raise click.UsageError("--is needs the id of the record.")
    with open_journal(Where(None, connections, state)) as journal:
        if file is not None:
            count = resolve_file(journal, run, file)
        else:
            assert row is not None
            resolve_row(journal, run, row, None if absent else record_id)
            count = 1
    if as_json:
        print_json({"run": run, "resolved": count})
    elif not count:
        click.echo("No row is settled: fill in import_id, with the id of the record or the word absent.")
    else:
        click.echo(
            f"{counted(count)} settled. Run the import again: it sends what is absent and renews the results."
        )
