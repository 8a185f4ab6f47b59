"""``case-importer ledger``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from importer.cli.options import json_option, place_options
from importer.cli.printing import print_json, print_table
from importer.model.errors import ImporterError


@click.group()
def ledger() -> None:
    """What was imported, for good: the memory that prevents duplicates."""


def _state(connections: Path | None, state: Path | None) -> Path:
    from importer.api.opening import find_place
    from importer.api.options import Where

    return find_place(Where(None, connections, state)).state


@ledger.command("list")
@place_options
@json_option
def list_sources(connections: Path | None, state: Path | None, as_json: bool) -> None:
    """List the sources that were loaded, into which systems, with how many records."""
    from importer.journal.retention import scopes

    found = scopes(_state(connections, state))
    if as_json:
        for each in found:
            print_json(asdict(each))
        return
    rows = [(s.source, s.system, s.record_type, s.records, s.doubts, s.basis) for s in found]
    print_table(("SOURCE", "SYSTEM", "RECORD TYPE", "RECORDS", "IN DOUBT", "KNOWN BY"), rows)


@ledger.command()
@click.argument("source")
@click.option("--system", metavar="ID", help="The system, when the source was loaded into several.")
@click.option("--record-type", metavar="NAME", help="The record type, when the source became several.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="TEXT",
    help='Only the row with this key (several times for several rows); of several columns: ["A", "B"].',
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@place_options
@json_option
def forget(
    source: str,
    system: str | None,
    record_type: str | None,
    keys: tuple[str, ...],
    yes: bool,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
) -> None:
    """Forget what was imported under SOURCE: its rows are new to the next file, and are created again.

    Rows in doubt stay: their records may exist. Nothing in the system is touched.
    """
    from importer.journal.retention import forget as forget_lines
    from importer.journal.retention import scope_named, scopes

    folder = _state(connections, state)
    scope = scope_named(scopes(folder), source, system, record_type)
    wanted = [_key(text) for text in keys] if keys else None
    what = f"{len(keys)} keys" if keys else f"all {scope.records} records"
    question = (
        f"Forget {what} of source {source} ({scope.record_type} in {scope.system})? Files with these rows "
        "will create them again."
    )
    if not yes and not (sys.stdin.isatty() and click.confirm(question, err=True)):
        raise ImporterError("NOT_CONFIRMED", f"Nothing was forgotten. {question}", "Say yes with --yes.")
    count = forget_lines(folder, scope, wanted)
    if as_json:
        print_json({"source": source, "forgotten": count, "in_doubt": scope.doubts})
        return
    click.echo(f"{count} forgotten.")
    if scope.doubts:
        click.echo(f"{scope.doubts} rows in doubt are kept: settle them with case-importer resolve.")
    if count:
        click.echo("A file whose bytes have not changed is still done with: import it with --again.")


def _key(text: str) -> list[str]:
    try:
        parts = json.loads(text) if text.startswith("[") else [text]
    except ValueError:
        parts = [text]
    return [str(part) for part in parts]
